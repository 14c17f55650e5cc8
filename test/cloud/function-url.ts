/**
 * A function URL in BUFFERED mode: HTTP to an event of payload format 2.0, and what the function returned to HTTP.
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
 */
import { randomUUID } from 'node:crypto';
import type { FunctionHost } from './function-host.ts';
import { FunctionThrottled, RequestTooLarge } from './function-host.ts';
import { isProperties, type PlainProperties, type PlainValue, parsePlain } from './plain-values.ts';

export type FunctionUrlOptions = {
  readonly host: FunctionHost;
  readonly domain: string;
};

/** Takes requests that were authorized before. The request's URL has the path and query as they were sent. */
export function functionUrl({ host, domain }: FunctionUrlOptions): (request: Request) => Promise<Response> {
  return async (request) => {
    try {
      const event = await functionUrlEvent(request, domain, Date.now());
      const result = await host.invoke(JSON.stringify(event));
      if (result.payload === undefined) return message(502, 'Internal Server Error');
      return functionUrlResponse(parsePlain(result.payload), request.method);
    } catch (error) {
      if (error instanceof RequestTooLarge) return message(413, 'Request Entity Too Large');
      if (error instanceof FunctionThrottled) return message(429, 'Rate Exceeded.');
      throw error;
    }
  };
}

const TEXT_TYPES = /^(text\/|application\/(json|javascript|xml|x-www-form-urlencoded))/;

export async function functionUrlEvent(request: Request, domain: string, nowMs: number): Promise<PlainProperties> {
  const url = new URL(request.url);
  const bytes = Buffer.from(await request.arrayBuffer());
  const isText = TEXT_TYPES.test(request.headers.get('content-type') ?? '');
  const { cookie, ...headers } = Object.fromEntries(request.headers);
  const rawQueryString = url.search.replace(/^\?/, '');
  return {
    version: '2.0',
    routeKey: '$default',
    // Unlike API Gateway's, still percent-encoded.
    rawPath: url.pathname,
    rawQueryString,
    ...(cookie !== undefined && { cookies: cookie.split('; ') }),
    headers: {
      ...headers,
      host: domain,
      'x-amzn-trace-id': `Root=1-${Math.floor(nowMs / 1000).toString(16)}-${randomUUID().replaceAll('-', '').slice(0, 24)}`,
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-port': '443',
      'x-forwarded-proto': 'https',
    },
    ...(rawQueryString !== '' && { queryStringParameters: joined(url.searchParams) }),
    requestContext: {
      accountId: 'anonymous',
      apiId: domain.split('.')[0] ?? '',
      domainName: domain,
      domainPrefix: domain.split('.')[0] ?? '',
      http: {
        method: request.method,
        path: url.pathname,
        protocol: 'HTTP/1.1',
        sourceIp: '127.0.0.1',
        userAgent: request.headers.get('user-agent') ?? '',
      },
      requestId: randomUUID(),
      routeKey: '$default',
      stage: '$default',
      time: new Date(nowMs).toUTCString(),
      timeEpoch: nowMs,
    },
    ...(bytes.length > 0 && { body: isText ? bytes.toString() : bytes.toString('base64') }),
    isBase64Encoded: bytes.length > 0 && !isText,
  };
}

/** Values of one name are joined by commas. */
function joined(query: URLSearchParams): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [name, value] of query) values[name] = name in values ? `${values[name]},${value}` : value;
  return values;
}

/** Lambda sets these itself; what the function says of them is passed on under another name. */
const REMAPPED = new Set([
  'connection',
  'content-length',
  'date',
  'keep-alive',
  'server',
  'transfer-encoding',
  'upgrade',
]);

/** @param value what the function returned */
export function functionUrlResponse(value: PlainValue, method: string): Response {
  if (!isProperties(value) || value.statusCode === undefined) {
    // Whatever has no status code is the body of a 200.
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return respond(200, new Headers({ 'content-type': 'application/json' }), Buffer.from(text), method);
  }
  const status = Number(value.statusCode);
  const { body } = value;
  const isBodyText = body === undefined || body === null || typeof body === 'string';
  if (!Number.isInteger(status) || status < 200 || status > 599 || !isBodyText) {
    return message(502, 'Internal Server Error');
  }
  const bytes = Buffer.from(body ?? '', value.isBase64Encoded === true ? 'base64' : 'utf8');
  return respond(status, responseHeaders(value), bytes, method);
}

function responseHeaders({ headers, cookies }: PlainProperties): Headers {
  const found = new Headers();
  for (const [name, text] of Object.entries(isProperties(headers) ? headers : {})) {
    const lower = name.toLowerCase();
    found.set(REMAPPED.has(lower) ? `x-amzn-remapped-${lower}` : lower, String(text));
  }
  if (Array.isArray(cookies)) for (const cookie of cookies) found.append('set-cookie', String(cookie));
  if (!found.has('content-type')) found.set('content-type', 'application/json');
  return found;
}

const BODILESS = new Set([204, 205, 304]);

function respond(status: number, headers: Headers, bytes: Buffer, method: string): Response {
  const announced = headers.get('x-amzn-remapped-content-length');
  headers.set('date', new Date().toUTCString());
  headers.set('x-amzn-requestid', randomUUID());
  if (BODILESS.has(status)) return new Response(null, { status, headers });
  // A HEAD has no body to measure. Whether Lambda then passes on the function's word only an account can show: see
  // docs/operations.md.
  const isUnmeasured = method === 'HEAD' && bytes.length === 0 && announced !== null;
  headers.set('content-length', isUnmeasured ? announced : String(bytes.length));
  return new Response(method === 'HEAD' ? null : new Uint8Array(bytes), { status, headers });
}

function message(status: number, text: string): Response {
  const body = JSON.stringify({ Message: text });
  const headers = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) };
  return new Response(body, { status, headers });
}
