import { messagesOf, rawExchange } from '../../http/raw-exchange.ts';
import { rawRequest } from '../../support/http-client.ts';
import type { PlainProperties } from '../plain-values.ts';
import {
  API,
  API_ORIGIN,
  BUCKET,
  BUCKET_ORIGIN,
  cachePolicy,
  type TestEdgeOptions,
  type TestOrigin,
  testBehaviour,
  testEdge,
  testOrigin,
} from './edge-fixture.ts';
import type { Edge } from './start-edge.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

type Servers = { edge: Edge; bucket: TestOrigin; api: TestOrigin };

async function started(
  bucketStatus: number,
  options: Omit<TestEdgeOptions, 'servers'> = {},
  apiStatus = 200,
): Promise<Servers> {
  const answering = (name: string, status: number) =>
    testOrigin((message, reply) => {
      reply.writeHead(status, { 'content-length': name.length, 'x-from': name, 'cache-control': 'no-store' });
      reply.end(message.method === 'HEAD' ? undefined : name);
    });
  const bucket = await answering('bucket', bucketStatus);
  const api = await answering('api', apiStatus);
  const edge = await testEdge({ servers: { [BUCKET]: bucket, [API]: api }, ...options });
  open.push(bucket, api, edge);
  return { edge, bucket, api };
}

describe('behaviours', () => {
  test('the first pattern that matches, otherwise the default', async () => {
    const behaviours = [
      testBehaviour({ PathPattern: '/v1/*', TargetOriginId: 'api' }),
      testBehaviour({ PathPattern: '/v1/never/*', TargetOriginId: 'bucket' }),
    ];
    const { edge } = await started(200, { behaviours });
    const from = async (path: string) => (await rawRequest(`${edge.url}${path}`)).headers['x-from'];
    expect(await from('/v1/a')).toBe('api');
    expect(await from('/v1/never/a')).toBe('api');
    expect(await from('/other')).toBe('bucket');
    // By the resolved path, while the origin gets the raw one.
    expect(await from('/other/%2e%2E/v1/x')).toBe('api');
  });

  test('methods that the behaviour does not allow: 403, without asking anybody', async () => {
    const { edge, bucket } = await started(200);
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
      expect((await rawRequest(`${edge.url}/a`, { method })).status).toBe(403);
    }
    expect(bucket.seen).toEqual([]);
  });

  test('OPTIONS is passed on and not kept', async () => {
    const { edge, bucket } = await started(200);
    for (let time = 0; time < 2; time++) await rawRequest(`${edge.url}/a`, { method: 'OPTIONS' });
    expect(bucket.seen.map(({ method }) => method)).toEqual(['OPTIONS', 'OPTIONS']);
  });

  test('a GET with a body: 403', async () => {
    const { edge } = await started(200);
    const headers = { 'content-length': '4' };
    expect((await rawRequest(`${edge.url}/a`, { headers, body: 'body' })).status).toBe(403);
  });

  test('the default root object', async () => {
    const { edge, bucket } = await started(200, { config: { DefaultRootObject: 'index.html' } });
    await rawRequest(`${edge.url}/`);
    expect(bucket.seen[0]?.url).toBe('/index.html');
  });
});

describe('origin groups (Optimizing high availability with origin failover)', () => {
  const group = { behaviour: { TargetOriginId: 'group' } };

  test.each([
    ['200: from the first', 200, 'bucket'],
    ['403, as a bucket says of what is not there: from the second', 403, 'api'],
    ['404: from the second', 404, 'api'],
    ['500, which is no criterion: from the first', 500, 'bucket'],
  ])('%s', async (_, status, from) => {
    for (const method of ['GET', 'HEAD', 'OPTIONS']) {
      const { edge, bucket } = await started(status, group);
      expect((await rawRequest(`${edge.url}/d/x`, { method })).headers['x-from']).toBe(from);
      expect(bucket.seen).toHaveLength(1);
    }
  });

  test('every request asks the first again, "even when a previous request failed over"', async () => {
    const { edge, bucket, api } = await started(404, group);
    for (let time = 0; time < 3; time++) await rawRequest(`${edge.url}/d/x`);
    expect([bucket.seen.length, api.seen.length]).toEqual([3, 3]);
  });

  test('the range goes to the second as well', async () => {
    const { edge, api } = await started(403, group);
    await rawRequest(`${edge.url}/d/x`, { headers: { range: 'bytes=0-9' } });
    expect(api.seen[0]?.headers.range).toBe('bytes=0-9');
  });

  test('an origin that cannot be reached: the second after as many attempts as are set; alone 502', async () => {
    const { api } = await started(200);
    let attempts = 0;
    const unreachable = { origin: '', seen: [], close: async () => {} };
    Object.defineProperty(unreachable, 'origin', {
      get: () => {
        attempts++;
        throw new Error('connect ECONNREFUSED');
      },
    });
    const Origins = [{ ...BUCKET_ORIGIN, ConnectionAttempts: 2 }, API_ORIGIN];
    const servers = { [BUCKET]: unreachable, [API]: api };
    const edge = await testEdge({ servers, config: { Origins }, behaviour: { TargetOriginId: 'group' } });
    const alone = await testEdge({ servers, config: { Origins } });
    open.push(edge, alone);
    expect((await rawRequest(`${edge.url}/d/x`)).headers['x-from']).toBe('api');
    expect(attempts).toBe(2);
    expect((await rawRequest(`${alone.url}/d/x`)).status).toBe(502);
  });

  test('an origin that does not answer in its time: 504', async () => {
    const silent = await testOrigin(() => {});
    const Origins = [
      BUCKET_ORIGIN,
      { ...API_ORIGIN, ConnectionAttempts: 1, CustomOriginConfig: { OriginReadTimeout: 0.05 } },
    ];
    const edge = await testEdge({
      servers: { [API]: silent },
      config: { Origins },
      behaviour: { TargetOriginId: 'api' },
    });
    open.push(silent, edge);
    const answer = await rawRequest(`${edge.url}/d/x`);
    expect(answer.status).toBe(504);
    expect(Buffer.from(answer.body).toString()).toContain('the origin api did not answer');
  });
});

describe('what the origin gets (HTTP request headers and CloudFront behavior)', () => {
  const viewer = {
    'user-agent': 'player',
    'accept-language': 'de',
    'x-custom': '1',
    cookie: 'a=1',
    'x-forwarded-for': '192.0.2.4',
    'x-forwarded-proto': 'ftp',
    'x-edge-location': 'x',
    origin: 'https://app.example',
    'access-control-request-method': 'GET',
    'if-none-match': '"x"',
  };

  async function asked(behaviour: PlainProperties, options: Omit<TestEdgeOptions, 'servers'> = {}) {
    const { edge, api } = await started(200, { behaviour: { TargetOriginId: 'api', ...behaviour }, ...options });
    await rawRequest(`${edge.url}/a?b=2&a=1`, { headers: viewer });
    return { url: api.seen[0]?.url, headers: api.seen[0]?.headers ?? {}, edge };
  }

  test('without a policy: conditions and what CloudFront sets itself', async () => {
    const { url, headers } = await asked({});
    expect(url).toBe('/a');
    expect(headers).toMatchObject({
      'user-agent': 'Amazon CloudFront',
      'x-forwarded-for': '192.0.2.4, 127.0.0.1',
      'if-none-match': '"x"',
    });
    expect(headers).toHaveProperty('via');
    expect(headers).toHaveProperty('x-amz-cf-id');
    for (const name of ['accept-language', 'x-custom', 'cookie', 'origin']) expect(headers).not.toHaveProperty(name);
  });

  test('AllViewerExceptHostHeader: everything but the host and what is CloudFront’s own', async () => {
    const { url, headers, edge } = await asked({ OriginRequestPolicyId: 'b689b0a8-53d0-40ab-baf2-68738e2966ac' });
    expect(url).toBe('/a?b=2&a=1');
    expect(headers).toMatchObject({ 'user-agent': 'player', 'x-custom': '1', cookie: 'a=1', 'accept-language': 'de' });
    expect(headers.host).not.toBe(new URL(edge.url).host);
    expect(headers).not.toHaveProperty('x-forwarded-proto');
    expect(headers).not.toHaveProperty('x-edge-location');
  });

  test('AllViewer: the host of the viewer too', async () => {
    const { headers, edge } = await asked({ OriginRequestPolicyId: '216adef6-5c7f-47e4-b989-5492eafa07d3' });
    expect(headers.host).toBe(new URL(edge.url).host);
  });

  test('CORS-S3Origin: what a bucket decides CORS by', async () => {
    const { url, headers } = await asked({ OriginRequestPolicyId: '88a5eaf4-2fd4-4709-b370-b4c650ea3fcf' });
    expect(url).toBe('/a');
    expect(headers).toMatchObject({ origin: 'https://app.example', 'access-control-request-method': 'GET' });
    expect(headers).not.toHaveProperty('x-custom');
  });

  test('a policy of the template, beside what is in the key', async () => {
    const policy = {
      type: 'AWS::CloudFront::OriginRequestPolicy',
      physicalId: 'orp',
      properties: {
        OriginRequestPolicyConfig: {
          Name: 'x',
          HeadersConfig: { HeaderBehavior: 'whitelist', Headers: ['X-Custom'] },
          QueryStringsConfig: { QueryStringBehavior: 'whitelist', QueryStrings: ['b'] },
          CookiesConfig: { CookieBehavior: 'none' },
        },
      },
    };
    const parameters = { QueryStringsConfig: { QueryStringBehavior: 'whitelist', QueryStrings: ['a'] } };
    const { url, headers } = await asked(
      { OriginRequestPolicyId: 'orp' },
      { resources: [policy], policy: cachePolicy({ parameters }) },
    );
    expect(url).toBe('/a?b=2&a=1');
    expect(headers).toMatchObject({ 'x-custom': '1' });
  });

  test('headers and path of the origin itself, over those of the viewer', async () => {
    const OriginCustomHeaders = [{ HeaderName: 'X-Custom', HeaderValue: 'secret' }];
    const Origins = [BUCKET_ORIGIN, { ...API_ORIGIN, OriginPath: '/stage', OriginCustomHeaders }];
    const { url, headers } = await asked(
      { OriginRequestPolicyId: 'b689b0a8-53d0-40ab-baf2-68738e2966ac' },
      { config: { Origins } },
    );
    expect(url).toBe('/stage/a?b=2&a=1');
    expect(headers['x-custom']).toBe('secret');
  });

  test('a bucket is asked for a key: decoded once, a plus is a plus', async () => {
    const { edge, bucket } = await started(200);
    await rawRequest(`${edge.url}/a%2Bb+c%20%C3%A4%2525`);
    expect(decodeURIComponent(bucket.seen[0]?.url ?? '')).toBe('/a+b+c ä%25');
  });

  test('a signed path that signer and checker write differently: 403', async () => {
    const control = {
      type: 'AWS::CloudFront::OriginAccessControl',
      physicalId: 'oac',
      properties: { OriginAccessControlConfig: { SigningBehavior: 'always' } },
    };
    const Origins = [BUCKET_ORIGIN, { ...API_ORIGIN, OriginAccessControlId: 'oac' }];
    const { edge, api } = await started(200, {
      behaviour: { TargetOriginId: 'api' },
      config: { Origins },
      resources: [control],
    });
    expect((await rawRequest(`${edge.url}/a+b`)).status).toBe(403);
    expect((await rawRequest(`${edge.url}/a%2Bb`)).status).toBe(200);
    expect(api.seen).toHaveLength(1);
  });
});

describe('the request target', () => {
  test.each(['*', 'other.example:443', 'ftp://a/b'])('%s names nothing here', async (target) => {
    const { edge } = await started(200);
    const request = `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`;
    expect(messagesOf(await rawExchange(edge.url, request))[0]?.status).toBe(400);
  });
});

describe('limits (Maximum length of a request and maximum length of a URL)', () => {
  test.each([
    [
      'a URL of 8,193 bytes',
      (host: string) => ({ path: `/${'x'.repeat(8193 - `https://${host}/`.length)}`, headers: {} }),
      413,
    ],
    [
      'a URL of 8,192 bytes',
      (host: string) => ({ path: `/${'x'.repeat(8192 - `https://${host}/`.length)}`, headers: {} }),
      200,
    ],
    ['headers of 21,000 bytes', () => ({ path: '/a', headers: { 'x-long': 'x'.repeat(21_000) } }), 413],
    ['headers of 19,000 bytes', () => ({ path: '/a', headers: { 'x-long': 'x'.repeat(19_000) } }), 200],
  ])('%s', async (_, request, status) => {
    const { edge } = await started(200);
    const { path, headers } = request(new URL(edge.url).host);
    expect((await rawRequest(`${edge.url}${path}`, { headers })).status).toBe(status);
  });
});
