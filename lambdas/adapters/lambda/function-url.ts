/**
 * HTTP as Lambda function URLs have it (payload format 2.0, BUFFERED) from and to web Requests and Responses.
 *
 * Source: AWS Lambda Developer Guide, "Invoking Lambda function URLs"; quota of an answer: "Lambda quotas".
 */
import { CuepointError } from '../../core/errors.ts';
import type { RequestHeaders } from '../../core/http/preconditions.ts';
import { failureOf, problem } from '../../core/http/problem.ts';
import type { PlanHeaders } from '../../core/http/response-plan.ts';
import type { Log } from '../../core/ports.ts';
import type { Invocation } from './invocation.ts';
import type { Observation } from './observation.ts';

/** What of a function URL's event is used. */
export type FunctionUrlEvent = {
  readonly rawPath: string;
  readonly rawQueryString: string;
  /** Names in lower case; of a header that came several times, the values joined by commas. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly requestContext: { readonly domainName: string; readonly http: { readonly method: string } };
  readonly body?: string | undefined;
  readonly isBase64Encoded?: boolean;
};

export type FunctionUrlResult = {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly isBase64Encoded: boolean;
};

/** By which name the viewer called, as the function at the edge found it. A function URL must be sent its own as Host. */
const HOST_HEADER = 'x-cuepoint-host';

/** Lambda takes 6 MB (6 × 1024 × 1024) as JSON, and a few bytes of it are its own. */
const MAX_RESULT_BYTES = 6 * 1024 * 1024 - 4096;

/** As base64 this fills a result; bodies that announce more are not even read. */
const MAX_BODY_BYTES = Math.floor((MAX_RESULT_BYTES / 4) * 3);

/** Types whose bytes are UTF-8, which JSON carries as they are. */
const TEXT_TYPES = /^(text\/|application\/(json|[\w.-]+\+json|javascript|xml|[\w.-]+\+xml)\b|image\/svg\+xml)/;

export type FunctionUrlOptions = {
  readonly fetch: (request: Request) => Promise<Response>;
  /** What every answer of `fetch` carries whatever was asked, for those that are made without it. @default - nothing */
  readonly sharedHeaders?: (request: RequestHeaders) => PlanHeaders;
  readonly observation: Observation;
};

/** The handler of a function that answers HTTP by `fetch`. Whatever is thrown leaves as a problem document. */
export function functionUrlHandler({ observation, ...options }: FunctionUrlOptions) {
  return (event: FunctionUrlEvent, invocation: Invocation): Promise<FunctionUrlResult> =>
    observation.during(invocation, async () => {
      const startedAtMs = performance.now();
      const result = await answered(event, options, observation.log);
      observation.measure({
        count: { [`Status${Math.floor(result.statusCode / 100)}xx`]: 1 },
        bytes: { AnswerBytes: Number(result.headers['content-length'] ?? 0) },
        ms: { AnswerDuration: performance.now() - startedAtMs },
      });
      return result;
    });
}

async function answered(
  event: FunctionUrlEvent,
  { fetch, sharedHeaders }: Omit<FunctionUrlOptions, 'observation'>,
  log: Log,
): Promise<FunctionUrlResult> {
  const shared = sharedHeaders?.({ get: (name) => event.headers[name] }) ?? {};
  try {
    if (isUnspeakable(event)) return await refusedMethod(event, fetch, shared);
    const request = toRequest(event);
    return await toResult(await fetch(request), log, { isHead: request.method === 'HEAD', shared });
  } catch (error) {
    log.error('request_failed', { error });
    return problemResult(error, shared);
  }
}

/** Methods that no Request can have (Fetch: forbidden methods). */
function isUnspeakable({ requestContext }: FunctionUrlEvent): boolean {
  return /^(connect|trace|track)$/i.test(requestContext.http.method);
}

/** RFC 9110 section 15.5.6: with what the address takes, which is the service's to know. What takes nothing is not there. */
async function refusedMethod(
  event: FunctionUrlEvent,
  fetch: FunctionUrlOptions['fetch'],
  shared: PlanHeaders,
): Promise<FunctionUrlResult> {
  const { requestContext } = event;
  const { method } = requestContext.http;
  const options = { ...event, requestContext: { ...requestContext, http: { method: 'OPTIONS' } } };
  const allow = (await fetch(toRequest(options))).headers.get('allow');
  const error =
    allow === null
      ? new CuepointError('not_found', 'there is nothing at this address; correct its path')
      : new CuepointError('method_not_allowed', `${method} is not allowed here; this address takes ${allow}`);
  return problemResult(error, { ...shared, ...(allow !== null && { Allow: allow }) });
}

/** Throws `invalid_parameter` for an address that is none. Not for methods that no Request can have. */
export function toRequest({ rawPath, rawQueryString, headers, requestContext, ...rest }: FunctionUrlEvent): Request {
  const { method } = requestContext.http;
  const host = headers[HOST_HEADER] || requestContext.domainName;
  const query = rawQueryString === '' ? '' : `?${rawQueryString}`;
  const url = `https://${host}${percentEncodedPath(rawPath)}${query}`;
  if (!URL.canParse(url)) {
    throw new CuepointError(
      'invalid_parameter',
      `the address ${JSON.stringify(url)} is none; correct its host and path`,
    );
  }
  const body = bodyBytes(rest);
  const present = Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  return new Request(url, {
    method,
    headers: new Headers(present as [string, string][]),
    ...(body !== undefined && method !== 'GET' && method !== 'HEAD' ? { body } : {}),
  });
}

/**
 * The path in the event is documented as it was sent. Should some of it have been decoded on the way, as HTTP APIs do, what
 * cannot stand in a path is encoded again.
 */
function percentEncodedPath(rawPath: string): string {
  return rawPath.replace(/%(?![0-9A-Fa-f]{2})|[?#]/g, encodeURIComponent);
}

function bodyBytes({ body, isBase64Encoded }: Pick<FunctionUrlEvent, 'body' | 'isBase64Encoded'>) {
  if (body === undefined) return undefined;
  return isBase64Encoded === true ? Buffer.from(body, 'base64') : new TextEncoder().encode(body);
}

type ResultOptions = {
  readonly isHead?: boolean;
  /** Of a problem document in place of the answer. @default - none */
  readonly shared?: PlanHeaders;
};

/**
 * Reads the whole body. What does not fit into a result, breaks off or has another length than it announced becomes a
 * problem document: the client never gets part of an answer for all of it.
 */
export async function toResult(
  response: Response,
  log: Log,
  { isHead = false, shared = {} }: ResultOptions = {},
): Promise<FunctionUrlResult> {
  try {
    return withinLimit(await readResult(response, isHead));
  } catch (error) {
    await response.body?.cancel().catch(() => undefined);
    log.error('answer_not_sent', { status: response.status, error });
    return problemResult(error, shared);
  }
}

/** The problem document of a failure outside of the app, with headers that are not of the problem itself. */
export function problemResult(error: unknown, others: PlanHeaders = {}): FunctionUrlResult {
  const { status, headers, body } = problem(failureOf(error), { headers: others });
  const text = JSON.stringify(body);
  return {
    statusCode: status,
    headers: { ...lowerCased(headers), 'content-length': String(new TextEncoder().encode(text).length) },
    body: text,
    isBase64Encoded: false,
  };
}

async function readResult(response: Response, isHead: boolean): Promise<FunctionUrlResult> {
  const announced = response.headers.get('content-length');
  const headers = Object.fromEntries(response.headers);
  const statusCode = response.status;
  // The length that a HEAD tells is that of the GET's body.
  if (isHead || response.body === null) return { statusCode, headers, body: '', isBase64Encoded: false };
  if (Number(announced) > MAX_BODY_BYTES) throw tooLarge(Number(announced));
  const bytes = Buffer.from(await response.arrayBuffer());
  if (announced !== null && Number(announced) !== bytes.length) {
    throw new CuepointError('length_mismatch', `${announced} bytes were announced and ${bytes.length} came`);
  }
  const exact = { ...headers, 'content-length': String(bytes.length) };
  if (TEXT_TYPES.test(response.headers.get('content-type') ?? '')) {
    const text = textOf(bytes);
    if (text !== undefined) return { statusCode, headers: exact, body: text, isBase64Encoded: false };
  }
  return { statusCode, headers: exact, body: bytes.toString('base64'), isBase64Encoded: true };
}

/** `undefined` for bytes that would not be the same after a round trip. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function withinLimit(result: FunctionUrlResult): FunctionUrlResult {
  const byteLength = new TextEncoder().encode(JSON.stringify(result)).length;
  if (byteLength > MAX_RESULT_BYTES) throw tooLarge(byteLength);
  return result;
}

function tooLarge(byteLength: number): CuepointError {
  return new CuepointError(
    'answer_too_large',
    `the answer would have ${byteLength} bytes, more than can be sent at once; ask for less of it (a smaller limit, a shorter range)`,
  );
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
