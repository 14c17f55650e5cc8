import type { ByteSource } from '../../ports.ts';
import { ByteWindow } from '../byte-window.ts';
import { failsChecksum } from './block-checksum.ts';
import { BLOCK_HEADER_BYTES, type BlockHeader, hasBlockSignature, parseBlockHeader } from './block-header.ts';
import { counted, type Finding } from './finding.ts';

export type Block = {
  readonly startByte: number;
  readonly header: BlockHeader;
  /** Its checksum is wrong, and it is taken all the same: decoders put out its samples, or silence in their place. */
  readonly altered: boolean;
};

/**
 * What was learned by the way, of no bytes beyond the blocks that were handed on before; complete once `batches` is
 * exhausted.
 */
export type WalkFindings = {
  /** Bytes that belong to no block. */
  junk: Finding | undefined;
  /** Blocks in the body of which another one begins: some of their bytes are missing, or their length is wrong. */
  broken: Finding | undefined;
  /** Where the block begins that the end of the file cuts. */
  cutStartByte: number | undefined;
};

const SIGNATURE_FIRST_BYTE = 0x77;

/** More blocks than a window holds of any real file; bounds what one batch of tiny ones takes. */
const BATCH_BLOCKS = 4096;

type Step = Block | 'starved' | 'doubtful' | 'lost' | 'ended';

/**
 * Walks from block to block, front to back. `wvpk` alone proves nothing: a block is believed when another one, or the
 * end of the audio, follows where it says it ends. One that nothing follows is believed only if no such block begins
 * inside of it.
 */
export class BlockWalk {
  readonly #window: ByteWindow;
  readonly #endByte: number;
  #at: number;

  readonly findings: WalkFindings = { junk: undefined, broken: undefined, cutStartByte: undefined };

  private constructor(window: ByteWindow, endByte: number) {
    this.#window = window;
    this.#endByte = endByte;
    this.#at = window.startByte;
  }

  /** Blocks are looked for among bytes [startByte, endByte). */
  static async open(source: ByteSource, startByte: number, endByte: number, blockBytes?: number): Promise<BlockWalk> {
    return new BlockWalk(await ByteWindow.open(source, startByte, blockBytes), endByte);
  }

  /** All blocks, in order, also those without audio. */
  async *batches(): AsyncGenerator<readonly Block[], void, undefined> {
    let batch: Block[] = [];
    for (;;) {
      const step = this.#step();
      if (typeof step === 'object') batch.push(step);
      if (batch.length >= BATCH_BLOCKS || (typeof step === 'string' && batch.length > 0)) {
        yield batch;
        batch = [];
      }
      if (step === 'ended') return;
      if (step === 'starved') await this.#window.advance(this.#at);
      else if (step === 'lost') await this.#skipJunk(this.#at);
      else if (step === 'doubtful') {
        const block = await this.#judge();
        if (block !== null) batch.push(block);
      }
    }
  }

  get #limit(): number {
    return Math.min(this.#window.endByte, this.#endByte) - this.#window.startByte;
  }

  get #final(): boolean {
    return this.#window.endByte >= this.#endByte;
  }

  #step(): Step {
    if (this.#at >= this.#endByte) return 'ended';
    const offset = this.#at - this.#window.startByte;
    if (offset + BLOCK_HEADER_BYTES > this.#limit && !this.#final) return 'starved';
    const header = parseBlockHeader(this.#window.bytes, offset, this.#limit);
    if (header === null) return 'lost';
    const followed = this.#isFollowed(offset, header);
    if (followed === 'unknown') return 'starved';
    if (!followed) return 'doubtful';
    const startByte = this.#at;
    this.#at += header.byteLength;
    const altered = header.hasChecksum && failsChecksum(this.#window.bytes, offset, offset + header.byteLength);
    return { startByte, header, altered };
  }

  /** True when a block or the end of the audio follows; `unknown` until the whole block and what follows are held. */
  #isFollowed(offset: number, header: BlockHeader): boolean | 'unknown' {
    const end = offset + header.byteLength;
    if (end + BLOCK_HEADER_BYTES > this.#limit && !this.#final) return 'unknown';
    if (this.#window.startByte + end === this.#endByte) return true;
    return parseBlockHeader(this.#window.bytes, end, this.#limit) !== null;
  }

  /** Nothing follows the block at hand: its bytes are searched for another one, and so are those behind it. */
  async #judge(): Promise<Block | null> {
    const startByte = this.#at;
    const header = parseBlockHeader(this.#window.bytes, startByte - this.#window.startByte, this.#limit);
    if (header === null) return null;
    const blockEndByte = startByte + header.byteLength;
    const nextByte = await this.#search(startByte + 1);
    this.#at = nextByte ?? this.#endByte;
    if (nextByte === undefined && blockEndByte > this.#endByte) {
      this.findings.cutStartByte = startByte;
      return null;
    }
    if (blockEndByte > this.#at) {
      this.findings.broken = counted(this.findings.broken, startByte);
      return null;
    }
    if (blockEndByte < this.#at) this.#noteRest(blockEndByte);
    return { startByte, header, altered: false };
  }

  async #skipJunk(startByte: number): Promise<void> {
    this.#at = (await this.#search(startByte)) ?? this.#endByte;
    this.#noteRest(startByte);
  }

  /** Bytes from `startByte` on are no block: junk, or a header that the end of the file falls into. */
  #noteRest(startByte: number): void {
    const isShort = this.#endByte - startByte < BLOCK_HEADER_BYTES;
    if (isShort && hasBlockSignature(this.#window.bytes, startByte - this.#window.startByte)) {
      this.findings.cutStartByte = startByte;
    } else {
      this.findings.junk = counted(this.findings.junk, startByte);
    }
  }

  /** The first byte from `fromByte` on at which a block begins that another one or the end follows. */
  async #search(fromByte: number): Promise<number | undefined> {
    let at = fromByte;
    for (;;) {
      const { offset, found } = this.#searchWindow(at - this.#window.startByte);
      at = this.#window.startByte + offset;
      if (found) return at;
      if (this.#final) return undefined;
      await this.#window.advance(at);
    }
  }

  /** Searches what the window holds: where such a block begins, or from where to go on with more. */
  #searchWindow(from: number): { readonly offset: number; readonly found: boolean } {
    const { bytes } = this.#window;
    const endOffset = Math.max(from, this.#limit - BLOCK_HEADER_BYTES + 1);
    let offset = bytes.indexOf(SIGNATURE_FIRST_BYTE, from);
    while (offset >= 0 && offset < endOffset) {
      const header = parseBlockHeader(bytes, offset, this.#limit);
      const followed = header !== null && this.#isFollowed(offset, header);
      if (followed !== false) return { offset, found: followed === true };
      offset = bytes.indexOf(SIGNATURE_FIRST_BYTE, offset + 1);
    }
    return { offset: endOffset, found: false };
  }
}
