import type { ByteSource } from '../ports.ts';
import { type Block, RecentBlocks } from './recent-blocks.ts';

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
  readonly #blocks: RecentBlocks;
  readonly #blockBytes: number;
  #room: number;
  #current: Block | undefined;
  #pending: Promise<Block> | undefined;

  bytes: Uint8Array = new Uint8Array(0);
  startByte = 0;
  endByte = 0;

  private constructor(source: ByteSource, blockBytes: number) {
    this.#source = source;
    this.#blocks = source.recent ?? new RecentBlocks(source, 0);
    this.#blockBytes = Math.min(blockBytes, Math.max(1, source.byteLength));
    this.#room = Math.min(this.#blockBytes, 1 << 14);
  }

  /** Opens a window whose first byte is `startByte` (inside [0, byteLength]). */
  static async open(
    source: ByteSource,
    startByte: number,
    blockBytes = source.blockBytes ?? DEFAULT_BLOCK_BYTES,
  ): Promise<ByteWindow> {
    const window = new ByteWindow(source, blockBytes);
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
    const block = await this.#nextBlock(from);
    const kept = Math.max(0, this.endByte - from);
    const passedOver = Math.max(0, from - block.startByte);
    const { buffer, room } = kept > block.room ? this.#enlarged(block, kept) : block;
    if (kept > 0) buffer.set(this.bytes.subarray(from - this.startByte), room - kept);
    this.bytes = buffer.subarray(room - kept + passedOver, room + block.endByte - block.startByte);
    this.startByte = from;
    this.endByte = block.endByte;
    if (this.#current) this.#blocks.giveBack(this.#current);
    this.#current = block;
    if (!this.atEnd) this.#prefetch(this.endByte);
  }

  async #nextBlock(from: number): Promise<Block> {
    const pending = this.#pending;
    this.#pending = undefined;
    const ahead = await pending;
    // A packet that ends a little beyond the window ends inside the block already read: only a longer jump reads anew.
    if (ahead !== undefined && from < ahead.endByte) return ahead;
    if (ahead) this.#blocks.giveBack(ahead);
    return this.#borrow(Math.max(from, this.endByte));
  }

  #borrow(startByte: number): Promise<Block> {
    const endByte = Math.min(this.#source.byteLength, startByte + this.#blockBytes);
    return this.#blocks.borrow(startByte, endByte, this.#room);
  }

  #prefetch(startByte: number): void {
    this.#pending = this.#borrow(startByte);
    // Awaited by the next advance; a scanner that stops early must not leave an unhandled rejection behind.
    this.#pending.catch(() => undefined);
  }

  /** A packet larger than the room is being kept: the block's bytes in a buffer of our own, with more room before them. */
  #enlarged(block: Block, kept: number): Pick<Block, 'buffer' | 'room'> {
    this.#room = kept * 2;
    const length = block.endByte - block.startByte;
    const buffer = new Uint8Array(this.#room + length);
    buffer.set(block.buffer.subarray(block.room, block.room + length), this.#room);
    return { buffer, room: this.#room };
  }
}

/** Reads up to `byteLength` bytes from `startByte`, fewer at the end of the source. For headers of bounded size. */
export async function readBytes(source: ByteSource, startByte: number, byteLength: number): Promise<Uint8Array> {
  const from = Math.min(startByte, source.byteLength);
  const target = new Uint8Array(Math.max(0, Math.min(byteLength, source.byteLength - from)));
  if (target.length > 0) await source.read(from, target);
  return target;
}
