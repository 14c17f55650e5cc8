/** The Content-Disposition header: RFC 6266, with names beyond ASCII as RFC 8187 writes them. */

/** Stands for each character that cannot be kept. */
const SUBSTITUTE = '_';

/**
 * Control characters, line and paragraph separators, and what ends or changes the direction of text: a name that holds
 * them shows as another than it is.
 */
const DECEPTIVE = /[\p{Cc}\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/gu;
const SEPARATORS = /[/\\]/g;
const COMBINING_MARKS = /\p{M}/gu;

/** RFC 8187 §3.2.1 attr-char: what a percent-encoded value may hold as it is. */
const ATTRIBUTE_CHARACTER = /[A-Za-z0-9!#$&+.^_`|~-]/;

/**
 * A Content-Disposition value that makes a client show (`inline`) or save (`attachment`) the answer under `filename`.
 *
 * Path separators, control characters and direction marks in the name become `_`, and lone surrogates U+FFFD; `.`, `..`
 * and an empty name become `_`. `filename` is always an ASCII quoted string that needs no escapes; the exact name
 * follows as `filename*` when that string cannot hold it (RFC 6266 §4.3, appendix D).
 */
export function contentDisposition(type: 'inline' | 'attachment', filename: string): string {
  const name = safeName(filename);
  const fallback = asciiName(name);
  const header = `${type}; filename="${fallback}"`;
  return fallback === name ? header : `${header}; filename*=UTF-8''${percentEncode(name)}`;
}

function safeName(filename: string): string {
  const name = filename.replace(DECEPTIVE, SUBSTITUTE).replace(SEPARATORS, SUBSTITUTE).trim();
  return /^\.{0,2}$/.test(name) ? SUBSTITUTE : name;
}

/** Letters keep their base without accents. `%` goes too: some clients decode it, though they should not (appendix D). */
function asciiName(name: string): string {
  const ascii = name
    .normalize('NFKD')
    .replace(COMBINING_MARKS, '')
    .replace(/"/g, "'")
    .replace(/[^\x20-\x7e]|[%/\\]/gu, SUBSTITUTE);
  return /^[ .]*$/.test(ascii) ? SUBSTITUTE : ascii;
}

/** Of the UTF-8 form, in which a lone surrogate is U+FFFD. */
function percentEncode(text: string): string {
  let encoded = '';
  for (const byte of new TextEncoder().encode(text)) {
    const character = String.fromCharCode(byte);
    encoded += ATTRIBUTE_CHARACTER.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}
