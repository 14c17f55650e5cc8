import fc from 'fast-check';
import { rawRequest } from '../../support/http-client.ts';
import { BUCKET, type TestOrigin, testEdge, testOrigin } from './edge-fixture.ts';
import { distinctBytes, etagOf, type FileOptions, fileOrigin } from './file-origin.ts';
import type { Edge } from './start-edge.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function started(
  listener: Parameters<typeof testOrigin>[0],
  seed?: number,
): Promise<{ edge: Edge; origin: TestOrigin }> {
  const origin = await testOrigin(listener);
  const edge = await testEdge({ servers: { [BUCKET]: origin }, ...(seed !== undefined && { seed }) });
  open.push(origin, edge);
  return { edge, origin };
}

const BYTES = distinctBytes(1000);
const serving = (options?: FileOptions) => fileOrigin(() => BYTES, options);
const get = (edge: Edge, range?: string) =>
  rawRequest(`${edge.url}/a`, { headers: range === undefined ? {} : { range } });

describe('Range (How CloudFront processes partial requests for an object)', () => {
  const SINGLE = [
    ['the first bytes', 'bytes=0-99', 0, 100],
    ['in the middle', 'bytes=100-199', 100, 200],
    ['to the end', 'bytes=990-', 990, 1000],
    ['beyond the end', 'bytes=990-5000', 990, 1000],
    ['the last bytes', 'bytes=-10', 990, 1000],
    ['more last bytes than there are', 'bytes=-5000', 0, 1000],
  ] as const;

  test.each(SINGLE)('forwarded to the origin: %s', async (_, range, start, end) => {
    const { edge, origin } = await started(serving());
    const answer = await get(edge, range);
    expect(answer).toMatchObject({ status: 206, headers: { 'content-range': `bytes ${start}-${end - 1}/1000` } });
    expect(Buffer.compare(answer.body, BYTES.subarray(start, end))).toBe(0);
    expect(origin.seen[0]?.headers.range).toBe(range);
  });

  test.each(SINGLE)('out of a cached whole: %s', async (_, range, start, end) => {
    const { edge, origin } = await started(serving());
    await get(edge);
    const answer = await get(edge, range);
    expect(answer).toMatchObject({
      status: 206,
      headers: { 'content-range': `bytes ${start}-${end - 1}/1000`, 'content-length': String(end - start) },
    });
    expect(Buffer.compare(answer.body, BYTES.subarray(start, end))).toBe(0);
    expect(origin.seen).toHaveLength(1);
  });

  test('out of a cached part, and what is not in it from the origin', async () => {
    const { edge, origin } = await started(serving());
    await get(edge, 'bytes=100-299');
    const within = await get(edge, 'bytes=150-199');
    expect(within.headers['x-cache']).toBe('Hit from cloudfront');
    expect(Buffer.compare(within.body, BYTES.subarray(150, 200))).toBe(0);
    await get(edge, 'bytes=250-349');
    expect(origin.seen).toHaveLength(2);
    const across = await get(edge, 'bytes=120-340');
    expect(across.headers['x-cache']).toBe('Hit from cloudfront');
    expect(Buffer.compare(across.body, BYTES.subarray(120, 341))).toBe(0);
  });

  test('parts that make a whole answer for the whole', async () => {
    const { edge, origin } = await started(serving());
    for (const range of ['bytes=0-399', 'bytes=400-', 'bytes=300-500']) await get(edge, range);
    const whole = await get(edge);
    expect(whole).toMatchObject({ status: 200, headers: { 'content-length': '1000', etag: etagOf(BYTES) } });
    expect(whole.headers).not.toHaveProperty('content-range');
    expect(Buffer.compare(whole.body, BYTES)).toBe(0);
    expect(origin.seen).toHaveLength(2);
  });

  test.each([
    ['not in ascending order', 'bytes=300-400,100-200'],
    ['overlapping', 'bytes=100-200,150-250'],
    ['end before start', 'bytes=200-100'],
    ['negative', 'bytes=-100-200'],
    ['no numbers', 'bytes=a-b'],
    ['one of several is not valid', 'bytes=0-1,x'],
    ['of another unit', 'samples=0-100'],
  ])('the whole with 200 for ranges that are %s', async (_, range) => {
    const { edge, origin } = await started(serving());
    for (let time = 0; time < 2; time++) {
      const answer = await get(edge, range);
      expect(answer.status).toBe(200);
      expect(Buffer.compare(answer.body, BYTES)).toBe(0);
    }
    expect(origin.seen[0]?.headers).not.toHaveProperty('range');
  });

  test('416 from the origin and from the cache, and never kept', async () => {
    const { edge, origin } = await started(serving());
    for (let time = 0; time < 2; time++) expect((await get(edge, 'bytes=1000-')).status).toBe(416);
    expect(origin.seen).toHaveLength(2);
    await get(edge);
    const known = await get(edge, 'bytes=1000-');
    expect(known).toMatchObject({ status: 416, headers: { 'content-range': 'bytes */1000' } });
    expect(origin.seen).toHaveLength(3);
  });

  test('several ranges out of a cached whole', async () => {
    const { edge } = await started(serving());
    await get(edge);
    const answer = await get(edge, 'bytes=0-9,500-504');
    const boundary = /boundary="(.+)"/.exec(String(answer.headers['content-type']))?.[1];
    const part = (start: number, end: number) => [
      Buffer.from(
        `\r\n--${boundary}\r\nContent-Type: audio/mpeg\r\nContent-Range: bytes ${start}-${end - 1}/1000\r\n\r\n`,
      ),
      BYTES.subarray(start, end),
    ];
    const expected = Buffer.concat([...part(0, 10), ...part(500, 505), Buffer.from(`\r\n--${boundary}--\r\n`)]);
    expect(answer.status).toBe(206);
    expect(Buffer.compare(answer.body, expected)).toBe(0);
    expect(answer.headers['content-length']).toBe(String(expected.byteLength));
  });

  test('an origin that knows no ranges: the whole at first, then ranges of it', async () => {
    const { edge, origin } = await started(serving({ ignoresRange: true }));
    expect((await get(edge, 'bytes=0-9')).status).toBe(200);
    const second = await get(edge, 'bytes=10-19');
    expect(second.status).toBe(206);
    expect(Buffer.compare(second.body, BYTES.subarray(10, 20))).toBe(0);
    expect(origin.seen).toHaveLength(1);
  });

  test('a chunked answer to a range: the entire object', async () => {
    const { edge, origin } = await started(serving({ chunked: true }));
    const answer = await get(edge, 'bytes=100-199');
    expect(answer.status).toBe(200);
    expect(Buffer.compare(answer.body, BYTES)).toBe(0);
    expect(origin.seen.map(({ headers }) => headers.range)).toEqual(['bytes=100-199', undefined]);
    expect((await get(edge, 'bytes=100-199')).status).toBe(206);
  });

  test('fewer bytes than were asked for, from the same start on, reach the viewer as what they are', async () => {
    const { edge } = await started((_, reply) => {
      reply.writeHead(206, { 'content-range': 'bytes 100-149/1000', 'content-length': 50 });
      reply.end(BYTES.subarray(100, 150));
    });
    const answer = await get(edge, 'bytes=100-199');
    expect(answer).toMatchObject({ status: 206, headers: { 'content-range': 'bytes 100-149/1000' } });
    expect(Buffer.compare(answer.body, BYTES.subarray(100, 150))).toBe(0);
  });
});

describe('random ranges are byte-exact', () => {
  const LENGTH = 300_000;
  const content = distinctBytes(LENGTH, 3);
  const spec = fc.oneof(
    fc.tuple(fc.nat(LENGTH + 10), fc.nat(LENGTH)).map(([start, more]) => `bytes=${start}-${start + more}`),
    fc.tuple(fc.nat(LENGTH + 10), fc.nat(300)).map(([start, more]) => `bytes=${start}-${start + more}`),
    fc.nat(LENGTH + 10).map((start) => `bytes=${start}-`),
    fc.integer({ min: 1, max: LENGTH + 10 }).map((last) => `bytes=-${last}`),
    fc.constant(undefined),
  );

  /** The judge reads Range by rules of its own. */
  function expected(range: string | undefined): Uint8Array | undefined {
    if (range === undefined) return content;
    const [first = '', last = ''] = range.slice('bytes='.length).split('-');
    if (first === '') return content.subarray(Math.max(0, LENGTH - Number(last)));
    const wanted = content.subarray(Number(first), last === '' ? LENGTH : Number(last) + 1);
    return wanted.byteLength === 0 ? undefined : wanted;
  }

  async function isExact(edge: Edge, range: string | undefined): Promise<boolean> {
    const answer = await get(edge, range);
    const bytes = expected(range);
    if (bytes === undefined) return answer.status === 416;
    return answer.status === (range === undefined ? 200 : 206) && Buffer.compare(answer.body, bytes) === 0;
  }

  test.each<[mode: string, seed: number | undefined, cacheControl: string]>([
    ['well-behaved', undefined, 'public, max-age=31536000, immutable'],
    ['well-behaved, asked each time', undefined, 'no-cache'],
    ['adversarial', 1, 'public, max-age=31536000, immutable'],
    ['adversarial, asked each time', 2, 'no-cache'],
    ['adversarial, nothing kept', 3, 'no-store'],
  ])('%s', async (_, seed, cacheControl) => {
    const { edge, origin } = await started(
      fileOrigin(() => content, { cacheControl }),
      seed,
    );
    await fc.assert(
      fc.asyncProperty(fc.array(spec, { minLength: 1, maxLength: 6 }), async (ranges) => {
        const results = await Promise.all(ranges.map((range) => isExact(edge, range)));
        expect(results).toEqual(ranges.map(() => true));
      }),
      { numRuns: 60 },
    );
    expect(edge.originFaults()).toEqual([]);
    // The mischief is real: the origin was asked for other ranges than the viewers asked for.
    if (seed !== undefined)
      expect(origin.seen.some(({ headers }) => headers['if-range'] !== undefined)).toBe(seed === 1);
  });

  test('one seed makes the same choices', async () => {
    const asked: string[][] = [];
    for (let time = 0; time < 2; time++) {
      const { edge, origin } = await started(
        fileOrigin(() => content),
        7,
      );
      for (let start = 0; start < 40_000; start += 1000) await get(edge, `bytes=${start}-${start + 1500}`);
      asked.push(origin.seen.map(({ headers }) => headers.range ?? 'whole'));
    }
    expect(asked[0]).toEqual(asked[1]);
    expect(new Set(asked[0]).size).toBeGreaterThan(10);
  });
});

describe('origins that lie are caught', () => {
  const FOUND = 'bytes of ["/a","",[],[],""] are others than before';

  test('other bytes under the ETag that was: wrong bytes come out, and the edge says why', async () => {
    let asks = 0;
    const lying = fileOrigin(() => distinctBytes(1000, asks++), { etag: '"always the same"' });
    const { edge } = await started(lying, 1);
    let isExact = true;
    for (let start = 0; start < 900; start += 50) {
      const { body } = await get(edge, `bytes=${start}-${start + 99}`);
      isExact &&= Buffer.compare(body, distinctBytes(1000, 0).subarray(start, start + 100)) === 0;
    }
    expect(isExact).toBe(false);
    expect(edge.originFaults().join()).toContain(FOUND);
  });

  test.each([
    ['another range than was asked for', 206, { 'content-range': 'bytes 500-599/1000', 'content-length': '100' }],
    ['a Content-Range that is none', 206, { 'content-range': 'bytes 0-99', 'content-length': '100' }],
    ['a length that does not fit its range', 206, { 'content-range': 'bytes 0-199/1000', 'content-length': '100' }],
  ])('%s: 502', async (_, status, headers) => {
    const { edge } = await started((__, reply) => {
      reply.writeHead(status, headers).end(BYTES.subarray(0, 100));
    });
    expect((await get(edge, 'bytes=0-99')).status).toBe(502);
    expect(edge.originFaults()).toHaveLength(1);
  });

  test('206 that nobody asked for: 502', async () => {
    const { edge } = await started((_, reply) => {
      reply.writeHead(206, { 'content-range': 'bytes 0-99/1000', 'content-length': 100 }).end(BYTES.subarray(0, 100));
    });
    expect((await get(edge)).status).toBe(502);
  });

  test('fewer bytes than its Content-Length: the viewer’s answer breaks off too, and is not kept', async () => {
    const { edge, origin } = await started((_, reply) => {
      reply.writeHead(200, { 'content-length': 1000, 'cache-control': 'max-age=60' });
      reply.write(BYTES.subarray(0, 500), () => reply.destroy());
    });
    await expect(get(edge)).rejects.toThrow(/aborted|hang up|ECONNRESET/);
    await expect(get(edge)).rejects.toThrow(/aborted|hang up|ECONNRESET/);
    expect(origin.seen).toHaveLength(2);
  });
});
