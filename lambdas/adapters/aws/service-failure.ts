/** What calls of AWS services fail with, in the words of the ports. */
import { CuepointError } from '../../core/errors.ts';

/** Names of refusals that pass, most of them with status 400, which says nothing. */
const PASSING: ReadonlySet<string> = new Set([
  // A service is asked for more than it gives at the moment.
  'LimitExceededException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
  'TransactionInProgressException',
  // It was slow, or cut off.
  'AbortError',
  'IncompleteBody',
  'InternalError',
  'InternalServerError',
  'RequestTimeout',
  'RequestTimeoutException',
  'TimeoutError',
  // Credentials are being renewed, a clock is being set.
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'RequestTimeTooSkewed',
  // A bucket or table is being made or replaced; that none of its objects can be found must never look like an empty one.
  'NoSuchBucket',
  'ResourceNotFoundException',
]);

/** Codes of the system (errno, DNS) for a connection that was not made or broke. */
const BROKEN_CONNECTION =
  /^(ECONN(REFUSED|RESET|ABORTED)|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENETDOWN|ENOTFOUND|EAI_AGAIN|ERR_STREAM_PREMATURE_CLOSE)$/;

const REFUSED: ReadonlySet<number> = new Set([401, 403]);

/** The name that a service gave its error (`NoSuchKey`, `SlowDown` …), or that of the error class. */
export function failureName(error: unknown): string {
  return error instanceof Error || hasMember(error, 'name') ? String((error as { name?: unknown }).name) : '';
}

/** Status of the answer that was an error; `undefined` when there was no answer. */
export function failureStatus(error: unknown): number | undefined {
  if (!hasMember(error, '$metadata')) return undefined;
  const status = (error.$metadata as { httpStatusCode?: unknown } | undefined)?.httpStatusCode;
  return typeof status === 'number' ? status : undefined;
}

/** True for what may succeed when it is tried again later; the client has tried a few times already. */
export function isPassing(error: unknown): boolean {
  if (PASSING.has(failureName(error))) return true;
  const status = failureStatus(error);
  if (status !== undefined && (status >= 500 || status === 429 || status === 408)) return true;
  return hasMember(error, 'code') && typeof error.code === 'string' && BROKEN_CONNECTION.test(error.code);
}

/**
 * The failure of `doing` ("reading an object" …) as the ports have it: `unavailable` when it may pass, else `internal`. The
 * service's own words are in `cause`; they may name buckets and roles, which are not for clients.
 */
export function serviceFailure(error: unknown, doing: string): CuepointError {
  if (error instanceof CuepointError) return error;
  const name = failureName(error) || 'an unknown error';
  if (isPassing(error)) {
    return new CuepointError('unavailable', `${doing} did not succeed (${name}); try again`, { cause: error });
  }
  const refused = REFUSED.has(failureStatus(error) ?? 0) || name === 'AccessDeniedException';
  const advice = refused ? 'grant the role of this function the action' : 'the cause is in the log';
  return new CuepointError('internal', `${doing} was refused (${name}); ${advice}`, { cause: error });
}

function hasMember<Name extends string>(value: unknown, name: Name): value is Record<Name, unknown> {
  return typeof value === 'object' && value !== null && name in value;
}
