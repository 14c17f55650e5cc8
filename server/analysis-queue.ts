import type { AnalysisOutcome } from '../lambdas/analyse/analyse-track.ts';
import type { Log } from '../lambdas/core/ports.ts';
import type { AnalysisRequest } from '../lambdas/ingest/ports.ts';

/** What may pass is tried again after these waits; after the last one the next look at the folder takes over. */
const RETRY_DELAYS_MS = [5000, 60_000];

type Waiting = { readonly request: AnalysisRequest; readonly attempt: number };

/** Has revisions analysed in the background: one at a time, in the order in which they were published. */
export class AnalysisQueue {
  readonly #analyse: (request: AnalysisRequest) => Promise<AnalysisOutcome>;
  readonly #giveUp: (request: AnalysisRequest, error: unknown) => Promise<void>;
  readonly #log: Log;
  readonly #waiting = new Map<string, Waiting>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #running: { readonly revision: string; readonly run: Promise<void> } | undefined;
  #idle: (() => void)[] = [];
  #closed = false;

  /** `giveUp` is told of a revision that is not tried again for now. */
  constructor(
    analyse: (request: AnalysisRequest) => Promise<AnalysisOutcome>,
    giveUp: (request: AnalysisRequest, error: unknown) => Promise<void>,
    log: Log,
  ) {
    this.#analyse = analyse;
    this.#giveUp = giveUp;
    this.#log = log;
  }

  /** The newest request for a track takes the place of one that waits; for what is running now nothing is to be done. */
  push(request: AnalysisRequest): void {
    if (this.#running?.revision === request.revision) return;
    this.#enqueue({ request, attempt: 0 });
  }

  /** Resolves once nothing waits or runs (retries that are waiting for their time do not count). */
  async whenIdle(): Promise<void> {
    if (this.#running === undefined && this.#waiting.size === 0) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Takes nothing more and waits for what runs, which the caller has told to stop. The next start goes on with it. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#waiting.clear();
    for (const timer of this.#timers) clearTimeout(timer);
    await this.#running?.run;
  }

  #enqueue(next: Waiting): void {
    if (this.#closed) return;
    this.#waiting.set(next.request.trackId, next);
    this.#next();
  }

  #next(): void {
    if (this.#running !== undefined) return;
    const [first] = this.#waiting;
    if (first === undefined) {
      for (const resolve of this.#idle.splice(0)) resolve();
      return;
    }
    const [trackId, next] = first;
    this.#waiting.delete(trackId);
    const run = this.#run(next).finally(() => {
      this.#running = undefined;
      this.#next();
    });
    this.#running = { revision: next.request.revision, run };
  }

  async #run({ request, attempt }: Waiting): Promise<void> {
    try {
      await this.#analyse(request);
    } catch (error) {
      if (this.#closed) return;
      const delayMs = RETRY_DELAYS_MS[attempt];
      const fields = { ...request, attempt, error };
      this.#log.error(delayMs === undefined ? 'analysis_given_up' : 'analysis_interrupted', fields);
      if (delayMs !== undefined) return this.#later({ request, attempt: attempt + 1 }, delayMs);
      await this.#giveUp(request, error).catch((cause: unknown) => {
        this.#log.error('failure_not_recorded', { ...request, error: cause });
      });
    }
  }

  #later(next: Waiting, delayMs: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      // A newer request for the track is as good.
      if (!this.#waiting.has(next.request.trackId)) this.#enqueue(next);
    }, delayMs);
    this.#timers.add(timer);
  }
}
