/** Texts of strangers, made fit to be shown and stored. */

export const MAX_TEXT_BYTES = 4096;

const encoder = new TextEncoder();
const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

export type CleanOptions = {
  /** Of UTF-8; what is beyond is cut off between two code points. @default MAX_TEXT_BYTES */
  readonly maxBytes?: number;
  /** Keep line breaks and tabs; otherwise they become spaces. @default false */
  readonly multiline?: boolean;
};

/**
 * The text without control characters, lone surrogates, byte order marks and outer white space; '' when nothing is left.
 * UTF-8 that was taken for Latin-1 is taken for UTF-8 again.
 */
export function cleanText(text: string, { maxBytes = MAX_TEXT_BYTES, multiline = false }: CleanOptions = {}): string {
  // A UTF-16 unit is one byte of UTF-8 at least, twice as one of mistaken UTF-8: nothing that counts is cut here.
  const bounded = mended(text.slice(0, maxBytes * 4));
  const lines = bounded.replace(/\r\n?|\u2028|\u2029/g, '\n');
  const visible = (multiline ? lines : lines.replace(/[\t\n]+/g, ' '))
    .replace(/[^\P{Cc}\n\t]|\p{Surrogate}|\p{Noncharacter_Code_Point}|\ufeff/gu, '')
    .trim();
  return cutToBytes(visible, maxBytes).trimEnd();
}

/** As much of the beginning as fits into `maxBytes` of UTF-8, whole code points. */
export function cutToBytes(text: string, maxBytes: number): string {
  const { read } = encoder.encodeInto(text, new Uint8Array(Math.min(maxBytes, text.length * 3)));
  return text.slice(0, read);
}

/**
 * Many writers put UTF-8 where the format says Latin-1. Latin-1 text that happens to be UTF-8 as well, beyond ASCII, does
 * not occur in any language.
 */
function mended(text: string): string {
  if (!/[\u0080-\u00ff]/.test(text) || /[^\0-\u00ff]/.test(text)) return text;
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return text;
  }
}
