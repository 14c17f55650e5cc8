import { CuepointError } from '../../core/errors.ts';

/** What of Lambda's context of an invocation is used. */
export type Invocation = {
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
};

/** What work is told that meets its deadline; it is what people read when it met it too often. */
function timeIsUp(): CuepointError {
  return new CuepointError(
    'unavailable',
    'it was not done when the time of the function, 15 minutes at most, was over; split the file, or have it copied inside of S3 by deploying with location=windows',
  );
}

export type Deadline = {
  /** Aborted when it is time to come to an end. */
  readonly signal: AbortSignal;
  /** To be called at the end: a timer that outlives its invocation goes off in the next one. */
  clear(): void;
};

/**
 * Goes off `marginMs` before Lambda would stop the function without a word. Work that is told in time ends in words, and
 * what was not done is done again.
 */
export function deadlineOf(invocation: Invocation, marginMs: number): Deadline {
  const stopping = new AbortController();
  const leftMs = invocation.getRemainingTimeInMillis() - marginMs;
  if (leftMs <= 0) stopping.abort(timeIsUp());
  const timer = setTimeout(() => stopping.abort(timeIsUp()), Math.max(0, leftMs));
  return { signal: stopping.signal, clear: () => clearTimeout(timer) };
}
