/** Bounds of the listing index's sort keys, which are texts of 1 to 1024 bytes in the order of their UTF-8 bytes. */

/** Source: Amazon DynamoDB Developer Guide, "Quotas and limits": sort keys. */
export const MAX_LISTING_KEY_BYTES = 1024;

/** No text of at least one character sorts before it. */
export const LOWEST = '\0';

const LAST_CHARACTER = '\u{10ffff}';

/** No key sorts behind it: as many of the last character as fit. */
export function highest(): string {
  return LAST_CHARACTER.repeat(MAX_LISTING_KEY_BYTES / Buffer.byteLength(LAST_CHARACTER));
}

/**
 * A lower bound, as a key, of the keys that sort behind `text`, which may be anything. It is no sharp bound: `text` itself
 * and, where it was too long for a key, some before it are not excluded.
 */
export function lowestAfter(text: string): string {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= MAX_LISTING_KEY_BYTES) return bytes.toString('utf8') || LOWEST;
  let length = MAX_LISTING_KEY_BYTES;
  // Not in the middle of a character, whose further bytes are 10xxxxxx.
  while (((bytes[length] ?? 0) & 0xc0) === 0x80) length--;
  return bytes.toString('utf8', 0, length);
}
