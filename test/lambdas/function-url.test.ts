import fc from 'fast-check';
import {
  type FunctionUrlEvent,
  functionUrlHandler,
  toRequest,
  toResult,
} from '../../lambdas/adapters/lambda/function-url.ts';
import { createApp } from '../../lambdas/api/app.ts';
import type { ApiConfig, ApiContext } from '../../lambdas/api/ports.ts';
import { sharedHeaders } from '../../lambdas/api/shared-headers.ts';
import { CuepointError } from '../../lambdas/core/errors.ts';
import type { RequestHeaders } from '../../lambdas/core/http/preconditions.ts';
import { invocation, recordedObservation } from '../support/recorded-observation.ts';
import { silentLog } from '../support/silent-log.ts';

/** Lambda's quota for an answer, as JSON. */
const LAMBDA_LIMIT_BYTES = 6 * 1024 * 1024;

type Changes = Partial<FunctionUrlEvent> & { readonly method?: string };

function urlEvent({ method = 'GET', ...changes }: Changes = {}): FunctionUrlEvent {
  return {
    rawPath: '/v1/tracks',
    rawQueryString: '',
    headers: { 'x-cuepoint-host': 'audio.example', host: 'abc.lambda-url.eu-central-1.on.aws' },
    requestContext: { domainName: 'abc.lambda-url.eu-central-1.on.aws', http: { method } },
    ...changes,
  };
}

const bytesOf = ({ body, isBase64Encoded }: { body: string; isBase64Encoded: boolean }): Buffer =>
  Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');

describe('toRequest', () => {
  it.each([
    ['/stream/a%20b/%C3%A4%2B%23.wav', '/stream/a%20b/%C3%A4%2B%23.wav'],
    ['/stream/a b/ä+#?.wav', '/stream/a%20b/%C3%A4+%23%3F.wav'],
    ['/stream/100%.wav', '/stream/100%25.wav'],
    ['/stream/100%25.wav', '/stream/100%25.wav'],
  ])('path %s, as it was sent or decoded on the way, is %s', (rawPath, pathname) => {
    expect(new URL(toRequest(urlEvent({ rawPath })).url).pathname).toBe(pathname);
  });

  it('keeps any path that was sent encoded, and its query', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'binary', minLength: 1 }), { minLength: 1 }),
        fc.webQueryParameters(),
        (parts, query) => {
          // Dot segments are resolved by every URL parser; the edge refuses them.
          fc.pre(parts.every((part) => part !== '.' && part !== '..'));
          const rawPath = `/stream/${parts.map((part) => encodeURIComponent(part)).join('/')}`;
          const url = new URL(toRequest(urlEvent({ rawPath, rawQueryString: query })).url);
          expect(url.pathname.split('/').slice(2).map(decodeURIComponent)).toEqual(parts);
          expect([...url.searchParams]).toEqual([...new URLSearchParams(`?${query}`)]);
        },
      ),
    );
  });

  it('takes its own name when the edge names none', () => {
    expect(toRequest(urlEvent({ headers: {} })).url).toBe('https://abc.lambda-url.eu-central-1.on.aws/v1/tracks');
  });

  it('passes headers on, absent ones left out', () => {
    const headers = { range: 'bytes=0-1', 'if-none-match': '"a","b"', 'x-none': undefined };
    const request = toRequest(urlEvent({ headers }));
    expect([...request.headers].filter(([name]) => name in headers)).toEqual([
      ['if-none-match', '"a","b"'],
      ['range', 'bytes=0-1'],
    ]);
  });

  it('refuses a host that is none', () => {
    const headers = { 'x-cuepoint-host': 'a b<>' };
    expect(() => toRequest(urlEvent({ headers }))).toThrow(expect.objectContaining({ code: 'invalid_parameter' }));
  });
});

describe('toResult', () => {
  it('gives any bytes back as they were, with their length', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom('audio/wav', 'text/plain', 'application/json', 'application/problem+json'),
        async (bytes, contentType) => {
          const result = await toResult(new Response(bytes, { headers: { 'Content-Type': contentType } }), silentLog);
          // What Lambda does with it on the way.
          const sent = JSON.parse(JSON.stringify(result));
          expect(bytesOf(sent).equals(bytes)).toBe(true);
          expect(sent.headers['content-length']).toBe(String(bytes.length));
        },
      ),
    );
  });

  it.each([
    ['text/vtt; charset=utf-8', false],
    ['application/json', false],
    ['application/problem+json', false],
    ['text/javascript; charset=utf-8', false],
    ['image/svg+xml', false],
    ['audio/mpeg', true],
    ['application/octet-stream', true],
    ['image/jpeg', true],
  ])('%s: base64 is %s', async (contentType, isBase64Encoded) => {
    const response = new Response('ä', { headers: { 'Content-Type': contentType } });
    expect(await toResult(response, silentLog)).toMatchObject({ isBase64Encoded, headers: { 'content-length': '2' } });
  });

  it('a text with a byte order mark keeps it', async () => {
    const bytes = new Uint8Array([0xef, 0xbb, 0xbf, 0x61]);
    const result = await toResult(new Response(bytes, { headers: { 'Content-Type': 'text/plain' } }), silentLog);
    expect(bytesOf(result).equals(bytes)).toBe(true);
  });

  it('a HEAD keeps the length of what a GET would have', async () => {
    const head = new Response(null, { headers: { 'Content-Length': '9000000000' } });
    expect(await toResult(head, silentLog, { isHead: true })).toMatchObject({
      statusCode: 200,
      headers: { 'content-length': '9000000000' },
      body: '',
    });
  });

  it('the longest body that the service answers with fits, headers and all', async () => {
    const bytes = new Uint8Array(4 * 1024 * 1024).fill(0xff);
    const headers = { 'Content-Type': 'audio/wav', ETag: `"${'x'.repeat(100)}"`, 'X-Long': 'y'.repeat(4000) };
    const result = await toResult(new Response(bytes, { headers }), silentLog);
    expect(result.statusCode).toBe(200);
    expect(JSON.stringify(result).length).toBeLessThan(LAMBDA_LIMIT_BYTES);
  });

  const megabytes = (count: number) => new Uint8Array(count * 1024 * 1024).fill(0x22);
  it.each([
    ['bytes that as base64 are too long', new Response(megabytes(5), { headers: { 'Content-Type': 'audio/wav' } })],
    [
      'bytes that say so before they are read',
      new Response(megabytes(5), {
        headers: { 'Content-Type': 'audio/wav', 'Content-Length': String(5 * 1024 * 1024) },
      }),
    ],
    [
      'text that as JSON is too long, each quotation mark being two characters',
      new Response(megabytes(4), { headers: { 'Content-Type': 'text/plain' } }),
    ],
  ])('%s: become a problem, not a broken answer', async (_, response) => {
    const result = await toResult(response, silentLog);
    expect(result.statusCode).toBe(422);
    expect(JSON.parse(result.body)).toMatchObject({ code: 'answer_too_large' });
    expect(result.headers['content-length']).toBe(String(Buffer.byteLength(result.body)));
  });

  it('a body of another length than announced becomes a problem', async () => {
    const response = new Response('four', { headers: { 'Content-Length': '5' } });
    const result = await toResult(response, silentLog);
    expect([result.statusCode, JSON.parse(result.body).code]).toEqual([502, 'length_mismatch']);
  });

  it('a body that breaks off becomes a problem, of the failure it broke by', async () => {
    const failing = new ReadableStream({
      start(controller) {
        controller.enqueue(new Uint8Array(10));
        controller.error(new CuepointError('chunk_lost', 'chunk 3 is lost'));
      },
    });
    const observation = recordedObservation();
    const result = await toResult(new Response(failing), observation.log);
    expect([result.statusCode, JSON.parse(result.body).code]).toEqual([500, 'chunk_lost']);
    expect(observation.events).toEqual(['answer_not_sent']);
  });
});

describe('functionUrlHandler', () => {
  it.each([
    ['an error that nobody named', new TypeError('x is not a function'), 500, 'internal'],
    ['a named one', new CuepointError('unavailable', 'S3 said SlowDown'), 503, 'unavailable'],
  ])('answers %s with a problem that tells nothing of the inside', async (_, error, status, code) => {
    const observation = recordedObservation();
    const fetch = () => Promise.reject(error);
    const result = await functionUrlHandler({ fetch, observation })(urlEvent(), invocation());
    expect(result.statusCode).toBe(status);
    expect(JSON.parse(result.body)).toMatchObject({ code });
    expect(result.body).not.toContain(error.message);
    expect(observation.sums.Status5xx).toBe(1);
  });

  const PLAYER = 'https://player.example';
  const OTHER = 'https://evil.example';

  /** The service without anything to serve: these requests end before they need more. */
  function service(config: Pick<ApiConfig, 'allowedOrigins'>) {
    const app = createApp({
      log: silentLog,
      config: { bucket: 'b', headMaxAgeMs: 0, ...config },
    } as Partial<ApiContext> as ApiContext);
    return {
      fetch: async (request: Request) => app.fetch(request),
      sharedHeaders: (request: RequestHeaders) => sharedHeaders(config, request),
      observation: recordedObservation(),
    };
  }

  const broken = async () => new Response('four', { headers: { 'Content-Length': '5' } });
  const failing = () => Promise.reject(new CuepointError('unavailable', 'S3 said SlowDown'));
  const addressless = { 'x-cuepoint-host': 'a b<>' };

  describe.each([
    ['any origin', {}, OTHER, { 'access-control-allow-origin': '*', 'timing-allow-origin': '*' }],
    ['one of a list', { allowedOrigins: [PLAYER] }, PLAYER, { 'access-control-allow-origin': PLAYER, vary: 'Origin' }],
    ['another than those of a list', { allowedOrigins: [PLAYER] }, OTHER, { vary: 'Origin' }],
  ])('a problem that the service did not make, to %s', (_, config, origin, expected) => {
    it.each<[string, number, Changes, { fetch?: () => Promise<Response> }]>([
      ['a failure', 503, {}, { fetch: failing }],
      ['an answer that cannot be sent', 502, {}, { fetch: broken }],
      ['an address that is none', 400, { headers: addressless }, {}],
      ['a method that no Request can have', 405, { method: 'TRACE' }, {}],
    ])('%s: carries what every answer does', async (_name, status, { headers, ...changes }, others) => {
      const handler = functionUrlHandler({ ...service(config), ...others });
      const result = await handler(urlEvent({ ...changes, headers: { ...headers, origin } }), invocation());
      expect(result.statusCode).toBe(status);
      expect(result.headers).toMatchObject({ ...expected, 'x-content-type-options': 'nosniff' });
      const mayRead = 'access-control-allow-origin' in expected;
      expect('access-control-allow-origin' in result.headers).toBe(mayRead);
      expect('access-control-expose-headers' in result.headers).toBe(mayRead);
    });
  });

  it.each([
    ['/v1/tracks', 'GET, HEAD, OPTIONS'],
    ['/v1/tracks/t/chunks:resolve', 'POST, OPTIONS'],
    ['/stream/a.wav', 'GET, HEAD, OPTIONS'],
  ])('RFC 9110 section 15.5.6: TRACE, CONNECT and TRACK of %s are 405 with Allow: %s', async (rawPath, allow) => {
    for (const method of ['TRACE', 'CONNECT', 'track']) {
      const result = await functionUrlHandler(service({}))(urlEvent({ method, rawPath }), invocation());
      expect([method, result.statusCode, result.headers.allow]).toEqual([method, 405, allow]);
      expect(JSON.parse(result.body)).toMatchObject({
        code: 'method_not_allowed',
        error: `${method} is not allowed here; this address takes ${allow}`,
      });
    }
  });

  it('where nothing lies they are 404, as every method', async () => {
    const result = await functionUrlHandler(service({}))(urlEvent({ method: 'TRACE', rawPath: '/none' }), invocation());
    expect([result.statusCode, result.headers.allow]).toEqual([404, undefined]);
    expect(JSON.parse(result.body)).toMatchObject({ code: 'not_found' });
  });
});
