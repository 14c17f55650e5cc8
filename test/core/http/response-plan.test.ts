import fc from 'fast-check';
import { planResponse, type Representation, type ResponsePlan } from '../../../lambdas/core/http/response-plan.ts';
import type { ByteRange } from '../../../lambdas/core/ports.ts';

const MODIFIED_MS = Date.UTC(2026, 10, 21, 5, 40, 0);
const LAST_MODIFIED = 'Sat, 21 Nov 2026 05:40:00 GMT';
const ETAG = '"v2"';

type Fields = Readonly<Record<string, string>>;

function representation(byteLength: number): Representation {
  return { byteLength, etag: ETAG, lastModifiedMs: MODIFIED_MS, contentType: 'audio/mpeg' };
}

function plan(fields: Fields, byteLength = 10_000, method = 'GET'): ResponsePlan {
  return planResponse({ method, headers: new Headers(fields) }, representation(byteLength));
}

/** Bytes that tell their position and hold line breaks and dashes, as delimiters do. */
function content(byteLength: number): Uint8Array {
  return Uint8Array.from({ length: byteLength }, (_, i) => (i % 7 === 0 ? 0x0d : i % 7 === 1 ? 0x0a : (i * 31) & 0xff));
}

/** What a host would send. */
function bodyOf(answer: ResponsePlan, bytes: Uint8Array): Uint8Array {
  const slice = ({ startByte, endByte }: ByteRange): Uint8Array => bytes.subarray(startByte, endByte);
  if (answer.status === 200) return answer.body === null ? new Uint8Array() : slice(answer.body);
  if (answer.status !== 206) return new Uint8Array();
  if (answer.kind === 'single') return slice(answer.body);
  return joined([...answer.parts.flatMap(({ preamble, range }) => [preamble, slice(range)]), answer.closing]);
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((total, piece) => total + piece.length, 0));
  let position = 0;
  for (const piece of pieces) {
    all.set(piece, position);
    position += piece.length;
  }
  return all;
}

type ReadPart = { contentType: string; contentRange: string; bytes: Uint8Array };

/** A reader of its own for RFC 2046 §5.1: goes by the delimiters alone and wants every byte accounted for. */
function readMultipart(contentType: string, body: Uint8Array): ReadPart[] {
  const boundary = /^multipart\/byteranges; boundary=([0-9A-Za-z'()+_,./:=?-]{1,70})$/.exec(contentType)?.[1];
  if (boundary === undefined) throw new Error(`no boundary in ${contentType}`);
  const text = `\r\n${Buffer.from(body).toString('latin1')}`;
  const [before, ...pieces] = text.split(`\r\n--${boundary}`);
  if (before !== '' || pieces.pop() !== '--\r\n') throw new Error('the delimiters do not frame the body');
  return pieces.map((piece) => {
    const match = /^\r\nContent-Type: (.*)\r\nContent-Range: (.*)\r\n\r\n/.exec(piece);
    if (match === null) throw new Error('a part has no header');
    const bytes = Uint8Array.from(Buffer.from(piece.slice(match[0].length), 'latin1'));
    return { contentType: match[1] ?? '', contentRange: match[2] ?? '', bytes };
  });
}

describe('planResponse', () => {
  it.each<[name: string, fields: Fields, status: number, contentRange: string | undefined, length: string | undefined]>(
    [
      ['§15.3.1 no Range', {}, 200, undefined, '10000'],
      ['§15.3.7.1 Safari probes', { Range: 'bytes=0-1' }, 206, 'bytes 0-1/10000', '2'],
      ['§15.3.7.1 all of it as a range', { Range: 'bytes=0-' }, 206, 'bytes 0-9999/10000', '10000'],
      ['§15.3.7.1 clamped', { Range: 'bytes=9500-99999' }, 206, 'bytes 9500-9999/10000', '500'],
      ['§15.3.7.1 suffix', { Range: 'bytes=-500' }, 206, 'bytes 9500-9999/10000', '500'],
      ['§15.3.7.2 several that became one', { Range: 'bytes=0-9,10-19' }, 206, 'bytes 0-19/10000', '20'],
      ['§15.3.7.2 several of which one is left', { Range: 'bytes=0-9,20000-' }, 206, 'bytes 0-9/10000', '10'],
      ['§14.2 malformed', { Range: 'bytes=abc' }, 200, undefined, '10000'],
      ['§14.2 another unit', { Range: 'seconds=1-2' }, 200, undefined, '10000'],
      ['§15.5.17 unsatisfiable', { Range: 'bytes=10000-' }, 416, 'bytes */10000', undefined],
      ['§15.5.17 a suffix of nothing', { Range: 'bytes=-0' }, 416, 'bytes */10000', undefined],
      ['§13.1.5 If-Range held by tag', { Range: 'bytes=0-1', 'If-Range': ETAG }, 206, 'bytes 0-1/10000', '2'],
      ['§13.1.5 If-Range held by date', { Range: 'bytes=0-1', 'If-Range': LAST_MODIFIED }, 206, 'bytes 0-1/10000', '2'],
      ['§13.1.5 If-Range failed', { Range: 'bytes=0-1', 'If-Range': '"v1"' }, 200, undefined, '10000'],
      [
        '§13.1.5 If-Range failed, unsatisfiable',
        { Range: 'bytes=10000-', 'If-Range': '"v1"' },
        200,
        undefined,
        '10000',
      ],
      ['§13.1.5 If-Range without Range', { 'If-Range': '"v1"' }, 200, undefined, '10000'],
      ['§13.2.2 304 comes before Range', { Range: 'bytes=0-1', 'If-None-Match': ETAG }, 304, undefined, undefined],
      ['§13.2.2 304 comes before 416', { Range: 'bytes=10000-', 'If-None-Match': ETAG }, 304, undefined, undefined],
      ['§13.2.2 412 comes before Range', { Range: 'bytes=0-1', 'If-Match': '"v1"' }, 412, undefined, undefined],
      ['§13.2.2 If-Match held', { Range: 'bytes=0-1', 'If-Match': ETAG }, 206, 'bytes 0-1/10000', '2'],
    ],
  )('%s: %p is a %p', (_name, fields, status, contentRange, length) => {
    const answer = plan(fields);
    expect(answer.status).toBe(status);
    expect(answer.headers['Content-Range']).toBe(contentRange);
    expect(answer.headers['Content-Length']).toBe(length);
    expect(answer.headers).toMatchObject({ 'Accept-Ranges': 'bytes', ETag: ETAG, 'Last-Modified': LAST_MODIFIED });
  });

  it('§15.4.5 a 304 says the type: a cache renews what it holds by its headers', () => {
    const { 'Content-Type': type } = plan({ 'If-None-Match': ETAG }).headers;
    expect(type).toBe(plan({}).headers['Content-Type']);
  });

  it.each<[fields: Fields, status: number]>([
    [{}, 200],
    [{ Range: 'bytes=0-1' }, 200],
    [{ Range: 'bytes=10000-' }, 200],
    [{ Range: 'bytes=0-0,-1' }, 200],
    [{ 'If-None-Match': ETAG }, 304],
    [{ 'If-Match': '"v1"', Range: 'bytes=0-1' }, 412],
  ])('§14.2 HEAD ignores Range but not conditions: %p is a %p', (fields, status) => {
    const answer = plan(fields, 10_000, 'HEAD');
    expect(answer.status).toBe(status);
    if (answer.status !== 200) return;
    expect(answer.body).toBeNull();
    expect(answer.headers).toEqual(plan({}).headers);
  });

  it.each<[fields: Fields, status: number]>([
    [{}, 200],
    [{ Range: 'bytes=0-' }, 416],
    [{ Range: 'bytes=0-0' }, 416],
    [{ Range: 'bytes=-1' }, 200],
    [{ 'If-None-Match': '*' }, 304],
  ])('of an empty representation: %p is a %p', (fields, status) => {
    const answer = plan(fields, 0);
    expect(answer.status).toBe(status);
    if (answer.status === 200) {
      expect(answer.headers['Content-Length']).toBe('0');
      expect(answer.body).toEqual({ startByte: 0, endByte: 0 });
    } else if (answer.status === 416) {
      expect(answer.headers['Content-Range']).toBe('bytes */0');
    }
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'get', ''])('refuses %p', (method) => {
    expect(() => plan({}, 10, method)).toThrow(expect.objectContaining({ code: 'method_not_allowed' }));
  });

  it('does not read Content-Type or Content-Length into answers without its bytes', () => {
    for (const fields of [{ 'If-Match': '"v1"' }, { Range: 'bytes=10000-' }]) {
      expect(plan(fields).headers).not.toHaveProperty('Content-Type');
    }
    for (const fields of [{ 'If-None-Match': ETAG }, { 'If-Match': '"v1"' }, { Range: 'bytes=10000-' }]) {
      expect(plan(fields).headers).not.toHaveProperty('Content-Length');
    }
  });

  it('knows lengths beyond 32 bits', () => {
    const byteLength = 5 * 2 ** 40;
    expect(plan({ Range: 'bytes=-1' }, byteLength)).toMatchObject({
      headers: { 'Content-Range': `bytes ${byteLength - 1}-${byteLength - 1}/${byteLength}`, 'Content-Length': '1' },
      body: { startByte: byteLength - 1, endByte: byteLength },
    });
  });
});

describe('planResponse, several ranges (§14.6)', () => {
  it('frames each range with its own Content-Range', () => {
    const answer = plan({ Range: 'bytes=-1,0-0' });
    const bytes = content(10_000);
    const body = bodyOf(answer, bytes);
    expect(answer.status).toBe(206);
    expect(answer.headers).not.toHaveProperty('Content-Range');
    expect(answer.headers['Content-Length']).toBe(String(body.length));
    expect(readMultipart(answer.headers['Content-Type'] ?? '', body)).toEqual([
      { contentType: 'audio/mpeg', contentRange: 'bytes 9999-9999/10000', bytes: bytes.slice(9999) },
      { contentType: 'audio/mpeg', contentRange: 'bytes 0-0/10000', bytes: bytes.slice(0, 1) },
    ]);
  });

  it('is judged by a reader that refuses what it should', () => {
    const answer = plan({ Range: 'bytes=0-0,-1' });
    const body = bodyOf(answer, content(10_000));
    const contentType = answer.headers['Content-Type'] ?? '';
    expect(() => readMultipart(contentType, body.subarray(1))).toThrow('do not frame');
    expect(() => readMultipart(contentType, body.subarray(0, -1))).toThrow('do not frame');
    expect(() => readMultipart(contentType.replace(/.$/, ''), body)).toThrow();
    expect(() => readMultipart('multipart/byteranges', body)).toThrow('no boundary');
  });

  it('gives the same request the same boundary, other ranges and other tags another', () => {
    const boundaryOf = (range: string, etag = ETAG): string | undefined =>
      planResponse({ method: 'GET', headers: new Headers({ Range: range }) }, { ...representation(10_000), etag })
        .headers['Content-Type'];
    const first = boundaryOf('bytes=0-0,-1');
    expect(first).toMatch(/^multipart\/byteranges; boundary=cuepoint-[0-9a-f]{32}$/);
    expect(boundaryOf('bytes=0-0,-1')).toBe(first);
    expect(new Set([first, boundaryOf('bytes=-1,0-0'), boundaryOf('bytes=0-0,-1', '"v3"')]).size).toBe(3);
  });

  it('answers with everything where the parts would cost more (§17.15)', () => {
    // Of any length with three digits, Content-Range and with it the parts are as long.
    const partsLength = Number(plan({ Range: 'bytes=0-99,200-299' }, 999).headers['Content-Length']);
    expect(plan({ Range: 'bytes=0-99,200-299' }, partsLength)).toMatchObject({ status: 206, kind: 'multipart' });
    expect(plan({ Range: 'bytes=0-99,200-299' }, partsLength - 1)).toMatchObject({
      status: 200,
      body: { startByte: 0, endByte: partsLength - 1 },
    });
  });
});

/** One condition, as a model sees it: which tags or which second, not how they are written. */
type Tags = '*' | readonly { opaque: string; weak: boolean }[];
type Scenario = {
  method: 'GET' | 'HEAD';
  byteLength: number;
  ifMatch: Tags | undefined;
  ifNoneMatch: Tags | undefined;
  ifUnmodifiedSince: number | undefined;
  ifModifiedSince: number | undefined;
  ifRange: { opaque: string; weak: boolean } | number | undefined;
  range: readonly (readonly [first: number | null, last: number | null])[] | undefined;
};

const tag = fc.record({ opaque: fc.constantFrom('v1', 'v2', 'v3'), weak: fc.boolean() });
const tags: fc.Arbitrary<Tags> = fc.oneof(fc.constant('*' as const), fc.array(tag, { maxLength: 3 }));
const secondsApart = fc.integer({ min: -2, max: 2 });
const mostly = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 1, arbitrary: fc.constant(undefined) }, { weight: 8, arbitrary });
const sparingly = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

const byte = fc.nat({ max: 5000 });
const spec = fc.oneof(
  fc.tuple(byte, fc.nat({ max: 300 })).map(([first, more]) => [first, first + more] as const),
  fc.tuple(byte, byte).map(([first, last]) => [first, last] as const),
  byte.map((first) => [first, null] as const),
  fc.nat({ max: 300 }).map((suffix) => [null, suffix] as const),
);

const scenarios: fc.Arbitrary<Scenario> = fc.record({
  method: fc.constantFrom('GET', 'GET', 'GET', 'HEAD'),
  byteLength: fc.oneof(fc.constantFrom(0, 1), fc.nat({ max: 5000 }), fc.constant(5000)),
  ifMatch: sparingly(tags),
  ifNoneMatch: sparingly(tags),
  ifUnmodifiedSince: sparingly(secondsApart),
  ifModifiedSince: sparingly(secondsApart),
  ifRange: sparingly(fc.oneof(tag, secondsApart)),
  range: mostly(fc.array(spec, { minLength: 1, maxLength: 4 })),
});

function headersOf(scenario: Scenario): Headers {
  const quote = ({ opaque, weak }: { opaque: string; weak: boolean }): string => `${weak ? 'W/' : ''}"${opaque}"`;
  const list = (value: Tags): string => (value === '*' ? '*' : value.map(quote).join(', '));
  const date = (seconds: number): string => new Date(MODIFIED_MS + seconds * 1000).toUTCString();
  const headers = new Headers();
  if (scenario.ifMatch !== undefined) headers.set('If-Match', list(scenario.ifMatch));
  if (scenario.ifNoneMatch !== undefined) headers.set('If-None-Match', list(scenario.ifNoneMatch));
  if (scenario.ifUnmodifiedSince !== undefined) headers.set('If-Unmodified-Since', date(scenario.ifUnmodifiedSince));
  if (scenario.ifModifiedSince !== undefined) headers.set('If-Modified-Since', date(scenario.ifModifiedSince));
  if (scenario.ifRange !== undefined) {
    headers.set('If-Range', typeof scenario.ifRange === 'number' ? date(scenario.ifRange) : quote(scenario.ifRange));
  }
  if (scenario.range !== undefined) {
    headers.set('Range', `bytes=${scenario.range.map(([first, last]) => `${first ?? ''}-${last ?? ''}`).join()}`);
  }
  return headers;
}

/** The status that RFC 9110 asks for, and the bytes that must at least be among those sent. */
function expected(scenario: Scenario): { status: 200 | 206 | 304 | 412 | 416; wanted: Set<number> } {
  const { method, byteLength, ifMatch, ifNoneMatch, ifUnmodifiedSince, ifModifiedSince, ifRange, range } = scenario;
  const none = new Set<number>();
  const strongly = (value: Tags): boolean => value === '*' || value.some((one) => one.opaque === 'v2' && !one.weak);
  const weakly = (value: Tags): boolean => value === '*' || value.some((one) => one.opaque === 'v2');
  if (ifMatch !== undefined && !strongly(ifMatch)) return { status: 412, wanted: none };
  if (ifMatch === undefined && (ifUnmodifiedSince ?? 0) < 0) return { status: 412, wanted: none };
  if (ifNoneMatch !== undefined && weakly(ifNoneMatch)) return { status: 304, wanted: none };
  if (ifNoneMatch === undefined && (ifModifiedSince ?? -1) >= 0) return { status: 304, wanted: none };
  const whole = { status: 200, wanted: new Set(Array.from({ length: byteLength }, (_, i) => i)) } as const;
  if (method === 'HEAD' || range === undefined) return whole;
  if (typeof ifRange === 'number' ? ifRange !== 0 : ifRange !== undefined && !strongly([ifRange])) return whole;
  if (range.some(([first, last]) => first !== null && last !== null && last < first)) return whole;
  const wanted = new Set<number>();
  for (const [first, last] of range) {
    const from = first ?? Math.max(0, byteLength - (last ?? 0));
    const to = first === null || last === null ? byteLength - 1 : Math.min(last, byteLength - 1);
    for (let i = from; i <= to; i++) wanted.add(i);
  }
  if (wanted.size > 0) return { status: 206, wanted };
  return range.some(([first, last]) => first === null && last !== 0) ? whole : { status: 416, wanted };
}

function positionsOf(contentRange: string, byteLength: number): number[] {
  const [, first, last, length] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(contentRange)?.map(Number) ?? [];
  if (first === undefined || last === undefined || length !== byteLength) throw new Error(`odd: ${contentRange}`);
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

describe('planResponse against a model of RFC 9110', () => {
  const outcomes = new Map<string, number>();

  function check(scenario: Scenario): void {
    const bytes = content(scenario.byteLength);
    const answer = planResponse(
      { method: scenario.method, headers: headersOf(scenario) },
      representation(scenario.byteLength),
    );
    const body = bodyOf(answer, bytes);
    const model = expected(scenario);
    const outcome = answer.status === 206 ? answer.kind : `${answer.status}`;
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);

    expect(body.length).toBeLessThanOrEqual(scenario.byteLength);
    const length = answer.headers['Content-Length'];
    if (answer.status === 200) {
      expect(length).toBe(String(scenario.byteLength));
      if (scenario.method === 'HEAD') expect(body).toHaveLength(0);
      else expect(Buffer.compare(body, bytes)).toBe(0);
      // The one freedom: several ranges may be answered with everything.
      expect(model.status === 200 || (model.status === 206 && (scenario.range?.length ?? 0) > 1)).toBe(true);
      return;
    }
    expect(answer.status).toBe(model.status);
    if (answer.status !== 206) return;

    expect(length).toBe(String(body.length));
    const { 'Content-Type': contentType = '', 'Content-Range': contentRange = '' } = answer.headers;
    const parts =
      answer.kind === 'single' ? [{ contentType, contentRange, bytes: body }] : readMultipart(contentType, body);
    const sent: number[] = [];
    for (const part of parts) {
      const positions = positionsOf(part.contentRange, scenario.byteLength);
      expect(part.contentType).toBe('audio/mpeg');
      expect(
        Buffer.compare(
          part.bytes,
          Uint8Array.from(positions, (position) => bytes[position] ?? 0),
        ),
      ).toBe(0);
      sent.push(...positions);
    }
    const sentOnce = new Set(sent);
    expect(sentOnce.size).toBe(sent.length);
    expect([...model.wanted].every((position) => sentOnce.has(position))).toBe(true);
    // Beyond what was asked, only the small gaps between ranges.
    expect(sent.length - model.wanted.size).toBeLessThan(80 * (scenario.range?.length ?? 0));
  }

  it('has the right status, exact lengths and the right bytes', () => {
    fc.assert(fc.property(scenarios, check), { numRuns: 1000 });
  });

  it('has met every kind of answer while doing so', () => {
    expect([...outcomes.keys()].sort()).toEqual(['200', '304', '412', '416', 'multipart', 'single']);
  });

  it('would notice a planner that ignores If-Range', () => {
    const scenario: Scenario = {
      method: 'GET',
      byteLength: 100,
      ifMatch: undefined,
      ifNoneMatch: undefined,
      ifUnmodifiedSince: undefined,
      ifModifiedSince: undefined,
      ifRange: { opaque: 'v1', weak: false },
      range: [[0, 9]],
    };
    expect(expected(scenario).status).toBe(200);
    expect(expected({ ...scenario, ifRange: undefined }).status).toBe(206);
  });
});
