/**
 * Loudness of a programme, from K-weighted powers of its steps of 100 ms.
 *
 * Spec: ITU-R BS.1770-4 (integrated loudness), EBU Tech 3341 (momentary, short-term), EBU Tech 3342 (range).
 */
import type { FieldReader, FieldWriter } from './byte-fields.ts';
import { LoudnessHistogram, lufsOfPower } from './loudness-histogram.ts';

/** Gating blocks of 400 ms overlap by 75 %: one begins with every step. So do the blocks of 3 s. */
const MOMENTARY_STEPS = 4;
const SHORT_TERM_STEPS = 30;

const INTEGRATED_GATE_LU = 10;
const RANGE_GATE_LU = 20;
const RANGE_LOW_SHARE = 0.1;
const RANGE_HIGH_SHARE = 0.95;

/** `too_short`: less than one block of 400 ms. `below_gate`: no block is louder than -70 LUFS. */
export type UnmeasuredLoudness = 'too_short' | 'below_gate';

export type Loudness = {
  /** LUFS; `null` where there is none, and `unmeasured` says why. */
  readonly integratedLufs: number | null;
  readonly unmeasured: UnmeasuredLoudness | null;
  /** LU; `null` where not one block of 3 s is above the gate. */
  readonly rangeLu: number | null;
  /** The loudest 400 ms and the loudest 3 s, in LUFS; `null` where the track is shorter, or silent throughout. */
  readonly maxMomentaryLufs: number | null;
  readonly maxShortTermLufs: number | null;
};

/** Sums over a window of the last steps that slides by one. */
class SlidingWindow {
  readonly #energies: Float64Array;
  readonly #samples: Float64Array;
  #steps = 0;

  constructor(steps: number) {
    this.#energies = new Float64Array(steps);
    this.#samples = new Float64Array(steps);
  }

  /** Takes a step; the mean power of the window that ends with it, `null` while it is not full. */
  push(energy: number, samples: number): number | null {
    const length = this.#energies.length;
    this.#energies[this.#steps % length] = energy;
    this.#samples[this.#steps % length] = samples;
    this.#steps++;
    if (this.#steps < length) return null;
    // Summed anew each time, in one order: a running difference would gather rounding errors for hours.
    let energies = 0;
    let count = 0;
    for (let i = 0; i < length; i++) {
      energies += this.#energies[i] ?? 0;
      count += this.#samples[i] ?? 0;
    }
    return energies / count;
  }

  save(state: FieldWriter): void {
    state.f64(this.#steps).array(this.#energies).array(this.#samples);
  }

  restore(state: FieldReader): void {
    this.#steps = state.f64();
    state.array(this.#energies);
    state.array(this.#samples);
  }
}

export class LoudnessMeter {
  readonly #momentary = new SlidingWindow(MOMENTARY_STEPS);
  readonly #shortTerm = new SlidingWindow(SHORT_TERM_STEPS);
  readonly #blocks = new LoudnessHistogram();
  readonly #shortTermBlocks = new LoudnessHistogram();
  /** -1: no block was complete. */
  #maxMomentary = -1;
  #maxShortTerm = -1;

  /** Takes a whole step: the weighted sum of its K-weighted squares, and its samples per channel. */
  addStep(energy: number, samples: number): void {
    const momentary = this.#momentary.push(energy, samples);
    if (momentary !== null) {
      this.#blocks.add(momentary);
      this.#maxMomentary = Math.max(this.#maxMomentary, momentary);
    }
    const shortTerm = this.#shortTerm.push(energy, samples);
    if (shortTerm !== null) {
      this.#shortTermBlocks.add(shortTerm);
      this.#maxShortTerm = Math.max(this.#maxShortTerm, shortTerm);
    }
  }

  loudness(): Loudness {
    const gated = this.#blocks.meanPowerAbove(INTEGRATED_GATE_LU);
    const range = this.#shortTermBlocks.percentilesAbove(RANGE_GATE_LU, [RANGE_LOW_SHARE, RANGE_HIGH_SHARE]);
    const [low, high] = range ?? [];
    return {
      integratedLufs: gated === null ? null : lufsOfPower(gated),
      unmeasured: this.#maxMomentary < 0 ? 'too_short' : gated === null ? 'below_gate' : null,
      rangeLu: low === undefined || high === undefined ? null : high - low,
      maxMomentaryLufs: audibleLufs(this.#maxMomentary),
      maxShortTermLufs: audibleLufs(this.#maxShortTerm),
    };
  }

  save(state: FieldWriter): void {
    this.#momentary.save(state);
    this.#shortTerm.save(state);
    this.#blocks.save(state);
    this.#shortTermBlocks.save(state);
    state.f64(this.#maxMomentary).f64(this.#maxShortTerm);
  }

  restore(state: FieldReader): void {
    this.#momentary.restore(state);
    this.#shortTerm.restore(state);
    this.#blocks.restore(state);
    this.#shortTermBlocks.restore(state);
    this.#maxMomentary = state.f64();
    this.#maxShortTerm = state.f64();
  }
}

/** Below a step of 32-bit audio: what is left of it are rounding errors of the filter. */
const LEAST_POWER = 1e-20;

function audibleLufs(power: number): number | null {
  return power > LEAST_POWER ? lufsOfPower(power) : null;
}
