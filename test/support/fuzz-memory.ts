import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { FuzzViolation } from './fuzz-source.ts';

/** What a scan may hold beyond what is held without it, whatever the file. */
const MAX_HELD_BYTES = 64 << 20;

/** Asking costs more than a read from memory. */
const OBSERVED_EVERY = 16;

/** Watches what is held while scans are under way. Garbage does not count: it is collected before anything is said. */
export class MemoryGauge {
  readonly #collect: () => void;
  readonly #baselineBytes: number;
  #turn = 0;

  constructor() {
    setFlagsFromString('--expose-gc');
    this.#collect = runInNewContext('gc') as () => void;
    this.#baselineBytes = this.#collected();
  }

  /** To be called often. Throws a FuzzViolation. */
  readonly observe = (): void => {
    if (++this.#turn % OBSERVED_EVERY === 0) this.check();
  };

  check(): void {
    if (held() - this.#baselineBytes < MAX_HELD_BYTES) return;
    const growth = this.#collected() - this.#baselineBytes;
    if (growth >= MAX_HELD_BYTES) throw new FuzzViolation(`${growth} bytes more are held than at the beginning`);
  }

  #collected(): number {
    // The memory of dead buffers is given back in the background; the second collection waits for that.
    this.#collect();
    this.#collect();
    return held();
  }
}

function held(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
