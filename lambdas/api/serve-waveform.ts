import type { Analysis } from '../core/dsp/analysis.ts';
import { decodeAnalysis } from '../core/dsp/analysis-record.ts';
import type { SeriesName } from '../core/dsp/series.ts';
import { CuepointError } from '../core/errors.ts';
import { planResponse } from '../core/http/response-plan.ts';
import type { ByteRange } from '../core/ports.ts';
import { parseTimeQuery, type SampleRange } from '../core/time.ts';
import { readRecords } from '../core/track/analysis-objects.ts';
import type { TrackRecord } from '../core/track/record.ts';
import { planWaveform, resampleWaveform, type WaveformPlan } from '../core/waveform/stored-waveform.ts';
import type { Waveform, WaveformBits } from '../core/waveform/waveform.ts';
import { usualVersion, type WaveformVersion, waveformDat } from '../core/waveform/waveform-dat.ts';
import { waveformJson } from '../core/waveform/waveform-json.ts';
import { waveformSvg } from '../core/waveform/waveform-svg.ts';
import { analysedTrack } from './analysed-track.ts';
import { companionHeaders } from './companion-headers.ts';
import { answer, failureOptions } from './http-answer.ts';
import type { ApiContext } from './ports.ts';

export type WaveformQuery = {
  readonly zoom?: string | undefined;
  readonly samples_per_pixel?: string | undefined;
  readonly pixels_per_second?: string | undefined;
  readonly start?: string | undefined;
  readonly end?: string | undefined;
  readonly t?: string | undefined;
  readonly bits?: string | undefined;
  readonly version?: string | undefined;
  readonly channels?: string | undefined;
};

/** The files that a waveform can be had as, by their names. */
export const WAVEFORM_FILES = ['waveform.dat', 'waveform.json', 'waveform.svg'] as const;
export type WaveformFile = (typeof WAVEFORM_FILES)[number];

const CONTENT_TYPES: Readonly<Record<WaveformFile, string>> = {
  'waveform.dat': 'application/octet-stream',
  'waveform.json': 'application/json',
  'waveform.svg': 'image/svg+xml; charset=utf-8',
};

/** Without a zoom: as fine as gives no more pixels than this, which fills any screen. */
const USUAL_PIXELS = 2000;

/** A picture of more says nothing more. Of the others: an hour and a half at the finest zoom, as one answer. */
const MOST_PIXELS: Readonly<Record<WaveformFile, number>> = {
  'waveform.dat': 2 ** 20,
  'waveform.json': 2 ** 20,
  'waveform.svg': 20_000,
};

/** Changes when the same analysis would be shown by other bytes. */
const RENDERING = 1;

type Shape = {
  readonly range: SampleRange;
  readonly samplesPerPixel: number;
  readonly bits: WaveformBits;
  readonly version: WaveformVersion | undefined;
  readonly lanes: 'mixed' | 'split';
};

/**
 * The waveform of the newest revision, resampled from what is stored. Throws as `analysedTrack` does, `invalid_parameter`
 * for what is no zoom, range or shape, `answer_too_large` for more pixels than one answer takes.
 */
export async function serveWaveform(
  context: ApiContext,
  request: Request,
  record: TrackRecord,
  file: WaveformFile,
  query: WaveformQuery,
): Promise<Response> {
  const { finished } = analysedTrack(record);
  const analysis = decodeAnalysis(finished.summary);
  const shape = shapeOf(query, analysis);
  const plan = planWaveform({ ...shape, ...shape.range }, analysis.waveformSamplesPerPixel, analysis.totalSamples);
  const pixels = plan.endPixel - plan.startPixel;
  if (pixels > MOST_PIXELS[file]) throw tooLarge(`${pixels} pixels`, `${MOST_PIXELS[file]} pixels`);

  const name = { trackId: record.trackId, revision: finished.revision, generation: finished.generation };
  const waveform = await resampled(context, name, analysis, plan, shape.lanes);
  const bytes = rendered(file, waveform, shape, record.path);
  const { maxBodyBytes } = context.config;
  if (maxBodyBytes !== undefined && bytes.length > maxBodyBytes)
    throw tooLarge(`${bytes.length} bytes`, `${maxBodyBytes} bytes`);

  const response = planResponse(request, {
    byteLength: bytes.length,
    etag: `"${finished.revision}-${finished.generation}.${RENDERING}-${extensionOf(file)}-${etagOf(shape)}"`,
    lastModifiedMs: Math.min(finished.analysedAtMs, context.clock.now()),
    contentType: CONTENT_TYPES[file],
  });
  const read = async function* ({ startByte, endByte }: ByteRange): AsyncGenerator<Uint8Array, void, undefined> {
    yield bytes.subarray(startByte, endByte);
  };
  return answer(response, read, {
    headers: { 'Cache-Control': 'public, no-cache', ...companionHeaders(record, extensionOf(file)) },
    ...failureOptions(context, request),
  });
}

async function resampled(
  { media }: ApiContext,
  name: Parameters<typeof readRecords>[1],
  analysis: Analysis,
  plan: WaveformPlan,
  lanes: Shape['lanes'],
): Promise<Waveform> {
  const level = `waveform-${plan.level}` as SeriesName;
  const series = analysis.series.find((each) => each.name === level);
  if (series === undefined)
    throw new CuepointError('internal', `the analysis has no series ${level}; analyse the track again`);
  const bytes = await readRecords(media, name, series, plan.startRecord, plan.endRecord);
  const audio = { sampleRate: analysis.sampleRate, channels: analysis.channels.length };
  return resampleWaveform(plan, bytes, audio, lanes);
}

function rendered(file: WaveformFile, waveform: Waveform, { bits, version }: Shape, path: string): Uint8Array {
  switch (file) {
    case 'waveform.dat':
      return waveformDat(waveform, bits, checkedVersion(version ?? usualVersion(waveform), waveform));
    case 'waveform.json':
      return new TextEncoder().encode(waveformJson(waveform, bits, checkedVersion(version ?? 2, waveform)));
    case 'waveform.svg':
      return new TextEncoder().encode(waveformSvg(waveform, `Waveform of ${path}`));
  }
}

function checkedVersion(version: WaveformVersion, { channels }: Waveform): WaveformVersion {
  if (version === 2 || channels === 1) return version;
  throw new CuepointError(
    'invalid_parameter',
    `version 1 holds one channel, not ${channels}; ask for version=2 or channels=mixed`,
  );
}

function shapeOf(query: WaveformQuery, { sampleRate, totalSamples, waveformSamplesPerPixel }: Analysis): Shape {
  const range = parseTimeQuery(query, { sampleRate, totalSamples }) ?? { startSample: 0, endSample: totalSamples };
  const finest = waveformSamplesPerPixel[0] ?? 1;
  return {
    range,
    samplesPerPixel: zoomOf(query, sampleRate) ?? usualZoom(range, finest),
    bits: choice('bits', query.bits, { 8: 8, 16: 16 } as const) ?? 16,
    version: choice('version', query.version, { 1: 1, 2: 2 } as const),
    lanes: choice('channels', query.channels, { mixed: 'mixed', split: 'split' } as const) ?? 'mixed',
  };
}

/** Doubled from the finest that is stored, so that a stored level or two make it exactly. */
function usualZoom({ startSample, endSample }: SampleRange, finest: number): number {
  let samplesPerPixel = finest;
  while ((endSample - startSample) / samplesPerPixel > USUAL_PIXELS) samplesPerPixel *= 2;
  return samplesPerPixel;
}

function zoomOf(query: WaveformQuery, sampleRate: number): number | undefined {
  const { zoom, samples_per_pixel, pixels_per_second } = query;
  if ([zoom, samples_per_pixel, pixels_per_second].filter((value) => value !== undefined).length > 1) {
    throw new CuepointError('invalid_parameter', 'name one of zoom, samples_per_pixel and pixels_per_second');
  }
  if (pixels_per_second !== undefined) {
    return samplesOfPixel(sampleRate, pixels_per_second);
  }
  const samples = samples_per_pixel ?? zoom;
  return samples === undefined ? undefined : wholeNumber(zoom === undefined ? 'samples_per_pixel' : 'zoom', samples);
}

/** Rounded down, as audiowaveform does; in whole numbers, since 0.1 is none of floating point. */
function samplesOfPixel(sampleRate: number, pixelsPerSecond: string): number {
  const [, whole = '', fraction = ''] = /^(\d{0,9})(?:\.(\d{1,6}))?$/.exec(pixelsPerSecond) ?? [];
  const pixels = Number(whole + fraction);
  if (pixels > 0) return Math.max(1, Math.floor((sampleRate * 10 ** fraction.length) / pixels));
  throw new CuepointError(
    'invalid_parameter',
    `pixels_per_second is ${JSON.stringify(pixelsPerSecond.slice(0, 60))}; expected a number above 0 such as 20 or 0.5`,
  );
}

function wholeNumber(name: string, text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw new CuepointError(
    'invalid_parameter',
    `${name} is ${JSON.stringify(text.slice(0, 60))}; expected a whole number above 0`,
  );
}

function choice<Value>(
  name: string,
  text: string | undefined,
  values: Readonly<Record<string, Value>>,
): Value | undefined {
  if (text === undefined) return undefined;
  const value = Object.hasOwn(values, text) ? values[text] : undefined;
  if (value !== undefined) return value;
  const expected = Object.keys(values).join(' or ');
  throw new CuepointError('invalid_parameter', `${name} is ${JSON.stringify(text.slice(0, 60))}; expected ${expected}`);
}

function tooLarge(asked: string, most: string): CuepointError {
  return new CuepointError(
    'answer_too_large',
    `the waveform asked for has ${asked}, and one answer takes ${most}; ask for a coarser zoom or a range (start, end)`,
  );
}

function extensionOf(file: WaveformFile): string {
  return file.slice(file.indexOf('.') + 1);
}

/** What the bytes depend on beside the analysis and the file. */
function etagOf({ range, samplesPerPixel, bits, version, lanes }: Shape): string {
  return `${range.startSample}-${range.endSample}-${samplesPerPixel}-${bits}-${version ?? 'usual'}-${lanes}`;
}
