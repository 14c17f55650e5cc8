/**
 * Signed URLs and signed cookies.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-signed-urls.html
 */
import { verify } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { isList, isProperties, type PlainProperties, type PlainValue, parsePlain } from '../plain-values.ts';
import { cookiesOf, type EdgeRequest, fieldOf, parametersOf } from './exchange.ts';
import type { KeyGroups } from './key-groups.ts';
import { matchesPattern } from './path-pattern.ts';

/** "Your parameters cannot be named" so: CloudFront takes them out before it looks in its cache or asks the origin. */
const SIGNATURE_NAMES = ['Expires', 'Policy', 'Signature', 'Key-Pair-Id', 'Hash-Algorithm'];

export type Denial = { readonly code: string; readonly sentence: string };

type Credential = {
  readonly policy: string | undefined;
  readonly expires: string | undefined;
  readonly signature: string;
  readonly keyPairId: string;
  readonly hash: string;
};

/** The query as the origin gets it. */
export function withoutSignature(query: string): string {
  return query
    .split('&')
    .filter((pair) => !SIGNATURE_NAMES.includes(pair.split('=', 1)[0] ?? ''))
    .join('&');
}

/** Undefined: come in. */
export function denialOf(request: EdgeRequest, keys: KeyGroups, nowMs: number): Denial | undefined {
  const credential = fromQuery(request) ?? fromCookies(request);
  if (credential === undefined) {
    return { code: 'MissingKey', sentence: 'Missing Key-Pair-Id query parameter or cookie value' };
  }
  const key = keys.get(credential.keyPairId);
  if (key === undefined) {
    return { code: 'InvalidKey', sentence: `Unknown Key: ${credential.keyPairId.slice(0, 40)} is in no trusted group` };
  }
  const signature = fromUrlSafe(credential.signature);
  // "The value must begin with http://, https:// or *": by which of the two the viewer came is not known here.
  const urls = ['https', 'http'].map((scheme) => baseUrl(request, scheme));
  const isSigned = (policy: string) => verify(credential.hash, Buffer.from(policy), key, signature);
  if (credential.policy === undefined) {
    const isGood = urls.some((url) => isSigned(cannedPolicy(url, credential.expires ?? '')));
    if (!isGood) return denied('The signature does not fit this address and its time');
    return isBefore(nowMs, Number(credential.expires)) ? undefined : denied('The time of this address is over');
  }
  const policy = fromUrlSafe(credential.policy).toString('utf8');
  if (!isSigned(policy)) return denied('The signature does not fit the policy');
  return denialByPolicy(policy, urls, request.clientIp, nowMs);
}

function denied(sentence: string): Denial {
  return { code: 'AccessDenied', sentence: `Access denied. ${sentence}` };
}

/** "CloudFront checks the expiration date and time in a signed URL at the time of the HTTP request." */
function isBefore(nowMs: number, epochSeconds: number): boolean {
  return nowMs < epochSeconds * 1000;
}

function fromQuery({ query }: EdgeRequest): Credential | undefined {
  return credentialOf(new Map(parametersOf(query)), '');
}

function fromCookies(request: EdgeRequest): Credential | undefined {
  return credentialOf(new Map(cookiesOf(request)), 'CloudFront-');
}

function credentialOf(values: ReadonlyMap<string, string>, prefix: string): Credential | undefined {
  const value = (name: string) => values.get(`${prefix}${name}`);
  const keyPairId = value('Key-Pair-Id');
  if (keyPairId === undefined) return undefined;
  const hash = value('Hash-Algorithm') === 'SHA256' ? 'sha256' : 'sha1';
  return {
    keyPairId,
    signature: value('Signature') ?? '',
    policy: value('Policy'),
    expires: value('Expires'),
    hash,
  };
}

/** "Replace characters that are invalid in a URL query string": + = / are written - _ ~. */
function fromUrlSafe(text: string): Buffer {
  return Buffer.from(text.replaceAll('-', '+').replaceAll('_', '=').replaceAll('~', '/'), 'base64');
}

/** "The base URL including your query strings, if any, but excluding the CloudFront parameters." */
function baseUrl(request: EdgeRequest, scheme: string): string {
  const query = withoutSignature(request.query);
  return `${scheme}://${fieldOf(request, 'host') ?? ''}${request.path}${query === '' ? '' : `?${query}`}`;
}

/** "CloudFront constructs one if you're using a canned policy", without white space. */
function cannedPolicy(url: string, expires: string): string {
  return `{"Statement":[{"Resource":"${url}","Condition":{"DateLessThan":{"AWS:EpochTime":${expires}}}}]}`;
}

function denialByPolicy(text: string, urls: readonly string[], ip: string, nowMs: number): Denial | undefined {
  const statement = statementOf(text);
  const condition = statement?.Condition;
  const until = numberIn(condition, 'DateLessThan');
  // "DateLessThan: this is the only required parameter in the Condition section."
  if (statement === undefined || until === undefined) return { code: 'MalformedPolicy', sentence: 'Malformed Policy' };
  if (!isBefore(nowMs, until)) return denied('The time of this policy is over');
  const from = numberIn(condition, 'DateGreaterThan');
  if (from !== undefined && isBefore(nowMs, from)) return denied('The time of this policy has not begun');
  // "If you omit the Resource parameter, users can access all of the objects."
  const resource = statement.Resource;
  if (typeof resource === 'string' && !urls.some((url) => matchesPattern(resource, url))) {
    return denied('The policy is for another address');
  }
  const addresses = isProperties(condition) && isProperties(condition.IpAddress) && condition.IpAddress['AWS:SourceIp'];
  if (typeof addresses === 'string' && !isWithin(ip, addresses)) return denied('The policy is for another client');
  return undefined;
}

function statementOf(text: string): PlainProperties | undefined {
  let policy: PlainValue;
  try {
    policy = parsePlain(text);
  } catch {
    return undefined;
  }
  // "You can include only one statement."
  if (!isProperties(policy) || !isList(policy.Statement) || policy.Statement.length !== 1) return undefined;
  const [statement] = policy.Statement;
  return isProperties(statement) ? statement : undefined;
}

function numberIn(condition: PlainValue | undefined, name: string): number | undefined {
  const test = isProperties(condition) ? condition[name] : undefined;
  const time = isProperties(test) ? test['AWS:EpochTime'] : undefined;
  return typeof time === 'number' ? time : undefined;
}

/** "IpAddress: an IPv4 address or range in CIDR notation"; 0.0.0.0/0 is everybody. */
function isWithin(ip: string, range: string): boolean {
  const [address = '', bits = '32'] = range.split('/');
  if (!isIPv4(ip) || !isIPv4(address)) return false;
  const shift = 2 ** (32 - Number(bits));
  return Math.floor(asNumber(ip) / shift) === Math.floor(asNumber(address) / shift);
}

function asNumber(ip: string): number {
  return ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}
