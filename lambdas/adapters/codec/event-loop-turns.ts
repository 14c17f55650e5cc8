import { setImmediate } from 'node:timers/promises';

/** Decoding goes on for so long before others get a turn: far below what a listener would notice. */
const BUSY_MS = 4;

/**
 * Lets work that is done in small synchronous steps share the event loop: a step that begins too long after others last
 * had their turn lets them go first. To be shared by all that work side by side, since their times add up.
 */
export class EventLoopTurns {
  #sinceMs = performance.now();

  async yieldWhenDue(): Promise<void> {
    if (performance.now() - this.#sinceMs < BUSY_MS) return;
    await setImmediate();
    this.#sinceMs = performance.now();
  }
}
