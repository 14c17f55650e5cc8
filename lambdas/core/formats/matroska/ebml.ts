/** EBML, the binary tree that Matroska is written in: RFC 8794. */

/** An element's first bytes: its ID (section 5) and the size of its body (section 6). */
export type ElementHeader = {
  /** With its length marker, as IDs are written: `0x1a45dfa3`. */
  readonly id: number;
  /** Of the ID and the size together. */
  readonly headerByteLength: number;
  /** `Infinity`: unknown (section 6.2), the element ends where one begins that cannot be inside it. */
  readonly bodyByteLength: number;
};

export type VariableInteger = { readonly value: number; readonly byteLength: number; readonly allOnes: boolean };

const MAX_ID_BYTES = 4;
const MAX_SIZE_BYTES = 8;

/** What `elementAt` needs at most. */
export const MAX_ELEMENT_HEADER_BYTES = MAX_ID_BYTES + MAX_SIZE_BYTES;

/** `'cut'`: the bytes end inside the header. `null`: no element begins with these bytes. */
export function elementAt(bytes: Uint8Array, at: number): ElementHeader | 'cut' | null {
  const first = bytes[at];
  if (first === undefined) return 'cut';
  const idByteLength = markedByteLength(first);
  if (idByteLength > MAX_ID_BYTES) return null;
  if (at + idByteLength >= bytes.length) return 'cut';
  let id = 0;
  for (let i = 0; i < idByteLength; i++) id = id * 256 + (bytes[at + i] as number);
  const size = variableIntegerAt(bytes, at + idByteLength, bytes.length);
  if (size === 'cut' || size === null) return size;
  const headerByteLength = idByteLength + size.byteLength;
  return { id, headerByteLength, bodyByteLength: size.allOnes ? Number.POSITIVE_INFINITY : size.value };
}

/**
 * A variable-size integer (section 4) of up to 8 bytes, its marker removed; beyond 2^53 it is not exact, and beyond any
 * file. `allOnes`: every bit of its value is set, which has a meaning of its own in sizes. `'cut'`: it reaches beyond
 * `to`. `null`: the first byte has no marker.
 */
export function variableIntegerAt(bytes: Uint8Array, at: number, to: number): VariableInteger | 'cut' | null {
  if (at >= to) return 'cut';
  const first = bytes[at] as number;
  const byteLength = markedByteLength(first);
  if (byteLength > MAX_SIZE_BYTES) return null;
  if (at + byteLength > to) return 'cut';
  const firstMask = 0xff >> byteLength;
  let value = first & firstMask;
  let allOnes = value === firstMask;
  for (let i = 1; i < byteLength; i++) {
    const byte = bytes[at + i] as number;
    value = value * 256 + byte;
    allOnes &&= byte === 0xff;
  }
  return { value, byteLength, allOnes };
}

/** How long the integer is that begins with `first`: one byte more than it has leading zeros. 9 for a zero byte. */
function markedByteLength(first: number): number {
  return Math.clz32(first) - 23;
}

/** An unsigned integer element's body (section 7.2): 0 to 8 bytes, big-endian. */
export function unsignedOf(body: Uint8Array): number {
  let value = 0;
  for (const byte of body) value = value * 256 + byte;
  return value;
}

/** A signed integer element's body (section 7.1): two's complement. */
export function signedOf(body: Uint8Array): number {
  const unsigned = unsignedOf(body);
  return (body[0] ?? 0) & 0x80 ? unsigned - 256 ** body.length : unsigned;
}

/** A string element's body (section 7.4): ASCII, which zero bytes may end early. */
export function textOf(body: Uint8Array): string {
  const end = body.indexOf(0);
  return String.fromCharCode(...(end < 0 ? body : body.subarray(0, end)));
}
