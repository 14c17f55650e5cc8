/** HTTP dates: RFC 9110 §5.6.7. */

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

const TIME = '(?<hour>\\d{2}):(?<minute>\\d{2}):(?<second>\\d{2})';
const MONTH = `(?<month>${MONTHS.join('|')})`;
const FORMS = [
  // IMF-fixdate: Sun, 06 Nov 1994 08:49:37 GMT
  new RegExp(`^(?<weekday>[A-Z][a-z]{2}), (?<day>\\d{2}) ${MONTH} (?<year>\\d{4}) ${TIME} GMT$`),
  // rfc850-date, obsolete: Sunday, 06-Nov-94 08:49:37 GMT
  new RegExp(`^(?<weekday>[A-Z][a-z]{5,8}), (?<day>\\d{2})-${MONTH}-(?<year>\\d{2}) ${TIME} GMT$`),
  // asctime-date, obsolete: Sun Nov  6 08:49:37 1994
  new RegExp(`^(?<weekday>[A-Z][a-z]{2}) ${MONTH} (?<day>\\d{2}| \\d) ${TIME} (?<year>\\d{4})$`),
];

const FIRST_MS = Date.parse('0000-01-01T00:00:00Z');
const END_MS = Date.UTC(10_000, 0, 1);

/**
 * IMF-fixdate of a time in milliseconds since the epoch, rounded down to the second.
 * Throws a RangeError outside the years 0 to 9999, which the format cannot write.
 */
export function formatHttpDate(timeMs: number): string {
  if (!(timeMs >= FIRST_MS && timeMs < END_MS)) {
    throw new RangeError(`an HTTP date lies in the years 0 to 9999; received ${timeMs} ms since 1970`);
  }
  const second = wholeSecondMs(timeMs);
  if (latest.second !== second) latest = { second, text: new Date(second).toUTCString() };
  return latest.text;
}

/** Requests come in runs for one track, whose date is one. */
let latest = { second: 0, text: 'Thu, 01 Jan 1970 00:00:00 GMT' };

/** The time as an HTTP date can tell it: the start of its second, in milliseconds since the epoch. */
export function wholeSecondMs(timeMs: number): number {
  return Math.floor(timeMs / 1000) * 1000;
}

/**
 * Milliseconds since the epoch of an HTTP date in any of its three forms; `undefined` when it is malformed, names a day
 * that does not exist, or contradicts its own weekday. Second 60 (a leap second) is taken as the second after 59.
 *
 * The two-digit year of an rfc850-date is resolved by the weekday, which differs between 19xx and 20xx for every date:
 * exact, and without the clock that the 50-year rule of §5.6.7 needs.
 */
export function parseHttpDate(text: string): number | undefined {
  for (const form of FORMS) {
    const fields = form.exec(text)?.groups;
    if (fields === undefined) continue;
    const year = fields.year ?? '';
    const centuries = year.length === 2 ? ['19', '20'] : [''];
    return centuries.map((century) => timeOf(fields, Number(century + year))).find((timeMs) => timeMs !== undefined);
  }
  return undefined;
}

function timeOf(fields: Readonly<Record<string, string>>, year: number): number | undefined {
  const [day, hour, minute, second] = [fields.day, fields.hour, fields.minute, fields.second].map(Number);
  const month = MONTHS.indexOf(fields.month ?? '');
  if (day === undefined || hour === undefined || minute === undefined || second === undefined) return undefined;
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  // Not Date.UTC, which takes the years 0 to 99 for 1900 to 1999.
  const date = new Date(0);
  date.setUTCFullYear(year, month, day);
  // A day that the month does not have falls into another month.
  if (date.getUTCMonth() !== month) return undefined;
  const weekday = WEEKDAYS[date.getUTCDay()] ?? '';
  if (fields.weekday !== weekday && fields.weekday !== weekday.slice(0, 3)) return undefined;
  return date.getTime() + ((hour * 60 + minute) * 60 + second) * 1000;
}
