import fc from 'fast-check';
import { JoinError, type JoinOptions, joinChunks } from '../../web/join.ts';
import { brokenAfter, ChunkHost, type ChunkHostOptions, type Fault } from './chunk-host.ts';

const SOURCE = Uint8Array.from({ length: 100 }, (_, i) => i);
const CUTS = [30, 60];
const LOCATIONS = ['objects', 'windows'] as const;

const hostOf = (location: ChunkHostOptions['location'], options: Partial<ChunkHostOptions> = {}): ChunkHost =>
  new ChunkHost({ source: SOURCE, cuts: CUTS, location, ...options });

async function joined(
  host: ChunkHost,
  range: readonly [number, number],
  options: JoinOptions = {},
): Promise<Uint8Array> {
  const parts: number[] = [];
  for await (const part of joinChunks(host.planUrl(...range), { fetch: host.fetch, backoffMs: 1, ...options })) {
    parts.push(...part);
  }
  return Uint8Array.from(parts);
}

const failure = (joining: Promise<unknown>): Promise<unknown> =>
  joining.then(
    () => undefined,
    (error: unknown) => error,
  );

const status =
  (code: number): Fault =>
  () =>
    Response.json({ error: 'not now' }, { status: code });
const network: Fault = () => Promise.reject(new TypeError('fetch failed'));

describe('joined bytes are the source', () => {
  const cases = fc.uniqueArray(fc.integer({ min: 1, max: 119 }), { maxLength: 12 }).chain((cuts) =>
    fc.record({
      source: fc.uint8Array({ minLength: 120, maxLength: 160 }),
      cuts: fc.constant(cuts.toSorted((a, b) => a - b)),
      location: fc.constantFrom(...LOCATIONS),
      chunksPerPlan: fc.integer({ min: 1, max: 5 }),
      partBytes: fc.integer({ min: 1, max: 60 }),
    }),
  );
  const ranges = fc.tuple(fc.nat(119), fc.integer({ min: 1, max: 120 })).filter(([a, b]) => a < b);

  it('for any range, chunking, page size and partition of the bodies', async () => {
    await fc.assert(
      fc.asyncProperty(cases, ranges, async (options, range) => {
        expect(await joined(new ChunkHost(options), range)).toEqual(options.source.slice(...range));
      }),
      { numRuns: 200 },
    );
  });

  it('also when links die and connections break at any byte', async () => {
    const accidents = fc.array(fc.option(fc.oneof(fc.constant('expire'), fc.nat(40))), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(cases, ranges, accidents, async (options, range, planned) => {
        const host = new ChunkHost(options);
        host.failNext(
          ...planned.map((accident): Fault | undefined => {
            if (accident === null) return undefined;
            if (typeof accident === 'number') return ({ proper }) => brokenAfter(proper, accident);
            return ({ proper }) => {
              host.renewLinks();
              return proper;
            };
          }),
        );
        expect(await joined(host, range, { retries: 8, backoffMs: 0 })).toEqual(options.source.slice(...range));
      }),
      { numRuns: 200 },
    );
  });

  it('and a byte that differs is seen: the comparison can fail', async () => {
    const host = hostOf('objects');
    host.failNext(({ proper }) =>
      proper.arrayBuffer().then((buffer) => {
        const bytes = new Uint8Array(buffer);
        bytes[4] = 99;
        return new Response(bytes);
      }),
    );
    expect(await joined(host, [0, 100])).not.toEqual(SOURCE);
  });
});

describe('requests', () => {
  it('asks objects for the slice only, and for whole chunks without a Range', async () => {
    const host = hostOf('objects');
    await joined(host, [10, 70]);
    expect(host.requests.slice(1)).toEqual(['/objects/0/0 bytes=10-29', '/objects/0/1', '/objects/0/2 bytes=0-9']);
  });

  it('sends a window its own header and cuts the slice itself', async () => {
    const host = hostOf('windows');
    expect(await joined(host, [10, 70])).toEqual(SOURCE.slice(10, 70));
    expect(host.requests.slice(1)).toEqual([
      '/windows/0/0 bytes=0-29',
      '/windows/0/1 bytes=30-59',
      '/windows/0/2 bytes=60-99',
    ]);
    expect(host.openBodies).toBe(0);
  });

  it('leaves a window when it has the slice', async () => {
    const host = hostOf('windows');
    expect(await joined(host, [0, 31])).toEqual(SOURCE.slice(0, 31));
    expect(host.sentBytes).toBe(30 + 7);
  });

  it('begins where the URL of the plan begins', async () => {
    const host = hostOf('objects');
    const parts: number[] = [];
    for await (const part of joinChunks(`${host.planUrl(10, 70)}&from=1`, { fetch: host.fetch })) parts.push(...part);
    expect(Uint8Array.from(parts)).toEqual(SOURCE.slice(30, 70));
  });

  it('follows next, and asks for each page once', async () => {
    const host = hostOf('objects', { chunksPerPlan: 1 });
    expect(await joined(host, [0, 100])).toEqual(SOURCE);
    const plan = '/v1/tracks/t/chunks?bytes=0-99';
    expect(host.requests.filter((request) => request.startsWith('/v1'))).toEqual([
      plan,
      `${plan}&from=1`,
      `${plan}&from=2`,
    ]);
  });

  it('takes no whole source for a window', async () => {
    const host = hostOf('windows');
    host.failNext(undefined, async ({ proper }) => {
      await proper.body?.cancel();
      return host.body(SOURCE);
    });
    expect(await failure(joined(host, [0, 100]))).toMatchObject({
      code: 'wrong_bytes',
      message: expect.stringMatching(/chunk 1 answered 200 .* expected 206/),
    });
    expect(host.openBodies).toBe(0);
  });

  it('counts as failures only those without a byte in between', async () => {
    const host = hostOf('objects');
    const fault: Fault = ({ proper }) => brokenAfter(proper, 5);
    host.failNext(fault, fault, fault, fault);
    expect(await joined(host, [0, 100])).toEqual(SOURCE);
  });

  it('takes a whole object where a server ignores Range', async () => {
    const host = hostOf('objects');
    host.failNext(() => host.body(SOURCE.slice(0, 30)));
    expect(await joined(host, [10, 30])).toEqual(SOURCE.slice(10, 30));
  });
});

describe.each(LOCATIONS)('accidents with %s', (location) => {
  it('goes on at the very byte when a link dies in mid-play', async () => {
    const host = hostOf(location);
    host.failNext(undefined, ({ proper }) => {
      host.renewLinks();
      return brokenAfter(proper, 12);
    });
    expect(await joined(host, [0, 100])).toEqual(SOURCE);
    expect(host.requests).toContain('/v1/tracks/t/chunks?bytes=0-99&from=1');
    if (location === 'objects') expect(host.requests).toContain('/objects/1/1 bytes=12-29');
  });

  it('gives up when a fresh link is refused too, with the words of the store', async () => {
    const host = hostOf(location);
    host.failNext(undefined, status(403), status(403));
    expect(await failure(joined(host, [0, 100]))).toMatchObject({
      code: 'refused',
      chunkNumber: 1,
      message: 'chunk 1 was answered with 403: not now',
    });
  });

  it('never mixes two revisions', async () => {
    const host = hostOf(location);
    host.failNext(undefined, () => {
      host.revision = 'r2';
      return Response.json({}, { status: 403 });
    });
    const error = await failure(joined(host, [0, 100]));
    expect(error).toMatchObject({ code: 'revision_changed', message: expect.stringMatching(/r1.*r2/) });
  });

  it('nor over the pages of a plan', async () => {
    const host = hostOf(location, { chunksPerPlan: 1 });
    host.failNext(({ proper }) => {
      host.revision = 'r2';
      return proper;
    });
    expect(await failure(joined(host, [0, 100]))).toMatchObject({ code: 'revision_changed' });
  });

  it.each<[string, Fault]>([
    ['a 503', status(503)],
    ['a network error', network],
    ['a connection that breaks', ({ proper }) => brokenAfter(proper, 5)],
  ])('tries again after %s', async (_, fault) => {
    const host = hostOf(location);
    host.failNext(undefined, fault, fault);
    expect(await joined(host, [0, 100])).toEqual(SOURCE);
  });

  it.each<[string, Fault]>([
    ['503s', status(503)],
    ['network errors', network],
  ])('but not for ever: three %s in a row end it', async (_, fault) => {
    const host = hostOf(location);
    host.failNext(undefined, fault, fault, fault);
    const error = await failure(joined(host, [0, 100]));
    expect(error).toBeInstanceOf(JoinError);
    expect(error).toMatchObject({ code: 'unavailable', chunkNumber: 1 });
    const none = hostOf(location);
    none.failNext(fault);
    expect(await failure(joined(none, [0, 100], { retries: 0 }))).toMatchObject({ code: 'unavailable' });
  });

  const partial = location === 'windows' ? 206 : 200;
  it.each<[string, Fault, RegExp]>([
    ['short', () => new Response(SOURCE.slice(30, 59), { status: partial }), /chunk 1 ended after 29 of 30 bytes/],
    ['long', () => new Response(SOURCE.slice(30, 61), { status: partial }), /chunk 1 went on after 30 bytes/],
    ['empty', () => new Response(null, { status: partial }), /chunk 1 ended after 0 of 30 bytes/],
    [
      'announced too long',
      () => new Response(SOURCE.slice(30, 60), { status: partial, headers: { 'Content-Length': '31' } }),
      /chunk 1 announces 31 bytes, expected 30/,
    ],
    [
      'of another range',
      () => new Response(SOURCE.slice(30, 60), { status: 206, headers: { 'Content-Range': 'bytes 3-32/100' } }),
      /chunk 1 answered with bytes/,
    ],
  ])('refuses a body that is %s', async (_, fault, message) => {
    const host = hostOf(location);
    host.failNext(undefined, fault);
    expect(await failure(joined(host, [0, 100]))).toMatchObject({
      code: 'wrong_bytes',
      chunkNumber: 1,
      message: expect.stringMatching(message),
    });
  });
});

describe('what is no plan of one range', () => {
  const answering = (body: string, init?: ResponseInit) => async () => new Response(body, init);
  const chunk = { number: 0, startByte: 0, endByte: 9, url: '/c', slice: { offset: 0, length: 9 } };

  it.each<[string, object, string]>([
    ['several ranges', { revision: 'r', plans: [] }, 'invalid_plan'],
    [
      'a gap before its first chunk',
      { revision: 'r', startByte: 0, endByte: 9, chunks: [{ ...chunk, startByte: 1, endByte: 10 }] },
      'invalid_plan',
    ],
    ['chunks that end too early', { revision: 'r', startByte: 0, endByte: 9, chunks: [] }, 'invalid_plan'],
    ['a page that repeats itself', { revision: 'r', startByte: 0, endByte: 9, chunks: [], next: 0 }, 'invalid_plan'],
    ['no numbers', { revision: 'r', chunks: [{ ...chunk, startByte: undefined }] }, 'invalid_plan'],
  ])('refuses %s', async (_, plan, code) => {
    const parts = joinChunks('https://host.test/p', { fetch: answering(JSON.stringify(plan)) });
    expect(await failure(parts.next())).toMatchObject({ code });
  });

  it('says what the service said', async () => {
    const fetch = answering('{"error":"there is no such track"}', { status: 404 });
    expect(await failure(joinChunks('https://host.test/p', { fetch }).next())).toMatchObject({
      code: 'refused',
      message: 'the plan was answered with 404: there is no such track',
    });
  });

  it('tries a plan that fails again, too', async () => {
    const host = hostOf('objects');
    let failures = 2;
    const fetch: typeof host.fetch = async (url, init) =>
      failures-- > 0 ? new Response('busy', { status: 503 }) : host.fetch(url, init);
    expect(await joined(host, [5, 95], { fetch })).toEqual(SOURCE.slice(5, 95));
  });
});
