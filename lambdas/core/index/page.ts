/**
 * One page of a packed chunk index: up to 2,048 chunks in at most 32 KiB.
 *
 * Layout, little-endian:
 *
 *     0   u8   format (1)
 *     1   u8   number of columns (5)
 *     2   u16  number of chunks
 *     4   u32  number of the first chunk
 *     8   f64  first byte of the first chunk
 *     16  f64  first decoded sample of the first chunk
 *     24  u32  samples a preroll packet usually has (predicts the last column)
 *     28  per column: f64 smallest value, u8 bits an entry
 *     73  the columns, each beginning on a byte: byte lengths, sample lengths, preroll packets, preroll bytes,
 *         preroll samples less their prediction
 *
 * Lengths are stored, not positions: they vary little, and positions follow by summing once when the page is loaded.
 */
import { CuepointError } from '../errors.ts';
import { type ColumnShape, columnByteLength, columnShape, readColumn, writeColumn } from './bit-column.ts';

/** Raised whenever a page's bytes would mean something else; it is part of every revision. */
export const INDEX_FORMAT = 1;

export const MAX_PAGE_BYTES = 32 * 1024;
export const MAX_PAGE_CHUNKS = 2048;

const COLUMNS = 5;
const SHAPES_OFFSET = 28;
const SHAPE_BYTES = 9;
const HEADER_BYTES = SHAPES_OFFSET + COLUMNS * SHAPE_BYTES;

/** What a decoder is fed before a chunk so that the chunk decodes exactly. It ends where the chunk starts. */
export type Preroll = { readonly packets: number; readonly bytes: number; readonly samples: number };

/** A run of whole packets. Samples are decoded samples (lead-in included). */
export type Chunk = {
  readonly number: number;
  readonly startByte: number;
  readonly endByte: number;
  readonly startSample: number;
  readonly endSample: number;
  readonly preroll: Preroll;
};

/** Where a page begins: enough to choose the page without loading it. */
export type DirectoryEntry = {
  readonly firstNumber: number;
  readonly firstByte: number;
  /** In decoded samples. */
  readonly firstSample: number;
};

/**
 * Encodes consecutive chunks. `undefined` when they do not fit into one page (only chunks of wildly different lengths
 * need that much): split and try again.
 */
export function encodePage(chunks: readonly Chunk[]): Uint8Array | undefined {
  const first = chunks[0];
  if (first === undefined || chunks.length > MAX_PAGE_CHUNKS) {
    throw new RangeError(`a page holds 1 to ${MAX_PAGE_CHUNKS} chunks, got ${chunks.length}`);
  }
  const packetSamples = usualPacketSamples(chunks);
  const columns = [
    chunks.map((chunk) => chunk.endByte - chunk.startByte),
    chunks.map((chunk) => chunk.endSample - chunk.startSample),
    chunks.map((chunk) => chunk.preroll.packets),
    chunks.map((chunk) => chunk.preroll.bytes),
    chunks.map((chunk) => zigzag(chunk.preroll.samples - chunk.preroll.packets * packetSamples)),
  ];
  const shapes = columns.map(columnShape);
  const byteLength = shapes.reduce((sum, shape) => sum + columnByteLength(shape, chunks.length), HEADER_BYTES);
  if (byteLength > MAX_PAGE_BYTES) return undefined;

  const page = new Uint8Array(byteLength);
  const view = new DataView(page.buffer);
  view.setUint8(0, INDEX_FORMAT);
  view.setUint8(1, COLUMNS);
  view.setUint16(2, chunks.length, true);
  view.setUint32(4, first.number, true);
  view.setFloat64(8, first.startByte, true);
  view.setFloat64(16, first.startSample, true);
  view.setUint32(24, packetSamples, true);
  let offset = HEADER_BYTES;
  for (const [i, values] of columns.entries()) {
    const shape = shapes[i] ?? { base: 0, width: 0 };
    view.setFloat64(SHAPES_OFFSET + i * SHAPE_BYTES, shape.base, true);
    view.setUint8(SHAPES_OFFSET + i * SHAPE_BYTES + 8, shape.width);
    writeColumn(page, offset, shape, values);
    offset += columnByteLength(shape, values.length);
  }
  return page;
}

/** A loaded page. `startByte` and `startSample` have one entry more than there are chunks: the end of the last. */
export class IndexPage {
  readonly firstNumber: number;
  readonly count: number;
  readonly #startByte: Float64Array;
  readonly #startSample: Float64Array;
  readonly #prerollPackets: Uint32Array;
  readonly #prerollBytes: Float64Array;
  readonly #prerollSamples: Float64Array;

  /** Throws `internal` when the bytes are not a page of a format this version reads. */
  constructor(page: Uint8Array) {
    const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
    if (page.length < HEADER_BYTES || view.getUint8(0) !== INDEX_FORMAT || view.getUint8(1) !== COLUMNS) {
      throw new CuepointError(
        'internal',
        `expected an index page of format ${INDEX_FORMAT}, got ${page.length} bytes of format ${page[0]}; re-index the track`,
      );
    }
    this.count = view.getUint16(2, true);
    this.firstNumber = view.getUint32(4, true);
    const packetSamples = view.getUint32(24, true);
    let offset = HEADER_BYTES;
    const column = (i: number): Float64Array => {
      const shape: ColumnShape = {
        base: view.getFloat64(SHAPES_OFFSET + i * SHAPE_BYTES, true),
        width: view.getUint8(SHAPES_OFFSET + i * SHAPE_BYTES + 8),
      };
      const values = readColumn(page, offset, shape, this.count);
      offset += columnByteLength(shape, this.count);
      return values;
    };
    this.#startByte = runningSum(view.getFloat64(8, true), column(0));
    this.#startSample = runningSum(view.getFloat64(16, true), column(1));
    this.#prerollPackets = Uint32Array.from(column(2));
    this.#prerollBytes = column(3);
    this.#prerollSamples = column(4).map(
      (value, i) => unzigzag(value) + (this.#prerollPackets[i] ?? 0) * packetSamples,
    );
  }

  /** Slot (position in the page) of the chunk that holds `byte`, which must lie inside the page. */
  slotOfByte(byte: number): number {
    return lastAtMost(this.#startByte, this.count, byte);
  }

  /** Slot of the chunk that holds decoded sample `sample`, which must lie inside the page. */
  slotOfSample(sample: number): number {
    return lastAtMost(this.#startSample, this.count, sample);
  }

  chunk(slot: number): Chunk {
    return {
      number: this.firstNumber + slot,
      startByte: at(this.#startByte, slot),
      endByte: at(this.#startByte, slot + 1),
      startSample: at(this.#startSample, slot),
      endSample: at(this.#startSample, slot + 1),
      preroll: {
        packets: at(this.#prerollPackets, slot),
        bytes: at(this.#prerollBytes, slot),
        samples: at(this.#prerollSamples, slot),
      },
    };
  }
}

/**
 * The last of the first `count` entries of an ascending column that is ≤ `value`; 0 when none is.
 *
 * Chunks are of nearly equal length, so that the entry lies close to where a straight line from the first to the last
 * would have it: from there steps are doubled until it is between two of them, then halved. A long track costs what a
 * short one does; at the worst it is O(log n).
 */
export function lastAtMost(column: ArrayLike<number>, count: number, value: number): number {
  const last = count - 1;
  const first = column[0] ?? 0;
  const span = (column[last] ?? 0) - first;
  const guess = span > 0 ? Math.max(0, Math.min(last, Math.trunc(((value - first) / span) * last))) : 0;
  let low = guess;
  let high = guess;
  let step = 1;
  if ((column[guess] ?? 0) <= value) {
    for (high = low + step; high <= last && (column[high] ?? 0) <= value; high = low + step) {
      low = high;
      step *= 2;
    }
    high = Math.min(last + 1, high);
  } else {
    for (low = high - step; low > 0 && (column[low] ?? 0) > value; low = high - step) {
      high = low;
      step *= 2;
    }
    low = Math.max(0, low);
  }
  // Now the entry is in [low, high).
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((column[middle] ?? 0) <= value) low = middle;
    else high = middle;
  }
  return low;
}

function at(column: Float64Array | Uint32Array, slot: number): number {
  const value = column[slot];
  if (value === undefined) throw new RangeError(`slot ${slot} is outside a page of ${column.length}`);
  return value;
}

function runningSum(start: number, lengths: Float64Array): Float64Array {
  const positions = new Float64Array(lengths.length + 1);
  let position = start;
  for (let i = 0; i < lengths.length; i++) {
    positions[i] = position;
    position += lengths[i] ?? 0;
  }
  positions[lengths.length] = position;
  return positions;
}

/** Most codecs have packets of one length, so that the samples of a preroll follow from its packets. */
function usualPacketSamples(chunks: readonly Chunk[]): number {
  const sample = chunks.find((chunk) => chunk.preroll.packets > 0);
  return sample === undefined ? 0 : Math.round(sample.preroll.samples / sample.preroll.packets);
}

const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value);
const unzigzag = (value: number): number => (value % 2 === 1 ? -(value + 1) / 2 : value / 2);
