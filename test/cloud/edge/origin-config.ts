/** Origins and origin groups of a distribution. */
import type { Properties } from '../plain-values.ts';
import { expectKnown, notEmulated } from './known-properties.ts';
import type { EdgeResource } from './ports.ts';

export type Origin = {
  readonly id: string;
  readonly kind: 's3' | 'function-url';
  readonly domain: string;
  /** Put before the path: empty, or begins with a slash and ends without one. */
  readonly path: string;
  /** Names in lower case. They replace what the viewer sent under these names. */
  readonly customHeaders: readonly (readonly [string, string])[];
  readonly attempts: number;
  /** For the head of the answer, and then for each piece of the body. */
  readonly responseTimeoutMs: number;
  /** Whether CloudFront signs what it sends (origin access control). */
  readonly isSigned: boolean;
};

/** Where a behaviour sends its requests: to one origin, or to a group with a second one. */
export type OriginTarget = {
  readonly primary: Origin;
  readonly failover?: { readonly secondary: Origin; readonly statuses: readonly number[] };
};

const DEFAULT_ATTEMPTS = 3;
const DEFAULT_TIMEOUT_SECONDS = 30;

/** By the ids of the origins and of the groups. */
export function readOrigins(
  config: Properties,
  resources: ReadonlyMap<string, EdgeResource>,
): ReadonlyMap<string, OriginTarget> {
  const origins = new Map(config.objects('Origins').map((each) => [each.text('Id'), readOrigin(each, resources)]));
  const targets = new Map<string, OriginTarget>();
  for (const [id, primary] of origins) targets.set(id, { primary });
  for (const group of config.objectOr('OriginGroups', undefined)?.objects('Items') ?? []) {
    targets.set(group.text('Id'), readGroup(group, origins));
  }
  return targets;
}

function readGroup(group: Properties, origins: ReadonlyMap<string, Origin>): OriginTarget {
  expectKnown(group, { acted: ['Id', 'Members', 'FailoverCriteria', 'SelectionCriteria'] });
  if (group.textOr('SelectionCriteria', 'default') !== 'default') {
    throw notEmulated(group, 'SelectionCriteria', 'the first member is asked first here');
  }
  const members = group
    .object('Members')
    .objects('Items')
    .map((member) => origins.get(member.text('OriginId')));
  const [primary, secondary] = members;
  if (members.length !== 2 || primary === undefined || secondary === undefined) {
    throw new Error(`${group.path}.Members has ${members.length} known origins; CloudFront asks for two`);
  }
  const codes = group.object('FailoverCriteria').object('StatusCodes').list('Items').map(Number);
  return { primary, failover: { secondary, statuses: codes } };
}

function readOrigin(origin: Properties, resources: ReadonlyMap<string, EdgeResource>): Origin {
  expectKnown(origin, {
    acted: [
      'ConnectionAttempts',
      'CustomOriginConfig',
      'DomainName',
      'Id',
      'OriginAccessControlId',
      'OriginCustomHeaders',
      'OriginPath',
      'S3OriginConfig',
    ],
    // Origins are in this very process: there is nothing to connect to. A shield is one more cache of the same kind.
    harmless: ['ConnectionTimeout', 'OriginShield'],
  });
  const custom = origin.objectOr('CustomOriginConfig', undefined);
  if (custom !== undefined) {
    expectKnown(custom, {
      acted: ['OriginReadTimeout'],
      harmless: ['HTTPPort', 'HTTPSPort', 'OriginKeepaliveTimeout', 'OriginProtocolPolicy', 'OriginSSLProtocols'],
    });
  }
  const identity = origin.objectOr('S3OriginConfig', undefined)?.textOr('OriginAccessIdentity', '') ?? '';
  if (identity !== '') throw notEmulated(origin, 'S3OriginConfig', 'access is by origin access control here');
  return {
    id: origin.text('Id'),
    kind: custom === undefined ? 's3' : 'function-url',
    domain: origin.text('DomainName'),
    path: origin.textOr('OriginPath', ''),
    customHeaders: origin
      .objects('OriginCustomHeaders')
      .map((header) => [header.text('HeaderName').toLowerCase(), header.text('HeaderValue')]),
    attempts: origin.numberOr('ConnectionAttempts', DEFAULT_ATTEMPTS),
    responseTimeoutMs:
      (custom?.numberOr('OriginReadTimeout', DEFAULT_TIMEOUT_SECONDS) ?? DEFAULT_TIMEOUT_SECONDS) * 1000,
    isSigned: signs(origin, resources),
  };
}

function signs(origin: Properties, resources: ReadonlyMap<string, EdgeResource>): boolean {
  const id = origin.textOr('OriginAccessControlId', '');
  if (id === '') return false;
  const control = resources.get(id);
  if (control === undefined) throw new Error(`${origin.path}.OriginAccessControlId is ${id}, which is not there`);
  const config = control.properties.OriginAccessControlConfig;
  const behaviour =
    typeof config === 'object' && config !== null && 'SigningBehavior' in config && config.SigningBehavior;
  return behaviour !== 'never';
}
