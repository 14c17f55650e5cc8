/**
 * The distribution as the template has it, read into what the edge acts upon.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-cloudfront-distribution-distributionconfig.html
 */
import { Properties } from '../plain-values.ts';
import { type CachePolicy, MANAGED_CACHE_POLICIES, readCachePolicy } from './cache-policy.ts';
import { type KeyGroups, readKeyGroup } from './key-groups.ts';
import { expectKnown, notEmulated } from './known-properties.ts';
import { type OriginTarget, readOrigins } from './origin-config.ts';
import {
  MANAGED_ORIGIN_REQUEST_POLICIES,
  NOTHING_MORE,
  type OriginRequestPolicy,
  readOriginRequestPolicy,
} from './origin-request-policy.ts';
import type { EdgeResource, ResolvedDistribution } from './ports.ts';
import {
  MANAGED_RESPONSE_HEADERS_POLICIES,
  type ResponseHeadersPolicy,
  readResponseHeadersPolicy,
} from './response-headers-policy.ts';

export type Distribution = {
  /** In their order; the last is the default and matches everything. */
  readonly behaviours: readonly Behaviour[];
  /** Error caching minimum TTL by status, where the distribution says one. */
  readonly errorTtlSeconds: ReadonlyMap<number, number>;
  readonly defaultRootObject: string;
};

export type Behaviour = {
  readonly pathPattern: string;
  readonly allowedMethods: readonly string[];
  readonly cachePolicy: CachePolicy;
  readonly originRequestPolicy: OriginRequestPolicy;
  readonly responseHeadersPolicy: ResponseHeadersPolicy | undefined;
  readonly target: OriginTarget;
  readonly keyGroups: KeyGroups | undefined;
  /** The functions that the behaviour names, by event. */
  readonly functions: { readonly viewerRequest?: EdgeResource; readonly viewerResponse?: EdgeResource };
};

export type Resources = ReadonlyMap<string, EdgeResource>;

/** Throws for whatever would change what viewers see and is not emulated, by its name in the template. */
export function readDistribution(distribution: ResolvedDistribution, resources: Resources): Distribution {
  const outer = Properties.of(distribution, 'distribution');
  expectKnown(outer, { acted: ['DistributionConfig'], harmless: ['Tags'] });
  const config = outer.object('DistributionConfig');
  expectKnown(config, {
    acted: [
      'CacheBehaviors',
      'CustomErrorResponses',
      'DefaultCacheBehavior',
      'DefaultRootObject',
      'Enabled',
      'OriginGroups',
      'Origins',
      'Restrictions',
    ],
    // Names, certificates and protocols of the public address; logs and prices.
    harmless: ['Aliases', 'Comment', 'HttpVersion', 'IPV6Enabled', 'Logging', 'PriceClass', 'ViewerCertificate'],
  });
  if (!config.flagOr('Enabled', true)) throw notEmulated(config, 'Enabled', 'the distribution would answer nobody');
  checkRestrictions(config);
  const targets = readOrigins(config, resources);
  const behaviours = config.objects('CacheBehaviors').map((each) => readBehaviour(each, targets, resources));
  const fallback = readBehaviour(config.object('DefaultCacheBehavior'), targets, resources);
  return {
    behaviours: [...behaviours, fallback],
    errorTtlSeconds: readErrorTtls(config),
    defaultRootObject: config.textOr('DefaultRootObject', ''),
  };
}

function checkRestrictions(config: Properties): void {
  const geo = config.objectOr('Restrictions', undefined)?.objectOr('GeoRestriction', undefined);
  if (geo === undefined) return;
  if (geo.text('RestrictionType') !== 'none')
    throw notEmulated(geo, 'RestrictionType', 'the loopback is in no country');
}

function readErrorTtls(config: Properties): Map<number, number> {
  return new Map(
    config.objects('CustomErrorResponses').map((response) => {
      expectKnown(response, { acted: ['ErrorCode', 'ErrorCachingMinTTL'] });
      return [response.numberOr('ErrorCode', 0), response.numberOr('ErrorCachingMinTTL', 10)];
    }),
  );
}

const ACTED_ON = [
  'AllowedMethods',
  'CachedMethods',
  'CachePolicyId',
  'Compress',
  'FunctionAssociations',
  'LambdaFunctionAssociations',
  'OriginRequestPolicyId',
  'PathPattern',
  'ResponseHeadersPolicyId',
  'SmoothStreaming',
  'TargetOriginId',
  'TrustedKeyGroups',
  'TrustedSigners',
];
// The loopback has no TLS: http is taken where https would be asked for.
const WITHOUT_EFFECT = ['ViewerProtocolPolicy', 'RealtimeLogConfigArn'];

function readBehaviour(
  behaviour: Properties,
  targets: ReadonlyMap<string, OriginTarget>,
  resources: Resources,
): Behaviour {
  expectKnown(behaviour, { acted: ACTED_ON, harmless: WITHOUT_EFFECT });
  const cachePolicy = policyOf(behaviour, 'CachePolicyId', resources, MANAGED_CACHE_POLICIES, readCachePolicy);
  if (cachePolicy === undefined) throw notEmulated(behaviour, 'CachePolicyId', 'a behaviour needs a cache policy here');
  checkSwitches(behaviour, cachePolicy);
  const targetId = behaviour.text('TargetOriginId');
  const target = targets.get(targetId);
  if (target === undefined) throw new Error(`${behaviour.path}.TargetOriginId is ${targetId}, which is no origin`);
  const keyGroups = behaviour.texts('TrustedKeyGroups');
  return {
    pathPattern: behaviour.textOr('PathPattern', '*'),
    allowedMethods: allowedMethods(behaviour),
    cachePolicy,
    originRequestPolicy:
      policyOf(
        behaviour,
        'OriginRequestPolicyId',
        resources,
        MANAGED_ORIGIN_REQUEST_POLICIES,
        readOriginRequestPolicy,
      ) ?? NOTHING_MORE,
    responseHeadersPolicy: policyOf(
      behaviour,
      'ResponseHeadersPolicyId',
      resources,
      MANAGED_RESPONSE_HEADERS_POLICIES,
      readResponseHeadersPolicy,
    ),
    target,
    keyGroups: keyGroups.length === 0 ? undefined : readKeyGroup(keyGroups, resources),
    functions: readFunctions(behaviour, resources),
  };
}

function allowedMethods(behaviour: Properties): string[] {
  const given = behaviour.texts('AllowedMethods');
  return given.length === 0 ? ['GET', 'HEAD'] : given;
}

function checkSwitches(behaviour: Properties, cachePolicy: CachePolicy): void {
  if (behaviour.texts('CachedMethods').includes('OPTIONS')) {
    throw notEmulated(behaviour, 'CachedMethods', 'answers to OPTIONS are not cached here');
  }
  // "To use compression, the cache policy must enable Gzip or Brotli as well": without these it has no effect.
  if (behaviour.flagOr('Compress', false) && (cachePolicy.gzip || cachePolicy.brotli)) {
    throw notEmulated(behaviour, 'Compress', 'nothing is compressed here; set it to false');
  }
  if (behaviour.flagOr('SmoothStreaming', false)) throw notEmulated(behaviour, 'SmoothStreaming', 'it is off here');
  if (behaviour.list('LambdaFunctionAssociations').length > 0) {
    throw notEmulated(behaviour, 'LambdaFunctionAssociations', 'functions at the edge are CloudFront Functions here');
  }
  if (behaviour.list('TrustedSigners').length > 0) {
    throw notEmulated(behaviour, 'TrustedSigners', 'signers are key groups here (TrustedKeyGroups)');
  }
}

function policyOf<T>(
  behaviour: Properties,
  name: string,
  resources: Resources,
  managed: ReadonlyMap<string, T>,
  read: (resource: EdgeResource) => T,
): T | undefined {
  const id = behaviour.textOr(name, undefined);
  if (id === undefined) return undefined;
  const resource = resources.get(id);
  if (resource !== undefined) return read(resource);
  const policy = managed.get(id);
  if (policy === undefined) throw notEmulated(behaviour, name, 'it is neither in the template nor a managed policy');
  return policy;
}

function readFunctions(behaviour: Properties, resources: Resources): Behaviour['functions'] {
  const functions: { viewerRequest?: EdgeResource; viewerResponse?: EdgeResource } = {};
  for (const association of behaviour.objects('FunctionAssociations')) {
    const arn = association.text('FunctionARN');
    const resource = resources.get(arn);
    if (resource === undefined) throw new Error(`${association.path}.FunctionARN is ${arn}, which is no function`);
    const event = association.text('EventType');
    if (event === 'viewer-request') functions.viewerRequest = resource;
    else if (event === 'viewer-response') functions.viewerResponse = resource;
    else throw notEmulated(association, 'EventType', 'known are viewer-request and viewer-response');
  }
  return functions;
}
