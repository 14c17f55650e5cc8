import type { ByteSource } from '../ports.ts';

/** Large enough that a read costs little beside its scan, small enough that two of them are nothing. */
const DEFAULT_BLOCK_BYTES = 1 << 21;

/**
 * A window that slides over a source front to back, for scanners: contiguous bytes to look at without awaiting, and the
 * next block already being read while the current one is scanned.
 *
 * `bytes[0]` is the source's byte `startByte`; `endByte` is one past the last byte held. Memory is two blocks plus
 * whatever the scanner asks to keep across a slide (at most one packet).
 */
export class ByteWindow {
  readonly #source: ByteSource;
  readonly #blockBytes: number;
  #current: Uint8Array;
  #spare: Uint8Array;
  #headroom: number;
  #pending: Promise<void> | undefined;
  #pendingStart = 0;
  #pendingEnd = 0;

  bytes: Uint8Array = new Uint8Array(0);
  startByte = 0;
  endByte = 0;

  private constructor(source: ByteSource, blockBytes: number) {
    this.#source = source;
    this.#blockBytes = Math.min(blockBytes, Math.max(1, source.byteLength));
    this.#headroom = Math.min(this.#blockBytes, 1 << 14);
    this.#current = new Uint8Array(this.#headroom + this.#blockBytes);
    this.#spare = new Uint8Array(this.#headroom + this.#blockBytes);
  }

  /** Opens a window whose first byte is `startByte` (inside [0, byteLength]). */
  static async open(source: ByteSource, startByte: number, blockBytes = DEFAULT_BLOCK_BYTES): Promise<ByteWindow> {
    const window = new ByteWindow(source, blockBytes);
    window.#prefetch(startByte);
    window.startByte = startByte;
    window.endByte = startByte;
    await window.advance(startByte);
    return window;
  }

  /** True when the window reaches the end of the source: no `advance` can bring more. */
  get atEnd(): boolean {
    return this.endByte >= this.#source.byteLength;
  }

  /**
   * Slides: the window then begins at `keepFromByte` and holds at least one byte more than before, unless the source
   * has ended. `keepFromByte` may lie beyond `endByte`: what is between is skipped without being kept. It must not lie
   * before `startByte` (RangeError): those bytes are gone.
   */
  async advance(keepFromByte: number): Promise<void> {
    if (keepFromByte < this.startByte) {
      throw new RangeError(`byte ${keepFromByte} was given up: the window begins at ${this.startByte}`);
    }
    const from = Math.min(keepFromByte, this.#source.byteLength);
    await this.#pending;
    // A packet that ends a little beyond the window ends inside the block already read: only a longer jump reads anew.
    if (this.#pending === undefined || from >= this.#pendingEnd) this.#prefetch(Math.max(from, this.endByte));
    await this.#pending;
    const kept = Math.max(0, this.endByte - from);
    if (kept > this.#headroom) this.#growHeadroom(kept);
    if (kept > 0) this.#spare.set(this.bytes.subarray(from - this.startByte), this.#headroom - kept);
    const passedOver = Math.max(0, from - this.#pendingStart);
    const loaded = this.#pendingEnd - this.#pendingStart;
    [this.#current, this.#spare] = [this.#spare, this.#current];
    if (this.#spare.length < this.#current.length) this.#spare = new Uint8Array(this.#current.length);
    this.bytes = this.#current.subarray(this.#headroom - kept + passedOver, this.#headroom + loaded);
    this.startByte = from;
    this.endByte = this.#pendingEnd;
    this.#pending = undefined;
    if (!this.atEnd) this.#prefetch(this.endByte);
  }

  #prefetch(startByte: number): void {
    const endByte = Math.min(this.#source.byteLength, startByte + this.#blockBytes);
    this.#pendingStart = startByte;
    this.#pendingEnd = endByte;
    const target = this.#spare.subarray(this.#headroom, this.#headroom + endByte - startByte);
    this.#pending = target.length === 0 ? Promise.resolve() : this.#source.read(startByte, target);
    // Awaited by the next advance; a scanner that stops early must not leave an unhandled rejection behind.
    this.#pending.catch(() => undefined);
  }

  /** A packet larger than the headroom is being kept: give the freshly read block a larger room in front of it. */
  #growHeadroom(kept: number): void {
    const headroom = kept * 2;
    const grown = new Uint8Array(headroom + this.#blockBytes);
    grown.set(this.#spare.subarray(this.#headroom), headroom);
    this.#spare = grown;
    this.#headroom = headroom;
  }
}

/** Reads up to `byteLength` bytes from `startByte`, fewer at the end of the source. For headers of bounded size. */
export async function readBytes(source: ByteSource, startByte: number, byteLength: number): Promise<Uint8Array> {
  const from = Math.min(startByte, source.byteLength);
  const target = new Uint8Array(Math.max(0, Math.min(byteLength, source.byteLength - from)));
  if (target.length > 0) await source.read(from, target);
  return target;
}
