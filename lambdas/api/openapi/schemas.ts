/** The bodies of answers as schemas. Strict: a member that is not told of here is a mistake of one of the two. */
import { z } from 'zod';
import { REQUEST_FAILURES, SERVICE_FAILURES, SOURCE_FAILURES } from '../../core/errors.ts';

const bytes = z.int().nonnegative();
const samples = z.int().nonnegative();
const seconds = z.number().nonnegative();
const levelDb = z.number().nullable();
const link = z.object({ url: z.string() });
const base64 = z.object({ base64: z.string() });

export const tagsSchema = z.strictObject({
  title: z.string().optional(),
  artist: z.string().optional(),
  album: z.string().optional(),
  albumArtist: z.string().optional(),
  composer: z.string().optional(),
  genre: z.string().optional(),
  comment: z.string().optional(),
  track: z.int().positive().optional(),
  trackTotal: z.int().positive().optional(),
  disc: z.int().positive().optional(),
  discTotal: z.int().positive().optional(),
  year: z.int().optional(),
});

const analysisSummaryShape = {
  integratedLufs: levelDb.describe('LUFS, ITU-R BS.1770-4'),
  rangeLu: levelDb.describe('LU, EBU Tech 3342'),
  truePeakDb: levelDb,
  samplePeakDb: levelDb,
  silences: z.int().nonnegative().describe('how many silences there are'),
};

export const trackSchema = z.strictObject({
  id: z.string(),
  revision: z.string().optional().describe('with the fields of the audio: once something can be played'),
  path: z.string().describe('the key of the source'),
  status: z.enum(['ingesting', 'playable', 'ready', 'failed']),
  reason: z.strictObject({ code: z.string(), message: z.string() }).optional().describe('why it failed'),
  progress: z.strictObject({ bytesDone: bytes, bytesTotal: bytes, chunksDone: z.int().nonnegative() }),
  container: z.string().optional(),
  codec: z.string().optional(),
  mimeType: z.string().optional(),
  sampleRate: z.int().positive().optional().describe('Hz'),
  channels: z.int().positive().optional(),
  bitsPerSample: z.int().positive().optional(),
  totalSamples: samples.optional().describe('of one channel, without what the encoder added'),
  durationSeconds: seconds.optional(),
  byteLength: bytes,
  etag: z.string().optional(),
  lastModified: z.iso.datetime(),
  bitrate: z.int().nonnegative().optional().describe('bits per second, on average over the audio'),
  chunkCount: z.int().positive().optional(),
  chunking: z.looseObject({ strategy: z.string(), location: z.enum(['objects', 'windows']) }).optional(),
  analysis: z.strictObject(analysisSummaryShape).optional().describe('once the track is ready'),
  tags: tagsSchema,
  warnings: z.array(z.strictObject({ code: z.string(), message: z.string() })),
  links: z.record(z.string(), z.string()),
  subtitles: z.array(z.strictObject({ lang: z.string(), url: z.string() })).optional(),
});

export const trackListSchema = z.strictObject({
  tracks: z.array(trackSchema),
  next: z.string().optional().describe('the cursor of the following page; absent on the last'),
});

const chunkSchema = z.strictObject({
  number: z.int().nonnegative(),
  startByte: bytes,
  endByte: bytes.describe('exclusive'),
  startSample: samples,
  endSample: samples.describe('exclusive'),
  startSeconds: seconds,
  endSeconds: seconds,
  preroll: z.strictObject({ startByte: bytes, packets: z.int().nonnegative() }),
  init: link.optional(),
  packets: link.optional().describe('the packet table of the chunk'),
  url: z.string(),
  headers: z.record(z.string(), z.string()).optional().describe('to be sent with the URL as they are'),
  expiresAt: z.iso.datetime(),
  slice: z.strictObject({ offset: bytes, length: bytes }),
  trim: z.strictObject({ skipSamples: samples, takeSamples: samples }),
});

export const planSchema = z.strictObject({
  track: z.string(),
  revision: z.string(),
  mimeType: z.string(),
  startByte: bytes,
  endByte: bytes.describe('exclusive'),
  startSample: samples,
  endSample: samples.describe('exclusive'),
  sampleRate: z.int().positive(),
  audioStartByte: bytes,
  audioEndByte: bytes,
  init: base64.optional(),
  decoder: z
    .strictObject({ codec: z.string(), sampleRate: z.int(), numberOfChannels: z.int(), description: base64 })
    .optional(),
  chunks: z.array(chunkSchema),
  next: z.int().nonnegative().optional().describe('to be passed as from, when there are more chunks'),
});

export const planListSchema = z.strictObject({ track: z.string(), revision: z.string(), plans: z.array(planSchema) });

export const analysisSchema = z.strictObject({
  track: z.string(),
  revision: z.string(),
  sampleRate: z.int().positive(),
  totalSamples: samples,
  ...analysisSummaryShape,
  maxMomentaryLufs: levelDb,
  maxShortTermLufs: levelDb,
  unmeasured: z.enum(['too_short', 'below_gate']).nullable(),
  channels: z.array(z.strictObject({ speaker: z.string(), samplePeakDb: levelDb, truePeakDb: levelDb })),
  spectrum: z.strictObject({ firstThirdOctave: z.int(), levelsDb: z.array(levelDb) }),
  silenceThresholdDb: z.number(),
  minimumSilenceMs: z.number(),
  silenceList: z.array(
    z.strictObject({ startSample: samples, endSample: samples, startSeconds: seconds, endSeconds: seconds }),
  ),
  bandStartsHz: z.array(z.number()),
  waveformSamplesPerPixel: z.array(z.int().positive()),
  undecodedSamples: samples,
  analysedAt: z.iso.datetime(),
});

export const waveformSchema = z.looseObject({
  version: z.int(),
  channels: z.int().positive().optional(),
  sample_rate: z.int().positive(),
  samples_per_pixel: z.int().positive(),
  bits: z.int(),
  length: z.int().nonnegative().describe('pixels'),
  data: z.array(z.int()).describe('minimum and maximum of each pixel, channel by channel'),
});

export const ERROR_CODES = [...SOURCE_FAILURES, ...REQUEST_FAILURES, ...SERVICE_FAILURES] as const;

export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  error: z.string().describe('the same sentence as detail'),
  code: z.enum(ERROR_CODES),
  instance: z.string().optional().describe('the path that was asked for, or the beginning of a long one'),
});
