/** Entity tags: RFC 9110 §8.8.3. */

/** `opaque` is the text between the quotes. */
export type EntityTag = { readonly opaque: string; readonly weak: boolean };

/** `W/` is case-sensitive. A tag may hold commas, but no quotes, spaces or control characters. */
const TAG = '(W/)?"([\\x21\\x23-\\x7e\\x80-\\xff]*)"';
const SINGLE = new RegExp(`^${TAG}$`);
const LIST_ELEMENT = new RegExp(`[ \\t]*(?:,[ \\t]*)*${TAG}[ \\t]*(?=,|$)`, 'y');
const LIST_END = /[ \t,]*$/y;

/** A single tag as an ETag or If-Range field holds it; `undefined` when it is none. */
export function parseEntityTag(text: string): EntityTag | undefined {
  const match = SINGLE.exec(text);
  return match === null ? undefined : { opaque: match[2] ?? '', weak: match[1] !== undefined };
}

/**
 * The value of If-Match or If-None-Match (RFC 9110 §13.1.1, §13.1.2): `*`, or a list whose empty elements do not count
 * (§5.6.1.2). `undefined` when any element is malformed.
 */
export function parseEntityTags(text: string): readonly EntityTag[] | '*' | undefined {
  if (/^[ \t]*\*[ \t]*$/.test(text)) return '*';
  const tags: EntityTag[] = [];
  let position = 0;
  while (!matchesAt(LIST_END, text, position)) {
    LIST_ELEMENT.lastIndex = position;
    const match = LIST_ELEMENT.exec(text);
    if (match === null) return undefined;
    tags.push({ opaque: match[2] ?? '', weak: match[1] !== undefined });
    position = LIST_ELEMENT.lastIndex;
  }
  return tags;
}

function matchesAt(sticky: RegExp, text: string, position: number): boolean {
  sticky.lastIndex = position;
  return sticky.test(text);
}

/** RFC 9110 §8.8.3.2: the same bytes. Weak tags never match, not even themselves. */
export function strongMatch(a: EntityTag, b: EntityTag): boolean {
  return !a.weak && !b.weak && a.opaque === b.opaque;
}

/** RFC 9110 §8.8.3.2: equivalent for caching, weak or not. */
export function weakMatch(a: EntityTag, b: EntityTag): boolean {
  return a.opaque === b.opaque;
}
