/**
 * Where the codec frames of a chunk are, for containers whose bytes do not show it by themselves (MP4, WebM). One table a
 * chunk, stored as an object of its own: it is bulky, and only clients that decode need it.
 */
import type { Frames } from '../formats/format.ts';
import type { Chunk } from './page.ts';

/** As served, in JSON. Columns of one length, in the order of decoding. */
export type PacketTable = {
  readonly chunk: number;
  /** How many of the frames are preroll: they lie before the chunk's bytes, and what they decode to is dropped. */
  readonly prerollFrames: number;
  /** Positions in the source; the bytes of frame i are [startByte[i], startByte[i] + byteLength[i]). */
  readonly startByte: readonly number[];
  readonly byteLength: readonly number[];
  /** Decoded samples per channel. */
  readonly samples: readonly number[];
};

type Frame = { readonly startByte: number; readonly byteLength: number; readonly samples: number };

/**
 * Sorts the frames of a scan into the tables of its chunks. Frames are kept until no preroll can reach them: those of the
 * chunk under way and of the one before it, and where chunks are short, those of the last `keptFrames`.
 */
export class PacketTableBuilder {
  readonly #keptFrames: number;
  #frames: Frame[] = [];
  #droppedToByte = 0;

  constructor(keptFrames: number) {
    this.#keptFrames = keptFrames;
  }

  /** Takes frames; to be called before the chunks that they complete are asked for. */
  accept({ count, startByte, byteLength, samples }: Frames): void {
    for (let i = 0; i < count; i++) {
      this.#frames.push({
        startByte: startByte[i] ?? 0,
        byteLength: byteLength[i] ?? 0,
        samples: samples[i] ?? 0,
      });
    }
  }

  /** The table of the next chunk. */
  take(chunk: Chunk): PacketTable {
    if (chunk.startByte - chunk.preroll.bytes < this.#droppedToByte) {
      throw new RangeError(`the preroll of chunk ${chunk.number} reaches to frames that were given up`);
    }
    const from = this.#firstAtOrAfter(chunk.startByte - chunk.preroll.bytes);
    const start = this.#firstAtOrAfter(chunk.startByte);
    const end = this.#firstAtOrAfter(chunk.endByte);
    const frames = this.#frames.slice(from, end);
    const keptFrom = Math.max(0, Math.min(start, end - this.#keptFrames));
    this.#droppedToByte = this.#endOf(keptFrom - 1);
    this.#frames = this.#frames.slice(keptFrom);
    return {
      chunk: chunk.number,
      prerollFrames: start - from,
      startByte: frames.map((frame) => frame.startByte),
      byteLength: frames.map((frame) => frame.byteLength),
      samples: frames.map((frame) => frame.samples),
    };
  }

  #endOf(index: number): number {
    const frame = this.#frames[index];
    return frame === undefined ? this.#droppedToByte : frame.startByte + frame.byteLength;
  }

  #firstAtOrAfter(byte: number): number {
    let low = 0;
    let high = this.#frames.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#frames[middle]?.startByte ?? 0) < byte) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
