/** What of a viewer's request is the key of the cache, and what of it the origin gets. */
import type { CachePolicy } from './cache-policy.ts';
import type { Behaviour } from './distribution.ts';
import { cookiesOf, type EdgeRequest, fieldOf, type HeaderField, parametersOf } from './exchange.ts';
import { except, type Selection, selects } from './selection.ts';

/** What is asked of an origin, before that origin's own path and headers. */
export type OriginRequest = {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Headers;
};

/**
 * "The cache key is the unique identifier for every object in the cache": domain and path, and what the cache policy
 * adds. https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/understanding-the-cache-key.html
 */
export function cacheKeyOf(request: EdgeRequest, { cachePolicy }: Behaviour): string {
  const headers = namesOf(request)
    .filter((name) => selects(cachePolicy.headers, name))
    .sort()
    .map((name) => [name, fieldOf(request, name)]);
  const cookies = cookiesOf(request).filter(([name]) => selects(cachePolicy.cookies, name));
  const query = pick(request.query, cachePolicy.queries);
  return JSON.stringify([request.path, query, headers, cookies, normalEncoding(request, cachePolicy) ?? '']);
}

/** These travel by rules of their own, whatever the policies say. */
const OWN_RULES = [
  'connection',
  'expect',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-forwarded-proto',
  'x-real-ip',
  'x-amz-cf-id',
  'cookie',
  'accept-encoding',
];

/** "CloudFront forwards the header to your origin" in any case: conditions and ranges. */
const CONDITIONAL = ['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since', 'if-range', 'range'];

/**
 * "All values that are in the cache key are automatically included in origin requests", then what the origin request
 * policy adds, then what CloudFront itself sets.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html
 */
export function originRequestOf(request: EdgeRequest, behaviour: Behaviour): OriginRequest {
  const { cachePolicy, originRequestPolicy: more } = behaviour;
  const headers = new Headers();
  for (const [name, value] of request.fields) {
    const isAsked = selects(cachePolicy.headers, name) || selects(more.headers, name) || CONDITIONAL.includes(name);
    if (isAsked && !OWN_RULES.includes(name) && !name.startsWith('x-edge-')) headers.append(name, value);
  }
  const cookies = cookiesOf(request).filter(
    ([name]) => selects(cachePolicy.cookies, name) || selects(more.cookies, name),
  );
  if (cookies.length > 0) headers.set('cookie', cookies.map(([name, value]) => `${name}=${value}`).join('; '));
  setEncoding(headers, request, behaviour);
  setOwnHeaders(headers, request);
  return {
    method: request.method,
    path: request.path,
    query: pick(request.query, either(cachePolicy.queries, more.queries)),
    headers,
  };
}

function setOwnHeaders(headers: Headers, request: EdgeRequest): void {
  // "CloudFront replaces the value with Amazon CloudFront" unless a policy takes the viewer's.
  if (!headers.has('user-agent')) headers.set('user-agent', 'Amazon CloudFront');
  // "CloudFront gets the IP address of the viewer from the TCP connection, appends it to the end."
  const forwardedFor = fieldOf(request, 'x-forwarded-for');
  headers.set(
    'x-forwarded-for',
    forwardedFor === undefined ? request.clientIp : `${forwardedFor}, ${request.clientIp}`,
  );
  headers.set('via', '1.1 local-edge.cloudfront.net (CloudFront)');
  headers.set('x-amz-cf-id', request.requestId);
}

/**
 * "Cache compressed objects": normalised, or `identity`, when a policy enables it; like other headers when it does not.
 */
function setEncoding(headers: Headers, request: EdgeRequest, { cachePolicy, originRequestPolicy }: Behaviour): void {
  const given = fieldOf(request, 'accept-encoding');
  if (given === undefined) return;
  if (cachePolicy.gzip || cachePolicy.brotli) {
    headers.set('accept-encoding', normalEncoding(request, cachePolicy) ?? 'identity');
  } else if (
    selects(cachePolicy.headers, 'accept-encoding') ||
    selects(originRequestPolicy.headers, 'accept-encoding')
  ) {
    headers.set('accept-encoding', given);
  }
}

/** Undefined: not part of the key. */
function normalEncoding(request: EdgeRequest, { gzip, brotli }: CachePolicy): string | undefined {
  const accepted = (fieldOf(request, 'accept-encoding') ?? '').split(',').map((each) => each.split(';', 1)[0]?.trim());
  const taken = [
    ...(brotli && accepted.includes('br') ? ['br'] : []),
    ...(gzip && accepted.includes('gzip') ? ['gzip'] : []),
  ];
  return taken.length === 0 ? undefined : taken.join(',');
}

function pick(query: string, selection: Selection): string {
  switch (selection.kind) {
    case 'none':
      return '';
    case 'all':
      return query;
    case 'only':
    case 'except': {
      const pairs = query.split('&').filter((pair) => pair !== '');
      const named = parametersOf(query);
      return pairs.filter((_, index) => selects(selection, nameOf(named[index]))).join('&');
    }
  }
}

function nameOf(field: HeaderField | undefined): string {
  return field?.[0] ?? '';
}

function namesOf({ fields }: EdgeRequest): string[] {
  return [...new Set(fields.map(([name]) => name))];
}

/** What either of two selections takes. */
function either(a: Selection, b: Selection): Selection {
  if (a.kind === 'all' || b.kind === 'all') return { kind: 'all' };
  if (a.kind === 'none') return b;
  if (b.kind === 'none') return a;
  if (a.kind === 'only' && b.kind === 'only') return { kind: 'only', names: [...a.names, ...b.names] };
  if (a.kind === 'except' && b.kind === 'except') return except(...a.names.filter((name) => b.names.includes(name)));
  const [taken, left] = a.kind === 'only' ? [a, b] : [b, a];
  return except(...namesIn(left).filter((name) => !namesIn(taken).includes(name)));
}

function namesIn(selection: Selection): readonly string[] {
  return selection.kind === 'only' || selection.kind === 'except' ? selection.names : [];
}
