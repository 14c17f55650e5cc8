/** What a request may carry, by name. The types tie each list to the one that the routes read. */
import { z } from 'zod';
import type { ChunkQuery } from '../range-queries.ts';
import type { AudioQuery } from '../serve-audio.ts';
import type { WaveformQuery } from '../serve-waveform.ts';

type Parameters<Query> = Readonly<Record<keyof Required<Query>, z.ZodType>>;

const time = z
  .string()
  .max(32)
  .describe('Seconds (90, 90.5, .5) or m:ss or h:mm:ss with a fraction (1:30, 0:01:30.25).');

const start = time.describe(
  'Where the part begins. Seconds (90, 90.5, .5) or m:ss or h:mm:ss with a fraction; the nearest sample, half up. ' +
    'Without it: the beginning. Negative, NaN, with an exponent or anything else: 400 invalid_parameter. At or beyond the end of the audio: 416 range_not_satisfiable.',
);
const end = time.describe(
  'Where the part ends, exclusive. Without it, or beyond the end of the audio: the end. Not after start: 400 invalid_parameter.',
);
const t = z
  .string()
  .describe(
    'start and end at once, as Media Fragments URI 1.0 has them: 15,35 or 15 (to the end) or ,35 (from the beginning), with npt: in ' +
      'front or without. Excludes start and end. Reversed, negative, empty or of another clock: 400 invalid_parameter.',
  );
const bytes = z
  .string()
  .regex(/^(\d+-\d*|-\d+)$/)
  .describe('Bytes of the source, ends inclusive: 0-499, 500-, -500. An end past the end is clamped.');
const ranges = z.string().describe('Up to 100 ranges of time, 10-20,1:00-1:30,95-; answered by a list of plans.');

export const listParameters: Parameters<{ folder: string; limit: string; cursor: string }> = {
  folder: z.string().describe('Only tracks below this folder, at any depth.'),
  limit: z.int().min(1).max(1000).default(100),
  cursor: z.string().describe('The next of the page before.'),
};

const maxBytesPerSecond = z
  .int()
  .positive()
  .describe(
    'How fast the signed links answer, after their first second. Hosts whose links are answered by others (S3, CloudFront) answer 400 invalid_parameter.',
  );

export const chunkParameters: Parameters<ChunkQuery & { limit: string; from: string; maxBytesPerSecond: string }> = {
  start,
  end,
  t,
  bytes,
  ranges,
  limit: z.int().min(1).max(1000).default(1000),
  from: z.int().nonnegative().describe('The number of the chunk to go on with.'),
  maxBytesPerSecond,
};

export const audioParameters: Parameters<Omit<AudioQuery, 'ranges'>> = {
  start,
  end,
  t,
  bytes,
  delivery: z
    .enum(['body', 'redirect'])
    .default('body')
    .describe('redirect: 307 to a signed URL where one stored object is exactly what is asked for.'),
  maxBytesPerSecond,
};

const samplesPerPixel = z
  .int()
  .positive()
  .max(2 ** 31 - 1);

export const waveformParameters: Parameters<WaveformQuery> = {
  zoom: samplesPerPixel.describe('As samples_per_pixel, by the name that audiowaveform has for it.'),
  samples_per_pixel: samplesPerPixel.describe(
    'From 256 on, or what the finest stored waveform has, which tracks of more than six hours have coarser; finer is 400 ' +
      'invalid_parameter. Without this, zoom and pixels_per_second: as gives at most 2,000 pixels. Only one of the three.',
  ),
  pixels_per_second: z
    .number()
    .positive()
    .describe(
      'Up to six decimals, no exponent. Samples a pixel are the sample rate through this, rounded down as audiowaveform does; the answer says how many.',
    ),
  start,
  end,
  t,
  bits: z.enum(['8', '16']),
  version: z.enum(['1', '2']),
  channels: z.enum(['mixed', 'split']).default('mixed'),
};

export const signatureParameters: Parameters<{ expires: string; signature: string; range: string; pace: string }> = {
  expires: z.int().positive().describe('Unix seconds. Of signed links.'),
  signature: z.string().describe('Of signed links.'),
  range: z.string().describe('Of links that are signed for one window.'),
  pace: z.int().positive().describe('Bytes a second. Of links that are signed for one pace.'),
};

export const pathParameters: Readonly<Record<string, z.ZodType>> = {
  id: z.string().describe('The id of a track.'),
  path: z.string().describe('The path of the source, each segment percent-encoded.'),
  key: z.string().describe('The key of the object: {track}/{revision}/…'),
  file: z.string().describe('The name of the file.'),
};

/** Fields of requests, beside those that every HTTP client sends. */
export const requestFields: Readonly<Record<string, string>> = {
  Range:
    'RFC 9110 section 14: bytes=0-499 and the like. At most 16 ranges in at most 1,024 characters, else it is ignored; ranges that overlap, touch or are less than 80 bytes apart are joined.',
  'If-Range': 'RFC 9110 section 13.1.5: the ETag or Last-Modified of the representation that the range is of.',
  'If-Match': 'RFC 9110 section 13.1.1.',
  'If-None-Match': 'RFC 9110 section 13.1.2.',
  'If-Modified-Since': 'RFC 9110 section 13.1.3.',
  'If-Unmodified-Since': 'RFC 9110 section 13.1.4.',
};
