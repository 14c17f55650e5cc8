import type { Log } from '../lambdas/core/ports.ts';
import { compareSequencers } from '../lambdas/core/track/sequencer.ts';
import type { IngestOutcome } from '../lambdas/ingest/ingest-source.ts';
import type { IngestEvent as SourceEvent } from '../lambdas/ingest/ports.ts';

/** What may pass is tried again after these waits; after the last one the next sweep of the folder takes over. */
const RETRY_DELAYS_MS = [1000, 5000, 30_000];

const LONGEST_DELAY_MS = 30_000;

/** Two at once: while one waits for the disk the other scans. */
const CONCURRENT_INGESTS = 2;

type Waiting = { readonly event: SourceEvent; readonly attempt: number };

/**
 * Takes events in and has them ingested: one at a time per key, a few keys at once, the newest event of a key in place
 * of the ones that wait before it.
 */
export class IngestQueue {
  readonly #ingest: (event: SourceEvent) => Promise<IngestOutcome>;
  readonly #log: Log;
  readonly #waiting = new Map<string, Waiting>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #idle: (() => void)[] = [];
  #closed = false;

  readonly #giveUp: (key: string, error: unknown) => Promise<void>;

  /** `giveUp` is told of a key that is not tried again for now. */
  constructor(
    ingest: (event: SourceEvent) => Promise<IngestOutcome>,
    giveUp: (key: string, error: unknown) => Promise<void>,
    log: Log,
  ) {
    this.#ingest = ingest;
    this.#giveUp = giveUp;
    this.#log = log;
  }

  push(event: SourceEvent): void {
    this.#enqueue({ event, attempt: 0 });
  }

  isUnderWay(key: string): boolean {
    return this.#running.has(key) || this.#waiting.has(key);
  }

  /** Resolves once nothing waits or runs (retries that are waiting for their time do not count). */
  async whenIdle(): Promise<void> {
    if (this.#running.size === 0 && this.#waiting.size === 0) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Takes nothing more and waits for what runs. What did not come to its end is taken up again by the next start. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#waiting.clear();
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.all(this.#running.values());
  }

  #enqueue(next: Waiting): void {
    if (this.#closed) return;
    const { key, sequencer } = next.event;
    const waiting = this.#waiting.get(key);
    if (!waiting || compareSequencers(waiting.event.sequencer, sequencer) <= 0) this.#waiting.set(key, next);
    this.#fill();
  }

  #fill(): void {
    for (const [key, next] of this.#waiting) {
      if (this.#running.size >= CONCURRENT_INGESTS) return;
      if (this.#running.has(key)) continue;
      this.#waiting.delete(key);
      const run = this.#run(next).finally(() => {
        this.#running.delete(key);
        this.#fill();
        if (this.#running.size === 0 && this.#waiting.size === 0) {
          for (const resolve of this.#idle.splice(0)) resolve();
        }
      });
      this.#running.set(key, run);
    }
  }

  async #run({ event, attempt }: Waiting): Promise<void> {
    try {
      const { outcome } = await this.#ingest(event);
      // Replaced while it was read. Its own event will come; should that be lost, this look finds the newer state.
      // A file that grows and grows is looked at more and more rarely.
      if (outcome === 'superseded') {
        this.#later({ event, attempt: attempt + 1 }, RETRY_DELAYS_MS[attempt] ?? LONGEST_DELAY_MS);
      }
    } catch (error) {
      if (this.#closed) return this.#log.info('ingest_stopped', { key: event.key });
      const delayMs = RETRY_DELAYS_MS[attempt];
      const fields = { key: event.key, attempt, error };
      this.#log.error(delayMs === undefined ? 'ingest_given_up' : 'ingest_interrupted', fields);
      if (delayMs !== undefined) return this.#later({ event, attempt: attempt + 1 }, delayMs);
      await this.#giveUp(event.key, error).catch((cause: unknown) => {
        this.#log.error('failure_not_recorded', { key: event.key, error: cause });
      });
    }
  }

  #later(next: Waiting, delayMs: number): void {
    if (this.#closed) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#enqueue(next);
    }, delayMs);
    this.#timers.add(timer);
  }
}
