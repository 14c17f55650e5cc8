import type { ByteRange, ByteSource } from '../ports.ts';

/** Bytes [startByte, endByte) of a source, on loan: they stay as they are until the block is given back. */
export interface Block extends ByteRange {
  /** `room` bytes that are the borrower's to write to, then the source's. */
  readonly buffer: Uint8Array;
  readonly room: number;
}

type HeldBlock = Block & { users: number; isListed: boolean };

/** Spare buffers kept for the next blocks. */
const MOST_SPARE = 4;

/**
 * Reads a source in blocks and remembers the newest of them, so that what follows close behind the reader (the copying of
 * a chunk that was just scanned) finds its bytes in memory. Buffers are used again: memory is `keptBytes` and the blocks
 * on loan, whatever the length of the source. A block that is never given back is left to the garbage collector.
 */
export class RecentBlocks {
  readonly #source: ByteSource;
  readonly #keptBytes: number;
  /** Oldest first. */
  readonly #listed: HeldBlock[] = [];
  #listedBytes = 0;
  readonly #spare: Uint8Array[] = [];

  constructor(source: ByteSource, keptBytes: number) {
    this.#source = source;
    this.#keptBytes = keptBytes;
  }

  /** Reads [startByte, endByte), which lies inside of the source, behind `room` bytes of room. */
  async borrow(startByte: number, endByte: number, room: number): Promise<Block> {
    const buffer = this.#takeBuffer(room + endByte - startByte);
    if (endByte > startByte) await this.#source.read(startByte, buffer.subarray(room, room + endByte - startByte));
    const block: HeldBlock = { startByte, endByte, buffer, room, users: 1, isListed: true };
    this.#listed.push(block);
    this.#listedBytes += buffer.length;
    while (this.#listedBytes > this.#keptBytes) this.#forgetOldest();
    return block;
  }

  /** The block that holds `byte`, on loan, if it is remembered. */
  find(byte: number): Block | undefined {
    const block = this.#listed.find(({ startByte, endByte }) => startByte <= byte && byte < endByte);
    if (block) block.users++;
    return block;
  }

  /** Fills `target` with the bytes from `startByte` on, if one block holds all of them; false: it does not. */
  copyTo(target: Uint8Array, startByte: number): boolean {
    const block = this.#listed.find((held) => held.startByte <= startByte && startByte + target.length <= held.endByte);
    if (block === undefined) return false;
    const offset = block.room - block.startByte + startByte;
    target.set(block.buffer.subarray(offset, offset + target.length));
    return true;
  }

  /** Ends a loan: once for each `borrow` and `find`. */
  giveBack(block: Block): void {
    const held = block as HeldBlock;
    held.users--;
    if (!held.isListed) this.#recycle(held);
  }

  #forgetOldest(): void {
    const oldest = this.#listed.shift();
    if (oldest === undefined) return;
    this.#listedBytes -= oldest.buffer.length;
    oldest.isListed = false;
    this.#recycle(oldest);
  }

  #recycle({ users, buffer }: HeldBlock): void {
    if (users === 0 && this.#spare.length < MOST_SPARE) this.#spare.push(buffer);
  }

  #takeBuffer(byteLength: number): Uint8Array {
    const fitting = this.#spare.findIndex(({ length }) => length >= byteLength);
    if (fitting >= 0) return this.#spare.splice(fitting, 1)[0] as Uint8Array;
    // What is too small now will be so for the blocks to come.
    this.#spare.length = 0;
    return new Uint8Array(byteLength);
  }
}
