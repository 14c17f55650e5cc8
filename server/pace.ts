import { setTimeout as sleep } from 'node:timers/promises';

/** A client gets its share in as many slices a second, so that it comes evenly. */
const SLICES_PER_SECOND = 10;

/** What a client may have at once: players begin as soon as they hold a second or two. */
const BURST_SECONDS = 1;

const SECOND_MS = 1000;

/** Holds one answer to a number of bytes a second, after a burst of one second's worth. */
export class Pace {
  readonly #bytesPerSecond: number;
  readonly #sliceBytes: number;
  /** When all that was let through would have been sent at the even pace. By `performance.now()`. */
  #paidUntilMs: number;

  constructor(bytesPerSecond: number) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#sliceBytes = Math.max(1, Math.floor(bytesPerSecond / SLICES_PER_SECOND));
    this.#paidUntilMs = performance.now() - BURST_SECONDS * SECOND_MS;
  }

  *slices(part: Uint8Array): Generator<Uint8Array, void, undefined> {
    for (let start = 0; start < part.length; start += this.#sliceBytes) {
      yield part.subarray(start, start + this.#sliceBytes);
    }
  }

  /** Resolves when so many bytes may be sent, or at once when the signal comes. */
  async wait(byteLength: number, signal: AbortSignal): Promise<void> {
    const nowMs = performance.now();
    // Who pauses does not save up more than the burst.
    this.#paidUntilMs = Math.max(this.#paidUntilMs, nowMs - BURST_SECONDS * SECOND_MS);
    this.#paidUntilMs += (byteLength / this.#bytesPerSecond) * SECOND_MS;
    const earlyMs = this.#paidUntilMs - nowMs;
    if (earlyMs > 0) await sleep(earlyMs, undefined, { signal }).catch(() => undefined);
  }
}
