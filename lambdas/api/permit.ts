import { CuepointError } from '../core/errors.ts';
import type { AccessDecision, AccessRequest } from '../core/ports.ts';
import type { HttpRequest } from './http-answer.ts';
import type { ApiContext } from './ports.ts';

export type Permission = Extract<AccessDecision, { allowed: true }>;

/** Asks the authorizer; throws what it says when it says no. Nothing to wait for where it knows at once. */
export function permit(
  { authorizer }: Pick<ApiContext, 'authorizer'>,
  request: Pick<HttpRequest, 'headers'>,
  url: URL,
  { action, trackId, objectKey }: Pick<AccessRequest, 'action' | 'trackId' | 'objectKey'>,
): Permission | Promise<Permission> {
  const range = request.headers.get('range') ?? undefined;
  const decision = authorizer.authorize({ action, trackId, objectKey, url, range });
  return decision instanceof Promise ? decision.then(permissionOf) : permissionOf(decision);
}

function permissionOf(decision: AccessDecision): Permission {
  if (decision.allowed) return decision;
  throw new CuepointError(decision.code, decision.reason);
}
