import { z } from 'zod';
import { CuepointError } from '../core/errors.ts';
import { parseRangeHeader } from '../core/http/range-header.ts';
import type { RangeQuery } from '../core/plan/plan.ts';
import { MAX_TIME_RANGES, parseByteRange, parseRanges, parseTimeRange, type SampleRange } from '../core/time.ts';
import type { PublishedRevision } from '../core/track/record.ts';

export type ChunkQuery = {
  readonly start?: string | undefined;
  readonly end?: string | undefined;
  readonly bytes?: string | undefined;
  readonly ranges?: string | undefined;
};

const samples = (range: SampleRange): RangeQuery => ({ kind: 'samples', ...range });

/** What is asked for: one range, answered by one plan, or a list of them, answered by a list. */
export type Asked = { readonly one: RangeQuery } | { readonly many: readonly RangeQuery[] };

/**
 * The ranges that a URL asks for by one of `bytes`, `ranges`, or `start` and `end`; else those of the Range header; all of
 * the track without any of them. Throws `invalid_parameter` and `range_not_satisfiable`.
 */
export function rangesAsked(revision: PublishedRevision, query: ChunkQuery, rangeHeader: string | undefined): Asked {
  const { byteLength, totalSamples } = revision;
  const timeline = { sampleRate: revision.format.sampleRate, totalSamples };
  const forms = [query.bytes, query.ranges, query.start ?? query.end].filter((form) => form !== undefined);
  if (forms.length > 1) {
    throw new CuepointError(
      'invalid_parameter',
      'bytes, ranges, and start with end exclude each other; name one of them',
    );
  }
  if (query.bytes !== undefined) return { one: { kind: 'bytes', ...parseByteRange(query.bytes, byteLength) } };
  if (query.ranges !== undefined) return { many: parseRanges(query.ranges, timeline).map(samples) };
  if (query.start !== undefined || query.end !== undefined) {
    return { one: samples(timeRange(query, timeline)) };
  }
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

function timeRange(
  { start, end }: Pick<ChunkQuery, 'start' | 'end'>,
  timeline: { readonly sampleRate: number; readonly totalSamples: number },
): SampleRange {
  return parseTimeRange({ ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) }, timeline);
}

/** A time as JSON has it: seconds as a number, or any text that a query may hold. */
const timeSchema = z.union([z.number().nonnegative().transform(String), z.string()]);

/** Body of `POST /v1/tracks/{id}/chunks:resolve`. */
export const resolveBodySchema = z.object({
  ranges: z
    .array(
      z.union([
        z.strictObject({ bytes: z.string() }),
        z.strictObject({ startSample: z.int().nonnegative(), endSample: z.int().positive() }),
        z.strictObject({ start: timeSchema.optional(), end: timeSchema.optional() }),
      ]),
    )
    .min(1)
    .max(MAX_TIME_RANGES),
});

/** The ranges a JSON body asks for. Throws `invalid_body`, `invalid_parameter`, `range_not_satisfiable`. */
export function rangesOfBody(revision: PublishedRevision, body: unknown): readonly RangeQuery[] {
  const parsed = resolveBodySchema.safeParse(body);
  if (!parsed.success) {
    throw new CuepointError(
      'invalid_body',
      `the body is not {"ranges": [{"start", "end"} | {"bytes": "a-b"} | {"startSample", "endSample"}, …]} with 1 to ${MAX_TIME_RANGES} ranges: ${z.prettifyError(parsed.error).replaceAll('\n', ' ')}`,
    );
  }
  const timeline = { sampleRate: revision.format.sampleRate, totalSamples: revision.totalSamples };
  return parsed.data.ranges.map((range): RangeQuery => {
    if ('bytes' in range) return { kind: 'bytes', ...parseByteRange(range.bytes, revision.byteLength) };
    if ('startSample' in range) return samples(sampleRange(range, revision.totalSamples));
    return samples(timeRange(range, timeline));
  });
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
