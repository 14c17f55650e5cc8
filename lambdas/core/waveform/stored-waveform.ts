/**
 * From the stored levels of a waveform to any zoom and range.
 *
 * Resampling is audiowaveform's: output pixel p is made of the stored pixels [floor(p · out / in), floor((p + 1) · out / in)),
 * where `out` and `in` are samples per pixel. Where `in` divides `out` these are the very samples of the output pixel, and
 * the result is what audiowaveform makes of the audio at that zoom; else the edges are off by less than a stored pixel.
 * There are always as many pixels as of the audio itself: a stored pixel that is left over belongs to the last one, where
 * audiowaveform would add another that reaches beyond the end.
 */
import { CuepointError } from '../errors.ts';
import { storedLanes, type Waveform } from './waveform.ts';

/** What is asked for: samples [startSample, endSample) of the timeline. */
export type WaveformQuery = {
  readonly samplesPerPixel: number;
  readonly startSample?: number;
  readonly endSample?: number;
};

/** Which stored pixels answer a query: records [startRecord, endRecord) of one level, for output pixels [startPixel, endPixel). */
export type WaveformPlan = {
  readonly level: number;
  readonly storedSamplesPerPixel: number;
  readonly samplesPerPixel: number;
  readonly startRecord: number;
  readonly endRecord: number;
  readonly startPixel: number;
  readonly endPixel: number;
};

/** Which channels a waveform shows: all of them mixed to one, or each by itself. */
export type WaveformLanes = 'mixed' | 'split';

/** Where no stored level divides the zoom, one is taken whose pixels are at most so large a share of the output's. */
const LEAST_RATIO = 16;
const MOST_SAMPLES_PER_PIXEL = 2 ** 31 - 1;

/**
 * Output pixels lie on a grid from sample 0 on, so that ranges can be put together; those that the range touches are
 * answered. `levels`: samples per pixel of the stored levels, finest first. Throws `invalid_parameter` for a zoom that is
 * finer than all of them or no number of samples, `range_not_satisfiable` for a range outside the track.
 */
export function planWaveform(query: WaveformQuery, levels: readonly number[], totalSamples: number): WaveformPlan {
  const { samplesPerPixel, startSample = 0, endSample = totalSamples } = query;
  const finest = levels[0] ?? 1;
  if (!Number.isInteger(samplesPerPixel) || samplesPerPixel < finest || samplesPerPixel > MOST_SAMPLES_PER_PIXEL) {
    throw new CuepointError(
      'invalid_parameter',
      `${samplesPerPixel} samples per pixel were asked for; ask for a whole number from ${finest} to ${MOST_SAMPLES_PER_PIXEL}`,
    );
  }
  const end = Math.min(endSample, totalSamples);
  if (!(startSample >= 0 && startSample <= end)) {
    throw new CuepointError(
      'range_not_satisfiable',
      `samples ${startSample} to ${endSample} were asked for; ask for a range within 0 to ${totalSamples}`,
    );
  }
  const level = levelFor(samplesPerPixel, levels);
  const stored = levels[level] ?? 1;
  const records = Math.ceil(totalSamples / stored);
  const startPixel = Math.floor(startSample / samplesPerPixel);
  const endPixel = startSample === end ? startPixel : Math.ceil(end / samplesPerPixel);
  const isLast = endPixel * samplesPerPixel >= totalSamples;
  return {
    level,
    storedSamplesPerPixel: stored,
    samplesPerPixel,
    startRecord: Math.floor((startPixel * samplesPerPixel) / stored),
    endRecord: isLast ? records : Math.floor((endPixel * samplesPerPixel) / stored),
    startPixel,
    endPixel,
  };
}

/** The coarsest level that divides the zoom; where none does, the coarsest of those that are much finer. */
function levelFor(samplesPerPixel: number, levels: readonly number[]): number {
  const dividing = levels.findLastIndex((stored) => samplesPerPixel % stored === 0);
  if (dividing >= 0) return dividing;
  return Math.max(
    0,
    levels.findLastIndex((stored) => stored * LEAST_RATIO <= samplesPerPixel),
  );
}

/**
 * The waveform of a plan, from its records: `bytes` are those of [startRecord, endRecord) of the level's series, of audio
 * with `channels` channels. Throws RangeError when they are not as many.
 */
export function resampleWaveform(
  plan: WaveformPlan,
  bytes: Uint8Array,
  { sampleRate, channels }: { readonly sampleRate: number; readonly channels: number },
  lanes: WaveformLanes,
): Waveform {
  const values = 2 * storedLanes(channels);
  const records = plan.endRecord - plan.startRecord;
  if (bytes.length !== records * values * 2) {
    throw new RangeError(`${bytes.length} bytes for ${records} pixels of ${channels} channels`);
  }
  const stored = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const split = lanes === 'split' && channels > 1;
  const shown = split ? channels : 1;
  const length = plan.endPixel - plan.startPixel;
  const data = new Int16Array(length * shown * 2);
  for (let pixel = 0; pixel < length; pixel++) {
    const start = recordAt(plan, pixel);
    const end = recordAt(plan, pixel + 1);
    for (let lane = 0; lane < shown; lane++) {
      const offset = 4 * (lane + (split ? 1 : 0));
      let least = 32_767;
      let greatest = -32_768;
      for (let at = start * values * 2 + offset; at < end * values * 2; at += values * 2) {
        least = Math.min(least, stored.getInt16(at, true));
        greatest = Math.max(greatest, stored.getInt16(at + 2, true));
      }
      data[2 * (pixel * shown + lane)] = least;
      data[2 * (pixel * shown + lane) + 1] = greatest;
    }
  }
  return { sampleRate, samplesPerPixel: plan.samplesPerPixel, channels: shown, length, data };
}

/** The record where an output pixel begins, or the last one ends, counted from the plan's first. */
function recordAt(plan: WaveformPlan, pixel: number): number {
  const { startPixel, endPixel, samplesPerPixel, storedSamplesPerPixel, startRecord, endRecord } = plan;
  if (startPixel + pixel === endPixel) return endRecord - startRecord;
  return Math.floor(((startPixel + pixel) * samplesPerPixel) / storedSamplesPerPixel) - startRecord;
}
