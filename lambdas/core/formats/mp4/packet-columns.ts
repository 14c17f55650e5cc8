import { CuepointError } from '../../errors.ts';
import type { ByteSource } from '../../ports.ts';
import type { Packets } from '../format.ts';
import { TimedPackets } from './packet-head.ts';
import { PrerollReach } from './preroll-reach.ts';
import type { Track } from './track.ts';

const BATCH_PACKETS = 4096;

/** Why the packets end before the file's tables do. */
export type Stop =
  | { readonly kind: 'beyond-end'; readonly startByte: number; readonly endByte: number }
  | { readonly kind: 'description'; readonly startByte: number };

/**
 * Collects a track's samples, in the order of their time, into batches of packets: every sample that has bytes is one
 * packet and one frame. Refuses what does not lie in the order of its bytes.
 */
export class PacketColumns {
  readonly #source: ByteSource;
  readonly #samplesPerTick: number;
  readonly #fixedSamples: number;
  readonly #timed: TimedPackets | undefined;
  readonly #preroll: PrerollReach;
  #batch = newBatch();
  #count = 0;
  #last = { startByte: 0, byteLength: 0, ticks: 0, paddingBefore: 0 };

  packetCount = 0;
  decodedSamples = 0;
  /** On the track's clock; of the packets taken. */
  ticks = 0;
  /** Samples that the last packets decode to beyond their durations: padding, by the file's times. */
  paddingSamples = 0;
  /** Samples of the file that have no bytes: nothing decodes there. */
  emptyCount = 0;
  emptyTicks = 0;
  audioStartByte = 0;
  audioEndByte = 0;
  stop: Stop | undefined;

  constructor(source: ByteSource, { description, timescale }: Track, blockBytes?: number) {
    const { packetLength, sampleRate, preroll } = description.codec;
    this.#source = source;
    this.#samplesPerTick = sampleRate / timescale;
    this.#fixedSamples = packetLength.kind === 'fixed' ? packetLength.samples : 0;
    this.#timed =
      packetLength.kind === 'timed'
        ? new TimedPackets(source, packetLength, this.#samplesPerTick, blockBytes)
        : undefined;
    this.#preroll = new PrerollReach(preroll);
  }

  get full(): boolean {
    return this.#count === BATCH_PACKETS;
  }

  /**
   * Takes the next sample; not to be called once `stop` is set or while `full`. `false`: it must be looked at, by
   * `addLooked`. Throws `packets_out_of_order`.
   */
  add(startByte: number, byteLength: number, ticks: number): boolean {
    if (byteLength === 0) {
      this.addEmpty(1, ticks);
      return true;
    }
    if (startByte < this.audioEndByte) throw outOfOrder(startByte, this.audioEndByte);
    const endByte = startByte + byteLength;
    if (endByte > this.#source.byteLength) {
      this.stop = { kind: 'beyond-end', startByte, endByte };
      return true;
    }
    const samples = this.#timed === undefined ? this.#fixedSamples : this.#timed.believed(ticks);
    if (samples === undefined) return false;
    this.#push(startByte, byteLength, ticks, samples);
    return true;
  }

  async addLooked(startByte: number, byteLength: number, ticks: number): Promise<void> {
    const samples = await this.#timed?.look(startByte, byteLength, ticks);
    this.#push(startByte, byteLength, ticks, samples ?? this.#fixedSamples);
  }

  /**
   * To be called before the last batch is taken: the last packet often holds fewer samples than the others, or more than
   * its duration says.
   */
  async settleLast(): Promise<void> {
    const index = this.#count - 1;
    if (this.#timed === undefined || index < 0) return;
    const { startByte, byteLength, ticks, paddingBefore } = this.#last;
    const assumed = this.#batch.samples[index] ?? 0;
    const samples = await this.#timed.look(startByte, byteLength, ticks);
    this.#batch.samples[index] = samples;
    this.decodedSamples += samples - assumed;
    this.paddingSamples = this.#paddingBehind(paddingBefore, samples, ticks);
  }

  addEmpty(count: number, ticks: number): void {
    this.emptyCount += count;
    this.emptyTicks += count * ticks;
  }

  /** What was collected since the last call; `null` when that is nothing. */
  take(): Packets | null {
    const count = this.#count;
    if (count === 0) return null;
    const { startByte, byteLength, samples, prerollPackets } = this.#batch;
    this.#batch = newBatch();
    this.#count = 0;
    const column = { startByte: startByte.subarray(0, count), samples: samples.subarray(0, count) };
    return {
      kind: 'packets',
      count,
      ...column,
      prerollPackets: prerollPackets.subarray(0, count),
      frames: { count, ...column, byteLength: byteLength.subarray(0, count) },
    };
  }

  #push(startByte: number, byteLength: number, ticks: number, samples: number): void {
    const index = this.#count++;
    this.#batch.startByte[index] = startByte;
    this.#batch.byteLength[index] = byteLength;
    this.#batch.samples[index] = samples;
    this.#batch.prerollPackets[index] = this.#preroll.next(samples);
    if (this.packetCount === 0) this.audioStartByte = startByte;
    this.packetCount++;
    this.audioEndByte = startByte + byteLength;
    this.decodedSamples += samples;
    this.ticks += ticks;
    this.#last = { startByte, byteLength, ticks, paddingBefore: this.paddingSamples };
    this.paddingSamples = this.#paddingBehind(this.paddingSamples, samples, ticks);
  }

  #paddingBehind(before: number, samples: number, ticks: number): number {
    const missing = samples - ticks * this.#samplesPerTick;
    // A coarse clock rounds; what is less than one of its ticks is no padding.
    return missing >= Math.max(1, this.#samplesPerTick) ? before + missing : 0;
  }
}

function newBatch() {
  return {
    startByte: new Float64Array(BATCH_PACKETS),
    byteLength: new Uint32Array(BATCH_PACKETS),
    samples: new Uint32Array(BATCH_PACKETS),
    prerollPackets: new Uint16Array(BATCH_PACKETS),
  };
}

function outOfOrder(startByte: number, audioEndByte: number): CuepointError {
  return new CuepointError(
    'packets_out_of_order',
    `the MP4's audio does not lie in the order of its time: what comes next begins at byte ${startByte}, before the end at byte ${audioEndByte} of what is played before it; export the file again, or copy its audio into a new file`,
  );
}
