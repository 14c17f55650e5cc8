import { createSign, generateKeyPairSync } from 'node:crypto';
import { getSignedCookies, getSignedUrl } from '@aws-sdk/cloudfront-signer';
import { rawRequest } from '../../support/http-client.ts';
import { API, cachePolicy, type TestOrigin, testEdge, testOrigin } from './edge-fixture.ts';
import type { Edge } from './start-edge.ts';

const pair = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
const { publicKey, privateKey } = pair();
const KEY_ID = 'K2JCJMDEHXQW5F';

let origin: TestOrigin;
let edge: Edge;

beforeAll(async () => {
  origin = await testOrigin((_, reply) => {
    reply.writeHead(200, { 'content-length': 2, 'cache-control': 'max-age=600' }).end('ok');
  });
  edge = await testEdge({
    servers: { [API]: origin },
    policy: cachePolicy({ parameters: { QueryStringsConfig: { QueryStringBehavior: 'all' } } }),
    behaviour: { TargetOriginId: 'api', TrustedKeyGroups: ['group-1'] },
    resources: [
      {
        type: 'AWS::CloudFront::KeyGroup',
        physicalId: 'group-1',
        properties: { KeyGroupConfig: { Name: 'group', Items: [KEY_ID] } },
      },
      {
        type: 'AWS::CloudFront::PublicKey',
        physicalId: KEY_ID,
        properties: { PublicKeyConfig: { Name: 'key', CallerReference: 'x', EncodedKey: publicKey } },
      },
    ],
  });
});

afterAll(async () => {
  await edge.close();
  await origin.close();
});

const LATER = new Date(Date.now() + 3_600_000).toISOString();
const EARLIER = new Date(Date.now() - 1000).toISOString();
const at = (path: string) => `${edge.url.replace('http:', 'https:')}${path}`;
const asked = async (url: string, headers: Record<string, string> = {}) => {
  const answer = await rawRequest(url.replace('https:', 'http:'), { headers });
  return { status: answer.status, code: /<Code>(.*)<\/Code>/.exec(Buffer.from(answer.body).toString())?.[1] };
};
const canned = (url: string, dateLessThan = LATER, key = privateKey) =>
  getSignedUrl({ url, keyPairId: KEY_ID, privateKey: key, dateLessThan });

function policyFor(resource: string, condition: Record<string, unknown> = {}): string {
  const until = { DateLessThan: { 'AWS:EpochTime': Math.floor(Date.parse(LATER) / 1000) } };
  return JSON.stringify({ Statement: [{ Resource: resource, Condition: { ...until, ...condition } }] });
}
const custom = (url: string, policy: string) => getSignedUrl({ url, keyPairId: KEY_ID, privateKey, policy });

describe('signed URLs', () => {
  test('nothing signed: refused', async () => {
    expect(await asked(at('/d/a'))).toEqual({ status: 403, code: 'MissingKey' });
  });

  test('a canned policy', async () => {
    expect((await asked(canned(at('/d/a')))).status).toBe(200);
    expect((await asked(canned(at('/d/a?x=1&y=2')))).status).toBe(200);
  });

  test('the origin hears nothing of it, and neither does the key of the cache', async () => {
    const before = origin.seen.length;
    await asked(canned(at('/d/once?x=1')));
    await asked(canned(at('/d/once?x=1'), new Date(Date.now() + 7_200_000).toISOString()));
    expect(origin.seen.slice(before).map(({ url }) => url)).toEqual(['/d/once?x=1']);
  });

  test.each<[what: string, change: (url: string) => string]>([
    ['another path', (url) => url.replace('/d/a', '/d/b')],
    ['a later time', (url) => url.replace(/Expires=(\d+)/, (_, time) => `Expires=${Number(time) + 1}`)],
    ['another parameter', (url) => `${url}&x=1`],
    [
      'another signature',
      (url) => url.replace(/Signature=(.)/, (_, first) => `Signature=${first === 'A' ? 'B' : 'A'}`),
    ],
    ['no signature', (url) => url.replace(/Signature=[^&]*/, 'Signature=')],
  ])('%s: refused', async (_, change) => {
    const url = change(canned(at('/d/a')));
    expect(await asked(url)).toEqual({ status: 403, code: 'AccessDenied' });
  });

  test('time over, an unknown key, a key of somebody else', async () => {
    expect(await asked(canned(at('/d/a'), EARLIER))).toEqual({ status: 403, code: 'AccessDenied' });
    expect(await asked(canned(at('/d/a')).replace(KEY_ID, 'KUNKNOWN'))).toEqual({ status: 403, code: 'InvalidKey' });
    expect(await asked(canned(at('/d/a'), LATER, pair().privateKey))).toEqual({ status: 403, code: 'AccessDenied' });
  });

  test.each<[what: string, resource: string, condition: Record<string, unknown>, status: number]>([
    ['wildcards that fit', '*/d/*', {}, 200],
    ['any scheme', 'http*://*/d/?', {}, 200],
    ['wildcards that do not fit', '*/v1/*', {}, 403],
    ['time not begun', '*/d/*', { DateGreaterThan: { 'AWS:EpochTime': 4_000_000_000 } }, 403],
    ['begun', '*/d/*', { DateGreaterThan: { 'AWS:EpochTime': 1 } }, 200],
    ['time over', '*/d/*', { DateLessThan: { 'AWS:EpochTime': 1 } }, 403],
    ['no time at all', '*/d/*', { DateLessThan: undefined }, 403],
    ['this address', '*/d/*', { IpAddress: { 'AWS:SourceIp': '127.0.0.0/8' } }, 200],
    ['another address', '*/d/*', { IpAddress: { 'AWS:SourceIp': '192.0.2.0/24' } }, 403],
    ['everybody', '*/d/*', { IpAddress: { 'AWS:SourceIp': '0.0.0.0/0' } }, 200],
  ])('a custom policy: %s', async (_, resource, condition, status) => {
    expect((await asked(custom(at('/d/a'), policyFor(resource, condition)))).status).toBe(status);
  });

  test('a policy that was changed after it was signed', async () => {
    const policy = policyFor('*/v1/*');
    const signature = createSign('RSA-SHA1').update(policy).sign(privateKey, 'base64');
    const safe = (base64: string) => base64.replaceAll('+', '-').replaceAll('=', '_').replaceAll('/', '~');
    const wider = safe(Buffer.from(policyFor('*')).toString('base64'));
    const url = at(`/d/a?Policy=${wider}&Signature=${safe(signature)}&Key-Pair-Id=${KEY_ID}`);
    expect(await asked(url)).toEqual({ status: 403, code: 'AccessDenied' });
  });
});

describe('signed cookies', () => {
  const cookieOf = (cookies: object) =>
    Object.entries(cookies)
      .map(([name, value]) => `${name}=${value}`)
      .join('; ');

  test('a custom policy for many paths', async () => {
    const cookies = getSignedCookies({ url: '', keyPairId: KEY_ID, privateKey, policy: policyFor('*/d/*') });
    const headers = { cookie: cookieOf(cookies) };
    expect((await asked(at('/d/a'), headers)).status).toBe(200);
    expect((await asked(at('/v1/a'), headers)).status).toBe(403);
  });

  test('a canned policy for one', async () => {
    const cookies = getSignedCookies({ url: at('/d/a'), keyPairId: KEY_ID, privateKey, dateLessThan: LATER });
    const headers = { cookie: cookieOf(cookies) };
    expect((await asked(at('/d/a'), headers)).status).toBe(200);
    expect((await asked(at('/d/b'), headers)).status).toBe(403);
  });
});
