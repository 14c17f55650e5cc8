/**
 * The K-weighting filter: a shelf for the head, then a high-pass.
 *
 * Spec: ITU-R BS.1770-4, annex 1, which gives coefficients for 48 kHz only. The analogue prototypes behind them are in
 * B. De Man, "Evaluation of Implementations of the EBU R128 Loudness Measurement", AES 145 (2018): the bilinear transform
 * of these gives the standard's own numbers at 48 kHz, and the same response at any other rate.
 */
import type { FieldReader, FieldWriter } from './byte-fields.ts';
import type { Kernels } from './kernels.ts';

const SHELF = { hertz: 1681.974450955533, gainDecibels: 3.999843853973347, quality: 0.7071752369554196 };
const SHELF_MIDDLE_EXPONENT = 0.4996667741545416;
const HIGH_PASS = { hertz: 38.13547087602444, quality: 0.5003270373238773 };

/** y[n] = b0 x[n] + b1 x[n-1] + b2 x[n-2] - a1 y[n-1] - a2 y[n-2] */
export type Biquad = {
  readonly b0: number;
  readonly b1: number;
  readonly b2: number;
  readonly a1: number;
  readonly a2: number;
};

/** Shelf and high-pass for a rate in Hz. */
export function kWeighting(sampleRate: number): { readonly shelf: Biquad; readonly highPass: Biquad } {
  const shelf = Math.tan((Math.PI * Math.min(SHELF.hertz, 0.49 * sampleRate)) / sampleRate);
  const high = 10 ** (SHELF.gainDecibels / 20);
  const middle = high ** SHELF_MIDDLE_EXPONENT;
  const shelfScale = 1 + shelf / SHELF.quality + shelf * shelf;
  const pass = Math.tan((Math.PI * HIGH_PASS.hertz) / sampleRate);
  const passScale = 1 + pass / HIGH_PASS.quality + pass * pass;
  return {
    shelf: {
      b0: (high + (middle * shelf) / SHELF.quality + shelf * shelf) / shelfScale,
      b1: (2 * (shelf * shelf - high)) / shelfScale,
      b2: (high - (middle * shelf) / SHELF.quality + shelf * shelf) / shelfScale,
      a1: (2 * (shelf * shelf - 1)) / shelfScale,
      a2: (1 - shelf / SHELF.quality + shelf * shelf) / shelfScale,
    },
    highPass: {
      b0: 1,
      b1: -2,
      b2: 1,
      a1: (2 * (pass * pass - 1)) / passScale,
      a2: (1 - pass / HIGH_PASS.quality + pass * pass) / passScale,
    },
  };
}

/** Of a pair of channels: two values for each stage and the sum of squares, each for both channels. */
const STATE_DOUBLES = 10;
const SUMS_AT = 8;
const DOUBLE_BYTES = 8;
const FLOAT_BYTES = 4;

/** K-weights all channels and adds up the squares of what comes out; two channels at a time. */
export class KWeightingFilter {
  readonly #kernels: Kernels;
  readonly #taps: Float64Array;
  readonly #pairs: readonly Float64Array[];

  /** What it takes of the kernels' memory. */
  static byteLength(channels: number): number {
    return DOUBLE_BYTES * (8 + STATE_DOUBLES * Math.ceil(channels / 2));
  }

  constructor(kernels: Kernels, sampleRate: number, channels: number) {
    const { shelf, highPass } = kWeighting(sampleRate);
    this.#kernels = kernels;
    this.#taps = kernels.doubles(8);
    this.#taps.set([shelf.b0, shelf.b1, shelf.b2, shelf.a1, shelf.a2, highPass.a1, highPass.a2]);
    this.#pairs = Array.from({ length: Math.ceil(channels / 2) }, () => kernels.doubles(STATE_DOUBLES));
  }

  /** Takes samples [start, end) of each plane, which are in the kernels' memory. */
  addSquares(planes: readonly Float32Array[], start: number, end: number): void {
    for (const [pair, state] of this.#pairs.entries()) {
      const left = planes[2 * pair];
      if (left === undefined) continue;
      // A channel without a partner is its own, and counted once.
      const right = planes[2 * pair + 1] ?? left;
      this.#kernels.run.addSquares(
        left.byteOffset + start * FLOAT_BYTES,
        right.byteOffset + start * FLOAT_BYTES,
        (end - start) * FLOAT_BYTES,
        state.byteOffset,
        this.#taps.byteOffset,
      );
    }
  }

  /** The sum of squares of each channel times its weight, since it was last taken. */
  takeSquares(weights: readonly number[]): number {
    let sum = 0;
    for (const [channel, weight] of weights.entries()) {
      sum += weight * (this.#pairs[channel >> 1]?.[SUMS_AT + (channel & 1)] ?? 0);
    }
    for (const state of this.#pairs) state.fill(0, SUMS_AT);
    return sum;
  }

  save(state: FieldWriter): void {
    for (const pair of this.#pairs) state.array(pair);
  }

  restore(state: FieldReader): void {
    for (const pair of this.#pairs) state.array(pair);
  }
}
