/**
 * How long an answer stays in the cache.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Expiration.html
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HTTPStatusCodes.html
 */
import type { CachePolicy } from './cache-policy.ts';

export type Lifetime = {
  /** Undefined: it is not kept at all. 0: kept, and asked about before each use. */
  readonly ttlSeconds: number | undefined;
  /** Whether it may be shown after its time when the origin fails, and for how long after. */
  readonly staleOnErrorSeconds: number;
};

export type Directives = ReadonlyMap<string, string>;

const NOT_KEPT: Lifetime = { ttlSeconds: undefined, staleOnErrorSeconds: 0 };

/** "HTTP 4xx and 5xx status codes that CloudFront always caches." */
const ALWAYS_CACHED = [404, 405, 414, 500, 501, 502, 503, 504];
/** "CloudFront only caches the following if your origin returns a Cache-Control max-age or s-maxage header." */
const CACHED_WHEN_TOLD = [400, 403, 412, 415];
/** "10 seconds by default." */
const ERROR_TTL_SECONDS = 10;

export type FreshnessRules = {
  readonly policy: CachePolicy;
  readonly errorTtlSeconds: ReadonlyMap<number, number>;
};

export function lifetimeOf(status: number, headers: Headers, rules: FreshnessRules, nowMs: number): Lifetime {
  if (status >= 400) return { ttlSeconds: errorTtl(status, headers, rules), staleOnErrorSeconds: 0 };
  // "CloudFront caches 307 and 308 responses only when you include the Cache-Control header in responses from the
  // origin."
  if ((status === 307 || status === 308) && !headers.has('cache-control')) return NOT_KEPT;
  return ordinaryLifetime(headers, rules.policy, nowMs);
}

function ordinaryLifetime(headers: Headers, policy: CachePolicy, nowMs: number): Lifetime {
  const { minTtlSeconds, defaultTtlSeconds, maxTtlSeconds } = policy;
  // CachingDisabled: "this policy disables caching".
  if (maxTtlSeconds === 0) return NOT_KEPT;
  const directives = directivesOf(headers);
  const isForbidden = directives.has('no-store') || directives.has('private');
  if (isForbidden || directives.has('no-cache')) {
    // "Minimum TTL = 0: CloudFront and browsers respect the headers. Minimum TTL > 0: CloudFront caches objects for the
    // value of the CloudFront minimum TTL."
    if (minTtlSeconds > 0) return { ttlSeconds: minTtlSeconds, staleOnErrorSeconds: 0 };
    return isForbidden ? NOT_KEPT : { ttlSeconds: 0, staleOnErrorSeconds: 0 };
  }
  const told = toldSeconds(directives) ?? untilExpires(headers, nowMs);
  const ttlSeconds =
    told === undefined
      ? // "For the greater of the value of the CloudFront minimum TTL or default TTL."
        Math.max(minTtlSeconds, defaultTtlSeconds)
      : // "For the lesser of max-age (or s-maxage, or Expires) or the maximum TTL", and for the minimum TTL at least.
        Math.max(minTtlSeconds, Math.min(told, maxTtlSeconds));
  return { ttlSeconds, staleOnErrorSeconds: staleOnError(directives) };
}

/** "For the maximum of the error caching minimum TTL and the time of a max-age or s-maxage." 416 is in neither list. */
function errorTtl(status: number, headers: Headers, { policy, errorTtlSeconds }: FreshnessRules): number | undefined {
  const directives = directivesOf(headers);
  const told = toldSeconds(directives);
  const isTold = told !== undefined && CACHED_WHEN_TOLD.includes(status);
  if (!ALWAYS_CACHED.includes(status) && !isTold) return undefined;
  // "An HTTP 4xx status code that is not restricted by a cache control header."
  const isRestricted = ['no-store', 'private', 'no-cache'].some((name) => directives.has(name));
  if (status < 500 && isRestricted && policy.minTtlSeconds === 0) return undefined;
  const ttl = Math.max(errorTtlSeconds.get(status) ?? ERROR_TTL_SECONDS, isRestricted ? 0 : (told ?? 0));
  return ttl > 0 ? ttl : undefined;
}

/** s-maxage before max-age. */
function toldSeconds(directives: Directives): number | undefined {
  for (const name of ['s-maxage', 'max-age']) {
    const value = directives.get(name);
    if (value !== undefined && /^\d+$/.test(value)) return Number(value);
  }
  return undefined;
}

function untilExpires(headers: Headers, nowMs: number): number | undefined {
  const expires = headers.get('expires');
  if (expires === null) return undefined;
  const atMs = Date.parse(expires);
  // RFC 9111 section 5.3: what is no date is in the past.
  return Number.isNaN(atMs) ? 0 : Math.max(0, (atMs - nowMs) / 1000);
}

/**
 * "CloudFront serves the object even though it has expired" when the origin fails, but stale-if-error says how long.
 */
function staleOnError(directives: Directives): number {
  if (directives.has('must-revalidate') || directives.has('proxy-revalidate')) return 0;
  const told = directives.get('stale-if-error');
  return told === undefined ? Number.POSITIVE_INFINITY : Number(told) || 0;
}

export function directivesOf(headers: Headers): Directives {
  const directives = new Map<string, string>();
  for (const part of (headers.get('cache-control') ?? '').split(',')) {
    const [name = '', value = ''] = part.split('=', 2);
    if (name.trim() !== '') directives.set(name.trim().toLowerCase(), value.trim().replace(/^"(.*)"$/, '$1'));
  }
  return directives;
}

/**
 * "For the duration of the error caching minimum TTL, CloudFront continues to serve the object from the edge cache."
 */
export function errorPauseSeconds(status: number, { errorTtlSeconds }: FreshnessRules): number {
  return errorTtlSeconds.get(status) ?? ERROR_TTL_SECONDS;
}
