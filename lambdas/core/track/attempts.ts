/**
 * How often something is tried that fails for a reason which is no fault of the file: a service that does not answer, a
 * function that dies of it. Tries are counted when they begin, as who dies can count nothing. In the end it ends in words.
 */
import type { FailureReason, IngestState } from './record.ts';

/**
 * Four messages of five deliveries on AWS. With the pauses below that is most of a day: long enough for an outage to end,
 * or for people to mend a permission.
 */
export const MAX_ATTEMPTS = 20;

const MINUTE_MS = 60_000;

/** After at least so many tries, so long passes from the beginning of the last one to the next dispatch. */
const PAUSES = [
  { attempts: 15, pauseMs: 12 * 60 * MINUTE_MS },
  { attempts: 10, pauseMs: 2 * 60 * MINUTE_MS },
  { attempts: 5, pauseMs: 30 * MINUTE_MS },
] as const;

/** Tries of one thing: `attempts` were begun, the last one then. */
export type Attempts = { readonly attempts: number; readonly startedAtMs: number };

/** The tries of an ingest; records of older releases do not say how many there were. */
export function attemptsOf({ attempts = 1, startedAtMs }: IngestState): Attempts {
  return { attempts, startedAtMs };
}

/** When what was tried in vain may be dispatched again. */
export function nextAttemptMs({ attempts, startedAtMs }: Attempts): number {
  const pause = PAUSES.find((each) => attempts >= each.attempts);
  return startedAtMs + (pause?.pauseMs ?? 0);
}

/**
 * Why something did not succeed: what ("the file could not be read"), how often it was tried, and for what cause, in a
 * person's words. `given_up` is final.
 */
export function interruption(what: string, attempts: number, cause: string): Interruption {
  if (attempts < MAX_ATTEMPTS) return { code: 'unavailable', message: `${what}; it is tried again later (${cause})` };
  const remedy = 'mend the cause, then run "cuepoint reconcile --retry-failed"';
  return { code: 'given_up', message: `${what}, and was tried ${attempts} times (${cause}); ${remedy}` };
}

export type Interruption = { readonly code: 'unavailable' | 'given_up'; readonly message: string };

/** The cause where nobody lived to tell one. */
export const SILENT_END =
  'each time the service ended in the middle of it, as it does when the time or memory that it has is not enough';

/** The failure of an ingest that must not be begun once more; `undefined` when it may. */
export function exhausted(ingest: IngestState): FailureReason | undefined {
  const { attempts } = attemptsOf(ingest);
  if (attempts < MAX_ATTEMPTS) return undefined;
  return interruption('the file could not be ingested', attempts, ingest.failure?.message ?? SILENT_END);
}
