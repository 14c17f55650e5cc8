import fc from 'fast-check';
import { CuepointError, type ErrorCode } from '../../lambdas/core/errors.ts';
import type { ByteRange } from '../../lambdas/core/ports.ts';
import {
  formatTime,
  MAX_TIME_RANGES,
  parseByteRange,
  parseRanges,
  parseTime,
  parseTimeRange,
  type SampleRange,
} from '../../lambdas/core/time.ts';

const RATE = 44_100;
const TIMELINE = { sampleRate: RATE, totalSamples: 100 * RATE };

function failureOf(action: () => unknown): { code: ErrorCode; message: string } {
  try {
    action();
  } catch (error) {
    if (error instanceof CuepointError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('parseTime', () => {
  it.each<[text: string, samples: number]>([
    ['0', 0],
    ['90', 90 * RATE],
    ['90.5', 90.5 * RATE],
    ['.5', RATE / 2],
    ['0.5', RATE / 2],
    ['007', 7 * RATE],
    ['100000', 100_000 * RATE],
    ['1:30', 90 * RATE],
    ['01:30', 90 * RATE],
    ['1:30.250', 90.25 * RATE],
    ['0:00', 0],
    ['59:59', 3599 * RATE],
    ['0:01:30.25', 90.25 * RATE],
    ['1:00:00', 3600 * RATE],
    ['100:00:00', 360_000 * RATE],
  ])('%p is sample %p', (text, samples) => {
    expect(parseTime(text, RATE)).toBe(samples);
  });

  it.each<[name: string, text: string, sampleRate: number, samples: number]>([
    ['half up', '0.5', 1, 1],
    ['just below a half', '0.4999999999999999999999999999', 1, 0],
    ['the nearest, down', '0.00001', RATE, 0],
    ['the nearest, up', '0.00002', RATE, 1],
    ['exact where a float is not: 1.005 s', '1.005', 1000, 1005],
    ['exact where a float is not: 0.285 s at 100 Hz is 28.5', '0.285', 100, 29],
    ['exact where a float is not: 8.345 s at 100 Hz is 834.5', '8.345', 100, 835],
    ['exact at the end of 2^53', '9007199254740991', 1, Number.MAX_SAFE_INTEGER],
    ['no further than 2^53', '99999999999999999999999999999999', RATE, Number.MAX_SAFE_INTEGER],
  ])('%s', (_name, text, sampleRate, samples) => {
    expect(parseTime(text, sampleRate)).toBe(samples);
  });

  it('is needed: floats get the half wrong', () => {
    expect(Math.round(0.285 * 100)).toBe(28);
  });

  it.each([
    '',
    ' ',
    '.',
    '-1',
    '-0',
    '+1',
    'NaN',
    'Infinity',
    '1e3',
    '1E3',
    '0x10',
    '1_000',
    '1,5',
    '5.',
    '1.2.3',
    ' 1',
    '1 ',
    '1\n',
    '90s',
    'npt:90',
    'abc',
    '٣',
    '1:5',
    '1:60',
    '60:00',
    '90:00',
    '1:60:00',
    '1:00:60',
    '1:5:00',
    '1:005:00',
    '1:30:',
    ':30',
    ':',
    '::',
    '1::30',
    '1:30.',
    '1:.5',
    '1:-5',
    '1:30:00:00',
    '001:30',
    '0:1:30',
    '000000000000000000000000000000001',
  ])('refuses %p', (text) => {
    expect(parseTime(text, RATE)).toBeUndefined();
  });

  it('is the nearest sample, by a model in fractions', () => {
    const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength: 12 });
    fc.assert(
      fc.property(fc.nat({ max: 1_000_000 }), digits, fc.integer({ min: 1, max: 768_000 }), (whole, fraction, rate) => {
        const text = fraction === '' ? `${whole}` : `${whole}.${fraction}`;
        const sample = parseTime(text, rate);
        // |sample − time·rate| ≤ ½, with everything times 2·10^digits; the half goes up.
        const scale = 10n ** BigInt(fraction.length);
        const distance = 2n * (BigInt(sample ?? -1) * scale - BigInt(`${whole}${fraction}`) * BigInt(rate));
        expect(distance > -scale && distance <= scale).toBe(true);
      }),
    );
  });

  it('means the same in every form', () => {
    const clock = fc.record({
      hours: fc.nat({ max: 99 }),
      minutes: fc.nat({ max: 59 }),
      seconds: fc.nat({ max: 59 }),
      fraction: fc.constantFrom('', '.5', '.25', '.001', '.9999'),
    });
    fc.assert(
      fc.property(clock, ({ hours, minutes, seconds, fraction }) => {
        const two = (value: number): string => String(value).padStart(2, '0');
        const plain = parseTime(`${hours * 3600 + minutes * 60 + seconds}${fraction}`, RATE);
        expect(plain).toBeDefined();
        expect(parseTime(`${hours}:${two(minutes)}:${two(seconds)}${fraction}`, RATE)).toBe(plain);
        if (hours === 0) expect(parseTime(`${minutes}:${two(seconds)}${fraction}`, RATE)).toBe(plain);
      }),
    );
  });
});

describe('formatTime', () => {
  it.each<[samples: number, sampleRate: number, text: string]>([
    [0, RATE, '0:00.000'],
    [90.25 * RATE, RATE, '1:30.250'],
    [3599.9994 * 10_000, 10_000, '59:59.999'],
    [3599.9995 * 10_000, 10_000, '1:00:00.000'],
    [3661 * RATE, RATE, '1:01:01.000'],
    [360_000 * RATE, RATE, '100:00:00.000'],
    [Number.MAX_SAFE_INTEGER, 1, '2501999792983:36:31.000'],
  ])('%p at %p Hz is %p', (samples, sampleRate, text) => {
    expect(formatTime(samples, sampleRate)).toBe(text);
  });

  it('is read back within half a millisecond, and exactly at rates up to 1000 Hz', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 31 - 1 }), fc.integer({ min: 1, max: 768_000 }), (samples, rate) => {
        const back = parseTime(formatTime(samples, rate), rate) ?? Number.NaN;
        expect(Math.abs(back - samples)).toBeLessThanOrEqual(rate <= 1000 ? 0 : Math.ceil(rate / 2000));
      }),
    );
  });
});

describe('parseTimeRange, of 100 s', () => {
  it.each<[name: string, range: { start?: string; end?: string }, expected: [number, number]]>([
    ['nothing is everything', {}, [0, 100]],
    ['both', { start: '10', end: '0:20' }, [10, 20]],
    ['no start', { end: '20' }, [0, 20]],
    ['no end', { start: '1:30' }, [90, 100]],
    ['an end past the end', { start: '90', end: '5:00' }, [90, 100]],
    ['an absurd end', { start: '90', end: '9'.repeat(32) }, [90, 100]],
  ])('%s: %p', (_name, range, [start, end]) => {
    expect(parseTimeRange(range, TIMELINE)).toEqual({ startSample: start * RATE, endSample: end * RATE });
  });

  it.each<[name: string, range: { start?: string; end?: string }, code: ErrorCode, mentions: string[]]>([
    ['a malformed start', { start: 'abc' }, 'invalid_parameter', ["'start'", '"abc"', 'h:mm:ss']],
    ['an empty start', { start: '' }, 'invalid_parameter', ["'start'", '""']],
    ['a malformed end', { start: '1', end: '-2' }, 'invalid_parameter', ["'end'", '"-2"']],
    ['a reversed range', { start: '20', end: '10' }, 'invalid_parameter', ["'end'", '"10"', 'after the start']],
    ['an empty range', { start: '20', end: '20' }, 'invalid_parameter', ["'end'", '"20"']],
    ['an empty range at the start', { end: '0' }, 'invalid_parameter', ["'end'", '"0"']],
    ['less than half a sample', { start: '1', end: '1.00001' }, 'invalid_parameter', ["'end'"]],
    ['a reversed range past the end', { start: '300', end: '200' }, 'invalid_parameter', ["'end'"]],
    ['a start at the end', { start: '100' }, 'range_not_satisfiable', ['1:40.000']],
    ['a start past the end', { start: '200', end: '300' }, 'range_not_satisfiable', ['3:20.000', '1:40.000']],
  ])('refuses %s: %p', (_name, range, code, mentions) => {
    const failure = failureOf(() => parseTimeRange(range, TIMELINE));
    expect(failure.code).toBe(code);
    for (const mention of mentions) expect(failure.message).toContain(mention);
  });

  it('finds nothing in a track without samples', () => {
    expect(failureOf(() => parseTimeRange({}, { sampleRate: RATE, totalSamples: 0 })).code).toBe(
      'range_not_satisfiable',
    );
  });

  it('quotes long and odd parameters safely', () => {
    const { message } = failureOf(() => parseTimeRange({ start: `\u0000\ud800${'x'.repeat(10_000)}` }, TIMELINE));
    expect(message).toContain('\\u0000\\ud800');
    expect(message.length).toBeLessThan(250);
  });
});

describe('parseRanges, of 100 s', () => {
  const seconds = (...pairs: [number, number][]): SampleRange[] =>
    pairs.map(([start, end]) => ({ startSample: start * RATE, endSample: end * RATE }));

  it.each<[text: string, expected: SampleRange[]]>([
    ['10-20', seconds([10, 20])],
    ['10-20,1:00-1:30', seconds([10, 20], [60, 90])],
    ['95-', seconds([95, 100])],
    ['1:00-,0-5.5', seconds([60, 100], [0, 5.5])],
    ['10-20,10-20,15-25', seconds([10, 20], [10, 20], [15, 25])],
    ['0:01:00-2:00:00', seconds([60, 100])],
  ])('%p', (text, expected) => {
    expect(parseRanges(text, TIMELINE)).toEqual(expected);
  });

  it.each<[name: string, text: string, code: ErrorCode, received: string]>([
    ['nothing', '', 'invalid_parameter', '""'],
    ['an empty element', '10-20,,30-40', 'invalid_parameter', '""'],
    ['a lone time', '10', 'invalid_parameter', '"10"'],
    ['no start, which could mean the beginning or the last seconds', '-20', 'invalid_parameter', '"-20"'],
    ['a lone dash', '-', 'invalid_parameter', '"-"'],
    ['three times', '1-2-3', 'invalid_parameter', '"1-2-3"'],
    ['a malformed time', '0-5,1-x', 'invalid_parameter', '"x"'],
    ['spaces', '10-20, 30-40', 'invalid_parameter', '" 30"'],
    ['a reversed one', '0-5,9-8', 'invalid_parameter', '"9-8"'],
    ['one past the end', '0-5,200-300', 'range_not_satisfiable', '3:20.000'],
  ])('refuses %s: %p', (_name, text, code, received) => {
    const failure = failureOf(() => parseRanges(text, TIMELINE));
    expect(failure.code).toBe(code);
    expect(failure.message).toContain(received);
  });

  it('takes as many as the limit, no more', () => {
    expect(parseRanges(Array(MAX_TIME_RANGES).fill('1-2').join(), TIMELINE)).toHaveLength(MAX_TIME_RANGES);
    const failure = failureOf(() =>
      parseRanges(
        Array(MAX_TIME_RANGES + 1)
          .fill('1-2')
          .join(),
        TIMELINE,
      ),
    );
    expect(failure).toMatchObject({ code: 'invalid_parameter', message: expect.stringContaining('100') });
  });

  it('agrees with parseTimeRange, range by range', () => {
    const range = fc.tuple(fc.nat({ max: 98 }), fc.option(fc.integer({ min: 1, max: 50 })));
    fc.assert(
      fc.property(fc.array(range, { minLength: 1, maxLength: MAX_TIME_RANGES }), (pairs) => {
        const text = pairs.map(([start, more]) => `${start}-${more === null ? '' : start + more}`).join();
        const single = pairs.map(([start, more]) =>
          parseTimeRange({ start: `${start}`, end: more === null ? undefined : `${start + more}` }, TIMELINE),
        );
        expect(parseRanges(text, TIMELINE)).toEqual(single);
      }),
    );
  });
});

describe('parseByteRange, of 10,000 bytes (RFC 9110 §14.1.2)', () => {
  it.each<[text: string, expected: ByteRange]>([
    ['0-499', { startByte: 0, endByte: 500 }],
    ['0-0', { startByte: 0, endByte: 1 }],
    ['9500-', { startByte: 9500, endByte: 10_000 }],
    ['9500-20000', { startByte: 9500, endByte: 10_000 }],
    ['-500', { startByte: 9500, endByte: 10_000 }],
    ['-20000', { startByte: 0, endByte: 10_000 }],
    ['5-18446744073709551616', { startByte: 5, endByte: 10_000 }],
  ])('%p', (text, expected) => {
    expect(parseByteRange(text, 10_000)).toEqual(expected);
  });

  it.each<[text: string, code: ErrorCode]>([
    ['', 'invalid_parameter'],
    ['-', 'invalid_parameter'],
    ['abc', 'invalid_parameter'],
    ['5', 'invalid_parameter'],
    ['5-2', 'invalid_parameter'],
    ['0-1,5-6', 'invalid_parameter'],
    ['bytes=0-1', 'invalid_parameter'],
    [' 0-1', 'invalid_parameter'],
    [`${'9'.repeat(5000)}-`, 'invalid_parameter'],
    ['-0', 'range_not_satisfiable'],
    ['10000-', 'range_not_satisfiable'],
    ['18446744073709551616-', 'range_not_satisfiable'],
  ])('refuses %p as %p', (text, code) => {
    const failure = failureOf(() => parseByteRange(text, 10_000));
    expect(failure.code).toBe(code);
    expect(failure.message).toContain(`'bytes' is ${JSON.stringify(text.slice(0, 40)).slice(0, -1)}`);
  });

  it('finds nothing in nothing', () => {
    expect(failureOf(() => parseByteRange('-5', 0)).code).toBe('range_not_satisfiable');
  });
});
