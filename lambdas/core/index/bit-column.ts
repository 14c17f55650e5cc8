/**
 * A column of non-negative integers (up to 2^53 − 1), stored as distances from its smallest value in as many bits as the
 * largest distance needs ("frame of reference"). Columns of chunk lengths are nearly constant, so that they take one to
 * two bytes an entry; a constant column takes none.
 */
export type ColumnShape = { readonly base: number; readonly width: number };

const MAX_WIDTH = 53;

export function columnShape(values: ArrayLike<number>): ColumnShape {
  let smallest = Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new RangeError(`a column holds integers from 0 to 2^53-1, got ${value}`);
    }
    if (value < smallest) smallest = value;
    if (value > largest) largest = value;
  }
  if (values.length === 0) return { base: 0, width: 0 };
  let width = 0;
  while (width < MAX_WIDTH && 2 ** width <= largest - smallest) width++;
  return { base: smallest, width };
}

/** Bytes a column of `count` entries takes: columns begin on byte boundaries. */
export function columnByteLength(shape: ColumnShape, count: number): number {
  return Math.ceil((shape.width * count) / 8);
}

/** Writes `values` into `target` from `offset` on, least significant bit first. `target` must be zeroed there. */
export function writeColumn(target: Uint8Array, offset: number, shape: ColumnShape, values: ArrayLike<number>): void {
  let bit = offset * 8;
  for (let i = 0; i < values.length; i++) {
    let rest = (values[i] ?? 0) - shape.base;
    let left = shape.width;
    while (left > 0) {
      const shift = bit & 7;
      const take = Math.min(8 - shift, left);
      const span = 2 ** take;
      const byte = bit >>> 3;
      target[byte] = (target[byte] ?? 0) | ((rest % span) << shift);
      rest = Math.floor(rest / span);
      bit += take;
      left -= take;
    }
  }
}

export function readColumn(source: Uint8Array, offset: number, shape: ColumnShape, count: number): Float64Array {
  const values = new Float64Array(count).fill(shape.base);
  if (shape.width === 0) return values;
  let bit = offset * 8;
  for (let i = 0; i < count; i++) {
    let value = 0;
    let scale = 1;
    let left = shape.width;
    while (left > 0) {
      const shift = bit & 7;
      const take = Math.min(8 - shift, left);
      value += (((source[bit >>> 3] ?? 0) >>> shift) & ((1 << take) - 1)) * scale;
      scale *= 2 ** take;
      bit += take;
      left -= take;
    }
    values[i] = shape.base + value;
  }
  return values;
}
