/**
 * Powers of blocks, sorted by their loudness into bins of 0.01 LU: what gates and percentiles need, in memory that does not
 * grow with their number. Bins keep the sum of what fell into them, so that a mean over whole bins is exact; only the blocks
 * of the one bin that a gate runs through are let in or kept out together.
 */
import type { FieldReader, FieldWriter } from './byte-fields.ts';

/** -0.691 makes a 997 Hz sine at full scale in one front channel -3.01 LUFS (BS.1770-4, equation 2). */
const OFFSET_LU = -0.691;
/** The absolute gate (BS.1770-4): what is not louder counts nowhere. */
export const ABSOLUTE_GATE_LUFS = -70;
const BINS_PER_LU = 100;
/** Anything louder goes into the last bin; float audio may be far above full scale. */
const LOUDEST_LUFS = 30;
const BINS = (LOUDEST_LUFS - ABSOLUTE_GATE_LUFS) * BINS_PER_LU;

export function lufsOfPower(power: number): number {
  return OFFSET_LU + 10 * Math.log10(power);
}

export function powerOfLufs(lufs: number): number {
  return 10 ** ((lufs - OFFSET_LU) / 10);
}

const GATE_POWER = powerOfLufs(ABSOLUTE_GATE_LUFS);

export class LoudnessHistogram {
  readonly #counts = new Float64Array(BINS);
  readonly #sums = new Float64Array(BINS);

  /** Takes the weighted mean square of a block. */
  add(power: number): void {
    if (!(power > GATE_POWER)) return;
    const bin = Math.min(BINS - 1, Math.floor((lufsOfPower(power) - ABSOLUTE_GATE_LUFS) * BINS_PER_LU));
    this.#counts[bin] = (this.#counts[bin] ?? 0) + 1;
    this.#sums[bin] = (this.#sums[bin] ?? 0) + power;
  }

  /** Mean power of the blocks above the absolute gate; `null` where there are none. */
  meanPower(): number | null {
    return this.#meanFrom(0);
  }

  /** The same of those above another gate, too: as many LU below `meanPower`. */
  meanPowerAbove(gateLu: number): number | null {
    const first = this.#firstBinAbove(gateLu);
    return first === null ? null : this.#meanFrom(first);
  }

  /** The loudness that a share (0 to 1) of the blocks above such a gate does not exceed, in LUFS, to half a bin. */
  percentilesAbove(gateLu: number, shares: readonly number[]): number[] | null {
    const first = this.#firstBinAbove(gateLu);
    if (first === null) return null;
    let blocks = 0;
    for (let bin = first; bin < BINS; bin++) blocks += this.#counts[bin] ?? 0;
    return shares.map((share) => {
      // EBU Tech 3342 takes the block at the rounded place in the sorted list.
      const wanted = Math.round((blocks - 1) * share);
      let seen = 0;
      let bin = first;
      while (bin < BINS - 1) {
        seen += this.#counts[bin] ?? 0;
        if (seen > wanted) break;
        bin++;
      }
      return lufsOfPower((this.#sums[bin] ?? 0) / (this.#counts[bin] ?? 1));
    });
  }

  save(state: FieldWriter): void {
    state.array(this.#counts).array(this.#sums);
  }

  restore(state: FieldReader): void {
    state.array(this.#counts);
    state.array(this.#sums);
  }

  /** The first bin whose blocks are louder on the average than the gate. */
  #firstBinAbove(gateLu: number): number | null {
    const mean = this.meanPower();
    if (mean === null) return null;
    const gate = mean * 10 ** (-gateLu / 10);
    for (let bin = 0; bin < BINS; bin++) {
      const count = this.#counts[bin] ?? 0;
      if (count > 0 && (this.#sums[bin] ?? 0) / count >= gate) return bin;
    }
    return null;
  }

  #meanFrom(first: number): number | null {
    let sum = 0;
    let count = 0;
    for (let bin = first; bin < BINS; bin++) {
      sum += this.#sums[bin] ?? 0;
      count += this.#counts[bin] ?? 0;
    }
    return count === 0 ? null : sum / count;
  }
}
