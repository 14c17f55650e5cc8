import type { ByteSource } from '../../ports.ts';
import { FieldCursor } from './field-cursor.ts';
import { PACKET_HEAD_BYTES, type PacketLength } from './track-codec.ts';

/** As much as is read at a time where packets must be looked at: mostly one or two of a file. */
const BLOCK_BYTES = 1 << 14;

/** More different durations than a stream has that is worth remembering them for. */
const MAX_REMEMBERED = 32;

type TimedLength = Extract<PacketLength, { kind: 'timed' }>;

/**
 * How many samples the packets of a `timed` codec decode to. Durations are believed once a packet of that duration was
 * looked at and agreed; others are looked at. So of a usual file the first packet is read, and nothing else of its audio.
 */
export class TimedPackets {
  readonly #source: ByteSource;
  readonly #length: TimedLength;
  readonly #samplesPerTick: number;
  readonly #blockBytes: number;
  readonly #believed = new Map<number, number>();
  #cursor: FieldCursor | undefined;

  constructor(source: ByteSource, length: TimedLength, samplesPerTick: number, blockBytes = BLOCK_BYTES) {
    this.#source = source;
    this.#length = length;
    this.#samplesPerTick = samplesPerTick;
    this.#blockBytes = Math.min(blockBytes, BLOCK_BYTES);
  }

  /** `undefined`: the packet must be looked at. */
  believed(ticks: number): number | undefined {
    return this.#believed.get(ticks);
  }

  /** Looks at the packet at `startByte`; packets must be asked for in the order of their bytes. */
  async look(startByte: number, byteLength: number, ticks: number): Promise<number> {
    const timed = ticks * this.#samplesPerTick;
    const found = this.#length.read(await this.#head(startByte, Math.min(byteLength, PACKET_HEAD_BYTES)));
    if (found === null) return Math.min(Math.round(timed), this.#length.maxSamples);
    const agrees = Math.abs(found - timed) < Math.max(1, this.#samplesPerTick);
    if (agrees && this.#believed.size < MAX_REMEMBERED) this.#believed.set(ticks, found);
    return found;
  }

  async #head(startByte: number, byteLength: number): Promise<Uint8Array> {
    this.#cursor ??= await FieldCursor.open(this.#source, startByte, this.#source.byteLength, this.#blockBytes);
    await this.#cursor.hold(startByte, byteLength);
    return this.#cursor.bytes(startByte, byteLength);
  }
}
