import { CuepointError } from '../core/errors.ts';
import type { AccessDecision, AccessRequest } from '../core/ports.ts';
import type { HttpRequest } from './http-answer.ts';
import type { ApiContext } from './ports.ts';

/** Asks the authorizer; throws what it says when it says no. Nothing to wait for where it knows at once. */
export function permit(
  { authorizer }: Pick<ApiContext, 'authorizer'>,
  request: Pick<HttpRequest, 'headers'>,
  url: URL,
  access: Pick<AccessRequest, 'action' | 'trackId' | 'objectKey'>,
): Promise<void> | undefined {
  const range = request.headers.get('range') ?? undefined;
  const decision = authorizer.authorize(Object.assign({ url }, access, range === undefined ? undefined : { range }));
  if (decision instanceof Promise) return decision.then(obey);
  obey(decision);
  return undefined;
}

function obey(decision: AccessDecision): void {
  if (!decision.allowed) throw new CuepointError(decision.code, decision.reason);
}
