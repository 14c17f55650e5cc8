/** What an analysis says of a track as a whole. Levels in dB are of full scale; `null`: nothing there to have a level. */
import type { Loudness } from './loudness-meter.ts';
import type { SeriesName } from './series.ts';
import type { SilenceOptions } from './silences.ts';
import type { Speaker } from './speakers.ts';

export type ChannelAnalysis = {
  readonly speaker: Speaker;
  readonly samplePeakDb: number | null;
  /** Between the samples, too; never below `samplePeakDb`. */
  readonly truePeakDb: number | null;
};

/** Records of a series, in pieces of `PIECE_RECORDS`. */
export type StoredSeries = { readonly name: SeriesName; readonly records: number; readonly recordBytes: number };

export type Analysis = {
  /** Hz. */
  readonly sampleRate: number;
  /** Per channel; as many as were analysed. */
  readonly totalSamples: number;
  /** Values that were no numbers, or beyond all levels, and were taken as 0: only broken float audio has them. */
  readonly unusableSamples: number;
  /** Per channel, of `totalSamples`: silence in place of what could not be decoded. `null`: an old record, which does not tell. */
  readonly undecodedSamples: number | null;
  readonly loudness: Loudness;
  readonly channels: readonly ChannelAnalysis[];
  /**
   * Mean of channels and time in each third octave from 20 Hz up, dB with a mean square of 1 as 0; to a hundredth of a
   * decibel.
   */
  readonly spectrumDb: readonly (number | null)[];
  /** How silences were looked for. */
  readonly silences: SilenceOptions;
  /** Samples per pixel of the series `waveform-0`, `-1`, `-2`. */
  readonly waveformSamplesPerPixel: readonly number[];
  readonly series: readonly StoredSeries[];
};

/** The greatest of the channels' true peaks, dB; `null` for digital silence. */
export function truePeakOf({ channels }: Pick<Analysis, 'channels'>): number | null {
  const peaks = channels.flatMap(({ truePeakDb }) => truePeakDb ?? []);
  return peaks.length === 0 ? null : Math.max(...peaks);
}
