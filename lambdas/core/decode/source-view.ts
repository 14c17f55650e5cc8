import type { Block } from '../formats/recent-blocks.ts';
import type { ByteSource } from '../ports.ts';

/** What is read at once where nobody has read it before. */
const BLOCK_BYTES = 1 << 20;

/**
 * Small pieces of a source, in order, without a copy where a scanner has just read them (`ByteSource.recent`), and without a
 * read for each elsewhere.
 */
export class SourceView {
  readonly #source: ByteSource;
  #loan: Block | undefined;
  #buffer: Uint8Array = new Uint8Array(0);
  #startByte = 0;
  #endByte = 0;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** Bytes [startByte, endByte), which lie inside of the source. Good until the next call. */
  async bytes(startByte: number, endByte: number): Promise<Uint8Array> {
    const loan = this.#loan;
    if (loan !== undefined) {
      if (loan.startByte <= startByte && endByte <= loan.endByte) return viewOf(loan, startByte, endByte);
      this.close();
    }
    if (this.#startByte <= startByte && endByte <= this.#endByte) {
      return this.#buffer.subarray(startByte - this.#startByte, endByte - this.#startByte);
    }
    const block = this.#source.recent?.find(startByte);
    if (block !== undefined && endByte <= block.endByte) {
      this.#loan = block;
      return viewOf(block, startByte, endByte);
    }
    if (block !== undefined) this.#source.recent?.giveBack(block);
    // A piece that lies in two blocks is put together; what follows is in the second of them.
    const isRemembered = block !== undefined;
    await this.#fill(startByte, isRemembered ? endByte : Math.max(endByte, startByte + BLOCK_BYTES));
    return this.#buffer.subarray(0, endByte - startByte);
  }

  /** Gives back what is on loan. To be called at the end, too. */
  close(): void {
    if (this.#loan !== undefined) this.#source.recent?.giveBack(this.#loan);
    this.#loan = undefined;
  }

  async #fill(startByte: number, wantedEndByte: number): Promise<void> {
    const endByte = Math.min(wantedEndByte, this.#source.byteLength);
    const length = endByte - startByte;
    if (this.#buffer.length < length) this.#buffer = new Uint8Array(length);
    // Nothing is held while it is being replaced: a read can fail.
    this.#endByte = 0;
    for (let byte = startByte; byte < endByte; ) {
      const block = this.#source.recent?.find(byte);
      if (block === undefined) {
        await this.#source.read(byte, this.#buffer.subarray(byte - startByte, length));
        break;
      }
      const part = viewOf(block, byte, Math.min(block.endByte, endByte));
      this.#buffer.set(part, byte - startByte);
      byte += part.length;
      this.#source.recent?.giveBack(block);
    }
    this.#startByte = startByte;
    this.#endByte = endByte;
  }
}

function viewOf({ buffer, room, startByte }: Block, from: number, to: number): Uint8Array {
  return buffer.subarray(room + from - startByte, room + to - startByte);
}
