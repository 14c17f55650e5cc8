import { en } from 'zod/locales';
import * as z from 'zod/mini';
import { CuepointError } from '../core/errors.ts';
import { parseRangeHeader } from '../core/http/range-header.ts';
import type { RangeQuery } from '../core/plan/plan.ts';
import {
  MAX_TIME_RANGES,
  parseByteRange,
  parseRanges,
  parseTimeQuery,
  parseTimeRange,
  type SampleRange,
  type TimeQuery,
} from '../core/time.ts';
import type { PublishedRevision } from '../core/track/record.ts';

// The small half of zod knows no words by itself. (The other half takes a third of what a function may be.)
z.config(en());

export type ChunkQuery = TimeQuery & { readonly bytes?: string | undefined; readonly ranges?: string | undefined };

const samples = (range: SampleRange): RangeQuery => ({ kind: 'samples', ...range });

/** What is asked for: one range, answered by one plan, or a list of them, answered by a list. */
export type Asked = { readonly one: RangeQuery } | { readonly many: readonly RangeQuery[] };

/**
 * The ranges that a URL asks for by one of `bytes`, `ranges`, `t`, or `start` and `end`; else those of the Range header; all of
 * the track without any of them. Throws `invalid_parameter` and `range_not_satisfiable`.
 */
export function rangesAsked(revision: PublishedRevision, query: ChunkQuery, rangeHeader: string | undefined): Asked {
  const { byteLength, totalSamples } = revision;
  const timeline = { sampleRate: revision.format.sampleRate, totalSamples };
  const forms = [query.bytes, query.ranges, query.start ?? query.end ?? query.t].filter((form) => form !== undefined);
  if (forms.length > 1) {
    throw new CuepointError(
      'invalid_parameter',
      'bytes, ranges, and start with end exclude each other; name one of them',
    );
  }
  if (query.bytes !== undefined) return { one: { kind: 'bytes', ...parseByteRange(query.bytes, byteLength) } };
  if (query.ranges !== undefined) return { many: parseRanges(query.ranges, timeline).map(samples) };
  const time = parseTimeQuery(query, timeline);
  if (time) return { one: samples(time) };
  const requested = parseRangeHeader(rangeHeader, byteLength);
  if (requested === 'unsatisfiable') {
    throw new CuepointError(
      'range_not_satisfiable',
      `no byte of ${rangeHeader} exists: the length is ${byteLength} bytes`,
    );
  }
  const ranges = (requested?.ranges ?? [{ startByte: 0, endByte: byteLength }]).map(
    (range): RangeQuery => ({ kind: 'bytes', ...range }),
  );
  const [first, ...others] = ranges;
  return first && others.length === 0 ? { one: first } : { many: ranges };
}

/** A time as JSON has it: seconds as a number, or any text that a query may hold. */
const timeSchema = z.union([z.pipe(z.number().check(z.nonnegative()), z.transform(String)), z.string()]);

/** Body of `POST /v1/tracks/{id}/chunks:resolve`. */
export const resolveBodySchema = z.object({
  ranges: z
    .array(
      z.union([
        z.strictObject({ bytes: z.string() }),
        z.strictObject({ startSample: z.int().check(z.nonnegative()), endSample: z.int().check(z.positive()) }),
        z.strictObject({ start: z.optional(timeSchema), end: z.optional(timeSchema) }),
      ]),
    )
    .check(z.minLength(1), z.maxLength(MAX_TIME_RANGES)),
  maxBytesPerSecond: z.optional(z.int().check(z.positive())),
});

/** The ranges a JSON body asks for, and how fast their links are to be. Throws `invalid_body`, `invalid_parameter`, `range_not_satisfiable`. */
export function rangesOfBody(
  revision: PublishedRevision,
  body: unknown,
): { readonly queries: readonly RangeQuery[]; readonly maxBytesPerSecond?: number | undefined } {
  const parsed = resolveBodySchema.safeParse(body);
  if (!parsed.success) {
    throw new CuepointError(
      'invalid_body',
      `the body is not {"ranges": [{"start", "end"} | {"bytes": "a-b"} | {"startSample", "endSample"}, …]} with 1 to ${MAX_TIME_RANGES} ranges: ${z.prettifyError(parsed.error).replaceAll('\n', ' ')}`,
    );
  }
  const timeline = { sampleRate: revision.format.sampleRate, totalSamples: revision.totalSamples };
  const queries = parsed.data.ranges.map((range): RangeQuery => {
    if ('bytes' in range) return { kind: 'bytes', ...parseByteRange(range.bytes, revision.byteLength) };
    if ('startSample' in range) return samples(sampleRange(range, revision.totalSamples));
    return samples(parseTimeRange(range, timeline));
  });
  return { queries, maxBytesPerSecond: parsed.data.maxBytesPerSecond };
}

function sampleRange({ startSample, endSample }: SampleRange, totalSamples: number): SampleRange {
  if (endSample <= startSample) {
    throw new CuepointError(
      'invalid_parameter',
      `endSample is ${endSample}; expected more than startSample, ${startSample}`,
    );
  }
  if (startSample >= totalSamples) {
    throw new CuepointError(
      'range_not_satisfiable',
      `startSample is ${startSample}; the track has ${totalSamples} samples`,
    );
  }
  return { startSample, endSample: Math.min(endSample, totalSamples) };
}
