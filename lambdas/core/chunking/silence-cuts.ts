import type { Silence } from '../dsp/silence-record.ts';

/** Where a chunk may end: at a packet boundary in [earliest, latest], best near `preferred`. Decoded samples. */
export type Cut = {
  readonly earliest: number;
  readonly preferred: number;
  readonly latest: number;
  /** Nothing is silent before the longest chunk is full. */
  readonly isForced: boolean;
};

/**
 * Finds where chunks end: in the first silence that lies far enough from where they begin, near its middle; where none comes
 * in time, when the chunk is as long as one may be.
 */
export class SilenceCuts {
  readonly #silences: readonly Silence[];
  readonly #minSamples: number;
  readonly #maxSamples: number;
  /** Silences before this one end before every chunk that is still to come. */
  #first = 0;

  /** `silences` in order, in decoded samples. Chunks are asked for in order, too. */
  constructor(silences: readonly Silence[], minSamples: number, maxSamples: number) {
    this.#silences = silences;
    this.#minSamples = minSamples;
    this.#maxSamples = Math.max(minSamples, maxSamples);
  }

  /** The last sample at which a chunk that begins there may end, if it is not one packet. */
  lastEnd(startSample: number): number {
    return startSample + this.#maxSamples;
  }

  /** The end of a chunk that begins at `startSample`, after `passedSample`: there was no boundary before that. */
  next(startSample: number, passedSample = 0): Cut {
    const from = Math.max(startSample + this.#minSamples, passedSample);
    const to = this.lastEnd(startSample);
    while (this.#first < this.#silences.length && (this.#silences[this.#first]?.endSample ?? 0) <= startSample)
      this.#first++;
    for (let i = this.#first; i < this.#silences.length; i++) {
      const silence = this.#silences[i];
      if (silence === undefined || silence.startSample > to) break;
      if (silence.endSample < from) continue;
      const earliest = Math.max(silence.startSample, from);
      const latest = Math.min(silence.endSample, to);
      if (earliest > latest) continue;
      const middle = Math.round((silence.startSample + silence.endSample) / 2);
      return { earliest, preferred: Math.min(latest, Math.max(earliest, middle)), latest, isForced: false };
    }
    return { earliest: to, preferred: to, latest: to, isForced: true };
  }
}
