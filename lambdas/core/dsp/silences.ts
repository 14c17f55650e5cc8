/** Silences: stretches in which no sample of any channel is louder than a threshold, by the sample. */
import { CuepointError } from '../errors.ts';
import type { FieldReader, FieldWriter } from './byte-fields.ts';
import { amplitudeOf } from './decibels.ts';
import { BLOCK_GROUPS, GROUP_SAMPLES } from './sample-block.ts';

export type SilenceOptions = {
  /** The greatest magnitude in a silence, dB of full scale. */
  readonly thresholdDb: number;
  /** What is shorter is no silence. */
  readonly minimumMs: number;
};

/** Room noise of a good recording lies below; half a second is the pause between two sentences. */
export const DEFAULT_SILENCES: SilenceOptions = { thresholdDb: -60, minimumMs: 500 };

const THRESHOLD_DB = { least: -120, most: -10 };
const MINIMUM_MS = { least: 20, most: 60_000 };

/** Throws `invalid_parameter`. */
export function checkSilenceOptions({ thresholdDb, minimumMs }: SilenceOptions): void {
  if (!(thresholdDb >= THRESHOLD_DB.least && thresholdDb <= THRESHOLD_DB.most)) {
    throw new CuepointError(
      'invalid_parameter',
      `a silence threshold of ${thresholdDb} dB was given; give ${THRESHOLD_DB.least} to ${THRESHOLD_DB.most} dB`,
    );
  }
  if (!(minimumMs >= MINIMUM_MS.least && minimumMs <= MINIMUM_MS.most)) {
    throw new CuepointError(
      'invalid_parameter',
      `a shortest silence of ${minimumMs} ms was given; give ${MINIMUM_MS.least} to ${MINIMUM_MS.most} ms`,
    );
  }
}

/** Told of each silence, in order: samples [startSample, endSample) of what was taken in. */
export type SilenceListener = (startSample: number, endSample: number) => void;

export class SilenceDetector {
  readonly #threshold: number;
  readonly #minimumSamples: number;
  readonly #listener: SilenceListener;
  /** Since here nothing was loud. */
  #quietFrom = 0;
  #position = 0;

  constructor(sampleRate: number, { thresholdDb, minimumMs }: SilenceOptions, listener: SilenceListener) {
    // As precise as the samples: a sample at the threshold is not above it.
    this.#threshold = Math.fround(amplitudeOf(thresholdDb));
    // Gaps inside a group are not looked for.
    this.#minimumSamples = Math.max(GROUP_SAMPLES, Math.ceil((minimumMs * sampleRate) / 1000));
    this.#listener = listener;
  }

  /** Takes the first `length` samples of a block; `peaks`: of its groups, the greatest of all channels. */
  addBlock(planes: readonly Float32Array[], peaks: Float32Array, length: number): void {
    const threshold = this.#threshold;
    for (let group = 0; group < BLOCK_GROUPS; group++) {
      if ((peaks[group] ?? 0) <= threshold) continue;
      const start = group * GROUP_SAMPLES;
      const end = start + GROUP_SAMPLES;
      if (this.#position + end - this.#quietFrom > this.#minimumSamples) {
        this.#quietUntil(this.#position + firstLoud(planes, start, end, threshold));
      }
      // Where the next group is loud too, it will say where quiet begins.
      const isLastOfRun = group + 1 === BLOCK_GROUPS || (peaks[group + 1] ?? 0) <= threshold;
      this.#quietFrom = this.#position + (isLastOfRun ? lastLoud(planes, start, end, threshold) + 1 : end);
    }
    this.#position += length;
  }

  finish(): void {
    this.#quietUntil(this.#position);
  }

  save(state: FieldWriter): void {
    state.f64(this.#quietFrom).f64(this.#position);
  }

  restore(state: FieldReader): void {
    this.#quietFrom = state.f64();
    this.#position = state.f64();
  }

  #quietUntil(sample: number): void {
    if (sample - this.#quietFrom >= this.#minimumSamples) this.#listener(this.#quietFrom, sample);
  }
}

function firstLoud(planes: readonly Float32Array[], start: number, end: number, threshold: number): number {
  let first = end;
  for (const plane of planes) {
    let i = start;
    while (i < first && Math.abs(plane[i] ?? 0) <= threshold) i++;
    first = Math.min(first, i);
  }
  return first;
}

function lastLoud(planes: readonly Float32Array[], start: number, end: number, threshold: number): number {
  let last = start - 1;
  for (const plane of planes) {
    let i = end - 1;
    while (i > last && Math.abs(plane[i] ?? 0) <= threshold) i--;
    last = Math.max(last, i);
  }
  return last;
}
