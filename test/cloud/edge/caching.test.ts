import { rawRequest } from '../../support/http-client.ts';
import { BUCKET, cachePolicy, type TestEdgeOptions, type TestOrigin, testEdge, testOrigin } from './edge-fixture.ts';
import { distinctBytes, etagOf, type FileOptions, fileOrigin } from './file-origin.ts';
import type { Edge } from './start-edge.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function started(
  listener: Parameters<typeof testOrigin>[0],
  options: Omit<TestEdgeOptions, 'servers'> = {},
): Promise<{ edge: Edge; origin: TestOrigin }> {
  const origin = await testOrigin(listener);
  const edge = await testEdge({ servers: { [BUCKET]: origin }, ...options });
  open.push(origin, edge);
  return { edge, origin };
}

const BYTES = distinctBytes(1000);
const serving = (options?: FileOptions) => fileOrigin(() => BYTES, options);

describe('how long answers are kept (Expiration)', () => {
  type Ttls = [min: number, normal: number, max: number];
  test.each<[rule: string, cacheControl: string | undefined, ttls: Ttls, asks: number]>([
    ['max-age, minimum TTL 0: for max-age', 'max-age=60', [0, 0, 1000], 1],
    ['max-age beyond the maximum TTL: for that', 'max-age=60', [0, 0, 0], 2],
    ['max-age=0: asked each time', 'max-age=0', [0, 100, 1000], 2],
    ['max-age=0 below the minimum TTL: for that', 'max-age=0', [60, 100, 1000], 1],
    ['s-maxage before max-age', 'max-age=60, s-maxage=0', [0, 100, 1000], 2],
    ['nothing said: for the default TTL', '', [0, 60, 1000], 1],
    ['nothing said, default TTL 0: asked each time', '', [0, 0, 1000], 2],
    ['no-store, minimum TTL 0: not at all', 'no-store', [0, 100, 1000], 2],
    ['private, minimum TTL 0: not at all', 'private, max-age=60', [0, 100, 1000], 2],
    ['no-cache, minimum TTL 0: asked each time', 'no-cache', [0, 100, 1000], 2],
    ['no-store, minimum TTL above 0: for that', 'no-store', [60, 100, 1000], 1],
  ])('%s', async (_, cacheControl, ttls, asks) => {
    const { edge, origin } = await started(serving({ cacheControl }), { policy: cachePolicy({ ttls }) });
    for (let time = 0; time < 2; time++) {
      const answer = await rawRequest(`${edge.url}/a`);
      expect(Buffer.compare(answer.body, BYTES)).toBe(0);
    }
    expect(origin.seen).toHaveLength(asks);
  });

  test('Expires, where Cache-Control says no age', async () => {
    for (const [expires, asks] of [
      [new Date(Date.now() + 60_000).toUTCString(), 1],
      ['0', 2],
    ] as const) {
      const { edge, origin } = await started((_, reply) => {
        reply.writeHead(200, { expires, 'content-length': 2 }).end('ok');
      });
      await rawRequest(`${edge.url}/a`);
      await rawRequest(`${edge.url}/a`);
      expect(origin.seen).toHaveLength(asks);
    }
  });

  test('a hit has an age, and says what it is', async () => {
    const { edge } = await started(serving());
    const miss = await rawRequest(`${edge.url}/a`);
    const hit = await rawRequest(`${edge.url}/a`);
    expect(miss.headers).toMatchObject({ 'x-cache': 'Miss from cloudfront' });
    expect(miss.headers).not.toHaveProperty('age');
    expect(hit.headers).toMatchObject({ 'x-cache': 'Hit from cloudfront', etag: etagOf(BYTES) });
    expect(Number(hit.headers.age)).toBeGreaterThanOrEqual(0);
  });
});

describe('asking again (conditional requests)', () => {
  test('an expired entry is asked about by ETag, and a 304 makes it good', async () => {
    const { edge, origin } = await started(serving({ cacheControl: 'max-age=0' }));
    await rawRequest(`${edge.url}/a`);
    const again = await rawRequest(`${edge.url}/a`);
    expect(origin.seen[1]?.headers['if-none-match']).toBe(etagOf(BYTES));
    expect(again).toMatchObject({ status: 200, headers: { 'x-cache': 'RefreshHit from cloudfront' } });
    expect(Buffer.compare(again.body, BYTES)).toBe(0);
  });

  test('by Last-Modified, where there is no ETag', async () => {
    const date = 'Sat, 21 Nov 2026 10:00:00 GMT';
    const { edge, origin } = await started((message, reply) => {
      const isOld = message.headers['if-modified-since'] === date;
      reply.writeHead(isOld ? 304 : 200, { 'cache-control': 'max-age=0', 'last-modified': date });
      reply.end(isOld ? undefined : 'body');
    });
    await rawRequest(`${edge.url}/a`);
    const again = await rawRequest(`${edge.url}/a`);
    expect(origin.seen[1]?.headers['if-modified-since']).toBe(date);
    expect(Buffer.from(again.body).toString()).toBe('body');
  });

  test('what has changed comes new', async () => {
    let bytes = BYTES;
    const { edge } = await started(fileOrigin(() => bytes, { cacheControl: 'max-age=0' }));
    await rawRequest(`${edge.url}/a`);
    bytes = distinctBytes(1200, 5);
    const again = await rawRequest(`${edge.url}/a`, { headers: { range: 'bytes=0-99' } });
    expect(Buffer.compare(again.body, bytes.subarray(0, 100))).toBe(0);
    expect(again.headers.etag).toBe(etagOf(bytes));
  });

  test.each([
    ['If-None-Match of this ETag: 304', { 'if-none-match': etagOf(BYTES) }, 304],
    ['If-None-Match weakly: 304', { 'if-none-match': `"x", W/${etagOf(BYTES)}` }, 304],
    ['If-None-Match of another: 200', { 'if-none-match': '"x"' }, 200],
    ['If-Match of this ETag: 200', { 'if-match': etagOf(BYTES) }, 200],
    ['If-Match of another: 412', { 'if-match': '"x"' }, 412],
    ['If-Range of this ETag: 206', { range: 'bytes=0-9', 'if-range': etagOf(BYTES) }, 206],
    ['If-Range of another: 200', { range: 'bytes=0-9', 'if-range': '"x"' }, 200],
    ['If-Range of a weak ETag: 200', { range: 'bytes=0-9', 'if-range': `W/${etagOf(BYTES)}` }, 200],
  ])('from the cache, %s', async (_, headers, status) => {
    const { edge, origin } = await started(serving());
    await rawRequest(`${edge.url}/a`);
    const answer = await rawRequest(`${edge.url}/a`, { headers });
    expect(answer.status).toBe(status);
    if (status === 304) expect(answer.headers).not.toHaveProperty('content-length');
    expect(origin.seen).toHaveLength(1);
  });

  test('without an ETag, If-Match and If-None-Match are ignored', async () => {
    const { edge } = await started((_, reply) => {
      reply.writeHead(200, { 'cache-control': 'max-age=60', 'content-length': 2 }).end('ok');
    });
    await rawRequest(`${edge.url}/a`);
    for (const headers of [{ 'if-match': '"x"' }, { 'if-none-match': '*' }]) {
      expect((await rawRequest(`${edge.url}/a`, { headers })).status).toBe(200);
    }
  });

  test('a HEAD is answered from what a GET has left, without a range', async () => {
    const { edge, origin } = await started(serving());
    await rawRequest(`${edge.url}/a`);
    const head = await rawRequest(`${edge.url}/a`, { method: 'HEAD', headers: { range: 'bytes=0-9' } });
    expect(head).toMatchObject({ status: 200, headers: { 'content-length': '1000', etag: etagOf(BYTES) } });
    expect(origin.seen).toHaveLength(1);
  });

  test('a HEAD leaves no body for a GET', async () => {
    const { edge, origin } = await started(serving());
    await rawRequest(`${edge.url}/a`, { method: 'HEAD' });
    await rawRequest(`${edge.url}/a`, { method: 'HEAD' });
    expect(origin.seen.map(({ method }) => method)).toEqual(['HEAD']);
    expect((await rawRequest(`${edge.url}/a`)).body).toHaveLength(1000);
  });
});

describe('errors (HTTP 4xx and 5xx status codes that CloudFront caches)', () => {
  const failing = (status: number, headers: Record<string, string> = {}): Parameters<typeof testOrigin>[0] => {
    return (_, reply) => {
      reply.writeHead(status, { 'content-length': 2, ...headers }).end('no');
    };
  };

  test.each([
    ['404: always, 10 s', 404, {}, 1],
    ['503: always, 10 s', 503, {}, 1],
    ['404 with no-store: restricted by its header', 404, { 'cache-control': 'no-store' }, 2],
    ['403: not without an age', 403, {}, 2],
    ['403 with max-age', 403, { 'cache-control': 'max-age=60' }, 1],
    ['412 with max-age', 412, { 'cache-control': 'max-age=60' }, 1],
    ['416: never', 416, { 'cache-control': 'max-age=60' }, 2],
    ['429: in neither list', 429, { 'cache-control': 'max-age=60' }, 2],
  ])('%s', async (_, status, headers, asks) => {
    const { edge, origin } = await started(failing(status, headers));
    for (let time = 0; time < 2; time++) {
      const answer = await rawRequest(`${edge.url}/a`);
      expect(answer).toMatchObject({ status, headers: { 'x-cache': 'Error from cloudfront' } });
    }
    expect(origin.seen).toHaveLength(asks);
  });

  test('the error caching minimum TTL of the distribution: 0 keeps none', async () => {
    const { edge, origin } = await started(failing(404), {
      config: { CustomErrorResponses: [{ ErrorCode: 404, ErrorCachingMinTTL: 0 }] },
    });
    await rawRequest(`${edge.url}/a`);
    await rawRequest(`${edge.url}/a`);
    expect(origin.seen).toHaveLength(2);
  });

  test.each([
    ['what has expired is shown while the origin fails', 'max-age=0', 200],
    ['but not against stale-if-error', 'max-age=0, stale-if-error=0', 500],
    ['nor against must-revalidate', 'max-age=0, must-revalidate', 500],
  ])('%s', async (_, cacheControl, status) => {
    let isDown = false;
    const { edge } = await started((message, reply) => {
      if (isDown) reply.writeHead(500).end();
      else serving({ cacheControl })(message, reply);
    });
    await rawRequest(`${edge.url}/a`);
    isDown = true;
    expect((await rawRequest(`${edge.url}/a`)).status).toBe(status);
  });

  test.each([
    ['307 without Cache-Control', 307, {}, 2],
    ['307 with max-age', 307, { 'cache-control': 'max-age=60' }, 1],
    ['307 with no-store', 307, { 'cache-control': 'no-store' }, 2],
    ['302: as ordinary answers are', 302, { 'cache-control': 'max-age=60' }, 1],
  ])('redirects are passed on: %s', async (_, status, headers, asks) => {
    const { edge, origin } = await started(failing(status, { location: '/d/x', ...headers }));
    for (let time = 0; time < 2; time++) {
      expect(await rawRequest(`${edge.url}/a`)).toMatchObject({ status, headers: { location: '/d/x' } });
    }
    expect(origin.seen).toHaveLength(asks);
  });
});

describe('keys (Understanding the cache key)', () => {
  const SELECT = {
    none: { QueryStringsConfig: { QueryStringBehavior: 'none' } },
    all: { QueryStringsConfig: { QueryStringBehavior: 'all' } },
    only: { QueryStringsConfig: { QueryStringBehavior: 'whitelist', QueryStrings: ['a'] } },
    except: { QueryStringsConfig: { QueryStringBehavior: 'allExcept', QueryStrings: ['b'] } },
  };
  test.each([
    ['none: one entry, no query for the origin', SELECT.none, ['/x?a=1', '/x?b=2'], ['/x']],
    ['all: each by itself', SELECT.all, ['/x?a=1', '/x?b=2', '/x?a=1'], ['/x?a=1', '/x?b=2']],
    ['all: in another order another', SELECT.all, ['/x?a=1&b=2', '/x?b=2&a=1'], ['/x?a=1&b=2', '/x?b=2&a=1']],
    ['whitelist', SELECT.only, ['/x?a=1&b=1', '/x?b=2&a=1', '/x?a=2'], ['/x?a=1', '/x?a=2']],
    ['all except', SELECT.except, ['/x?a=1&b=1', '/x?b=2&a=1', '/x?a=2'], ['/x?a=1', '/x?a=2']],
    ['paths differ by case', SELECT.none, ['/x', '/X'], ['/x', '/X']],
  ])('queries, %s', async (_, parameters, urls, asked) => {
    const { edge, origin } = await started(serving(), {
      behaviour: { TargetOriginId: 'bucket' },
      policy: cachePolicy({ parameters }),
    });
    // A bucket hears of no query; what it would be is seen at a function URL.
    const api = await testOrigin(serving());
    const other = await testEdge({
      servers: { 'abcdef.lambda-url.eu-central-1.on.aws': api },
      behaviour: { TargetOriginId: 'api' },
      policy: cachePolicy({ parameters }),
    });
    open.push(api, other);
    for (const url of urls) {
      await rawRequest(`${edge.url}${url}`);
      await rawRequest(`${other.url}${url}`);
    }
    expect(origin.seen).toHaveLength(asked.length);
    expect(api.seen.map(({ url }) => url)).toEqual(asked);
  });

  test('headers and cookies that the policy names are in the key and go to the origin, others do neither', async () => {
    const parameters = {
      HeadersConfig: { HeaderBehavior: 'whitelist', Headers: ['X-Tenant'] },
      CookiesConfig: { CookieBehavior: 'whitelist', Cookies: ['plan'] },
    };
    const { edge, origin } = await started(serving(), { policy: cachePolicy({ parameters }) });
    const asking = [
      { 'x-tenant': 'a', cookie: 'plan=1; other=1', 'x-other': '1' },
      { 'x-tenant': 'a', cookie: 'other=2; plan=1', 'x-other': '2' },
      { 'x-tenant': 'b', cookie: 'plan=1' },
      { 'x-tenant': 'a', cookie: 'plan=2' },
    ];
    for (const headers of asking) await rawRequest(`${edge.url}/a`, { headers });
    expect(origin.seen.map(({ headers }) => [headers['x-tenant'], headers.cookie, headers['x-other']])).toEqual([
      ['a', 'plan=1', undefined],
      ['b', 'plan=1', undefined],
      ['a', 'plan=2', undefined],
    ]);
  });

  test.each([
    ['off: no part of the key, not forwarded', {}, ['gzip', 'br'], [undefined]],
    [
      'on: normalised',
      { EnableAcceptEncodingGzip: true, EnableAcceptEncodingBrotli: true },
      ['gzip, deflate, br', 'br;q=0.5,gzip', 'gzip', 'deflate'],
      ['br,gzip', 'gzip', 'identity'],
    ],
  ])('Accept-Encoding, %s', async (_, parameters, given, asked) => {
    const { edge, origin } = await started(serving(), { policy: cachePolicy({ parameters }) });
    for (const encoding of given) await rawRequest(`${edge.url}/a`, { headers: { 'accept-encoding': encoding } });
    expect(origin.seen.map(({ headers }) => headers['accept-encoding'])).toEqual(asked);
  });

  test('simultaneous requests for one object become one', async () => {
    const { edge, origin } = await started((message, reply) => {
      setTimeout(() => serving()(message, reply), 50);
    });
    const answers = await Promise.all(Array.from({ length: 8 }, () => rawRequest(`${edge.url}/a`)));
    for (const { body } of answers) expect(Buffer.compare(body, BYTES)).toBe(0);
    expect(origin.seen).toHaveLength(1);
  });

  test('and do not wait for each other when nothing is kept', async () => {
    const { edge, origin } = await started(serving({ cacheControl: 'no-store' }));
    const answers = await Promise.all(Array.from({ length: 4 }, () => rawRequest(`${edge.url}/a`)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(origin.seen).toHaveLength(4);
  });
});
