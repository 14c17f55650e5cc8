import { setTimeout as sleep } from 'node:timers/promises';

/** A client gets its share in as many pieces a second, so that it comes evenly. */
const PIECES_PER_SECOND = 10;

/** What a client may have at once: players begin as soon as they hold a second or two. */
const BURST_SECONDS = 1;

const SECOND_MS = 1000;

/** Holds one answer to a number of bytes a second, after a burst of one second's worth. */
export class Pace {
  readonly #bytesPerSecond: number;
  readonly #pieceBytes: number;
  /** When all that was let through would have been sent at the even pace. By `performance.now()`. */
  #paidUntilMs: number;

  constructor(bytesPerSecond: number) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#pieceBytes = Math.max(1, Math.floor(bytesPerSecond / PIECES_PER_SECOND));
    this.#paidUntilMs = performance.now() - BURST_SECONDS * SECOND_MS;
  }

  *pieces(part: Uint8Array): Generator<Uint8Array, void, undefined> {
    for (let start = 0; start < part.length; start += this.#pieceBytes) {
      yield part.subarray(start, Math.min(start + this.#pieceBytes, part.length));
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
