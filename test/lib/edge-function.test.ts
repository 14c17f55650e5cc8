import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { transformSync } from 'esbuild';
import fc from 'fast-check';
import { CuepointError } from '../../lambdas/core/errors.ts';
import { problem } from '../../lambdas/core/http/problem.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const CODE = readFileSync(join(ROOT, 'lib/constructs/edge-function.js'), 'utf8');

type Value = { value: string; multiValue?: { value: string }[] };
type EdgeRequest = {
  method: string;
  uri: string;
  querystring: Record<string, Value>;
  headers: Record<string, Value>;
};
type EdgeResponse = {
  statusCode: number;
  headers: Record<string, Value>;
  body?: { encoding: string; data: string };
};

// A context of its own, without anything of Node: as at the edge, there is only the language.
const edge = createContext({});
runInContext(CODE, edge);

function run(request: Partial<EdgeRequest>): unknown {
  const event = {
    version: '1.0',
    context: { eventType: 'viewer-request' },
    viewer: { ip: '192.0.2.1' },
    request: {
      method: 'GET',
      uri: '/',
      querystring: {},
      headers: { host: { value: 'audio.example.org' } },
      cookies: {},
      ...request,
    },
  };
  return JSON.parse(JSON.stringify(runInContext(`handler(${JSON.stringify(event)})`, edge)));
}

function passed(request: Partial<EdgeRequest>): EdgeRequest {
  const result = run(request) as EdgeRequest;
  expect(result).toHaveProperty('uri');
  return result;
}

function answered(request: Partial<EdgeRequest>): EdgeResponse {
  const result = run(request) as EdgeResponse;
  expect(result).toHaveProperty('statusCode');
  return result;
}

describe('paths', () => {
  test.each([
    ['what is normal stays', '/v1/tracks/abc-1.x_y~z/audio', '/v1/tracks/abc-1.x_y~z/audio'],
    ['escapes in upper case', '/stream/%c3%a4.mp3', '/stream/%C3%A4.mp3'],
    ['no escapes of what needs none', '/stream/%61%2D%7e.mp3', '/stream/a-~.mp3'],
    ['a plus is a plus, and escaped for the signature', '/stream/a+b.mp3', '/stream/a%2Bb.mp3'],
    ['spaces that came raw', '/stream/a b.mp3', '/stream/a%20b.mp3'],
    ['sub-delimiters', "/stream/a!$&'()*,;=:@b", '/stream/a%21%24%26%27%28%29%2A%2C%3B%3D%3A%40b'],
    ['an escaped slash is part of its segment', '/stream/a%2fb', '/stream/a%2Fb'],
    ['characters that came raw', '/stream/ä€😀', '/stream/%C3%A4%E2%82%AC%F0%9F%98%80'],
    ['half of a character', '/stream/\ud83d!', '/stream/%EF%BF%BD%21'],
    ['a percent sign that escapes nothing', '/stream/100%.mp3', '/stream/100%25.mp3'],
    ['a backslash is no slash', '/web\\..\\v1', '/web%5C..%5Cv1'],
    ['empty segments are part of a key', '/stream/a//b', '/stream/a//b'],
    ['dots within a segment', '/stream/a..b/...', '/stream/a..b/...'],
  ])('%s', (_, uri, normal) => {
    expect(passed({ uri }).uri).toBe(normal);
  });

  test('names the same path for a server that decodes it, and is normal itself', () => {
    const segment = fc.string({ unit: 'binary', minLength: 1 }).filter((text) => text !== '.' && text !== '..');
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1 }), (segments) => {
        const uri = `/stream/${segments.map(encodeURIComponent).join('/')}`;
        const once = passed({ uri }).uri;
        expect(once.slice('/stream/'.length).split('/').map(decodeURIComponent)).toEqual(segments);
        expect(passed({ uri: once }).uri).toBe(once);
      }),
    );
  });

  test.each(['/d/../v1/tracks', '/d/%2e%2E/v1/tracks', '/./d/x', '/stream/a/%2e', '/..'])(
    'refuses dot segments, which are judged by one rule here and by another there: %s',
    (uri) => {
      expectNothingAt(uri, 'the path has a segment that is . or ..; ask for the path that is meant');
    },
  );

  test.each(['/stream/%ff', '/d/%C0%AE%C0%AE/etc/passwd', '/stream/%e0%80%ae/x', '/stream/%ED%A0%80'])(
    'refuses what is no UTF-8, which is no key, in the words of the service: %s',
    (uri) => {
      expectNothingAt(uri, 'the path is not percent-encoded UTF-8; encode each segment of it');
    },
  );

  function expectNothingAt(uri: string, sentence: string): void {
    const { statusCode, headers, body } = answered({ uri });
    expect(statusCode).toBe(404);
    expect(headers['content-type']).toEqual({ value: 'application/problem+json' });
    // Of a 405 only.
    expect(headers).not.toHaveProperty('allow');
    const document = JSON.parse(body?.data ?? '');
    const own = problem(new CuepointError('not_found', sentence), { instance: document.instance });
    expect(document).toEqual(own.body);
  }
});

describe('queries', () => {
  test('known names in one order, each value in one spelling, all others gone', () => {
    const { querystring } = passed({
      uri: '/v1/tracks',
      querystring: {
        start: { value: '1%3a30' },
        utm_source: { value: 'x' },
        folder: { value: 'a+b/ä' },
        end: { value: '' },
        constructor: { value: 'y' },
      },
    });
    expect(Object.entries(querystring)).toEqual([
      ['end', { value: '' }],
      ['folder', { value: 'a%20b%2F%C3%A4' }],
      ['start', { value: '1%3A30' }],
    ]);
  });

  test('of a name that comes several times all values, in their own order', () => {
    const twice = { value: '2', multiValue: [{ value: '2' }, { value: '1' }] };
    expect(passed({ uri: '/v1/tracks', querystring: { start: twice } }).querystring).toEqual({ start: twice });
  });

  test('a derived object is named by its path alone', () => {
    expect(passed({ uri: '/d/t/r/source', querystring: { start: { value: '1' } } }).querystring).toEqual({});
  });

  test('signatures stay, to the letter: which of the two CloudFront does first is its own business', () => {
    const querystring = {
      Expires: { value: '1795247100' },
      'Key-Pair-Id': { value: 'K2JCJMDEHXQW5F' },
      Policy: { value: 'eyJ+_~-' },
      Signature: { value: 'a~b-c_+' },
    };
    expect(passed({ uri: '/d/t/r/source', querystring }).querystring).toEqual(querystring);
  });

  test('every name that the api reads is known here', () => {
    const folder = join(ROOT, 'lambdas/api');
    const sources = readdirSync(folder)
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(join(folder, file), 'utf8'));
    // Of the waveform's zoom, which are taken out of the query all at once.
    const taken = ['zoom', 'samples_per_pixel', 'pixels_per_second'];
    const names = new Set(
      taken.concat(
        sources.flatMap((source) =>
          [...source.matchAll(/\bquery\.([a-zA-Z_]+)\b(?!\()|\.query\('([a-zA-Z_]+)'\)/g)].map(
            ([, a, b]) => a ?? b ?? '',
          ),
        ),
      ),
    );
    // Of RangeQuery, a type of the core that is called a query too.
    names.delete('kind');
    expect(names).toContain('cursor');
    expect(names).toContain('from');
    const known = Object.fromEntries([...names].map((name) => [name, { value: '1' }]));
    expect(passed({ uri: '/v1/tracks', querystring: known }).querystring).toEqual(known);
  });
});

describe('headers', () => {
  test('says by which name it was called, whatever the viewer said', () => {
    const { headers } = passed({
      headers: { host: { value: 'audio.example.org' }, 'x-cuepoint-host': { value: 'evil.example' } },
    });
    expect(headers['x-cuepoint-host']).toEqual({ value: 'audio.example.org' });
  });
});

describe('methods', () => {
  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'TRACE'])('%s is refused as the service would refuse it', (method) => {
    const { statusCode, headers, body } = answered({ method, uri: '/v1/tracks' });
    expect(statusCode).toBe(405);
    expect(headers.allow).toEqual({ value: 'GET, HEAD, OPTIONS' });
    const sentence = `${method} is not allowed here; this address takes GET, HEAD, OPTIONS`;
    const own = problem(new CuepointError('method_not_allowed', sentence), { instance: '/v1/tracks' });
    expect(JSON.parse(body?.data ?? '')).toEqual(own.body);
  });

  const asking = (headers: Record<string, string>) =>
    Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, { value }]));

  test('a preflight is answered without asking anybody', () => {
    const headers = asking({ origin: 'https://app.example', 'access-control-request-method': 'GET' });
    const answer = answered({ method: 'OPTIONS', uri: '/d/t/r/source', headers });
    expect(answer.statusCode).toBe(204);
    expect(answer.headers['access-control-allow-origin']).toEqual({ value: '*' });
    expect(answer.headers['access-control-allow-headers']?.value).toContain('Range');
    expect(answer.headers['access-control-allow-methods']?.value).toBe('GET, HEAD, OPTIONS');
    expect(answer.headers).not.toHaveProperty('access-control-allow-private-network');
    expect(answer.body).toBeUndefined();
  });

  test.each([
    ['true', { value: 'true' }],
    ['false', undefined],
  ])('a preflight that asks for a private network (%s)', (asked, allowed) => {
    const headers = asking({
      'access-control-request-method': 'GET',
      'access-control-request-private-network': asked,
    });
    const answer = answered({ method: 'OPTIONS', uri: '/v1/tracks', headers });
    expect(answer.headers['access-control-allow-private-network']).toEqual(allowed);
  });

  test.each([
    ['/v1/tracks', 'GET, HEAD, OPTIONS'],
    ['/stream/resolve', 'GET, HEAD, OPTIONS'],
    ['/v1/tracks/t/chunks:resolve', 'OPTIONS'],
    ['/v1/tracks/t/chunks%3Aresolve', 'OPTIONS'],
    ['/stream/a%3aresolve', 'GET, HEAD, OPTIONS'],
  ])('OPTIONS that is no preflight says what %s takes here: %s', (uri, allow) => {
    const { statusCode, headers } = answered({ method: 'OPTIONS', uri });
    expect(statusCode).toBe(204);
    expect(headers).toEqual({ allow: { value: allow }, 'access-control-allow-origin': { value: '*' } });
  });
});

describe('the runtime at the edge', () => {
  // cloudfront-js-2.0: ECMAScript 5.1, and of later editions what is listed here.
  const supported = { 'const-and-let': true, arrow: true, 'template-literal': true };

  function isUnderstood(code: string): boolean {
    try {
      const older = transformSync(code, { target: 'es5', supported, logLevel: 'silent' }).code;
      // Left alone, esbuild would write `{ a: a }` as `{ a }` for the newer one.
      const newer = transformSync(code, { target: 'esnext', supported: { 'object-extensions': false } }).code;
      return older === newer;
    } catch {
      return false;
    }
  }

  test('has the whole language that the function is written in', () => {
    expect(isUnderstood(CODE)).toBe(true);
  });

  test.each(['const { a } = b;', 'a?.b;', 'for (const a of b) c(a);', 'f(...a);', 'a ??= b;', 'class A {}'])(
    'and would not understand: %s',
    (code) => {
      expect(isUnderstood(code)).toBe(false);
    },
  );

  test('takes functions of 10 KB', () => {
    expect(Buffer.byteLength(CODE)).toBeLessThanOrEqual(10_240);
  });
});
