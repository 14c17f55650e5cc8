/**
 * The 80-bit IEEE 754 extended floats that AIFF states rates in: a sign bit, fifteen bits of exponent biased by 16,383,
 * and 64 bits of mantissa whose integer bit is written out.
 */

export const EXTENDED_BYTES = 10;

const EXPONENT_BIAS = 16_383;
const MANTISSA_BITS = 64;

/** The number at `bytes[offset]`, as near as a double comes to it; NaN for infinities and what is no number. */
export function extendedAt(bytes: Uint8Array, offset: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, EXTENDED_BYTES);
  const signed = view.getUint16(0);
  const exponent = signed & 0x7fff;
  if (exponent === 0x7fff) return Number.NaN;
  const mantissa = view.getUint32(2) * 2 ** 32 + view.getUint32(6);
  const magnitude = mantissa * 2 ** (exponent - EXPONENT_BIAS - (MANTISSA_BITS - 1));
  return signed & 0x8000 ? -magnitude : magnitude;
}

/** The bytes of an integer in [1, 2^32). */
export function extendedOf(value: number): Uint8Array {
  const bytes = new Uint8Array(EXTENDED_BYTES);
  const view = new DataView(bytes.buffer);
  const leadingZeros = Math.clz32(value);
  view.setUint16(0, EXPONENT_BIAS + 31 - leadingZeros);
  view.setUint32(2, (value << leadingZeros) >>> 0);
  return bytes;
}
