import type { Packets } from '../format.ts';
import { type BlockHead, LacedFrames } from './block.ts';
import { type CodecStream, type FrameCounter, samplesOfNs } from './codec-stream.ts';
import { PacketColumns } from './packet-columns.ts';

/** A block of the track as it lies in the window, whose first byte is the source's `windowStartByte`. */
export type PlacedBlock = {
  readonly bytes: Uint8Array;
  readonly windowStartByte: number;
  /** The element that is, or that holds, the block: bytes of the source. */
  readonly startByte: number;
  readonly endByte: number;
  /** Its frames and their lacing: `bytes[framesFrom, framesTo)`. */
  readonly framesFrom: number;
  readonly framesTo: number;
  readonly head: BlockHead;
  readonly discardPaddingNs: number;
};

/** When a block begins, by its timestamp, and how much was decoded before it. */
export type TimeMark = { readonly ticks: number; readonly samples: number };

/** What the blocks of one track decode to. */
export class TrackBlocks {
  readonly #stream: CodecStream;
  readonly #count: FrameCounter;
  readonly #columns: PacketColumns;
  readonly #laced = new LacedFrames();
  readonly #frameSamples = new Int32Array(this.#laced.bounds.length);

  decodedSamples = 0;
  /** At the end: what the last block, or the last blocks, say is padding. */
  paddingSamples = 0;
  audioStartByte: number | undefined;
  audioEndByte = 0;
  firstMark: TimeMark | undefined;
  lastMark: TimeMark | undefined;

  #clusterStartByte = 0;
  #clusterTicks = 0;

  constructor(stream: CodecStream) {
    this.#stream = stream;
    this.#count = stream.openCounter();
    this.#columns = new PacketColumns(stream);
  }

  beginCluster(startByte: number): void {
    this.#clusterStartByte = startByte;
    this.#clusterTicks = 0;
    this.#columns.beginCluster(startByte);
  }

  setTimestamp(ticks: number): void {
    this.#clusterTicks = ticks;
  }

  get full(): boolean {
    return this.#columns.full;
  }

  /** The packets that are complete; with `last`, all. */
  takePackets(last: boolean): Packets | null {
    return last ? this.#columns.finish() : this.#columns.take();
  }

  /** Takes the next block. False: not all of it can be decoded; what can be was taken. */
  take(block: PlacedBlock): boolean {
    const { bytes, windowStartByte, startByte, endByte, framesFrom, framesTo, head } = block;
    if (!this.#laced.find(bytes, framesFrom, framesTo, head.lacing)) return false;
    const { bounds, count } = this.#laced;
    let samples = 0;
    let decodable = 0;
    for (let i = 0; i < count; i++) {
      const frame = this.#count(bytes, bounds[i] as number, bounds[i + 1] as number);
      this.#frameSamples[i] = frame ?? -1;
      if (frame === null) continue;
      samples += frame;
      decodable++;
    }
    if (decodable === 0) return false;
    const frames = { boundsByte: windowStartByte, bounds, frameSamples: this.#frameSamples, frameCount: count };
    this.#columns.add({ startByte, endByte, samples, ...frames });
    this.#notePlace(endByte, head.relativeTimestamp);
    this.#notePadding(samplesOfNs(block.discardPaddingNs, this.#stream.sampleRate), samples);
    this.decodedSamples += samples;
    return decodable === count;
  }

  #notePlace(endByte: number, relativeTimestamp: number): void {
    this.audioStartByte ??= this.#clusterStartByte;
    this.audioEndByte = endByte;
    this.lastMark = { ticks: this.#clusterTicks + relativeTimestamp, samples: this.decodedSamples };
    this.firstMark ??= this.lastMark;
  }

  /** Padding is at the end, and so that of earlier blocks counts only where all that follows is padding, too. */
  #notePadding(statedSamples: number, blockSamples: number): void {
    if (statedSamples <= 0) this.paddingSamples = 0;
    else if (statedSamples < blockSamples) this.paddingSamples = statedSamples;
    else this.paddingSamples += blockSamples;
  }
}
