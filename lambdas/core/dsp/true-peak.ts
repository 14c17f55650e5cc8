/**
 * True peak: the greatest magnitude of the signal between its samples, too.
 *
 * Spec: ITU-R BS.1770-4, annex 2: at least four times oversampled below 96 kHz, twice below 192 kHz. Interpolation is by
 * a windowed sinc of 24 taps, flat to 0.4 of the sample rate (the standard's own example has 12).
 *
 * What is interpolated cannot exceed the greatest sample near it by more than the filter's gain (the sum of its taps'
 * magnitudes). Where that is no more than the peak so far, nothing is computed: the result is the same.
 */
import type { FieldReader, FieldWriter } from './byte-fields.ts';
import type { Kernels } from './kernels.ts';
import { BLOCK_GROUPS, BLOCK_SAMPLES, GROUP_SAMPLES } from './sample-block.ts';

/** Taps on each side. */
const REACH = 12;
const KAISER_SHAPE = 5;
/** Samples of earlier blocks that are kept: what is interpolated lags by `REACH`. */
const KEPT_SAMPLES = 2 * REACH;
const KEPT_GROUPS = KEPT_SAMPLES / GROUP_SAMPLES;
/** The groups of the block itself begin on a whole vector. */
const GROUP_ROOM = 4;

/** Positions that are passed over together, and the groups that their taps touch. */
const RUN_SAMPLES = 32;
const RUN_GROUPS = RUN_SAMPLES / GROUP_SAMPLES;
const TOUCHED_GROUPS = RUN_GROUPS + KEPT_GROUPS;

export function oversampling(sampleRate: number): 1 | 2 | 4 {
  if (sampleRate < 96_000) return 4;
  return sampleRate < 192_000 ? 2 : 1;
}

/** Taps for the point `phase` (0 to 1) of the way from a sample to the next: [i] for the sample i before, [REACH + i] for the one i + 1 after. */
function tapsAt(phase: number): Float64Array {
  const taps = new Float64Array(2 * REACH);
  for (let i = 0; i < REACH; i++) {
    taps[i] = windowedSinc(phase + i);
    taps[REACH + i] = windowedSinc(i + 1 - phase);
  }
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => tap / sum);
}

function windowedSinc(distance: number): number {
  const sinc = Math.sin(Math.PI * distance) / (Math.PI * distance);
  const share = 1 - (distance / REACH) ** 2;
  return share <= 0 ? 0 : (sinc * besselI0(KAISER_SHAPE * Math.sqrt(share))) / besselI0(KAISER_SHAPE);
}

function besselI0(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * Number.EPSILON; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

const magnitudes = (taps: Float64Array): number => taps.reduce((sum, tap) => sum + Math.abs(tap), 0);

const HALF = tapsAt(0.5);
const QUARTER = tapsAt(0.25);
const GAIN = Math.max(magnitudes(HALF), magnitudes(QUARTER));
/** The points at 1/4 and 3/4 are each other's mirror image: one of sums and one of differences of pairs makes both. */
const PAIR_TAPS = Float32Array.from({ length: 3 * REACH }, (_, at) => {
  const i = Math.floor(at / 3);
  const [near, far] = [QUARTER[i] ?? 0, QUARTER[REACH + i] ?? 0];
  return [HALF[i] ?? 0, (near + far) / 2, (near - far) / 2][at % 3] ?? 0;
});

const FLOAT_BYTES = 4;
const RUNS = BLOCK_SAMPLES / RUN_SAMPLES;

/** The peaks of one channel, as amplitudes (1: full scale). */
export class TruePeakMeter {
  readonly #kernels: Kernels;
  readonly #factor: 1 | 2 | 4;
  readonly #taps: Float32Array;
  /** The last samples of the block before, then a block; and the peaks of its groups. */
  readonly #samples: Float32Array;
  readonly #groups: Float32Array;
  #samplePeak = 0;
  #between = 0;

  /** What it takes of the kernels' memory. */
  static byteLength(): number {
    return FLOAT_BYTES * (PAIR_TAPS.length + KEPT_SAMPLES + BLOCK_SAMPLES + GROUP_ROOM + BLOCK_GROUPS);
  }

  constructor(kernels: Kernels, sampleRate: number) {
    this.#kernels = kernels;
    this.#factor = oversampling(sampleRate);
    this.#taps = kernels.floats(PAIR_TAPS.length);
    this.#taps.set(PAIR_TAPS);
    this.#samples = kernels.floats(KEPT_SAMPLES + BLOCK_SAMPLES);
    this.#groups = kernels.floats(GROUP_ROOM + BLOCK_GROUPS).subarray(GROUP_ROOM - KEPT_GROUPS);
  }

  get samplePeak(): number {
    return this.#samplePeak;
  }

  get truePeak(): number {
    return Math.max(this.#samplePeak, this.#between);
  }

  /** Takes a whole block, the last one padded with zeros; answers the peaks of its groups of samples, not to be kept. */
  addBlock(plane: Float32Array): Float32Array {
    const { run } = this.#kernels;
    const samples = this.#samples.byteOffset;
    this.#samples.copyWithin(0, BLOCK_SAMPLES);
    this.#samples.set(plane, KEPT_SAMPLES);
    this.#groups.copyWithin(0, BLOCK_GROUPS);
    const groups = this.#groups.subarray(KEPT_GROUPS);
    const block = samples + KEPT_SAMPLES * FLOAT_BYTES;
    const greatest = run.groupPeaks(block, block + BLOCK_SAMPLES * FLOAT_BYTES, groups.byteOffset);
    this.#samplePeak = Math.max(this.#samplePeak, greatest);
    if (this.#factor !== 1) this.#between = this.#interpolate(samples + REACH * FLOAT_BYTES);
    return groups;
  }

  /** What lies behind the last samples. */
  finish(): void {
    this.addBlock(new Float32Array(BLOCK_SAMPLES));
  }

  save(state: FieldWriter): void {
    state.array(this.#samples.subarray(BLOCK_SAMPLES)).array(this.#groups.subarray(BLOCK_GROUPS));
    state.f64(this.#samplePeak).f64(this.#between);
  }

  restore(state: FieldReader): void {
    state.array(this.#samples.subarray(BLOCK_SAMPLES));
    state.array(this.#groups.subarray(BLOCK_GROUPS));
    this.#samplePeak = state.f64();
    this.#between = state.f64();
  }

  /** From the sample at the address `first` on, a block of points; the greatest so far. */
  #interpolate(first: number): number {
    const { run } = this.#kernels;
    const taps = this.#taps.byteOffset;
    let peak = this.truePeak;
    for (let i = 0; i < RUNS; i++) {
      let near = 0;
      for (let group = i * RUN_GROUPS; group < i * RUN_GROUPS + TOUCHED_GROUPS; group++) {
        const groupPeak = this.#groups[group] ?? 0;
        if (groupPeak > near) near = groupPeak;
      }
      if (near * GAIN <= peak) continue;
      const at = first + i * RUN_SAMPLES * FLOAT_BYTES;
      const end = at + RUN_SAMPLES * FLOAT_BYTES;
      const between = this.#factor === 4 ? run.peakOfFour(at, end, taps) : run.peakOfTwo(at, end, taps);
      if (between > peak) peak = between;
    }
    return peak;
  }
}
