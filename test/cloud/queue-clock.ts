/** Time as queues see it. Tests move it on, so that nobody waits for a visibility timeout of hours. */
export class QueueClock {
  #offsetMs = 0;
  readonly #listeners = new Set<() => void>();

  now(): number {
    return Date.now() + this.#offsetMs;
  }

  advance(durationMs: number): void {
    if (!(durationMs >= 0)) throw new Error(`time was to be moved on by ${durationMs} ms; expected 0 or more`);
    this.#offsetMs += durationMs;
    for (const listener of this.#listeners) listener();
  }

  onAdvance(listener: () => void): void {
    this.#listeners.add(listener);
  }
}
