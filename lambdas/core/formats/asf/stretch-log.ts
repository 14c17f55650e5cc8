import type { Decoder, DecoderConfig, FrameDecoder } from '../../ports.ts';
import type { Packets } from '../format.ts';
import type { MediaObject } from './media-objects.ts';
import { HISTORY_STRETCHES, PrerollProbe } from './preroll-probe.ts';
import { COMPARED_OBJECTS, newStretch, outputOf, type Stretch } from './stretch.ts';

/** A stretch is at least so long: each costs a decoder to find its preroll, and chunks are far longer. */
const STRETCH_SECONDS = 0.5;
/** Where data packets begin inside of an object, stretches begin with one of them after so many times that length. */
const UNCLEAN_FACTOR = 2;
/** Or so many bytes: what is kept of the last stretches has an end, whatever they decode to. */
const MAX_STRETCH_BYTES = 1 << 19;

const BATCH_PACKETS = 256;

/**
 * Decodes the media objects in order, counts what comes out by stretches, and finds the preroll of each. The objects of
 * the last stretches are kept to try it.
 */
export class StretchLog {
  readonly #main: FrameDecoder;
  readonly #probe: PrerollProbe;
  readonly #stretchSamples: number;
  #history: Stretch[] = [];
  #startBytes: number[] = [];
  #samples: number[] = [];
  #prerollPackets: number[] = [];
  #prerollSamples: number[] = [];

  totalSamples = 0;
  /** The first byte of the first stretch, once there is one. */
  startByte: number | undefined;
  stretchCount = 0;
  /** Stretches that no preroll was found for after which they decode as in the whole. */
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
    this.#history.push(newStretch(startByte, this.totalSamples));
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
  }

  /** Whether `takeBatch` is worth while. */
  get isFull(): boolean {
    return this.#startBytes.length >= BATCH_PACKETS;
  }

  /** The settled stretches since the last call; `null` when there are none. */
  takeBatch(): Packets | null {
    const count = this.#startBytes.length;
    if (count === 0) return null;
    const batch: Packets = {
      kind: 'packets',
      count,
      startByte: Float64Array.from(this.#startBytes),
      samples: Uint32Array.from(this.#samples),
      prerollPackets: Uint16Array.from(this.#prerollPackets),
      prerollSamples: Uint32Array.from(this.#prerollSamples),
    };
    this.#startBytes = [];
    this.#samples = [];
    this.#prerollPackets = [];
    this.#prerollSamples = [];
    return batch;
  }

  #count(open: Stretch, samples: number): void {
    open.samples += samples;
    this.totalSamples += samples;
  }

  async #settle(open: Stretch): Promise<void> {
    const preroll = await this.#probe.find(this.#history);
    if (!preroll.exact) this.inexact++;
    this.stretchCount++;
    this.#startBytes.push(open.startByte);
    this.#samples.push(open.samples);
    this.#prerollPackets.push(preroll.stretches);
    this.#prerollSamples.push(preroll.samples);
  }
}
