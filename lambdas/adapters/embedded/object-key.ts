/** Which keys a folder can hold. Segments map to path segments, so a key must never leave the root or meet our own files. */

/** As S3 has it, in UTF-8 bytes. */
export const MAX_KEY_BYTES = 1024;
/** NAME_MAX of the usual file systems, in bytes. */
export const MAX_SEGMENT_BYTES = 255;

/** Why a file cannot lie under `key`, in words that complete "the key …"; `undefined` when it can. */
export function keyObjection(key: string): string | undefined {
  if (key === '') return 'is empty';
  // A lone surrogate would be written as U+FFFD, and two keys would share one file.
  if (Buffer.from(key, 'utf8').toString('utf8') !== key) return 'is not well-formed Unicode';
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) return `is longer than ${MAX_KEY_BYTES} bytes`;
  if (key.includes('\0')) return 'contains a NUL character';
  if (key.includes('\\')) return 'contains a backslash';
  for (const segment of key.split('/')) {
    if (segment === '') return 'has an empty segment';
    if (segment.startsWith('.')) return `has a segment that begins with a dot ("${segment}")`;
    if (Buffer.byteLength(segment) > MAX_SEGMENT_BYTES) return `has a segment of more than ${MAX_SEGMENT_BYTES} bytes`;
  }
  return undefined;
}

export function isFileKey(key: string): boolean {
  return keyObjection(key) === undefined;
}
