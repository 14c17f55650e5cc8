import { CuepointError, hasCode } from '../core/errors.ts';
import type { Log } from '../core/ports.ts';
import { type Answer, type BodyParts, type HttpRequest, lengthOf } from './http-answer.ts';

/** What a request was about and how long its parts took, for the line in the log. Times by `performance.now()`. */
export type Access = {
  readonly request: HttpRequest;
  readonly path: string;
  readonly trackId?: string | undefined;
  readonly startedAtMs: number;
  /** When the track had been found. */
  readonly foundAtMs?: number | undefined;
};

/**
 * The answer with its one line in the log, written when the last byte was handed over, or when the client had left.
 * `firstByteMs`: until the head could be sent.
 */
export function logged(log: Log, access: Access, answer: Answer): Answer {
  const answeredAtMs = performance.now();
  const { body } = answer;
  if (body === null || 'pieces' in body) {
    logLine(log, access, answer.status, answeredAtMs, { bytesSent: body ? lengthOf(body.pieces) : 0 });
    return answer;
  }
  const end = (outcome: Outcome) => logLine(log, access, answer.status, answeredAtMs, outcome);
  return { ...answer, body: { parts: counted(body.parts, end) } };
}

/** `ended`: before the last byte, because the client left or the store failed. */
export type Outcome = { readonly bytesSent: number | undefined; readonly ended?: 'left' | 'failed' };

function counted(parts: BodyParts, end: (outcome: Outcome) => void): BodyParts {
  let bytesSent = 0;
  let isOver = false;
  const over = (ended?: Outcome['ended']) => {
    if (!isOver) end({ bytesSent, ...(ended && { ended }) });
    isOver = true;
  };
  return {
    async next() {
      try {
        const next = await parts.next();
        if (next.done) over();
        else bytesSent += next.value.length;
        return next;
      } catch (error) {
        over('failed');
        throw error;
      }
    },
    async return() {
      over('left');
      await parts.return?.();
      return { value: undefined, done: true };
    },
  };
}

export function logLine(
  log: Log,
  { request, path, trackId, startedAtMs, foundAtMs }: Access,
  status: number,
  answeredAtMs: number,
  outcome: Outcome,
): void {
  const range = request.headers.get('range') ?? undefined;
  log.info('request', {
    method: request.method,
    path,
    track: trackId,
    range,
    status,
    ...outcome,
    indexMs: foundAtMs === undefined ? undefined : rounded(foundAtMs - startedAtMs),
    firstByteMs: rounded(answeredAtMs - startedAtMs),
    elapsedMs: rounded(performance.now() - startedAtMs),
  });
}

/** Microseconds are as exact as it is worth. */
function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}

/** Failures that an operator has to know of. */
export function logFailure(log: Log, error: unknown): void {
  if (!(error instanceof CuepointError) || hasCode(error, 'internal')) log.error('request_failed', { error });
  else if (hasCode(error, 'chunk_lost') || hasCode(error, 'unavailable')) log.warn('request_failed', { error });
}
