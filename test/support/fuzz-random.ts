/** Repeatable randomness: the same numbers for the same seeds, on every machine. */
export class FuzzRandom {
  #state: number;

  constructor(...seeds: readonly number[]) {
    this.#state = seeds.reduce((state, seed) => mixed(state ^ (seed >>> 0)) + 0x9e37_79b9, 0x51ed_270b) >>> 0;
  }

  /** An integer in [0, end); 0 when `end` is. */
  below(end: number): number {
    this.#state = (this.#state + 0x9e37_79b9) >>> 0;
    return Math.floor((mixed(this.#state) / 2 ** 32) * end);
  }

  /** An integer in [from, to]. */
  between(from: number, to: number): number {
    return from + this.below(to - from + 1);
  }

  chance(probability: number): boolean {
    return this.below(2 ** 20) < probability * 2 ** 20;
  }

  pick<T>(choices: readonly T[]): T {
    const choice = choices[this.below(choices.length)];
    if (choice === undefined) throw new RangeError('there is nothing to choose from');
    return choice;
  }

  bytes(byteLength: number): Uint8Array {
    return Uint8Array.from({ length: byteLength }, () => this.below(256));
  }
}

/** Every bit of the answer depends on every bit of the value. */
function mixed(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85eb_ca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2_ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
