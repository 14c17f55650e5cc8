import { crcBytes, FRAME_HEADER_BYTES, type FrameKind, sideInfoBytes } from './frame-header.ts';

/**
 * Frames looked back upon. The furthest that `main_data_begin` can reach is 255 frames (MPEG-2, one byte of main data
 * each), so nothing is lost; a power of two, so that the ring is indexed by a mask.
 */
const RING_FRAMES = 256;

/** Synthesis filterbank memory, in packets. Layer I frames are a third as long as its window and neighbour reach. */
const LAYER_PREROLL = { 1: 2, 2: 1 } as const;

/**
 * How many frames before each one a decoder must be fed.
 *
 * A Layer III frame's main data begins `main_data_begin` bytes before its own place, counted in main data only (ISO/IEC
 * 11172-3 section 2.4.3.4): it reaches into `depth` frames before it. Its first half overlaps the frame before (MPEG-2:
 * the two before, as a frame is half as long), which must be decoded right and so be given what *they* reach into.
 */
export class Reservoir {
  readonly #kind: FrameKind;
  readonly #mainBytes = new Int32Array(RING_FRAMES);
  #frames = 0;
  #depthBefore = 0;
  #depthTwoBefore = 0;

  constructor(kind: FrameKind) {
    this.#kind = kind;
  }

  /** Bytes after the header that `preroll` looks at, at most: CRC and `main_data_begin`. */
  static readonly lookBytes = 4;

  /**
   * Preroll in packets of the next frame, whose header stands at `bytes[offset]` and which is `byteLength` long.
   * `heldBytes`: how many of its bytes are there, fewer than `byteLength` when the file is cut.
   */
  preroll(bytes: Uint8Array, offset: number, header: number, byteLength: number, heldBytes: number): number {
    const { version, layer } = this.#kind;
    const index = this.#frames++;
    if (layer !== 3) return Math.min(index, LAYER_PREROLL[layer]);
    const overhead = FRAME_HEADER_BYTES + crcBytes(header);
    const sideInfo = offset + overhead;
    let reach = 0;
    if (heldBytes >= overhead + 2) {
      const first = bytes[sideInfo] ?? 0;
      reach = version === 1 ? (first << 1) | ((bytes[sideInfo + 1] ?? 0) >>> 7) : first;
    }
    const depth = this.#depth(index, reach);
    this.#mainBytes[index & (RING_FRAMES - 1)] = byteLength - overhead - sideInfoBytes(version, header);
    const overlapped =
      version === 1 ? 1 + this.#depthBefore : Math.max(1 + this.#depthBefore, 2 + this.#depthTwoBefore);
    this.#depthTwoBefore = this.#depthBefore;
    this.#depthBefore = depth;
    return Math.min(index, Math.max(depth, overlapped));
  }

  #depth(index: number, reach: number): number {
    const known = Math.min(index, RING_FRAMES - 1);
    let depth = 0;
    for (let left = reach; left > 0 && depth < known; depth++) {
      left -= this.#mainBytes[(index - 1 - depth) & (RING_FRAMES - 1)] ?? 0;
    }
    return depth;
  }
}
