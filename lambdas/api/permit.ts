import { CuepointError } from '../core/errors.ts';
import type { AccessRequest } from '../core/ports.ts';
import type { HttpRequest } from './http-answer.ts';
import type { ApiContext } from './ports.ts';

/** Asks the authorizer; throws what it says when it says no. */
export async function permit(
  { authorizer }: Pick<ApiContext, 'authorizer'>,
  request: Pick<HttpRequest, 'headers'>,
  url: URL,
  access: Pick<AccessRequest, 'action' | 'trackId' | 'objectKey'>,
): Promise<void> {
  const range = request.headers.get('range') ?? undefined;
  const decision = await authorizer.authorize({ ...access, url, ...(range === undefined ? {} : { range }) });
  if (!decision.allowed) throw new CuepointError(decision.code, decision.reason);
}
