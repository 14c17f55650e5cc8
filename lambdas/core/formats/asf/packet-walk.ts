import type { ByteSource } from '../../ports.ts';
import { ByteWindow } from '../byte-window.ts';
import { type Payload, parseDataPacket } from './data-packet.ts';
import { GUID, GUID_BYTES, guidAt } from './guids.ts';

/** A data packet that could be read; its payloads are views that are good until the next batch is asked for. */
export type DataPacket = { readonly startByte: number; readonly payloads: readonly Payload[] };

export type PacketWalkOptions = {
  readonly startByte: number;
  readonly endByte: number;
  readonly packetByteLength: number;
  readonly streamNumber: number;
  readonly blockBytes: number | undefined;
};

/** Error correction as every known writer puts it before a packet: two bytes, both 0. */
const PACKET_MARK = [0x82, 0, 0] as const;

const BATCH_PACKETS = 256;

/**
 * Walks over data packets, which all have one length. Where none stands, the next place is searched that begins like
 * one and that another one follows; packets without a mark are looked for at their places only.
 */
export class PacketWalk {
  readonly #window: ByteWindow;
  readonly #options: PacketWalkOptions;
  readonly #isMarked: boolean;
  #at: number;

  /** The byte after the last packet that could be read. */
  audioEndByte: number;
  packetCount = 0;
  /** Places at which bytes that are no packet begin, and the first of them. */
  damagedPlaces = 0;
  firstDamagedByte = 0;

  private constructor(window: ByteWindow, options: PacketWalkOptions) {
    this.#window = window;
    this.#options = options;
    this.#at = options.startByte;
    this.audioEndByte = options.startByte;
    this.#isMarked = PACKET_MARK.every((byte, i) => window.bytes[i] === byte);
  }

  static async open(source: ByteSource, options: PacketWalkOptions): Promise<PacketWalk> {
    const window = await ByteWindow.open(source, options.startByte, options.blockBytes);
    while (window.bytes.length < PACKET_MARK.length && !window.atEnd) await window.advance(options.startByte);
    return new PacketWalk(window, options);
  }

  async *batches(): AsyncGenerator<readonly DataPacket[], void, undefined> {
    const { packetByteLength, endByte } = this.#options;
    let batch: DataPacket[] = [];
    while (this.#at + packetByteLength <= endByte) {
      if (this.#at + packetByteLength > this.#window.endByte) {
        if (batch.length > 0) yield batch;
        batch = [];
        await this.#hold(this.#at + packetByteLength);
      }
      const payloads = this.#payloadsAt(this.#at);
      if (payloads !== null) {
        batch.push({ startByte: this.#at, payloads });
        this.#at += packetByteLength;
        this.audioEndByte = this.#at;
        this.packetCount++;
      } else {
        if (batch.length > 0) yield batch;
        batch = [];
        if (await this.#isIndex()) return;
        await this.#resync();
      }
      if (batch.length >= BATCH_PACKETS) {
        yield batch;
        batch = [];
      }
    }
    if (batch.length > 0) yield batch;
    const cut = await this.#cutPacket();
    if (cut !== null) yield [cut];
  }

  /** The packet that the end falls into: its payloads that are whole. */
  async #cutPacket(): Promise<DataPacket | null> {
    const { packetByteLength, endByte, streamNumber } = this.#options;
    if (this.#at >= endByte || (await this.#isIndex())) return null;
    await this.#hold(endByte);
    const offset = this.#at - this.#window.startByte;
    const heldBytes = Math.min(this.#window.endByte, endByte) - this.#at;
    const padded = new Uint8Array(packetByteLength);
    padded.set(this.#window.bytes.subarray(offset, offset + heldBytes));
    const payloads = parseDataPacket(padded, 0, packetByteLength, streamNumber) ?? [];
    const whole = payloads.filter(({ bytes }) => bytes.byteOffset + bytes.length <= heldBytes);
    if (whole.length === 0) return null;
    this.audioEndByte = endByte;
    return { startByte: this.#at, payloads: whole };
  }

  /** Slides until the window holds the bytes from where the walk is up to `endByte`, or the end of the source. */
  async #hold(endByte: number): Promise<void> {
    while (this.#window.endByte < endByte && !this.#window.atEnd) await this.#window.advance(this.#at);
  }

  /** The window holds the packet. */
  #payloadsAt(startByte: number): Payload[] | null {
    const { packetByteLength, streamNumber } = this.#options;
    const offset = startByte - this.#window.startByte;
    return parseDataPacket(this.#window.bytes, offset, offset + packetByteLength, streamNumber);
  }

  /** Where the end of the packets is not declared, an index tells it. */
  async #isIndex(): Promise<boolean> {
    await this.#hold(this.#at + GUID_BYTES);
    const offset = this.#at - this.#window.startByte;
    if (offset + GUID_BYTES > this.#window.bytes.length) return false;
    const guid = guidAt(this.#window.bytes, offset);
    return guid === GUID.simpleIndex || guid === GUID.index;
  }

  async #resync(): Promise<void> {
    if (this.damagedPlaces++ === 0) this.firstDamagedByte = this.#at;
    const { packetByteLength, endByte } = this.#options;
    this.#at += this.#isMarked ? 1 : packetByteLength;
    while (this.#isMarked && this.#at < endByte) {
      await this.#hold(Math.min(endByte, this.#at + 2 * packetByteLength));
      if (this.#searchWindow()) return;
    }
  }

  /**
   * Moves to the next packet that another one, or the end, follows, or to a mark of one that the end cuts; false: to
   * where more must be held, or the end.
   */
  #searchWindow(): boolean {
    const { packetByteLength, endByte } = this.#options;
    const { bytes, startByte } = this.#window;
    const heldEndByte = Math.min(this.#window.endByte, endByte);
    for (;;) {
      const offset = bytes.indexOf(PACKET_MARK[0], this.#at - startByte);
      this.#at = offset < 0 ? heldEndByte : Math.min(startByte + offset, heldEndByte);
      if (this.#at === heldEndByte) return false;
      if (Math.min(endByte, this.#at + 2 * packetByteLength) > heldEndByte) return false;
      if (this.#isMark(offset) && this.#isFollowed()) return true;
      this.#at++;
    }
  }

  #isMark(offset: number): boolean {
    const isWhole = this.#at + PACKET_MARK.length <= this.#options.endByte;
    return isWhole && PACKET_MARK.every((byte, i) => this.#window.bytes[offset + i] === byte);
  }

  /** A packet is there, and another one behind it, as far as the end allows. */
  #isFollowed(): boolean {
    const { packetByteLength, endByte } = this.#options;
    const nextByte = this.#at + packetByteLength;
    if (nextByte > endByte) return true;
    if (this.#payloadsAt(this.#at) === null) return false;
    return nextByte + packetByteLength > endByte || this.#payloadsAt(nextByte) !== null;
  }
}
