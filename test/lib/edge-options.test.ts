/** What the function at the edge answers in place of the service is what the service would say, as far as it can know. */
import { createContext, runInContext } from 'node:vm';
import { createApp } from '../../lambdas/api/app.ts';
import type { ApiContext } from '../../lambdas/api/ports.ts';
import { ROUTES } from '../../lambdas/api/routes.ts';
import { preflightHeaders, sharedHeaders } from '../../lambdas/api/shared-headers.ts';
import { edgeFunctionCode } from '../../lib/constructs/edge-function-code.ts';
import { addWebPage } from '../../server/web-page.ts';
import { silentLog } from '../support/silent-log.ts';

type EdgeAnswer = { statusCode: number; headers: Record<string, { value: string }> };

type Fields = Readonly<Record<string, string>>;

/** The answer to a request that is passed on to nobody, of the code for these origins; names and values. */
function edgeAnswer(origins: readonly string[] | undefined, method: string, uri: string, fields: Fields = {}) {
  const context = createContext({});
  runInContext(edgeFunctionCode(origins), context);
  const headers = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, { value }]));
  const event = { request: { method, uri, querystring: {}, headers, cookies: {} } };
  const answer: EdgeAnswer = JSON.parse(
    runInContext(`JSON.stringify(handler(${JSON.stringify(event)}))`, context) as string,
  );
  return {
    status: answer.statusCode,
    headers: Object.fromEntries(Object.entries(answer.headers).map(([name, { value }]) => [name, value])),
  };
}

/** OPTIONS needs no more of its context than this. */
const app = createApp({
  log: silentLog,
  config: { bucket: 'b', headMaxAgeMs: 0 },
} as Partial<ApiContext> as ApiContext);
addWebPage(app);

/** No POST passes the distribution. */
async function serviceAllow(address: string): Promise<string | undefined> {
  const { headers } = await app.request(`https://host${address}`, { method: 'OPTIONS' });
  return headers.get('allow')?.replace('POST, ', '');
}

const EXAMPLES: Fields = {
  id: 'some-id',
  action: 'chunks:resolve',
  path: 'a b/c.wav',
  key: 't/r/source',
  file: 'a.vtt',
};

/** Addresses of a route, of each file that its pattern names. */
function addressesOf(path: string): string[] {
  const files = path.includes('waveform') ? ['waveform.dat', 'waveform.json', 'waveform.svg'] : [EXAMPLES.file ?? ''];
  return files.map((file) =>
    encodeURI(path.replace(/:(\w+)(?:\{[^}]*\})?/g, (_, name: string) => ({ ...EXAMPLES, file })[name] ?? name)),
  );
}

describe('what OPTIONS allows', () => {
  const addresses = ROUTES.flatMap(({ path }) => addressesOf(path));

  test.each(addresses)('%s: what the service says', async (address) => {
    for (const spelling of [address, address === '/' ? address : `${address}/`]) {
      const allow = await serviceAllow(spelling);
      expect(allow).toContain('OPTIONS');
      expect([spelling, edgeAnswer(undefined, 'OPTIONS', spelling).headers.allow]).toEqual([spelling, allow]);
    }
  });

  test.each([
    '/stream',
    '/stream/',
    '/d',
    '/d/',
    '/web',
    '/web/page_js',
    '/v1',
    '/none',
    '/v1/tracks/x/waveform.png',
    '/v1/tracks/x/waveform_dat',
    '/v1/tracks/x/subtitles',
    '/v1/tracks/x/y',
    '/v1/tracks/x/chunks:other',
    '/x/v1/tracks',
  ])('%s: nothing, where nothing lies', async (address) => {
    expect(await serviceAllow(address)).toBeUndefined();
    expect(edgeAnswer(undefined, 'OPTIONS', address).headers).not.toHaveProperty('allow');
  });

  test('a file of that name is none of it', async () => {
    const address = '/stream/a:resolve';
    expect(await serviceAllow(address)).toBe('GET, HEAD, OPTIONS');
    expect(edgeAnswer(undefined, 'OPTIONS', address).headers.allow).toBe('GET, HEAD, OPTIONS');
  });
});

const ALLOWED = ['https://player.example', 'http://localhost:5173'];

const ORIGINS = [...ALLOWED, 'https://evil.example', 'https://PLAYER.example', 'null', undefined].map(
  (origin) => [origin, origin === undefined ? {} : { origin }] as const,
);

function lowerCased(headers: Fields): Fields {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** What the response headers policy adds to every answer, the function's too. */
const OF_POLICY = ['x-content-type-options', 'access-control-expose-headers'];

function withoutPolicy(headers: Fields): Fields {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_POLICY.includes(name)));
}

describe.each(ORIGINS)('with a list of origins, to %s', (_, fields) => {
  const asked = (others: Fields = {}) => {
    const all: Fields = { ...fields, ...others };
    return { fields: all, get: (name: string) => all[name] };
  };

  test.each([
    ['a preflight', { 'access-control-request-method': 'GET' }],
    [
      'one for a private network',
      { 'access-control-request-method': 'GET', 'access-control-request-private-network': 'true' },
    ],
    ['no preflight', {}],
  ])('%s is answered as the service would', (_name, others) => {
    const request = asked(others);
    const expected = withoutPolicy(lowerCased(preflightHeaders({ allowedOrigins: ALLOWED }, request)));
    const methods = 'access-control-allow-methods';
    const { status, headers } = edgeAnswer(ALLOWED, 'OPTIONS', '/v1/tracks', request.fields);
    expect(status).toBe(204);
    expect(headers).toEqual({
      allow: 'GET, HEAD, OPTIONS',
      ...expected,
      ...(expected[methods] === undefined ? {} : { [methods]: 'GET, HEAD, OPTIONS' }),
    });
  });

  test.each([
    ['GET', '/stream/%ff', 404],
    ['GET', '/d/../x', 404],
    ['DELETE', '/v1/tracks', 405],
  ])('a problem is read by whom it may be: %s %s', (method, uri, status) => {
    const request = asked();
    const answer = edgeAnswer(ALLOWED, method, uri, request.fields);
    expect(answer.status).toBe(status);
    const { allow, 'content-type': type, 'cache-control': caching, ...others } = answer.headers;
    expect([type, caching]).toEqual(['application/problem+json', 'no-store']);
    expect(allow).toBe(status === 405 ? 'GET, HEAD, OPTIONS' : undefined);
    expect(others).toEqual(withoutPolicy(lowerCased(sharedHeaders({ allowedOrigins: ALLOWED }, request))));
  });
});
