/** Keys and versions, between the ports and S3. */
import { CuepointError } from '../../core/errors.ts';

/** In UTF-8 bytes. Source: Amazon S3 User Guide, "Naming Amazon S3 objects". */
const MAX_KEY_BYTES = 1024;

/** Why no object can lie under `key`, in words that complete "the key …"; `undefined` when one can. */
export function s3KeyObjection(key: string): string | undefined {
  if (key === '') return 'is empty';
  const bytes = Buffer.from(key, 'utf8');
  if (bytes.toString('utf8') !== key) return 'is not well-formed Unicode';
  if (bytes.length > MAX_KEY_BYTES) return `is longer than ${MAX_KEY_BYTES} bytes`;
  return undefined;
}

export function isS3Key(key: string): boolean {
  return s3KeyObjection(key) === undefined;
}

export function invalidKey(key: string, objection: string): CuepointError<'invalid_key'> {
  return new CuepointError('invalid_key', `the key "${key}" ${objection}; choose another`);
}

/**
 * The version of an object: its entity tag, with whatever a URL would not carry as `~` and two hexadecimal digits. The
 * same bytes written again have the same version, except where a bucket encrypts with keys of its own; attributes and
 * times are no part of it.
 */
export function versionOfTag(entityTag: string): string {
  const text = Buffer.from(entityTag.replace(/^"(.*)"$/s, '$1'), 'utf8').toString('latin1');
  return text.replace(/[^A-Za-z0-9_.-]/g, (byte) => `~${byte.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** The entity tag, quoted as If-Match wants it, that a version came from. */
export function tagOfVersion(version: string): string {
  const text = version.replace(/~([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return `"${Buffer.from(text, 'latin1').toString('utf8')}"`;
}

/** `CopySource`, which the SDK takes as it will be sent. */
export function copySource(bucket: string, key: string): string {
  return `${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;
}
