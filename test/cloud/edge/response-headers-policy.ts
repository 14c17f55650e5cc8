import { Properties } from '../plain-values.ts';
import { expectKnown } from './known-properties.ts';
import type { EdgeResource } from './ports.ts';

/** https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/understanding-response-headers-policies.html */
export type ResponseHeadersPolicy = {
  readonly cors: CorsHeaders | undefined;
  /** Security headers and custom ones. */
  readonly added: readonly AddedHeader[];
  /** In lower case. */
  readonly removed: readonly string[];
};

export type CorsHeaders = {
  readonly origins: readonly string[];
  readonly methods: readonly string[];
  readonly allowedHeaders: readonly string[];
  readonly exposedHeaders: readonly string[];
  readonly maxAgeSeconds: number | undefined;
  readonly credentials: boolean;
  /** What the policy says holds against what the origin says. */
  readonly override: boolean;
};

export type AddedHeader = { readonly name: string; readonly value: string; readonly override: boolean };

const METHODS = ['GET', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'];

export function readResponseHeadersPolicy({ properties, physicalId }: EdgeResource): ResponseHeadersPolicy {
  const config = Properties.of(properties, physicalId).object('ResponseHeadersPolicyConfig');
  expectKnown(config, {
    acted: ['CorsConfig', 'CustomHeadersConfig', 'RemoveHeadersConfig', 'SecurityHeadersConfig'],
    harmless: ['Name', 'Comment'],
  });
  const cors = config.objectOr('CorsConfig', undefined);
  const security = config.objectOr('SecurityHeadersConfig', undefined);
  const custom = config.objectOr('CustomHeadersConfig', undefined)?.objects('Items') ?? [];
  return {
    cors: cors === undefined ? undefined : readCors(cors),
    added: [
      ...(security === undefined ? [] : readSecurity(security)),
      ...custom.map((header) => ({
        name: header.text('Header').toLowerCase(),
        value: header.text('Value'),
        override: header.flagOr('Override', false),
      })),
    ],
    removed: (config.objectOr('RemoveHeadersConfig', undefined)?.objects('Items') ?? []).map((header) =>
      header.text('Header').toLowerCase(),
    ),
  };
}

function readCors(cors: Properties): CorsHeaders {
  expectKnown(cors, {
    acted: [
      'AccessControlAllowCredentials',
      'AccessControlAllowHeaders',
      'AccessControlAllowMethods',
      'AccessControlAllowOrigins',
      'AccessControlExposeHeaders',
      'AccessControlMaxAgeSec',
      'OriginOverride',
    ],
  });
  const methods = cors.object('AccessControlAllowMethods').texts('Items');
  return {
    origins: cors.object('AccessControlAllowOrigins').texts('Items'),
    // "ALL is a special value that includes all of the listed HTTP methods."
    methods: methods.includes('ALL') ? METHODS : methods,
    allowedHeaders: cors.object('AccessControlAllowHeaders').texts('Items'),
    exposedHeaders: cors.objectOr('AccessControlExposeHeaders', undefined)?.texts('Items') ?? [],
    maxAgeSeconds: cors.numberOr('AccessControlMaxAgeSec', undefined),
    credentials: cors.flagOr('AccessControlAllowCredentials', false),
    override: cors.flagOr('OriginOverride', false),
  };
}

function readSecurity(security: Properties): AddedHeader[] {
  const known: readonly [string, string, (properties: Properties) => string][] = [
    ['ContentSecurityPolicy', 'content-security-policy', (policy) => policy.text('ContentSecurityPolicy')],
    ['ContentTypeOptions', 'x-content-type-options', () => 'nosniff'],
    ['FrameOptions', 'x-frame-options', (options) => options.text('FrameOption')],
    ['ReferrerPolicy', 'referrer-policy', (policy) => policy.text('ReferrerPolicy')],
    ['StrictTransportSecurity', 'strict-transport-security', transportSecurity],
    ['XSSProtection', 'x-xss-protection', scriptingProtection],
  ];
  expectKnown(security, { acted: known.map(([property]) => property) });
  return known.flatMap(([property, name, value]) => {
    const header = security.objectOr(property, undefined);
    return header === undefined ? [] : [{ name, value: value(header), override: header.flagOr('Override', false) }];
  });
}

function transportSecurity(header: Properties): string {
  const parts = [`max-age=${header.numberOr('AccessControlMaxAgeSec', 0)}`];
  if (header.flagOr('IncludeSubdomains', false)) parts.push('includeSubDomains');
  if (header.flagOr('Preload', false)) parts.push('preload');
  return parts.join('; ');
}

function scriptingProtection(header: Properties): string {
  if (!header.flagOr('Protection', false)) return '0';
  const report = header.textOr('ReportUri', undefined);
  return [
    '1',
    ...(header.flagOr('ModeBlock', false) ? ['mode=block'] : []),
    ...(report ? [`report=${report}`] : []),
  ].join('; ');
}

const SIMPLE: CorsHeaders = {
  origins: ['*'],
  methods: [],
  allowedHeaders: [],
  exposedHeaders: [],
  maxAgeSeconds: undefined,
  credentials: false,
  override: false,
};
const WITH_PREFLIGHT: CorsHeaders = { ...SIMPLE, methods: METHODS, exposedHeaders: ['*'] };

const SECURITY: readonly AddedHeader[] = [
  { name: 'referrer-policy', value: 'strict-origin-when-cross-origin', override: false },
  { name: 'strict-transport-security', value: 'max-age=31536000', override: false },
  { name: 'x-content-type-options', value: 'nosniff', override: true },
  { name: 'x-frame-options', value: 'SAMEORIGIN', override: false },
  { name: 'x-xss-protection', value: '1; mode=block', override: false },
];

/** https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-response-headers-policies.html */
export const MANAGED_RESPONSE_HEADERS_POLICIES: ReadonlyMap<string, ResponseHeadersPolicy> = new Map([
  // SimpleCORS
  ['60669652-455b-4ae9-85a4-c4c02393f86c', { cors: SIMPLE, added: [], removed: [] }],
  // CORS-With-Preflight
  ['5cc3b908-e619-4b99-88e5-2cf7f45965bd', { cors: WITH_PREFLIGHT, added: [], removed: [] }],
  // SecurityHeadersPolicy
  ['67f7725c-6f97-4210-82d7-5512b31e9d03', { cors: undefined, added: SECURITY, removed: [] }],
  // CORS-and-SecurityHeadersPolicy
  ['e61eb60c-9c35-4d20-a928-2b84e02af89c', { cors: SIMPLE, added: SECURITY, removed: [] }],
  // CORS-with-preflight-and-SecurityHeadersPolicy
  ['eaab4381-ed33-4a86-88ca-d9558dc6cd63', { cors: WITH_PREFLIGHT, added: SECURITY, removed: [] }],
]);
