/** What of Lambda's context of an invocation is used. */
export type Invocation = {
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
};

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
  if (leftMs <= 0) stopping.abort();
  const timer = setTimeout(() => stopping.abort(), Math.max(0, leftMs));
  return { signal: stopping.signal, clear: () => clearTimeout(timer) };
}
