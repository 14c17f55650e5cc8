import { type EdgeRequest, fieldOf } from './exchange.ts';
import type { CorsHeaders, ResponseHeadersPolicy } from './response-headers-policy.ts';

/**
 * Adds and removes what the policy says, on the way to the viewer: what is cached stays as the origin sent it.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/understanding-response-headers-policies.html
 */
export function applyResponseHeaders(policy: ResponseHeadersPolicy, request: EdgeRequest, headers: Headers): void {
  // "CloudFront removes the headers first and then adds any headers that are specified in other sections."
  for (const name of policy.removed) headers.delete(name);
  if (policy.cors !== undefined) applyCors(policy.cors, request, headers);
  for (const { name, value, override } of policy.added) add(headers, name, value, override);
}

function applyCors(cors: CorsHeaders, request: EdgeRequest, headers: Headers): void {
  // "CloudFront adds these headers to HTTP responses that it sends for CORS requests": those with an Origin.
  const origin = fieldOf(request, 'origin');
  if (origin === undefined) return;
  const allowed = allowedOrigin(cors, origin);
  // What becomes of the origin's own headers then is not documented, whatever overrides: here they stay, which is the worst.
  if (allowed === undefined) return;
  add(headers, 'access-control-allow-origin', allowed, cors.override);
  if (allowed !== '*' && !/\borigin\b/i.test(headers.get('vary') ?? '')) headers.append('vary', 'Origin');
  if (cors.credentials) add(headers, 'access-control-allow-credentials', 'true', cors.override);
  addList(headers, 'access-control-expose-headers', cors.exposedHeaders, cors.override);
  // Allow-Headers, Allow-Methods and Max-Age are "in responses to CORS preflight requests".
  const isPreflight = request.method === 'OPTIONS' && fieldOf(request, 'access-control-request-method') !== undefined;
  if (!isPreflight) return;
  addList(headers, 'access-control-allow-headers', cors.allowedHeaders, cors.override);
  addList(headers, 'access-control-allow-methods', cors.methods, cors.override);
  if (cors.maxAgeSeconds !== undefined) {
    add(headers, 'access-control-max-age', String(cors.maxAgeSeconds), cors.override);
  }
}

/** "The wildcard character (*) is allowed as the leftmost part of the domain (*.example.org)." */
function allowedOrigin({ origins }: CorsHeaders, origin: string): string | undefined {
  if (origins.includes('*')) return '*';
  const host = origin.replace(/^[a-z][a-z0-9+.-]*:\/\//i, '');
  const isAllowed = origins.some((allowed) => {
    const [, scheme = '', pattern = allowed] = /^([a-z]+:\/\/)?(.*)$/i.exec(allowed) ?? [];
    if (scheme !== '' && !origin.startsWith(scheme)) return false;
    return pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : host === pattern;
  });
  return isAllowed ? origin : undefined;
}

function addList(headers: Headers, name: string, values: readonly string[], override: boolean): void {
  if (values.length > 0) add(headers, name, values.join(', '), override);
}

/**
 * Header by header: "When the origin response contains a header that's also in the policy", override decides; when it
 * does not, the policy's is added either way.
 */
function add(headers: Headers, name: string, value: string, override: boolean): void {
  if (override || !headers.has(name)) headers.set(name, value);
}
