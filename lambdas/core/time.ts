/** Times and ranges as people write them in a query, to integer samples and bytes. Exact: no float touches a time. */
import { CuepointError } from './errors.ts';
import { MAX_RANGE_HEADER_LENGTH, parseRangeSpec, resolveRangeSpec } from './http/range-header.ts';
import type { ByteRange } from './ports.ts';

/** The samples of a track: `sampleRate` in Hz, a positive integer; `totalSamples` of one channel. */
export type Timeline = { readonly sampleRate: number; readonly totalSamples: number };

/** Half open, in samples of the timeline. */
export type SampleRange = { readonly startSample: number; readonly endSample: number };

/** Longer than any time a person means. */
const MAX_TIME_LENGTH = 32;

export const MAX_TIME_RANGES = 100;

/** How much of a parameter is quoted back in a message. */
const MAX_QUOTED_LENGTH = 60;

const SECONDS_FORM = /^(?<seconds>\d*)(?:\.(?<fraction>\d+))?$/;
const COLON_FORM = /^(?:(?<hours>\d+):(?=\d\d:))?(?<minutes>\d{1,2}):(?<seconds>\d\d)(?:\.(?<fraction>\d+))?$/;

const TIME_FORMS = 'seconds (90, 90.5) or h:mm:ss (1:30, 0:01:30.25)';

/**
 * The sample nearest to a time, half up: `90`, `90.5`, `.5`, `1:30`, `1:30.250`, `0:01:30.25`. In the forms with colons
 * minutes and seconds are below 60, and all fields but the first have two digits. `undefined` for everything else:
 * signs, exponents, spaces, the empty text, more than 32 characters. Beyond 2^53 − 1 samples the answer stays there.
 */
export function parseTime(text: string, sampleRate: number): number | undefined {
  if (text === '' || text.length > MAX_TIME_LENGTH) return undefined;
  const fields = (SECONDS_FORM.exec(text) ?? COLON_FORM.exec(text))?.groups;
  if (fields === undefined) return undefined;
  const { hours = '0', minutes = '0', seconds = '0', fraction = '' } = fields;
  if (text.includes(':') && (Number(minutes) >= 60 || Number(seconds) >= 60)) return undefined;
  const wholeSeconds = (BigInt(hours) * 60n + BigInt(minutes)) * 60n + BigInt(seconds);
  const scale = 10n ** BigInt(fraction.length);
  const scaledSeconds = wholeSeconds * scale + BigInt(fraction);
  const samples = divideHalfUp(scaledSeconds * BigInt(sampleRate), scale);
  return samples > Number.MAX_SAFE_INTEGER ? Number.MAX_SAFE_INTEGER : Number(samples);
}

/** `h:mm:ss.sss`, or `m:ss.sss` below an hour: the nearest millisecond, half up. `samples` is a whole number from 0 on. */
export function formatTime(samples: number, sampleRate: number): string {
  const totalMs = divideHalfUp(BigInt(samples) * 1000n, BigInt(sampleRate));
  const hours = totalMs / 3_600_000n;
  const minutes = (totalMs / 60_000n) % 60n;
  const seconds = `${padded((totalMs / 1000n) % 60n, 2)}.${padded(totalMs % 1000n, 3)}`;
  return hours === 0n ? `${minutes}:${seconds}` : `${hours}:${padded(minutes, 2)}:${seconds}`;
}

function divideHalfUp(dividend: bigint, divisor: bigint): bigint {
  return (2n * dividend + divisor) / (2n * divisor);
}

function padded(value: bigint, digits: number): string {
  return String(value).padStart(digits, '0');
}

/**
 * The samples of `?start=&end=`. Without `start` from the beginning, without `end` (or with one past the end) to the
 * end of the timeline. Throws `invalid_parameter` when one is malformed or `end` is not after `start`, and
 * `range_not_satisfiable` when `start` is not before the end of the timeline.
 */
export function parseTimeRange(
  range: { readonly start?: string | undefined; readonly end?: string | undefined },
  timeline: Timeline,
): SampleRange {
  const startSample = range.start === undefined ? 0 : requireTime('start', range.start, timeline);
  const endSample = range.end === undefined ? undefined : requireTime('end', range.end, timeline);
  return placed(startSample, endSample, timeline, {
    name: range.end === undefined ? 'start' : 'end',
    received: range.end ?? range.start ?? '',
  });
}

/** `start` and `end`, or both of them as `t`: what a query may hold to name one range of time. */
export type TimeQuery = {
  readonly start?: string | undefined;
  readonly end?: string | undefined;
  readonly t?: string | undefined;
};

/**
 * The samples that a query names by `t=5,15`, `t=5`, `t=,15` (Media Fragments URI 1.0 section 4.2.1, with `npt:` in front
 * or without), or by `start` and `end`; `undefined` when it names none. Throws as `parseTimeRange` does.
 */
export function parseTimeQuery({ start, end, t }: TimeQuery, timeline: Timeline): SampleRange | undefined {
  if (t === undefined)
    return start === undefined && end === undefined ? undefined : parseTimeRange({ start, end }, timeline);
  if (start !== undefined || end !== undefined) {
    throw new CuepointError('invalid_parameter', 't is start and end at once; name either t, or start and end');
  }
  const [first = '', second, ...more] = t.replace(/^npt:/, '').split(',');
  if (more.length > 0 || (first === '' && !second)) throw invalid('t', t, 'start,end or start or ,end, such as 5,15');
  return parseTimeRange({ start: first || undefined, end: second || undefined }, timeline);
}

/**
 * The samples of `?ranges=10-20,1:00-1:30,95-`: up to `MAX_TIME_RANGES` ranges of times, separated by commas, in the
 * order given; each with a start, the end may be left out. Throws as `parseTimeRange` does, for the first that is wrong.
 */
export function parseRanges(text: string, timeline: Timeline): SampleRange[] {
  const items = text.split(',', MAX_TIME_RANGES + 1);
  if (items.length > MAX_TIME_RANGES) {
    throw new CuepointError('invalid_parameter', `'ranges' holds more than ${MAX_TIME_RANGES} ranges; ask for fewer`);
  }
  return items.map((item) => {
    const [start, end, ...more] = item.split('-');
    if (start === undefined || start === '' || end === undefined || more.length > 0) {
      throw invalid('ranges', item, 'start-end with an optional end, such as 10-20 or 1:00-1:30 or 95-');
    }
    const startSample = requireTime('ranges', start, timeline);
    const endSample = end === '' ? undefined : requireTime('ranges', end, timeline);
    return placed(startSample, endSample, timeline, { name: 'ranges', received: item });
  });
}

/**
 * The bytes of `?bytes=a-b`, `a-` or `-n`: inclusive ends and clamping as in one range of a Range header (RFC 9110
 * §14.1.2). Throws `invalid_parameter` when it is malformed or reversed, `range_not_satisfiable` when it selects nothing.
 */
export function parseByteRange(text: string, byteLength: number): ByteRange {
  const spec = text.length > MAX_RANGE_HEADER_LENGTH ? undefined : parseRangeSpec(text);
  if (spec === undefined) {
    throw invalid(
      'bytes',
      text,
      'first-last, first- or -count, such as 0-499, 500- or -500, the last not below the first',
    );
  }
  const range = resolveRangeSpec(spec, byteLength);
  if (range === undefined) {
    throw new CuepointError(
      'range_not_satisfiable',
      `'bytes' is ${quoted(text)}, which selects none of the ${byteLength} bytes; start below ${byteLength}`,
    );
  }
  return range;
}

function placed(
  startSample: number,
  endSample: number | undefined,
  { sampleRate, totalSamples }: Timeline,
  parameter: { readonly name: string; readonly received: string },
): SampleRange {
  if (endSample !== undefined && endSample <= startSample) {
    throw invalid(parameter.name, parameter.received, 'an end at least one sample after the start');
  }
  if (startSample >= totalSamples) {
    throw new CuepointError(
      'range_not_satisfiable',
      `the range starts at ${formatTime(startSample, sampleRate)}, the audio ends at ` +
        `${formatTime(totalSamples, sampleRate)}; start before that`,
    );
  }
  return { startSample, endSample: Math.min(endSample ?? totalSamples, totalSamples) };
}

function requireTime(name: string, text: string, { sampleRate }: Timeline): number {
  const sample = parseTime(text, sampleRate);
  if (sample === undefined) throw invalid(name, text, TIME_FORMS);
  return sample;
}

function invalid(name: string, received: string, expected: string): CuepointError<'invalid_parameter'> {
  return new CuepointError('invalid_parameter', `'${name}' is ${quoted(received)}; expected ${expected}`);
}

/** JSON's quotes make control characters and lone surrogates visible. */
function quoted(text: string): string {
  return JSON.stringify(text.length > MAX_QUOTED_LENGTH ? `${text.slice(0, MAX_QUOTED_LENGTH)}…` : text);
}
