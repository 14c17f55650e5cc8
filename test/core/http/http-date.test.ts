import fc from 'fast-check';
import { formatHttpDate, parseHttpDate } from '../../../lambdas/core/http/http-date.ts';

const EXAMPLE_MS = Date.UTC(1994, 10, 6, 8, 49, 37);

describe('parseHttpDate', () => {
  it.each<[name: string, text: string, expected: number | undefined]>([
    ['IMF-fixdate', 'Sun, 06 Nov 1994 08:49:37 GMT', EXAMPLE_MS],
    ['rfc850-date', 'Sunday, 06-Nov-94 08:49:37 GMT', EXAMPLE_MS],
    ['asctime-date', 'Sun Nov  6 08:49:37 1994', EXAMPLE_MS],
    ['asctime-date with two digits of day', 'Wed Nov 16 08:49:37 1994', EXAMPLE_MS + 10 * 86_400_000],
    ['rfc850-date of this century, by its weekday', 'Friday, 06-Nov-26 00:00:00 GMT', Date.UTC(2026, 10, 6)],
    ['rfc850-date of the last century, by its weekday', 'Saturday, 06-Nov-26 00:00:00 GMT', Date.UTC(1926, 10, 6)],
    ['rfc850-date whose weekday fits neither', 'Monday, 06-Nov-26 00:00:00 GMT', undefined],
    ['a leap day', 'Thu, 29 Feb 2024 00:00:00 GMT', Date.UTC(2024, 1, 29)],
    ['a leap second', 'Sat, 31 Dec 2016 23:59:60 GMT', Date.UTC(2017, 0, 1)],
    ['before the epoch', 'Wed, 31 Dec 1969 23:59:59 GMT', -1000],
    ['a day that does not exist', 'Wed, 29 Feb 2023 00:00:00 GMT', undefined],
    ['day zero', 'Mon, 00 Nov 1994 08:49:37 GMT', undefined],
    ['a wrong weekday', 'Mon, 06 Nov 1994 08:49:37 GMT', undefined],
    ['hour 24', 'Sun, 06 Nov 1994 24:00:00 GMT', undefined],
    ['minute 60', 'Sun, 06 Nov 1994 08:60:00 GMT', undefined],
    ['second 61', 'Sun, 06 Nov 1994 08:49:61 GMT', undefined],
    ['another zone', 'Sun, 06 Nov 1994 08:49:37 CET', undefined],
    ['a numeric zone', 'Sun, 06 Nov 1994 08:49:37 +0000', undefined],
    ['no zone', 'Sun, 06 Nov 1994 08:49:37', undefined],
    ['lower case', 'sun, 06 nov 1994 08:49:37 gmt', undefined],
    ['one digit of day', 'Sun, 6 Nov 1994 08:49:37 GMT', undefined],
    ['ISO 8601', '1994-11-06T08:49:37Z', undefined],
    ['a number', '784111777', undefined],
    ['zero, as some clients send', '0', undefined],
    ['nothing', '', undefined],
    ['two dates', 'Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT', undefined],
  ])('%s: %p', (_name, text, expected) => {
    expect(parseHttpDate(text)).toBe(expected);
  });

  const secondsOf = (fromYear: number, toYear: number) =>
    fc.integer({ min: Date.UTC(fromYear, 0, 1) / 1000, max: Date.UTC(toYear, 0, 1) / 1000 - 1 });

  it('reads back what formatHttpDate writes, to the second', () => {
    fc.assert(
      fc.property(fc.integer({ min: Date.parse('0000-01-01T00:00:00Z'), max: Date.UTC(9999, 11, 31) }), (timeMs) => {
        const text = formatHttpDate(timeMs);
        expect(text).toMatch(/^\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT$/);
        expect(parseHttpDate(text)).toBe(Math.floor(timeMs / 1000) * 1000);
      }),
    );
  });

  it('reads both obsolete forms of any second from 1900 to 2099', () => {
    fc.assert(
      fc.property(secondsOf(1900, 2100), (seconds) => {
        const date = new Date(seconds * 1000);
        const [weekday = '', day = '', month = '', year = '', time = ''] = date
          .toUTCString()
          .replace(',', '')
          .split(' ');
        const longDay = date.toLocaleDateString('en-US', { weekday: 'long', timeZone: 'UTC' });
        expect(parseHttpDate(`${longDay}, ${day}-${month}-${year.slice(2)} ${time} GMT`)).toBe(seconds * 1000);
        expect(parseHttpDate(`${weekday} ${month} ${day.replace(/^0/, ' ')} ${time} ${year}`)).toBe(seconds * 1000);
      }),
    );
  });
});

describe('formatHttpDate', () => {
  it.each([
    [EXAMPLE_MS, 'Sun, 06 Nov 1994 08:49:37 GMT'],
    [EXAMPLE_MS + 999, 'Sun, 06 Nov 1994 08:49:37 GMT'],
    [-1, 'Wed, 31 Dec 1969 23:59:59 GMT'],
  ])('%p', (timeMs, expected) => {
    expect(formatHttpDate(timeMs)).toBe(expected);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Date.UTC(10_000, 0, 1), -1e15])('refuses %p', (timeMs) => {
    expect(() => formatHttpDate(timeMs)).toThrow(RangeError);
  });
});
