/**
 * Power spectra by the fast Fourier transform: radix 4 with decimation in frequency, after one pass of radix 2 where the
 * length is not a power of 4; of the last pass only the powers are kept.
 *
 * Two real signals are transformed as one, as real and imaginary part. The sum of their power spectra needs no separation:
 * |X[k]|² + |Y[k]|² = (|Z[k]|² + |Z[n-k]|²) / 2.
 */
import type { Kernels } from './kernels.ts';

const FLOAT_BYTES = 4;
const VECTOR_FLOATS = 4;
/** The shortest length that fills the vectors of every pass. */
export const LEAST_TRANSFORM = 16;

type Pass = { readonly radix: 2 | 4; readonly size: number; readonly turns: Float32Array };

export class PowerSpectrum {
  readonly length: number;
  /** The two signals; `add` overwrites them. */
  readonly re: Float32Array;
  readonly im: Float32Array;
  readonly #kernels: Kernels;
  readonly #passes: readonly Pass[];
  /** Powers in the order in which the transform leaves them. */
  readonly #powers: Float32Array;
  /** Where in them frequency k is, and where length - k is. */
  readonly #placeOf: Uint32Array;

  /** What it takes of the kernels' memory. */
  static byteLength(length: number): number {
    return 3 * length * FLOAT_BYTES + turnFloats(length) * FLOAT_BYTES;
  }

  /** `length`: a power of two, at least `LEAST_TRANSFORM`. */
  constructor(kernels: Kernels, length: number) {
    this.length = length;
    this.#kernels = kernels;
    this.re = kernels.floats(length);
    this.im = kernels.floats(length);
    this.#powers = kernels.floats(length);
    this.#passes = passesOf(length).map(({ radix, size }) => ({ radix, size, turns: turnsOf(kernels, radix, size) }));
    this.#placeOf = placesOfFrequencies(length);
  }

  /** Takes `re` and `im` in. */
  add(): void {
    const { run } = this.#kernels;
    const byteLength = this.length * FLOAT_BYTES;
    const re = this.re.byteOffset;
    const im = this.im.byteOffset;
    for (const { radix, size, turns } of this.#passes) {
      const part = (size / radix) * FLOAT_BYTES;
      if (radix === 2) run.halves(re, im, part, turns.byteOffset);
      else run.fourths(re, im, byteLength, part, turns.byteOffset);
    }
    run.addPowers(re, im, byteLength, this.#powers.byteOffset);
  }

  /**
   * The powers of all signals since the last call, of frequencies k and -k together, for k turns in `length` samples, 0 to
   * length / 2; times `scale`. All of them sum to `length` times the signals' energy.
   */
  take(power: Float64Array, scale: number): void {
    const powers = this.#powers;
    const places = this.#placeOf;
    const middle = this.length >> 1;
    power[0] = (powers[0] ?? 0) * scale;
    for (let k = 1; k < middle; k++) {
      power[k] = ((powers[places[k] ?? 0] ?? 0) + (powers[places[this.length - k] ?? 0] ?? 0)) * scale;
    }
    power[middle] = (powers[places[middle] ?? 0] ?? 0) * scale;
    powers.fill(0);
  }
}

/** All passes but the last, which is of size 4. */
function passesOf(length: number): { radix: 2 | 4; size: number }[] {
  const passes: { radix: 2 | 4; size: number }[] = [];
  let size = length;
  if (Math.log2(length) % 2 === 1) {
    passes.push({ radix: 2, size });
    size /= 2;
  }
  for (; size > 4; size /= 4) passes.push({ radix: 4, size });
  return passes;
}

const turnFloats = (length: number): number =>
  passesOf(length).reduce((sum, { radix, size }) => sum + (size / radix) * 2 * (radix - 1), 0);

/** For each vector of a part: cosines, then sines, of once the turn, of twice the turn … */
function turnsOf(kernels: Kernels, radix: 2 | 4, size: number): Float32Array {
  const part = size / radix;
  const turns = kernels.floats(part * 2 * (radix - 1));
  let at = 0;
  for (let first = 0; first < part; first += VECTOR_FLOATS) {
    for (let times = 1; times < radix; times++) {
      for (let lane = 0; lane < VECTOR_FLOATS; lane++, at++) {
        const angle = (-2 * Math.PI * times * (first + lane)) / size;
        turns[at] = Math.cos(angle);
        turns[at + VECTOR_FLOATS] = Math.sin(angle);
      }
      at += VECTOR_FLOATS;
    }
  }
  return turns;
}

function placesOfFrequencies(length: number): Uint32Array {
  const passes = [...passesOf(length), { radix: 4, size: 4 }];
  return Uint32Array.from({ length }, (_, k) => {
    let rest = k;
    let place = 0;
    for (const { radix, size } of passes) {
      place += (rest % radix) * (size / radix);
      rest = Math.floor(rest / radix);
    }
    // The last pass leaves sixteen values as a transposed table of four by four.
    return (place & ~15) | ((place & 3) << 2) | ((place >> 2) & 3);
  });
}
