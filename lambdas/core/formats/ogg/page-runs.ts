import type { Packets } from '../format.ts';
import type { PrerollNeed } from './mapping.ts';

/** What the chunker remembers: no preroll reaches further back. */
const MAX_PREROLL_RUNS = 1024;

/** Padding lies in the last packet or two; runs of one packet each may part it from them. */
const HELD_RUNS = 256;

/** Pages from one on which a packet begins up to the next such page; the packets that end on them. */
type Run = {
  readonly startByte: number;
  readonly prerollPackets: number;
  prerollSamples: number;
  /** Decoded samples, nothing trimmed. */
  decodedSamples: number;
  packets: number;
  firstSamples: number;
  /** Of the first packet, 1 and its samples, where it began in the run before: a decoder that starts here drops it. */
  carriedPackets: number;
  carriedSamples: number;
  /** Of the first packet that begins and ends here. */
  firstWholeSamples: number;
  /** What the timeline gains. */
  samples: number;
};

/**
 * The page runs of one link, as packets of the scan. What the timeline is not to gain is taken off their samples at the
 * front (`trimFront`) and at the end (`finish`): the latest runs are held back for that.
 */
export class PageRuns {
  readonly #need: PrerollNeed;
  /** What the timeline is still to drop of this link before its first sample. */
  #frontSamples = 0;
  #rows: Run[] = [];
  /** In a ring: the runs from `#oldest` up to `#closed` are the preroll of the next, and these are their sums. */
  readonly #recent: Run[] = [];
  #oldest = 0;
  #closed = 0;
  #recentPackets = 0;
  #recentSamples = 0;
  #open: Run | undefined;

  decodedSamples = 0;
  /** What the timeline gained, the open run not included. */
  gainedSamples = 0;

  constructor(need: PrerollNeed) {
    this.#need = need;
  }

  /** True until a second run begins: what is dropped at the front can still be said. */
  get inFirstRun(): boolean {
    return this.#closed === 0;
  }

  /**
   * Drops this many decoded samples at the front, whatever runs they lie in. To be called in the first run, which states
   * them as what a decoder puts out too much.
   */
  trimFront(samples: number): void {
    this.#frontSamples = samples;
  }

  /** A run begins at `startByte` of the source; `carries`: its first packet began in the run before. */
  begin(startByte: number, carries: boolean): void {
    this.#close();
    this.#shortenPreroll(carries ? 1 : 0);
    const oldest = this.#at(this.#oldest);
    const silentSamples = this.#need.firstIsSilent ? this.#firstFedSamples() : 0;
    this.#open = {
      startByte,
      prerollPackets: this.#closed - this.#oldest,
      prerollSamples: this.#recentSamples - (oldest?.carriedSamples ?? 0) - silentSamples,
      decodedSamples: 0,
      packets: 0,
      firstSamples: 0,
      carriedPackets: 0,
      carriedSamples: 0,
      firstWholeSamples: 0,
      samples: 0,
    };
  }

  /** A packet ends in the open run; `carried`: it began in the run before. */
  add(samples: number, carried: boolean): void {
    const run = this.#open;
    if (run === undefined) return;
    if (run.packets === 0) run.firstSamples = samples;
    if (carried) {
      run.carriedPackets = 1;
      run.carriedSamples = samples;
    } else if (run.packets === run.carriedPackets) {
      run.firstWholeSamples = samples;
    }
    run.packets++;
    run.decodedSamples += samples;
    this.decodedSamples += samples;
  }

  /** The runs that no trim reaches any more. */
  takeSettled(): Packets | null {
    return this.#take(this.#rows.length - HELD_RUNS);
  }

  /** Closes the last run, takes `trimSamples` off the latest runs, and hands out what was held back. */
  finish(trimSamples: number): Packets | null {
    this.#close();
    let left = trimSamples;
    // No further than is always held back, so that the answer does not depend on when runs were handed out.
    for (const row of this.#rows.slice(-HELD_RUNS).reverse()) {
      const taken = Math.min(left, row.samples);
      row.samples -= taken;
      this.gainedSamples -= taken;
      left -= taken;
    }
    return this.#take(this.#rows.length);
  }

  #take(count: number): Packets | null {
    if (count <= 0) return null;
    const rows = this.#rows.slice(0, count);
    this.#rows = this.#rows.slice(count);
    return {
      kind: 'packets',
      count,
      startByte: Float64Array.from(rows, (row) => row.startByte),
      samples: Uint32Array.from(rows, (row) => row.samples),
      prerollPackets: Uint16Array.from(rows, (row) => row.prerollPackets),
      prerollSamples: Uint32Array.from(rows, (row) => row.prerollSamples),
    };
  }

  #close(): void {
    const run = this.#open;
    if (run === undefined) return;
    this.#open = undefined;
    if (this.inFirstRun) run.prerollSamples = this.#frontSamples;
    const dropped = Math.min(this.#frontSamples, run.decodedSamples);
    this.#frontSamples -= dropped;
    run.samples = run.decodedSamples - dropped;
    this.gainedSamples += run.samples;
    this.#rows.push(run);
    this.#recent[this.#closed++ % MAX_PREROLL_RUNS] = run;
    this.#recentPackets += run.packets;
    this.#recentSamples += run.decodedSamples;
  }

  /** Lets go of the oldest runs that are not needed, and of one for which the ring will have no room. */
  #shortenPreroll(leastRuns: number): void {
    for (;;) {
      const runs = this.#closed - this.#oldest;
      const oldest = this.#at(this.#oldest);
      if (oldest === undefined) return;
      const next = this.#at(this.#oldest + 1);
      const packets = this.#recentPackets - oldest.packets;
      const samples = this.#recentSamples - oldest.decodedSamples;
      const needed =
        runs <= leastRuns ||
        packets - (next?.carriedPackets ?? 0) < this.#need.packets ||
        samples - (next?.carriedSamples ?? 0) < this.#need.samples;
      if (needed && runs < MAX_PREROLL_RUNS) return;
      this.#oldest++;
      this.#recentPackets = packets;
      this.#recentSamples = samples;
    }
  }

  /** What the first packet that a decoder is fed, started on the oldest of the recent runs, yields in a whole decode. */
  #firstFedSamples(): number {
    const oldest = this.#at(this.#oldest);
    if (oldest === undefined) return 0;
    if (oldest.packets > oldest.carriedPackets) return oldest.firstWholeSamples;
    return this.#at(this.#oldest + 1)?.firstSamples ?? 0;
  }

  #at(index: number): Run | undefined {
    return index < this.#closed ? this.#recent[index % MAX_PREROLL_RUNS] : undefined;
  }
}
