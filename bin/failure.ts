import { CuepointError, hasCode } from '../lambdas/core/errors.ts';

/** What went wrong, as `--json` shows it. `code` is an `ErrorCode`; `error` is one sentence. */
export type Failure = { readonly error: string; readonly code: string };

export function failureOf(error: unknown): Failure {
  if (!(error instanceof CuepointError)) return { error: sentence(error), code: 'internal' };
  const tellsCause = hasCode(error, 'unavailable') || hasCode(error, 'internal');
  const cause = tellsCause && error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return { error: `${error.message}${cause}`, code: error.code };
}

export function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
