import type { Decoder, DecoderConfig, FrameDecoder } from '../../ports.ts';
import type { Packets } from '../format.ts';
import type { MediaObject } from './media-objects.ts';
import { HISTORY_STRETCHES, PrerollProbe } from './preroll-probe.ts';
import { COMPARED_OBJECTS, newStretch, outputOf, type Stretch } from './stretch.ts';

/** A stretch is at least so long; a preroll is whole stretches. */
const STRETCH_SECONDS = 0.5;
/**
 * A packet is at least so many stretches: to find its preroll takes a decoder of its own and the decoding of a stretch or
 * more, and chunks are far longer.
 */
const PACKET_STRETCHES = 4;
/** Where data packets begin inside of an object, stretches begin with one of them after so many times that length. */
const UNCLEAN_FACTOR = 2;
/** Or so many bytes: what is kept of the last stretches has an end, whatever they decode to. */
const MAX_STRETCH_BYTES = 1 << 19;

const BATCH_PACKETS = 256;

/**
 * Decodes the media objects in order, counts what comes out by packets of a few stretches, and finds the preroll of each
 * packet. The objects of the last stretches are kept to try it.
 */
export class StretchLog {
  readonly #main: FrameDecoder;
  readonly #probe: PrerollProbe;
  readonly #stretchSamples: number;
  #history: Stretch[] = [];
  #isFinished = false;
  #startBytes: number[] = [];
  #samples: number[] = [];
  #prerollPackets: number[] = [];
  #prerollBytes: number[] = [];
  #prerollSamples: number[] = [];

  totalSamples = 0;
  /** The first byte of the first stretch, once there is one. */
  startByte: number | undefined;
  packetCount = 0;
  /** Packets that no preroll was found for after which they decode as in the whole. */
  inexact = 0;

  private constructor(main: FrameDecoder, probe: PrerollProbe, stretchSamples: number) {
    this.#main = main;
    this.#probe = probe;
    this.#stretchSamples = stretchSamples;
  }

  /** To be closed. Throws what the decoder throws when it is opened. */
  static async open(decoder: Decoder, config: DecoderConfig): Promise<StretchLog> {
    const main = await decoder.open(config);
    return new StretchLog(main, new PrerollProbe(decoder, config), config.sampleRate * STRETCH_SECONDS);
  }

  close(): void {
    this.#main.close();
  }

  /** Media objects that did not decode. */
  get failedObjects(): number {
    return this.#main.failedFrames;
  }

  /** A data packet begins; `isClean`: with the beginning of an object. A stretch may then begin, too. */
  async beginPacket(startByte: number, isClean: boolean): Promise<void> {
    const open = this.#history.at(-1);
    if (open === undefined) {
      this.startByte = startByte;
    } else {
      const least = this.#stretchSamples * (isClean ? 1 : UNCLEAN_FACTOR);
      if (open.samples < least && open.objectBytes < MAX_STRETCH_BYTES) return;
      await this.#settle(open);
    }
    this.#history.push(newStretch(startByte, this.totalSamples, this.#beginsPacket));
    if (this.#history.length > HISTORY_STRETCHES) this.#history.shift();
  }

  /** Before the first stretch there is nowhere to count: `beginPacket` comes first. */
  async decode(object: MediaObject): Promise<void> {
    const open = this.#history.at(-1);
    if (open === undefined) return;
    const isCompared = open.outputs.length < COMPARED_OBJECTS;
    const output = await outputOf(this.#main, object, isCompared);
    if (isCompared) open.outputs.push(output);
    open.objects.push(object);
    open.objectBytes += object.bytes.length;
    if (object.startPacketByte < open.startByte) open.spilledSamples += output.samples;
    this.#count(open, output.samples);
  }

  /** What the decoder held back belongs to the last stretch. */
  async finish(): Promise<void> {
    const open = this.#history.at(-1);
    if (open === undefined) return;
    for (const { samples } of await this.#main.flush()) this.#count(open, samples);
    await this.#settle(open);
    this.#isFinished = true;
  }

  /** Whether `takeBatch` is worth while. */
  get isFull(): boolean {
    return this.#startBytes.length >= BATCH_PACKETS;
  }

  /** The packets that ended since the last call; `null` when there are none. */
  takeBatch(): Packets | null {
    const count = this.#startBytes.length - (this.#isFinished ? 0 : 1);
    if (count <= 0) return null;
    const batch: Packets = {
      kind: 'packets',
      count,
      startByte: Float64Array.from(this.#startBytes.splice(0, count)),
      samples: Uint32Array.from(this.#samples.splice(0, count)),
      prerollPackets: Uint16Array.from(this.#prerollPackets.splice(0, count)),
      prerollBytes: Float64Array.from(this.#prerollBytes.splice(0, count)),
      prerollSamples: Uint32Array.from(this.#prerollSamples.splice(0, count)),
    };
    return batch;
  }

  #count(open: Stretch, samples: number): void {
    open.samples += samples;
    this.totalSamples += samples;
  }

  /** Whether the stretch after those in the history is to begin a packet. */
  get #beginsPacket(): boolean {
    const begun = this.#history.findLastIndex(({ beginsPacket }) => beginsPacket);
    return begun < 0 || this.#history.length - begun >= PACKET_STRETCHES;
  }

  /** The stretch is whole: it is counted, and where it begins a packet, what goes before is known to be enough. */
  async #settle(open: Stretch): Promise<void> {
    if (open.beginsPacket) {
      const preroll = await this.#probe.find(this.#history);
      if (!preroll.exact) this.inexact++;
      this.packetCount++;
      const before = this.#history.slice(this.#history.length - 1 - preroll.stretches, -1);
      const packets = before.filter(({ beginsPacket }, i) => beginsPacket || i === 0).length;
      this.#startBytes.push(open.startByte);
      this.#samples.push(0);
      this.#prerollPackets.push(packets);
      this.#prerollBytes.push(open.startByte - (before[0]?.startByte ?? open.startByte));
      this.#prerollSamples.push(preroll.samples);
    }
    const last = this.#samples.length - 1;
    this.#samples[last] = (this.#samples[last] ?? 0) + open.samples;
  }
}
