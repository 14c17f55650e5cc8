import type { ByteSource } from '../../ports.ts';
import { ByteWindow, readBytes } from '../byte-window.ts';
import type { Packets } from '../format.ts';
import { crc16, crc16Residue, RunningCrc16 } from './crc.ts';
import { frameBodyExtent } from './frame-body.ts';
import { type Candidate, FrameChain } from './frame-chain.ts';
import {
  type FrameHeader,
  frameByteLimit,
  MAX_HEADER_BYTES,
  parseFrameHeader,
  type StreamDefaults,
} from './frame-header.ts';

/**
 * Frames are read a second time only to be inspected. What is read so stays below this plus what was scanned, so that
 * no file costs more than twice its length.
 */
const INSPECTION_ALLOWANCE_BYTES = 1 << 24;

/** At least so much is read at once for inspection: tiny frames that are all inspected must not cost a read each. */
const INSPECTION_READ_BYTES = 1 << 14;

export type FrameScanOptions = {
  readonly startByte: number;
  /** What frames are measured against; the first frame when absent. */
  readonly reference: FrameHeader | undefined;
  readonly defaults: StreamDefaults | undefined;
  readonly blockBytes: number | undefined;
};

/** One pass over the frames from `startByte` to the end of the source; `chain` knows at any time what was found. */
export class FrameScan {
  readonly #source: ByteSource;
  readonly #options: FrameScanOptions;
  readonly chain: FrameChain;
  /** The checksum of bytes [startByte, #crcByte), never begun anew. */
  readonly #crc = new RunningCrc16();
  #crcByte: number;
  #inspectedBytes = 0;
  /** What was read last for inspection. */
  #held: Uint8Array = new Uint8Array(0);
  #heldStartByte = 0;

  constructor(source: ByteSource, options: FrameScanOptions) {
    this.#source = source;
    this.#options = options;
    this.#crcByte = options.startByte;
    this.chain = new FrameChain(options.startByte, options.reference);
  }

  /** Batches of packets, in order. Ends with the source, or where the format changes. */
  async *batches(): AsyncGenerator<Packets, void, undefined> {
    const { startByte, blockBytes } = this.#options;
    const window = await ByteWindow.open(this.#source, startByte, blockBytes);
    let at = 0;
    for (;;) {
      const end = window.atEnd ? window.bytes.length : Math.max(at, window.bytes.length - MAX_HEADER_BYTES);
      for (;;) {
        at = this.#search(window.bytes, window.startByte, at, end);
        const stopped = at < end;
        await this.#settle(window.startByte + at, window.atEnd && !stopped);
        if (!stopped || this.chain.change !== undefined) break;
      }
      const batch = this.chain.takeBatch();
      if (batch !== null) {
        const count = batch.startByte.length;
        yield { kind: 'packets', count, ...batch, prerollPackets: new Uint16Array(count) };
      }
      if (window.atEnd || this.chain.change !== undefined) break;
      await window.advance(window.startByte + at);
      at = 0;
    }
    this.chain.finish();
  }

  /**
   * Looks for frames among the bytes [from, end) and stops behind one that must be inspected, else at `end`.
   * The inner loop: no allocation but for real candidates, no awaiting.
   */
  #search(bytes: Uint8Array, windowStartByte: number, from: number, end: number): number {
    const { startByte, defaults } = this.#options;
    let at = from;
    for (;;) {
      at = this.#crc.runToSync(bytes, this.#crcByte - windowStartByte, at, end);
      const byte = windowStartByte + at;
      this.#crcByte = byte;
      if (at >= end) return end;
      const header = parseFrameHeader(bytes, at, defaults);
      if (header !== null) {
        this.chain.accept(byte, crc16Residue(this.#crc.value, byte - startByte), header);
        if (this.chain.settle(byte, false) !== undefined || this.chain.change !== undefined) {
          // The window may slide to where the search goes on: the checksum must not be left behind it.
          this.#crc.run(bytes, at, at + 1);
          this.#crcByte = byte + 1;
          return at + 1;
        }
      }
      at++;
    }
  }

  async #settle(searchedToByte: number, atEnd: boolean): Promise<void> {
    for (;;) {
      const doubtful = this.chain.settle(searchedToByte, atEnd);
      if (doubtful === undefined) return;
      await this.#inspect(doubtful, searchedToByte);
    }
  }

  /** Reads the frame again and follows its structure to its end. */
  async #inspect({ startByte, header }: Candidate, searchedToByte: number): Promise<void> {
    const limit = frameByteLimit(header);
    const remaining = this.#source.byteLength - startByte;
    const byteLength = Math.min(limit, remaining);
    const scannedBytes = searchedToByte - this.#options.startByte;
    if (this.#inspectedBytes + byteLength > INSPECTION_ALLOWANCE_BYTES + scannedBytes) {
      this.chain.resolve('unknown', false);
      return;
    }
    const bytes = await this.#again(startByte, byteLength);
    const extent = frameBodyExtent(bytes, header);
    if (extent === 'cut' && limit < remaining) this.chain.resolve('invalid', false);
    else this.chain.resolve(extent, typeof extent === 'number' && crc16(0, bytes, 0, extent) === 0);
  }

  /** Bytes inside the source, once more. What is counted is the larger of what is read and what is looked at. */
  async #again(startByte: number, byteLength: number): Promise<Uint8Array> {
    const heldEndByte = this.#heldStartByte + this.#held.length;
    if (startByte >= this.#heldStartByte && startByte + byteLength <= heldEndByte) {
      this.#inspectedBytes += byteLength;
    } else {
      this.#held = await readBytes(this.#source, startByte, Math.max(byteLength, INSPECTION_READ_BYTES));
      this.#heldStartByte = startByte;
      this.#inspectedBytes += this.#held.length;
    }
    const offset = startByte - this.#heldStartByte;
    return this.#held.subarray(offset, offset + byteLength);
  }
}
