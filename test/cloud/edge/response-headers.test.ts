import { rawRequest } from '../../support/http-client.ts';
import type { PlainProperties } from '../plain-values.ts';
import { BUCKET, testEdge, testOrigin } from './edge-fixture.ts';
import type { EdgeResource } from './ports.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function ask(
  policy: string | PlainProperties,
  fromOrigin: Record<string, string>,
  request: { method?: string; headers?: Record<string, string> } = {},
  secondRequest = request,
) {
  const origin = await testOrigin((_, reply) => {
    reply.writeHead(200, { 'cache-control': 'max-age=60', 'content-length': 0, ...fromOrigin }).end();
  });
  open.push(origin);
  const isManaged = typeof policy === 'string';
  const resource: EdgeResource = {
    type: 'AWS::CloudFront::ResponseHeadersPolicy',
    physicalId: 'headers',
    properties: { ResponseHeadersPolicyConfig: { Name: 'test', ...(isManaged ? {} : policy) } },
  };
  const edge = await testEdge({
    servers: { [BUCKET]: origin },
    behaviour: { ResponseHeadersPolicyId: isManaged ? policy : 'headers' },
    resources: [resource],
  });
  open.push(edge);
  const first = await rawRequest(`${edge.url}/a`, request);
  const second = await rawRequest(`${edge.url}/a`, secondRequest);
  return { first: first.headers, second: second.headers };
}

const cors = (changes: PlainProperties = {}): PlainProperties => ({
  CorsConfig: {
    AccessControlAllowCredentials: false,
    AccessControlAllowOrigins: { Items: ['*'] },
    AccessControlAllowMethods: { Items: ['GET', 'HEAD'] },
    AccessControlAllowHeaders: { Items: ['Range', 'If-Range'] },
    AccessControlExposeHeaders: { Items: ['Content-Range', 'ETag'] },
    AccessControlMaxAgeSec: 600,
    OriginOverride: false,
    ...changes,
  },
});
const FROM_APP = { headers: { origin: 'https://app.example' } };
const PREFLIGHT = { method: 'OPTIONS', headers: { ...FROM_APP.headers, 'access-control-request-method': 'GET' } };

describe('CORS (Understanding response headers policies)', () => {
  test('requests with an Origin only, from the cache as well', async () => {
    const { first, second } = await ask(cors(), {}, FROM_APP);
    for (const headers of [first, second]) {
      expect(headers).toMatchObject({
        'access-control-allow-origin': '*',
        'access-control-expose-headers': 'Content-Range, ETag',
      });
      expect(headers).not.toHaveProperty('access-control-allow-methods');
    }
    expect((await ask(cors(), {})).first).not.toHaveProperty('access-control-allow-origin');
  });

  test('a preflight', async () => {
    const { first } = await ask(cors(), {}, PREFLIGHT);
    expect(first).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, HEAD',
      'access-control-allow-headers': 'Range, If-Range',
      'access-control-max-age': '600',
    });
  });

  test.each([
    ['false: what the origin says holds, header by header', false, 'https://origin.example'],
    ['true: what the policy says holds', true, '*'],
  ])('OriginOverride %s', async (_, OriginOverride, allowed) => {
    const own = { 'access-control-allow-origin': 'https://origin.example' };
    const { first } = await ask(cors({ OriginOverride }), own, FROM_APP);
    expect(first['access-control-allow-origin']).toBe(allowed);
    expect(first['access-control-expose-headers']).toBe('Content-Range, ETag');
  });

  test.each([
    ['https://app.example', 'https://app.example'],
    ['*.example', 'https://app.example'],
    ['https://*.example', 'https://app.example'],
    ['http://*.example', undefined],
    ['other.example', undefined],
  ])('the origin %s', async (listed, allowed) => {
    const { first } = await ask(cors({ AccessControlAllowOrigins: { Items: [listed] } }), {}, FROM_APP);
    expect(first['access-control-allow-origin']).toBe(allowed);
    expect(first.vary).toBe(allowed === undefined ? undefined : 'Origin');
  });

  test('what was added for one is not kept for another', async () => {
    const listed = { AccessControlAllowOrigins: { Items: ['https://app.example'] } };
    const { first, second } = await ask(cors(listed), {}, FROM_APP, { headers: { origin: 'https://evil.example' } });
    expect(first['access-control-allow-origin']).toBe('https://app.example');
    expect(second['x-cache']).toBe('Hit from cloudfront');
    for (const name of Object.keys(second)) expect(name).not.toMatch(/^access-control-/);
  });

  test.each([
    ['is found anew for each request, of the cache too', 'https://app.example', 'https://app.example'],
    ['that is on no list is left with what the origin said', 'https://evil.example', 'https://first.example'],
  ])('with a list that overrides, the origin %s', async (_, origin, allowed) => {
    const own = { 'access-control-allow-origin': 'https://first.example', vary: 'Origin' };
    const listed = { AccessControlAllowOrigins: { Items: ['https://app.example', 'https://first.example'] } };
    const { second } = await ask(cors({ ...listed, OriginOverride: true }), own, { headers: { origin } });
    expect(second['x-cache']).toBe('Hit from cloudfront');
    expect(second['access-control-allow-origin']).toBe(allowed);
    expect(second.vary).toBe('Origin');
  });
});

test('security, custom and removed headers, and which of them override', async () => {
  const policy = {
    SecurityHeadersConfig: {
      StrictTransportSecurity: { AccessControlMaxAgeSec: 100, IncludeSubdomains: true, Override: true },
      ContentTypeOptions: { Override: true },
      FrameOptions: { FrameOption: 'DENY', Override: false },
      ReferrerPolicy: { ReferrerPolicy: 'no-referrer', Override: true },
      ContentSecurityPolicy: { ContentSecurityPolicy: "default-src 'none'", Override: true },
      XSSProtection: { Protection: true, ModeBlock: true, Override: true },
    },
    CustomHeadersConfig: { Items: [{ Header: 'X-Mine', Value: 'policy', Override: true }] },
    RemoveHeadersConfig: { Items: [{ Header: 'X-Powered-By' }, { Header: 'X-Mine' }] },
  };
  const fromOrigin = {
    'x-frame-options': 'SAMEORIGIN',
    'x-powered-by': 'x',
    'x-mine': 'origin',
    'referrer-policy': 'x',
  };
  const { second } = await ask(policy, fromOrigin);
  expect(second).toMatchObject({
    'strict-transport-security': 'max-age=100; includeSubDomains',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'SAMEORIGIN',
    'referrer-policy': 'no-referrer',
    'content-security-policy': "default-src 'none'",
    'x-xss-protection': '1; mode=block',
    'x-mine': 'policy',
  });
  expect(second).not.toHaveProperty('x-powered-by');
});

test.each([
  ['SimpleCORS', '60669652-455b-4ae9-85a4-c4c02393f86c', { 'access-control-allow-origin': '*' }],
  ['CORS-With-Preflight', '5cc3b908-e619-4b99-88e5-2cf7f45965bd', { 'access-control-expose-headers': '*' }],
  ['SecurityHeadersPolicy', '67f7725c-6f97-4210-82d7-5512b31e9d03', { 'x-content-type-options': 'nosniff' }],
  ['CORS-and-SecurityHeadersPolicy', 'e61eb60c-9c35-4d20-a928-2b84e02af89c', { 'x-frame-options': 'SAMEORIGIN' }],
])('managed: %s', async (_, id, expected) => {
  expect((await ask(id, {}, FROM_APP)).first).toMatchObject(expected);
});

test('a part of a policy that is not known stops the edge', async () => {
  await expect(ask({ ServerTimingHeadersConfig: { Enabled: true } }, {})).rejects.toThrow('ServerTimingHeadersConfig');
});
