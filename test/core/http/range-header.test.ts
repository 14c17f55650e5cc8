import fc from 'fast-check';
import {
  COALESCE_GAP_BYTES,
  MAX_RANGE_HEADER_LENGTH,
  MAX_RANGES,
  parseRangeHeader,
  type RequestedRanges,
} from '../../../lambdas/core/http/range-header.ts';

const N = 10_000;
const IGNORED = undefined;
const UNSATISFIABLE = 'unsatisfiable';

function ranges(...pairs: [startByte: number, endByte: number][]): RequestedRanges {
  return { ranges: pairs.map(([startByte, endByte]) => ({ startByte, endByte })) };
}

describe('parseRangeHeader, of 10,000 bytes', () => {
  it.each<[name: string, header: string | null | undefined, expected: RequestedRanges]>([
    // What players send
    ['§14.1.2 Safari probes two bytes', 'bytes=0-1', ranges([0, 2])],
    ['§14.1.2 Chromium and Firefox ask for all of it', 'bytes=0-', ranges([0, N])],
    ['§14.1.2 ffmpeg after a seek', 'bytes=9500-', ranges([9500, N])],
    ['§14.1.2 Safari asks with the exact last byte', 'bytes=0-9999', ranges([0, N])],
    ['§14.1.2 a resumed download of a complete file', 'bytes=10000-', UNSATISFIABLE],
    ['§14.1.2 an end past the last byte is clamped', 'bytes=9500-20000', ranges([9500, N])],
    ['§14.1.2 an end just past the last byte', 'bytes=0-10000', ranges([0, N])],
    ['§14.1.2 curl -r -500', 'bytes=-500', ranges([9500, N])],
    ['§14.1.2 the last byte', 'bytes=-1', ranges([9999, N])],
    ['§14.1.2 the first byte', 'bytes=0-0', ranges([0, 1])],
    ['§14.1.2 the last byte by number', 'bytes=9999-9999', ranges([9999, N])],
    ['§14.1.2 a suffix of the whole length', 'bytes=-10000', ranges([0, N])],
    ['§14.1.2 a suffix longer than the whole', 'bytes=-99999999', ranges([0, N])],
    ['§14.1.2 leading zeros', 'bytes=0000-0004', ranges([0, 5])],

    // Unsatisfiable
    ['§14.1.2 a suffix of nothing', 'bytes=-0', UNSATISFIABLE],
    ['§14.1.2 a start past the end', 'bytes=10001-10002', UNSATISFIABLE],
    ['§14.1.2 all of several past the end', 'bytes=10000-,20000-30000,-0', UNSATISFIABLE],
    ['§14.1.1 a start of 2^64', 'bytes=18446744073709551616-', UNSATISFIABLE],
    ['§14.1.1 a start beyond any double', `bytes=${'9'.repeat(400)}-`, UNSATISFIABLE],
    ['§14.1.1 both ends beyond 2^53, in order', 'bytes=9007199254740992-9007199254740993', UNSATISFIABLE],
    ['§14.1.1 an end of 2^64 is clamped', 'bytes=5-18446744073709551615', ranges([5, N])],
    ['§14.1.1 a suffix of 2^64 is everything', 'bytes=-18446744073709551616', ranges([0, N])],

    // Form
    ['§14.1 units ignore case', 'Bytes=0-5', ranges([0, 6])],
    ['§14.1 units ignore case, all of them', 'BYTES=0-5', ranges([0, 6])],
    ['§5.5 white space around a field value', ' bytes=0-5 ', ranges([0, 6])],
    ['§5.6.1.2 white space where the grammar has none, but clients do', 'bytes= 0-5', ranges([0, 6])],
    ['§5.6.1.2 white space around commas', 'bytes=0-5 \t,\t 1000-1005', ranges([0, 6], [1000, 1006])],
    ['§5.6.1.2 empty list elements', 'bytes=,, 0-5 ,,', ranges([0, 6])],

    // Ignored
    ['§14.2 no header', undefined, IGNORED],
    ['§14.2 no header, as Headers says it', null, IGNORED],
    ['§14.2 an empty header', '', IGNORED],
    ['§14.2 another unit', 'seconds=0-5', IGNORED],
    ['§14.2 another unit that begins alike', 'bytesize=0-5', IGNORED],
    ['§14.1.1 no unit', '0-5', IGNORED],
    ['§14.1.1 a unit alone', 'bytes', IGNORED],
    ['§14.1.1 an empty set', 'bytes=', IGNORED],
    ['§14.1.1 a set of commas', 'bytes=,,', IGNORED],
    ['§14.1.1 a dash alone', 'bytes=-', IGNORED],
    ['§14.1.1 letters', 'bytes=abc', IGNORED],
    ['§14.1.1 letters on both sides', 'bytes=x-y', IGNORED],
    ['§14.1.1 no dash', 'bytes=5', IGNORED],
    ['§14.1.1 last below first', 'bytes=5-2', IGNORED],
    ['§14.1.1 last below first, both beyond 2^53', 'bytes=9007199254740993-9007199254740992', IGNORED],
    ['§14.1.1 one malformed range spoils the set', 'bytes=0-5,9-7', IGNORED],
    ['§14.1.1 a colon in place of =', 'bytes: 0-5', IGNORED],
    ['§14.1.1 a space before =', 'bytes =0-5', IGNORED],
    ['§14.1.1 spaces around the dash', 'bytes=0 - 5', IGNORED],
    ['§14.1.1 a space inside a number', 'bytes=1 0-20', IGNORED],
    ['§14.1.1 a plus sign', 'bytes=+0-5', IGNORED],
    ['§14.1.1 a negative last byte', 'bytes=0--5', IGNORED],
    ['§14.1.1 a double dash', 'bytes=--5', IGNORED],
    ['§14.1.1 three numbers', 'bytes=0-5-9', IGNORED],
    ['§14.1.1 hexadecimal', 'bytes=0x0-0x5', IGNORED],
    ['§14.1.1 a fraction', 'bytes=0.5-5', IGNORED],
    ['§14.1.1 an exponent', 'bytes=1e3-2e3', IGNORED],
    ['§14.1.1 digits of another script', 'bytes=٠-٥', IGNORED],
    ['§14.1.1 semicolons', 'bytes=0-5;7-9', IGNORED],
    ['§14.1.1 the unit twice', 'bytes=0-5,bytes=7-9', IGNORED],
    ['§14.1.1 a line break', 'bytes=0-5\n', IGNORED],

    // Several
    ['§14.1.2 first and last byte', 'bytes=0-0,-1', ranges([0, 1], [9999, N])],
    ['§15.3.7.2 the order of the request is kept', 'bytes=-1,0-0', ranges([9999, N], [0, 1])],
    ['§15.3.7.2 those past the end are dropped', 'bytes=20000-,0-0', ranges([0, 1])],
    ['§15.3.7.2 overlapping ranges become one', 'bytes=0-500,400-900', ranges([0, 901])],
    ['§15.3.7.2 adjacent ranges become one', 'bytes=0-499,500-999', ranges([0, 1000])],
    ['§15.3.7.2 a small gap is filled', 'bytes=0-499,579-999', ranges([0, 1000])],
    ['§15.3.7.2 a gap of 80 bytes is kept', 'bytes=0-499,580-999', ranges([0, 500], [580, 1000])],
    ['§15.3.7.2 one inside another', 'bytes=0-999,10-20', ranges([0, 1000])],
    ['§17.15 the same range again and again', 'bytes=0-,0-,0-,0-,0-', ranges([0, N])],
    [
      '§15.3.7.2 a late range that joins two takes the place of the first',
      'bytes=2000-2099,5000-5099,1000-1099,1100-1999',
      ranges([1000, 2100], [5000, 5100]),
    ],
  ])('%s: %p', (_name, header, expected) => {
    expect(parseRangeHeader(header, N)).toEqual(expected);
  });

  it('takes as many ranges as the limit and ignores the header beyond it (§17.15)', () => {
    const header = (count: number): string =>
      `bytes=${Array.from({ length: count }, (_, i) => `${i * 100}-${i * 100}`).join()}`;
    expect(parseRangeHeader(header(MAX_RANGES), N)).toMatchObject({ ranges: { length: MAX_RANGES } });
    expect(parseRangeHeader(header(MAX_RANGES + 1), N)).toBe(IGNORED);
  });

  it('counts ranges that would be dropped or merged, too', () => {
    expect(parseRangeHeader(`bytes=${Array(MAX_RANGES).fill('0-').join()}`, N)).toEqual(ranges([0, N]));
    expect(
      parseRangeHeader(
        `bytes=${Array(MAX_RANGES + 1)
          .fill('0-')
          .join()}`,
        N,
      ),
    ).toBe(IGNORED);
  });

  it('ignores a header over the length limit', () => {
    const fits = `bytes=0-${',0-'.padStart(MAX_RANGE_HEADER_LENGTH - 8, ',')}`;
    expect(fits).toHaveLength(MAX_RANGE_HEADER_LENGTH);
    expect(parseRangeHeader(fits, N)).toEqual(ranges([0, N]));
    expect(parseRangeHeader(`${fits},`, N)).toBe(IGNORED);
  });
});

describe('parseRangeHeader, of nothing', () => {
  it.each<[name: string, header: string, expected: RequestedRanges]>([
    ['§14.1.2 any start is past the end', 'bytes=0-', UNSATISFIABLE],
    ['§14.1.2 any range is past the end', 'bytes=0-0', UNSATISFIABLE],
    ['§14.1.2 a suffix of nothing', 'bytes=-0', UNSATISFIABLE],
    ['§14.1.2 a suffix is satisfiable but inexpressible', 'bytes=-5', IGNORED],
    ['§14.1.2 also beside others', 'bytes=0-,-5', IGNORED],
  ])('%s: %p', (_name, header, expected) => {
    expect(parseRangeHeader(header, 0)).toEqual(expected);
  });
});

/** Marks every selected byte, fills the small gaps, and reads the runs off in the order in which they were asked for. */
function naiveRanges(specs: readonly [first: number | null, last: number | null][], byteLength: number) {
  const marked = new Array<boolean>(byteLength).fill(false);
  const asked: number[] = [];
  for (const [first, last] of specs) {
    for (let byte = 0; byte < byteLength; byte++) {
      const inside =
        first === null ? byte >= byteLength - (last ?? 0) : byte >= first && byte <= (last ?? Number.POSITIVE_INFINITY);
      if (!inside) continue;
      marked[byte] = true;
      asked.push(byte);
    }
  }
  for (let byte = 0, previous = -1; byte < byteLength; byte++) {
    if (!marked[byte]) continue;
    if (previous >= 0 && byte - previous - 1 < COALESCE_GAP_BYTES) marked.fill(true, previous, byte);
    previous = byte;
  }
  const runs: [number, number][] = [];
  for (const byte of asked) {
    if (runs.some(([start, end]) => byte >= start && byte < end)) continue;
    let [start, end] = [byte, byte];
    while (marked[start - 1]) start--;
    while (marked[end]) end++;
    runs.push([start, end]);
  }
  return runs.length === 0 ? UNSATISFIABLE : ranges(...runs);
}

describe('parseRangeHeader against a model that marks bytes one by one', () => {
  const position = fc.nat({ max: 1200 });
  const spec = fc.oneof(
    fc.tuple(position, fc.nat({ max: 150 })).map(([first, more]): [number, number] => [first, first + more]),
    position.map((first): [number, null] => [first, null]),
    fc.nat({ max: 300 }).map((suffix): [null, number] => [null, suffix]),
  );

  it('selects the same bytes in the same order, never one twice', () => {
    fc.assert(
      fc.property(
        fc.array(spec, { minLength: 1, maxLength: MAX_RANGES }),
        fc.integer({ min: 1, max: 1000 }),
        (specs, byteLength) => {
          const header = `bytes=${specs.map(([first, last]) => `${first ?? ''}-${last ?? ''}`).join(', ')}`;
          const parsed = parseRangeHeader(header, byteLength);
          expect(parsed).toEqual(naiveRanges(specs, byteLength));
          if (parsed === undefined || parsed === 'unsatisfiable') return;
          const total = parsed.ranges.reduce((sum, { startByte, endByte }) => sum + endByte - startByte, 0);
          expect(total).toBeLessThanOrEqual(byteLength);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('never throws and never leaves the representation, whatever the text', () => {
    const text = fc.string({ unit: fc.constantFrom(...'0123456789-, \t=xBytes'), maxLength: 40 });
    fc.assert(
      fc.property(text, fc.nat({ max: 100 }), (tail, byteLength) => {
        const parsed = parseRangeHeader(`bytes=${tail}`, byteLength);
        if (parsed === undefined || parsed === 'unsatisfiable') return;
        for (const { startByte, endByte } of parsed.ranges) {
          expect(startByte).toBeGreaterThanOrEqual(0);
          expect(endByte).toBeGreaterThan(startByte);
          expect(endByte).toBeLessThanOrEqual(byteLength);
        }
      }),
    );
  });
});
