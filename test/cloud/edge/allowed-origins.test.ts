/** A stack with `allowedOrigins`, on the edge: whose pages may read what, of the cache as well. */
import type { IncomingHttpHeaders } from 'node:http';
import { sharedHeaders } from '../../../lambdas/api/shared-headers.ts';
import { templateWith } from '../../lib/synthesized.ts';
import { rawRequest } from '../../support/http-client.ts';
import { type TestOrigin, testOrigin } from './edge-fixture.ts';
import { distinctBytes, fileOrigin } from './file-origin.ts';
import { stackEdge } from './stack-edge.ts';
import type { Edge } from './start-edge.ts';

const PLAYER = 'https://player.example';
const STUDIO = 'https://studio.example:8443';
const OTHER = 'https://evil.example';
const ALLOWED = [PLAYER, STUDIO];

const SOURCE = distinctBytes(1000);
let bucket: TestOrigin;
let api: TestOrigin;
let edge: Edge;

/** With the very headers of the service, for a list or for none; unlike its own, the answer may be kept. */
function apiOrigin(allowedOrigins: readonly string[] | undefined): Promise<TestOrigin> {
  return testOrigin((message, reply) => {
    const asked = { get: (name: string) => message.headers[name]?.toString() };
    const shared = sharedHeaders(allowedOrigins === undefined ? {} : { allowedOrigins }, asked);
    const status = message.url === '/v1/tracks/none' ? 404 : 200;
    reply.writeHead(status, { ...shared, 'cache-control': 'max-age=60', 'content-length': 2 }).end('{}');
  });
}

beforeAll(async () => {
  bucket = await testOrigin((message, reply) => {
    if (message.url === '/d/t/r/source') fileOrigin(() => SOURCE)(message, reply);
    else reply.writeHead(403, { 'content-length': 0 }).end();
  });
  api = await apiOrigin(ALLOWED);
  edge = await stackEdge(
    templateWith(() => ({ allowedOrigins: ALLOWED })),
    { bucket, api },
  );
});

afterAll(async () => {
  await edge?.close();
  await api.close();
  await bucket.close();
});

const ASKED: readonly [what: string, path: string, status: number, fields?: Record<string, string>, method?: string][] =
  [
    ['an answer of the api', '/v1/tracks', 200],
    ['one that the api makes for the bucket', '/d/t/r/other', 200],
    ['a problem of the api', '/v1/tracks/none', 404],
    ['an object of the bucket', '/d/t/r/source', 200],
    ['a range of it', '/d/t/r/source', 206, { range: 'bytes=0-9' }],
    ['a problem of the edge', '/stream/%ff', 404],
    ['a preflight', '/d/t/r/source', 204, { 'access-control-request-method': 'GET' }, 'OPTIONS'],
  ];

/** As a browser judges a response to a request with CORS (Fetch, CORS check). */
function mayRead(headers: IncomingHttpHeaders, origin: string): boolean {
  return ['*', origin].includes(String(headers['access-control-allow-origin']));
}

/** As a browser judges a `Timing-Allow-Origin`, a list (Fetch, TAO check). */
function mayTime(headers: IncomingHttpHeaders, origin: string): boolean {
  const values = String(headers['timing-allow-origin'] ?? '').split(/, */);
  return values.includes('*') || values.includes(origin);
}

describe('with a list', () => {
  // In this order, and twice: what one has put into the cache another must not be answered with.
  describe.each(ASKED)('%s', (_what, path, status, fields = {}, method = 'GET') => {
    const ask = (origin?: string) =>
      rawRequest(`${edge.url}${path}`, { method, headers: { ...fields, ...(origin === undefined ? {} : { origin }) } });

    test.each([PLAYER, STUDIO, PLAYER])('may be read by %s', async (origin) => {
      const answer = await ask(origin);
      expect(answer.status).toBe(status);
      expect([origin, mayRead(answer.headers, origin), mayTime(answer.headers, origin)]).toEqual([origin, true, true]);
      expect(answer.headers['access-control-allow-origin']).toBe(origin);
      expect(answer.headers['access-control-expose-headers']).toContain('Content-Range');
      expect(answer.headers.vary).toBe('Origin');
      expect(answer.headers['cross-origin-resource-policy']).toBe('same-site');
    });

    test.each([OTHER, 'https://player.example.evil.example', 'http://player.example', 'null', undefined])(
      'may not by %s',
      async (origin) => {
        const { status: same, headers } = await ask(origin);
        expect(same).toBe(status);
        for (const name of Object.keys(headers)) expect(name).not.toMatch(/^access-control-/);
        expect(mayTime(headers, origin ?? '')).toBe(false);
        expect(headers['cross-origin-resource-policy']).toBe('same-site');
      },
    );
  });

  test('the cache did answer, and nobody behind it ever heard who asks', async () => {
    const headers = { origin: OTHER };
    for (const path of ['/v1/tracks', '/d/t/r/source']) {
      expect((await rawRequest(`${edge.url}${path}`, { headers })).headers['x-cache']).toBe('Hit from cloudfront');
    }
    const heard = [...api.seen, ...bucket.seen];
    expect(heard.length).toBeGreaterThan(0);
    for (const request of heard) expect(request.headers).not.toHaveProperty('origin');
  });
});

describe('without', () => {
  let anyApi: TestOrigin;
  let anyEdge: Edge;

  beforeAll(async () => {
    anyApi = await apiOrigin(undefined);
    anyEdge = await stackEdge(templateWith(), { bucket, api: anyApi });
  });

  afterAll(async () => {
    await anyEdge?.close();
    await anyApi.close();
  });

  test.each(ASKED)('%s may be read by any', async (_what, path, status, fields = {}, method = 'GET') => {
    const answer = await rawRequest(`${anyEdge.url}${path}`, { method, headers: { ...fields, origin: OTHER } });
    expect(answer).toMatchObject({
      status,
      headers: {
        'access-control-allow-origin': '*',
        'timing-allow-origin': '*',
        'cross-origin-resource-policy': 'cross-origin',
      },
    });
    expect(answer.headers).not.toHaveProperty('vary');
  });
});

test('what the api said to all, before it had the list, is taken back', async () => {
  const former = await apiOrigin(undefined);
  const today = await stackEdge(
    templateWith(() => ({ allowedOrigins: ALLOWED })),
    { bucket, api: former },
  );
  for (const origin of [PLAYER, OTHER]) {
    const { headers } = await rawRequest(`${today.url}/v1/tracks`, { headers: { origin } });
    expect(mayRead(headers, origin)).toBe(origin === PLAYER);
    expect(mayTime(headers, origin)).toBe(origin === PLAYER);
    expect(headers['cross-origin-resource-policy']).toBe('same-site');
  }
  await today.close();
  await former.close();
});
