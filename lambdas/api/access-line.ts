import { CuepointError, hasCode } from '../core/errors.ts';
import type { Log } from '../core/ports.ts';
import type { HttpRequest, Outcome } from './http-answer.ts';
import { repeatedText } from './repeated-text.ts';

/** What a request was about and how long its parts took, for the line in the log. Times by `performance.now()`. */
export type Access = {
  readonly request: HttpRequest;
  readonly path: string;
  readonly trackId?: string | undefined;
  readonly startedAtMs: number;
  /** When the track had been found. */
  readonly foundAtMs?: number | undefined;
};

/** Writes the one line of a request. `answeredAtMs`: when the head could be sent. */
export function logLine(
  log: Log,
  { request, path, trackId, startedAtMs, foundAtMs }: Access,
  status: number,
  answeredAtMs: number,
  { bytesSent, ended }: Outcome,
): void {
  const range = request.headers.get('range') ?? undefined;
  log.info('request', {
    method: request.method,
    path: repeatedText(path),
    query: queryOf(request.url),
    track: trackId,
    range,
    status,
    bytesSent,
    ended,
    indexMs: foundAtMs === undefined ? undefined : rounded(foundAtMs - startedAtMs),
    firstByteMs: rounded(answeredAtMs - startedAtMs),
    elapsedMs: rounded(performance.now() - startedAtMs),
  });
}

/** A log is read by more people than a link is given to. */
function queryOf(url: string): string | undefined {
  const start = url.indexOf('?');
  if (start < 0) return undefined;
  return repeatedText(url.slice(start + 1)).replace(/(^|&)([^=&]*signature)=[^&]*/gi, '$1$2=…');
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
