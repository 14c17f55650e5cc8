import type { Silence } from '../dsp/silence-record.ts';
import { CuepointError } from '../errors.ts';
import type { InitChange, PacketBatch, PacketRun, Packets, ScanSummary } from '../formats/format.ts';
import type { Chunk } from '../index/page.ts';
import { type Cut, SilenceCuts } from './silence-cuts.ts';
import { type ChunkingConfig, type ChunkLimits, chunkLimits } from './strategy.ts';

/** How far back a preroll can reach. The longest need known is Opus: 1.5 s of 2.5 ms packets are 600. */
const HISTORY_PACKETS = 1024;

/**
 * A chunk is closed after so many frames (packets, where frames are not told): its packet table and whoever reads it
 * stay small, whatever a file says of its rate.
 */
const MAX_CHUNK_FRAMES = 1 << 16;

/** In `prerollSamples` and `prerollBytes`: what follows from the preroll's packets. */
const UNSTATED = -1;

type OpenChunk = {
  readonly startByte: number;
  readonly startSample: number;
  readonly preroll: Chunk['preroll'];
  readonly limits: ChunkLimits;
  /** The chunk is full once a packet would start at or after this decoded sample. */
  readonly boundarySample: number;
  /** Where it is to end, with strategy `silence`. */
  cut: Cut | undefined;
};

/**
 * Cuts a stream of packets into chunks at packet boundaries. The chunks partition [0, byteLength): the first begins at
 * byte 0 whatever comes before the first packet, the last ends with the source, and bytes between two packets go with
 * the packet before them.
 */
export class Chunker {
  readonly #config: ChunkingConfig;
  readonly #sampleRate: number;
  readonly #cuts: SilenceCuts | undefined;
  readonly #historyByte = new Float64Array(HISTORY_PACKETS);
  readonly #historySample = new Float64Array(HISTORY_PACKETS);
  readonly #waiting = {
    startByte: 0,
    samples: 0,
    frames: 1,
    prerollPackets: 0,
    prerollBytes: UNSTATED,
    prerollSamples: UNSTATED,
  };
  #hasWaiting = false;
  /** Where a chunk must begin: the start of what the next packet's init holds for. */
  #forcedStartByte: number | undefined;
  /** Packets since the init changed: preroll reaches no further back. */
  #packetsOfInit = 0;
  #packetCount = 0;
  #sample = 0;
  #framesInOpen = 0;
  #number = 0;
  #open: OpenChunk | undefined;

  /** Chunks that end where nothing is silent, because they were as long as one may be. */
  forcedCuts = 0;

  /** `silences`: in decoded samples, for strategy `silence`, which is an error (RangeError) without. */
  constructor(config: ChunkingConfig, sampleRate: number, silences?: readonly Silence[]) {
    this.#config = config;
    this.#sampleRate = sampleRate;
    if (config.strategy !== 'silence') return;
    if (silences === undefined) throw new RangeError('chunks are to end in silences, and these are not known');
    const samples = (seconds: number): number => Math.max(1, Math.round(seconds * sampleRate));
    this.#cuts = new SilenceCuts(silences, samples(config.minChunkSeconds), samples(config.maxChunkSeconds));
  }

  /** Takes the next packets; the chunks they complete, in order. */
  accept(batch: PacketBatch): Chunk[] {
    switch (batch.kind) {
      case 'packets':
        return this.#acceptPackets(batch);
      case 'run':
        return this.#acceptRun(batch);
      case 'init':
        return this.#acceptInit(batch);
    }
  }

  /** The number of the chunk that the next packet falls into, when it begins one of its own (after an init change). */
  get nextNumber(): number {
    return this.#open === undefined ? this.#number : this.#number + 1;
  }

  /** The last chunk or two. Throws `no_audio` when there was no packet at all. */
  finish(summary: Pick<ScanSummary, 'audioEndByte'>, byteLength: number): Chunk[] {
    if (summary.audioEndByte > byteLength) {
      throw new RangeError(`audio ends at byte ${summary.audioEndByte} of ${byteLength}`);
    }
    const closed: Chunk[] = [];
    this.#flush(summary.audioEndByte, closed);
    if (this.#open === undefined) {
      throw new CuepointError('no_audio', 'the file holds no audio packet; upload a file that has audio in it');
    }
    closed.push(this.#close(this.#open, byteLength));
    return closed;
  }

  #acceptPackets(batch: Packets): Chunk[] {
    const closed: Chunk[] = [];
    let frame = 0;
    for (let i = 0; i < batch.count; i++) {
      const startByte = batch.startByte[i] ?? 0;
      const nextByte = batch.startByte[i + 1] ?? Number.POSITIVE_INFINITY;
      const firstFrame = frame;
      while (frame < (batch.frames?.count ?? 0) && (batch.frames?.startByte[frame] ?? 0) < nextByte) frame++;
      this.#flush(startByte, closed);
      this.#waiting.frames = Math.max(1, frame - firstFrame);
      this.#waiting.startByte = startByte;
      this.#waiting.samples = batch.samples[i] ?? 0;
      this.#waiting.prerollPackets = batch.prerollPackets[i] ?? 0;
      this.#waiting.prerollBytes = batch.prerollBytes?.[i] ?? UNSTATED;
      this.#waiting.prerollSamples = batch.prerollSamples?.[i] ?? UNSTATED;
      this.#hasWaiting = true;
    }
    return closed;
  }

  #acceptInit({ startByte }: InitChange): Chunk[] {
    const closed: Chunk[] = [];
    this.#flush(startByte, closed);
    this.#packetsOfInit = 0;
    // Before the first packet there is nothing to part from: the first chunk owns all that precedes it.
    if (this.#open !== undefined) this.#forcedStartByte = startByte;
    return closed;
  }

  #acceptRun(run: PacketRun): Chunk[] {
    const closed: Chunk[] = [];
    this.#flush(run.startByte, closed);
    let done = 0;
    while (done < run.count) {
      const byte = run.startByte + done * run.packetByteLength;
      this.#open ??= this.#begin(0, 0);
      const open = this.#open;
      const untilBoundary = this.#packetsUntilBoundary(open, run.packetSamples);
      const untilBytes = Math.floor((open.startByte + open.limits.maxBytes - byte) / run.packetByteLength);
      // A chunk that holds no packet yet takes one, however large.
      const least = this.#sample === open.startSample ? 1 : 0;
      const taken = Math.min(run.count - done, Math.max(least, Math.min(untilBoundary, untilBytes)));
      done += taken;
      this.#sample += taken * run.packetSamples;
      if (done < run.count) {
        if (open.cut?.isForced) this.forcedCuts++;
        const endByte = run.startByte + done * run.packetByteLength;
        closed.push(this.#close(open, endByte));
        this.#open = this.#begin(endByte, 0);
      }
    }
    return closed;
  }

  /**
   * Puts the waiting packet, which ends at `endByte`, into a chunk. A packet waits until the next one shows where it
   * ends, so that the cut depends on the packets alone and never on how they were batched.
   */
  #flush(endByte: number, closed: Chunk[]): void {
    if (!this.#hasWaiting) return;
    this.#hasWaiting = false;
    const { startByte, samples } = this.#waiting;
    if (this.#open === undefined) {
      this.#open = this.#begin(0, 0);
    } else if (this.#forcedStartByte !== undefined) {
      closed.push(this.#close(this.#open, this.#forcedStartByte));
      this.#open = this.#begin(this.#forcedStartByte, 0);
      this.#forcedStartByte = undefined;
    } else if (
      this.#isBoundary(this.#open, this.#waiting.samples) ||
      this.#framesInOpen + this.#waiting.frames > MAX_CHUNK_FRAMES ||
      endByte - this.#open.startByte > this.#open.limits.maxBytes
    ) {
      closed.push(this.#close(this.#open, startByte));
      this.#open = this.#begin(startByte, this.#waiting.prerollPackets);
    }
    const slot = this.#packetCount % HISTORY_PACKETS;
    this.#historyByte[slot] = startByte;
    this.#historySample[slot] = this.#sample;
    this.#packetCount++;
    this.#packetsOfInit++;
    this.#framesInOpen += this.#waiting.frames;
    this.#sample += samples;
  }

  /** Whether the chunk ends here, before a packet of so many samples. */
  #isBoundary(open: OpenChunk, packetSamples: number): boolean {
    if (this.#cuts === undefined) return this.#sample >= open.boundarySample;
    const nextSample = this.#sample + packetSamples;
    const cut = this.#reachableCut(this.#cuts, open);
    const isFull = nextSample > this.#cuts.lastEnd(open.startSample);
    if (this.#sample < cut.earliest || cut.isForced) {
      if (isFull) this.forcedCuts++;
      return isFull;
    }
    const isNextNearer = Math.abs(nextSample - cut.preferred) < Math.abs(this.#sample - cut.preferred);
    return isFull || nextSample > cut.latest || !isNextNearer;
  }

  /** The end of the open chunk that is not passed yet: a silence can lie between two boundaries. */
  #reachableCut(cuts: SilenceCuts, open: OpenChunk): Cut {
    let cut = open.cut ?? cuts.next(open.startSample);
    while (!cut.isForced && this.#sample > cut.latest) cut = cuts.next(open.startSample, cut.latest + 1);
    open.cut = cut;
    return cut;
  }

  /** How many equal packets the open chunk still takes. */
  #packetsUntilBoundary(open: OpenChunk, packetSamples: number): number {
    if (this.#cuts === undefined) return Math.ceil((open.boundarySample - this.#sample) / packetSamples);
    for (;;) {
      const cut = this.#reachableCut(this.#cuts, open);
      const nearest = Math.round((cut.preferred - this.#sample) / packetSamples);
      if (cut.isForced) return Math.floor((cut.latest - this.#sample) / packetSamples);
      for (const packets of [nearest, nearest + 1]) {
        const sample = this.#sample + packets * packetSamples;
        if (cut.earliest <= sample && sample <= cut.latest) return packets;
      }
      open.cut = this.#cuts.next(open.startSample, cut.latest + 1);
    }
  }

  #begin(startByte: number, prerollPackets: number): OpenChunk {
    this.#framesInOpen = 0;
    const limits = chunkLimits(this.#config, this.#sampleRate, this.#number);
    return {
      startByte,
      startSample: this.#sample,
      preroll: this.#preroll(startByte, prerollPackets),
      limits,
      boundarySample: (Math.floor(this.#sample / limits.gridSamples) + 1) * limits.gridSamples,
      cut: undefined,
    };
  }

  #preroll(startByte: number, wantedPackets: number): Chunk['preroll'] {
    const packets = Math.min(wantedPackets, this.#packetsOfInit, HISTORY_PACKETS);
    const { prerollBytes, prerollSamples } = this.#waiting;
    // Even without preroll a decoder may put out samples that belong to no chunk: the delay of a new link.
    if (packets === 0) return { packets: 0, bytes: 0, samples: Math.max(0, prerollSamples) };
    const slot = (this.#packetCount - packets) % HISTORY_PACKETS;
    const summed = this.#sample - (this.#historySample[slot] ?? this.#sample);
    return {
      packets,
      bytes: prerollBytes === UNSTATED ? startByte - (this.#historyByte[slot] ?? startByte) : prerollBytes,
      samples: prerollSamples === UNSTATED ? summed : prerollSamples,
    };
  }

  #close(open: OpenChunk, endByte: number): Chunk {
    return {
      number: this.#number++,
      startByte: open.startByte,
      endByte,
      startSample: open.startSample,
      endSample: this.#sample,
      preroll: open.preroll,
    };
  }
}
