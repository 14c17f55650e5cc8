/** RFC 9110 section 14: range requests. */
import fc from 'fast-check';
import type { RawAnswer } from '../support/http-client.ts';
import { type EdgeRule, RANGE_OF_CACHED, RANGES_OUT_OF_ORDER, RANGES_WITH_AN_EMPTY_ONE } from './edge-rules.ts';
import { multipartOf } from './multipart.ts';
import { byteRoutesOf, type Subject } from './target.ts';

/** What a Range header must get from a representation of `length` bytes: its ranges (half open), 416, or all of it. */
export type Verdict = readonly (readonly [startByte: number, endByte: number])[] | 416 | 200;

type Case = readonly [
  section: string,
  name: string,
  header: string,
  verdict: (length: number) => Verdict,
  /** Where an edge does not ask the service: it gives the whole. */
  behindEdge?: EdgeRule,
];

const BEYOND = '9007199254740993';
const FAR_BEYOND = '9'.repeat(40);

export const RANGE_CASES: readonly Case[] = [
  ['14.1.2', 'the first byte', 'bytes=0-0', () => [[0, 1]]],
  ['14.1.2', 'the first 500 bytes', 'bytes=0-499', () => [[0, 500]]],
  ['14.1.2', 'the second 500 bytes', 'bytes=500-999', () => [[500, 1000]]],
  ['14.1.2', 'the last 500 bytes', 'bytes=-500', (length) => [[length - 500, length]]],
  ['14.1.2', 'from a byte to the end', 'bytes=9500-', (length) => [[9500, length]]],
  ['14.1.2', 'the last byte', 'bytes=-1', (length) => [[length - 1, length]]],
  ['14.1.2', 'all of it by its ends', 'bytes=0-', (length) => [[0, length]]],
  ['14.1.2', 'a suffix longer than the representation: all of it', `bytes=-${BEYOND}`, (length) => [[0, length]]],
  ['14.1.2', 'an end past the end: the remainder', `bytes=100-${BEYOND}`, (length) => [[100, length]]],
  ['14.1.2', 'an end of forty digits', `bytes=100-${FAR_BEYOND}`, (length) => [[100, length]]],
  ['14.1.2', 'leading zeros', 'bytes=0000000000-0000000009', () => [[0, 10]]],
  ['14.1', 'a unit in upper case: range units are case-insensitive', 'BYTES=0-9', () => [[0, 10]]],
  [
    '14.1.1',
    'white space around the elements of the list',
    'bytes=0-1 , 1000-1001',
    () => [
      [0, 2],
      [1000, 1002],
    ],
  ],
  [
    '5.6.1.2',
    'empty elements of a list do not count',
    'bytes=,0-1,,1000-1001,',
    () => [
      [0, 2],
      [1000, 1002],
    ],
    RANGES_WITH_AN_EMPTY_ONE,
  ],
  ['14.1.2', 'a start past the end', `bytes=${BEYOND}-`, () => 416],
  ['14.1.2', 'a start past the end, of forty digits', `bytes=${FAR_BEYOND}-`, () => 416],
  ['14.1.2', 'a suffix of no bytes is unsatisfiable', 'bytes=-0', () => 416],
  ['15.5.17', 'none of several satisfiable', `bytes=${BEYOND}-,-0`, () => 416, RANGES_OUT_OF_ORDER],
  ['14.2', 'one of several satisfiable', `bytes=${BEYOND}-,5-6`, () => [[5, 7]], RANGES_OUT_OF_ORDER],
  ['14.2', 'one of several satisfiable, in order', `bytes=5-6,${BEYOND}-`, () => [[5, 7]]],
  ['14.2', 'an unknown unit is ignored', 'samples=0-9', () => 200],
  ['14.2', 'a unit that only begins with bytes', 'bytesize=0-9', () => 200],
  ['14.1.1', 'reversed ends are invalid: ignored', 'bytes=9-0', () => 200],
  ['14.2', 'one reversed range spoils the set', 'bytes=0-1,9-0', () => 200],
  ['14.2', 'letters', 'bytes=a-b', () => 200],
  ['14.2', 'no range at all', 'bytes=', () => 200],
  ['14.2', 'no unit', '0-9', () => 200],
  ['14.2', 'a lone dash', 'bytes=-', () => 200],
  ['14.2', 'signs', 'bytes=+0-+9', () => 200],
  ['14.2', 'a fraction', 'bytes=0.5-9', () => 200],
  ['14.2', 'two dashes', 'bytes=0-9-', () => 200],
  ['14.2', 'hexadecimal digits', 'bytes=0x0-0x9', () => 200],
  ['14.2', 'white space inside of a range', 'bytes=0 - 9', () => 200],
  ['14.2', 'another list separator', 'bytes=0-1;4-5', () => 200],
];

/** The same by names: of rows that are not all of one length, Jest takes the missing parameter for `done`. */
export const RANGE_ROWS = RANGE_CASES.map(([section, name, header, verdict, rule]) => ({
  section,
  name,
  header,
  verdict,
  rule,
}));

/** What abuses (RFC 9110 section 17.15): never more bytes than one whole representation. */
const ABUSES: readonly (readonly [name: string, header: (length: number) => string])[] = [
  ['hundreds of overlapping ranges', () => `bytes=${Array.from({ length: 300 }, () => '0-').join()}`],
  ['17 ranges that are apart', () => `bytes=${Array.from({ length: 17 }, (_, i) => `${i * 1000}-${i * 1000}`).join()}`],
  ['sixteen times everything', () => `bytes=${Array.from({ length: 16 }, () => '0-').join()}`],
  [
    'many small ranges, near each other',
    () => `bytes=${Array.from({ length: 16 }, (_, i) => `${i * 4}-${i * 4}`).join()}`,
  ],
  ['two halves and all of it', (length) => `bytes=0-${length >> 1},${length >> 1}-,0-`],
  ['a header of kilobytes', () => `bytes=${Array.from({ length: 700 }, (_, i) => `${i}-${i}`).join()}`],
];

/** Holds an answer about `source` to what its Range header must get. */
export function expectVerdict({ status, headers, body }: RawAnswer, source: Uint8Array, verdict: Verdict): void {
  if (verdict === 416) {
    expect([status, headers['content-range']]).toEqual([416, `bytes */${source.length}`]);
    return;
  }
  // Section 8.6: the exact length of what follows.
  expect(headers['content-length']).toBe(String(body.length));
  if (verdict === 200) {
    expect([status, headers['content-range']]).toEqual([200, undefined]);
    expect(Buffer.from(body).equals(source)).toBe(true);
    return;
  }
  expect(status).toBe(206);
  const [[startByte, endByte] = [0, 0], ...others] = verdict;
  if (others.length === 0) {
    expect(headers['content-range']).toBe(`bytes ${startByte}-${endByte - 1}/${source.length}`);
    expect(Buffer.from(body).equals(source.subarray(startByte, endByte))).toBe(true);
    return;
  }
  // Section 15.3.7.2: no Content-Range beside those of the parts.
  expect(headers['content-range']).toBeUndefined();
  const parts = multipartOf({ status, headers, body });
  expect(parts.map((part) => part.contentRange)).toEqual(
    verdict.map(([start, end]) => `bytes ${start}-${end - 1}/${source.length}`),
  );
  for (const [i, [start, end]] of verdict.entries()) {
    expect(parts[i]?.body.equals(source.subarray(start, end))).toBe(true);
  }
}

export function rangeConformance(subject: Subject): void {
  const routes = (): readonly string[] => byteRoutesOf(subject.track);
  let asked = 0;
  /** 2000 bytes from byte 1000 on, as a representation of its own, of which nobody in between has a byte. */
  const neverAsked = (): string => `${routes()[0]}?bytes=${1000 + asked}-${2999 + asked++}`;
  const held = (verdict: Verdict, rule: EdgeRule | undefined): Verdict => {
    if (rule === undefined || subject.target.isDirect) return verdict;
    expect(rule.status).toBe(200);
    return 200;
  };

  describe('range requests (RFC 9110 section 14)', () => {
    it.each(RANGE_ROWS)('section $section: $name ($header)', async ({ header, verdict, rule }) => {
      const { source } = subject.track;
      for (const route of routes()) {
        expectVerdict(await subject.get(route, { Range: header }), source, held(verdict(source.length), rule));
      }
    });

    it('section 14.3: every answer about the bytes says Accept-Ranges', async () => {
      for (const route of routes()) {
        for (const header of ['bytes=0-1', 'samples=0-1']) {
          expect((await subject.get(route, { Range: header })).headers['accept-ranges']).toBe('bytes');
        }
      }
      for (const route of subject.target.isDirect ? routes() : [neverAsked()]) {
        const { status, headers } = await subject.get(route, { Range: `bytes=${BEYOND}-` });
        expect([status, headers['accept-ranges']]).toEqual([416, 'bytes']);
      }
    });

    it('section 14.1.2: any range is exact to the byte', async () => {
      const { source } = subject.track;
      const anyRange = fc.tuple(fc.nat(source.length - 1), fc.nat(source.length - 1), fc.nat(2));
      await fc.assert(
        fc.asyncProperty(anyRange, async ([a, b, route]) => {
          const [first, last] = [Math.min(a, b), Math.max(a, b)];
          const answer = await subject.get(routes()[route] ?? '', { Range: `bytes=${first}-${last}` });
          expectVerdict(answer, source, [[first, last + 1]]);
        }),
        { numRuns: 40 },
      );
    });

    it('section 15.3.7.2: parts come in the order asked for, each with the type of the whole', async () => {
      const { source } = subject.track;
      const { length } = source;
      const inOrder = [
        [0, 10],
        [5000, 5010],
        [length - 10, length],
      ] as const;
      const ascending = await subject.get(routes()[0] ?? '', { Range: 'bytes=0-9,5000-5009,-10' });
      expectVerdict(ascending, source, inOrder);
      expect(multipartOf(ascending).map((part) => part.contentType)).toEqual(['audio/wav', 'audio/wav', 'audio/wav']);
      const [first, second, last] = inOrder;
      const answer = await subject.get(routes()[0] ?? '', { Range: 'bytes=5000-5009,0-9,-10' });
      expectVerdict(answer, source, held([second, first, last], RANGES_OUT_OF_ORDER));
    });

    it('section 14.6: nothing before the first boundary, which is not quoted, as some clients fail on either', async () => {
      const { headers, body } = await subject.get(neverAsked(), { Range: 'bytes=0-9,500-509' });
      const boundary = /^multipart\/byteranges; boundary=([^\s"]+)$/.exec(String(headers['content-type']))?.[1];
      expect(Buffer.from(body).toString('latin1').indexOf(`--${boundary}\r\n`)).toBe(0);
    });

    it.each(ABUSES)('section 17.15: %s are not amplified', async (_name, header) => {
      const { source } = subject.track;
      for (const route of routes()) {
        const { status, headers, body } = await subject.get(route, { Range: header(source.length) });
        expect([200, 206]).toContain(status);
        expect(body.length).toBeLessThanOrEqual(source.length);
        expect(headers['content-length']).toBe(String(body.length));
      }
    });

    it('section 15.5.17: a 416 is a problem document, not a part of the audio', async () => {
      for (const route of subject.target.isDirect ? [...routes(), neverAsked()] : [neverAsked()]) {
        const { headers, body } = await subject.get(route, { Range: `bytes=${BEYOND}-` });
        expect(headers['content-type']).toBe('application/problem+json');
        expect(JSON.parse(Buffer.from(body).toString())).toMatchObject({ status: 416, code: 'range_not_satisfiable' });
      }
      if (subject.target.isDirect) return;
      const { status, headers } = await subject.get(routes()[0] ?? '', { Range: `bytes=${BEYOND}-` });
      expect([status, headers['content-range']]).toEqual([
        RANGE_OF_CACHED.status,
        `bytes */${subject.track.source.length}`,
      ]);
    });

    it('section 14.2: a query selects a representation, in which ranges then select', async () => {
      const { source } = subject.track;
      const route = `${routes()[0]}?bytes=1000-1999`;
      const whole = await subject.get(route);
      expect([whole.status, whole.headers['content-length']]).toEqual([200, '1000']);
      const part = await subject.get(route, { Range: 'bytes=-10' });
      expect([part.status, part.headers['content-range']]).toEqual([206, 'bytes 990-999/1000']);
      expect(Buffer.from(part.body).equals(source.subarray(1990, 2000))).toBe(true);
    });
  });
}
