/** The body of a SimpleBlock or a Block: RFC 9559, section 10. */
import { variableIntegerAt } from './ebml.ts';

export type BlockHead = {
  readonly trackNumber: number;
  /** Ticks from the cluster's timestamp. */
  readonly relativeTimestamp: number;
  readonly lacing: 'none' | 'xiph' | 'ebml' | 'fixed';
  readonly byteLength: number;
};

/** A frame count is a byte, plus one. */
const MAX_FRAMES = 256;

/** A track number of up to 8 bytes, a timestamp of two, a byte of flags. */
export const MAX_BLOCK_HEAD_BYTES = 11;

const LACINGS = ['none', 'xiph', 'fixed', 'ebml'] as const;

/** What stands before the frames of the block `bytes[from, to)`; `null` when it has no room for that. */
export function blockHeadAt(bytes: Uint8Array, from: number, to: number): BlockHead | null {
  const track = variableIntegerAt(bytes, from, to);
  if (track === 'cut' || track === null) return null;
  const at = from + track.byteLength;
  if (at + 3 > to) return null;
  const relativeTimestamp = (((bytes[at] as number) << 24) >> 16) | (bytes[at + 1] as number);
  const lacing = LACINGS[((bytes[at + 2] as number) >> 1) & 3] ?? 'none';
  return { trackNumber: track.value, relativeTimestamp, lacing, byteLength: track.byteLength + 3 };
}

/**
 * Where the frames of one block are: frame i is `bytes[bounds[i], bounds[i + 1])`. One is made for all blocks, so that
 * none is allocated for each.
 */
export class LacedFrames {
  readonly bounds = new Uint32Array(MAX_FRAMES + 1);
  count = 0;

  /**
   * Finds the frames in `bytes[from, to)`, what follows the block's head (section 10.3). False, and no frame, where the
   * sizes that the lacing states do not fit.
   */
  find(bytes: Uint8Array, from: number, to: number, lacing: BlockHead['lacing']): boolean {
    this.count = 0;
    if (lacing === 'none') return this.#settle(1, from, to);
    if (from >= to) return false;
    const count = (bytes[from] as number) + 1;
    const at = from + 1;
    switch (lacing) {
      case 'fixed':
        return this.#findFixed(count, at, to);
      case 'xiph':
        return this.#settle(count, this.#readXiphSizes(bytes, at, to, count), to);
      case 'ebml':
        return this.#settle(count, this.#readEbmlSizes(bytes, at, to, count), to);
    }
  }

  #findFixed(count: number, from: number, to: number): boolean {
    const byteLength = (to - from) / count;
    if (!Number.isInteger(byteLength)) return false;
    for (let i = 0; i < count; i++) this.bounds[i + 1] = byteLength;
    return this.#settle(count, from, to);
  }

  /** Leaves the sizes of all frames but the last in `bounds[1...]`. The byte after them; beyond `to` when they are cut. */
  #readXiphSizes(bytes: Uint8Array, from: number, to: number, count: number): number {
    let at = from;
    for (let i = 1; i < count; i++) {
      let size = 0;
      let byte: number;
      do {
        if (at >= to) return to + 1;
        byte = bytes[at++] as number;
        size += byte;
      } while (byte === 255);
      this.bounds[i] = size;
    }
    return at;
  }

  /** As `#readXiphSizes`: the first size as it is, each other as its difference to the one before. */
  #readEbmlSizes(bytes: Uint8Array, from: number, to: number, count: number): number {
    let at = from;
    let size = 0;
    for (let i = 1; i < count; i++) {
      const read = variableIntegerAt(bytes, at, to);
      if (read === 'cut' || read === null) return to + 1;
      at += read.byteLength;
      size = i === 1 ? read.value : size + read.value - (2 ** (7 * read.byteLength - 1) - 1);
      if (size < 0 || size > to) return to + 1;
      this.bounds[i] = size;
    }
    return at;
  }

  /** Makes positions of the sizes in `bounds[1...]`; the last frame takes what is left. */
  #settle(count: number, framesAt: number, to: number): boolean {
    let at = framesAt;
    this.bounds[0] = at;
    for (let i = 1; i < count; i++) {
      at += this.bounds[i] as number;
      if (at > to) return false;
      this.bounds[i] = at;
    }
    if (at > to) return false;
    this.bounds[count] = to;
    this.count = count;
    return true;
  }
}
