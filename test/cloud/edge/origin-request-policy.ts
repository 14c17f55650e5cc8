import { Properties } from '../plain-values.ts';
import { expectKnown, notEmulated } from './known-properties.ts';
import type { EdgeResource } from './ports.ts';
import { ALL, except, lowerCased, NONE, only, readSelection, type Selection } from './selection.ts';

/** https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/controlling-origin-requests.html */
export type OriginRequestPolicy = {
  readonly queries: Selection;
  readonly headers: Selection;
  readonly cookies: Selection;
};

export const NOTHING_MORE: OriginRequestPolicy = { queries: NONE, headers: NONE, cookies: NONE };

export function readOriginRequestPolicy({ properties, physicalId }: EdgeResource): OriginRequestPolicy {
  const config = Properties.of(properties, physicalId).object('OriginRequestPolicyConfig');
  expectKnown(config, {
    acted: ['QueryStringsConfig', 'HeadersConfig', 'CookiesConfig'],
    harmless: ['Name', 'Comment'],
  });
  const headers = lowerCased(readSelection(config.object('HeadersConfig'), 'HeaderBehavior', 'Headers'));
  if (headers.kind === 'only' && headers.names.some((name) => name.startsWith('cloudfront-'))) {
    throw notEmulated(config.object('HeadersConfig'), 'Headers', 'CloudFront-* headers are not made here');
  }
  return {
    queries: readSelection(config.object('QueryStringsConfig'), 'QueryStringBehavior', 'QueryStrings'),
    headers,
    cookies: readSelection(config.object('CookiesConfig'), 'CookieBehavior', 'Cookies'),
  };
}

const CORS_HEADERS = ['origin', 'access-control-request-headers', 'access-control-request-method'];

/** https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html */
export const MANAGED_ORIGIN_REQUEST_POLICIES: ReadonlyMap<string, OriginRequestPolicy> = new Map([
  // AllViewer
  ['216adef6-5c7f-47e4-b989-5492eafa07d3', { queries: ALL, headers: ALL, cookies: ALL }],
  // AllViewerExceptHostHeader
  ['b689b0a8-53d0-40ab-baf2-68738e2966ac', { queries: ALL, headers: except('host'), cookies: ALL }],
  // CORS-CustomOrigin
  ['59781a5b-3903-41f3-afcb-af62929ccde1', { ...NOTHING_MORE, headers: only('origin') }],
  // CORS-S3Origin
  ['88a5eaf4-2fd4-4709-b370-b4c650ea3fcf', { ...NOTHING_MORE, headers: only(...CORS_HEADERS) }],
  // HostHeaderOnly
  ['bf0718e1-ba1e-49d1-88b1-f726733018ae', { ...NOTHING_MORE, headers: only('host') }],
  // UserAgentRefererHeaders
  ['acba4595-bd28-49b8-b9fe-13317c0390fa', { ...NOTHING_MORE, headers: only('user-agent', 'referer') }],
  // Elemental-MediaTailor-PersonalizedManifests
  [
    '775133bc-15f2-49f9-abea-afb2e0bf67d2',
    { queries: ALL, headers: only(...CORS_HEADERS, 'user-agent', 'x-forwarded-for'), cookies: NONE },
  ],
]);
