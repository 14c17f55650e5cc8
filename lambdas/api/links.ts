import { CuepointError } from '../core/errors.ts';
import type { PlanHeaders, ResponsePlan } from '../core/http/response-plan.ts';
import type { Signer } from '../core/ports.ts';
import type { Answer, HttpRequest } from './http-answer.ts';
import type { ApiConfig, ApiContext } from './ports.ts';
import { repeatedText } from './repeated-text.ts';

/** The signer, for links that lead to where this request came in, and are answered no faster than this. */
export function signerFor(
  { signer }: Pick<ApiContext, 'signer'>,
  request: Pick<HttpRequest, 'url'>,
  maxBytesPerSecond?: number,
): Signer {
  const { origin } = new URL(request.url);
  const pace = maxBytesPerSecond === undefined ? {} : { maxBytesPerSecond };
  return { sign: (link) => signer.sign({ ...link, origin, ...pace }) };
}

/** The parameter `maxBytesPerSecond`. Throws `invalid_parameter`. */
export function parsePace(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new CuepointError(
    'invalid_parameter',
    `maxBytesPerSecond is ${JSON.stringify(repeatedText(text))}; expected a whole number from 1 on`,
  );
}

/** True for bodies that the host cannot answer with. A HEAD is treated as the GET it asks about. */
export function isTooLarge({ maxBodyBytes }: Pick<ApiConfig, 'maxBodyBytes'>, plan: ResponsePlan): boolean {
  if (maxBodyBytes === undefined || (plan.status !== 200 && plan.status !== 206)) return false;
  return Number(plan.headers['Content-Length']) > maxBodyBytes;
}

/** Sends the client to a stored object, which answers for Range and preconditions in its own right. */
export function redirect(location: string, headers: PlanHeaders = {}): Answer {
  return {
    status: 307,
    headers: { ...headers, Location: location, 'Cache-Control': 'no-store', 'Content-Length': '0' },
    body: null,
  };
}

/** Sends the client to the object's address under `/d/`, on this very host. */
export async function redirectToDerived(
  context: Pick<ApiContext, 'signer' | 'config'>,
  request: HttpRequest,
  key: string,
  headers: PlanHeaders = {},
): Promise<Answer> {
  if (!context.config.signsRedirects) return redirect(`/${key}`, headers);
  return redirect((await signerFor(context, request).sign({ key })).url, headers);
}
