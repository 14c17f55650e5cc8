import { Properties } from '../plain-values.ts';
import { expectKnown } from './known-properties.ts';
import type { EdgeResource } from './ports.ts';
import { lowerCased, NONE, only, readSelection, type Selection } from './selection.ts';

/** https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/controlling-the-cache-key.html */
export type CachePolicy = {
  readonly minTtlSeconds: number;
  readonly defaultTtlSeconds: number;
  readonly maxTtlSeconds: number;
  readonly queries: Selection;
  readonly headers: Selection;
  readonly cookies: Selection;
  readonly gzip: boolean;
  readonly brotli: boolean;
};

const DAY_SECONDS = 86_400;
const YEAR_SECONDS = 31_536_000;

export function readCachePolicy({ properties, physicalId }: EdgeResource): CachePolicy {
  const config = Properties.of(properties, physicalId).object('CachePolicyConfig');
  expectKnown(config, {
    acted: ['MinTTL', 'DefaultTTL', 'MaxTTL', 'ParametersInCacheKeyAndForwardedToOrigin'],
    harmless: ['Name', 'Comment'],
  });
  const parameters = config.object('ParametersInCacheKeyAndForwardedToOrigin');
  expectKnown(parameters, {
    acted: [
      'QueryStringsConfig',
      'HeadersConfig',
      'CookiesConfig',
      'EnableAcceptEncodingGzip',
      'EnableAcceptEncodingBrotli',
    ],
  });
  const minTtlSeconds = config.numberOr('MinTTL', 0);
  // "If the value of MinTTL is more than 86400, then the default of this field is that of MinTTL", and so for the
  // maximum.
  const defaultTtlSeconds = config.numberOr('DefaultTTL', Math.max(DAY_SECONDS, minTtlSeconds));
  const maxTtlSeconds = config.numberOr('MaxTTL', Math.max(YEAR_SECONDS, defaultTtlSeconds, minTtlSeconds));
  return {
    minTtlSeconds,
    defaultTtlSeconds,
    maxTtlSeconds,
    queries: readSelection(parameters.object('QueryStringsConfig'), 'QueryStringBehavior', 'QueryStrings'),
    headers: lowerCased(readSelection(parameters.object('HeadersConfig'), 'HeaderBehavior', 'Headers')),
    cookies: readSelection(parameters.object('CookiesConfig'), 'CookieBehavior', 'Cookies'),
    gzip: parameters.flagOr('EnableAcceptEncodingGzip', false),
    brotli: parameters.flagOr('EnableAcceptEncodingBrotli', false),
  };
}

const OPTIMIZED: CachePolicy = {
  minTtlSeconds: 1,
  defaultTtlSeconds: DAY_SECONDS,
  maxTtlSeconds: YEAR_SECONDS,
  queries: NONE,
  headers: NONE,
  cookies: NONE,
  gzip: true,
  brotli: true,
};

const ORIGIN_SAYS: CachePolicy = {
  ...OPTIMIZED,
  minTtlSeconds: 0,
  defaultTtlSeconds: 0,
  headers: only('host', 'origin', 'x-http-method-override', 'x-http-method', 'x-method-override'),
  cookies: { kind: 'all' },
};

/** https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html */
export const MANAGED_CACHE_POLICIES: ReadonlyMap<string, CachePolicy> = new Map([
  // CachingOptimized
  ['658327ea-f89d-4fab-a63d-7e88639e58f6', OPTIMIZED],
  // CachingOptimizedForUncompressedObjects
  ['b2884449-e4de-46a7-ac36-70bc7f1ddd6d', { ...OPTIMIZED, gzip: false, brotli: false }],
  // CachingDisabled
  [
    '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
    { ...OPTIMIZED, minTtlSeconds: 0, defaultTtlSeconds: 0, maxTtlSeconds: 0, gzip: false, brotli: false },
  ],
  // UseOriginCacheControlHeaders
  ['83da9c7e-98b4-4e11-a168-04f0df8e2c65', ORIGIN_SAYS],
  // UseOriginCacheControlHeaders-QueryStrings
  ['4cc15a8a-d715-48a4-82b8-cc0b614638fe', { ...ORIGIN_SAYS, queries: { kind: 'all' } }],
  // Elemental-MediaPackage
  [
    '08627262-05a9-4f76-9ded-b50ca2e3a84f',
    {
      ...OPTIMIZED,
      minTtlSeconds: 0,
      queries: only('aws.manifestfilter', 'start', 'end', 'm'),
      headers: only('origin'),
      brotli: false,
    },
  ],
]);
