import { type Analysis, type ChannelAnalysis, truePeakOf } from '../core/dsp/analysis.ts';
import { decodeAnalysis } from '../core/dsp/analysis-record.ts';
import { BAND_STARTS_HZ, FIRST_THIRD_OCTAVE } from '../core/dsp/bands.ts';
import type { UnmeasuredLoudness } from '../core/dsp/loudness-meter.ts';
import { readSilences, SILENCE_BYTES } from '../core/dsp/silence-record.ts';
import { readRecords } from '../core/track/analysis-objects.ts';
import { type FinishedAnalysis, finishedAnalysisOf } from '../core/track/analysis-state.ts';
import type { TrackRecord } from '../core/track/record.ts';
import { analysedTrack } from './analysed-track.ts';
import type { ApiContext } from './ports.ts';

/** What a track says of its analysis. Levels are dB of full scale, `null` where there is nothing that has one. */
export type AnalysisSummaryView = {
  /** LUFS, ITU-R BS.1770-4. */
  readonly integratedLufs: number | null;
  /** LU, EBU Tech 3342. */
  readonly rangeLu: number | null;
  readonly truePeakDb: number | null;
  readonly samplePeakDb: number | null;
  /** How many silences there are. */
  readonly silences: number;
};

export type SilenceView = {
  readonly startSample: number;
  readonly endSample: number;
  readonly startSeconds: number;
  readonly endSeconds: number;
};

export type AnalysisView = AnalysisSummaryView & {
  readonly track: string;
  readonly revision: string;
  readonly sampleRate: number;
  readonly totalSamples: number;
  readonly maxMomentaryLufs: number | null;
  readonly maxShortTermLufs: number | null;
  /** Why there is no integrated loudness. */
  readonly unmeasured: UnmeasuredLoudness | null;
  readonly channels: readonly ChannelAnalysis[];
  /** Mean level in third octaves; the first has its middle at 20 Hz. */
  readonly spectrum: { readonly firstThirdOctave: number; readonly levelsDb: readonly (number | null)[] };
  readonly silenceThresholdDb: number;
  readonly minimumSilenceMs: number;
  /** The first of them, as many as one answer takes. */
  readonly silenceList: readonly SilenceView[];
  /** Where the bands of the series `steps` begin. */
  readonly bandStartsHz: readonly number[];
  readonly waveformSamplesPerPixel: readonly number[];
  /** Samples that could not be decoded, and count as silent. */
  readonly undecodedSamples: number;
  readonly analysedAt: string;
};

/** A minute of silences a page takes; more are in the series itself. */
const MAX_LISTED_SILENCES = 5000;

export function analysisSummaryView(record: TrackRecord): AnalysisSummaryView | undefined {
  const finished = finishedAnalysisOf(record);
  return finished && summaryOf(decodeAnalysis(finished.summary), finished);
}

/** Throws `track_not_analysed` while there is no analysis, `analysis_failed` where there will be none. */
export async function analysisView({ media }: Pick<ApiContext, 'media'>, record: TrackRecord): Promise<AnalysisView> {
  const { published, finished } = analysedTrack(record);
  const analysis = decodeAnalysis(finished.summary);
  const { sampleRate, loudness, silences } = analysis;
  const name = { trackId: record.trackId, revision: finished.revision, generation: finished.generation };
  const series = { name: 'silences', recordBytes: SILENCE_BYTES } as const;
  const listed = readSilences(
    await readRecords(media, name, series, 0, Math.min(finished.silences, MAX_LISTED_SILENCES)),
  );
  return {
    track: record.trackId,
    revision: published.revision,
    ...summaryOf(analysis, finished),
    sampleRate,
    totalSamples: analysis.totalSamples,
    maxMomentaryLufs: rounded(loudness.maxMomentaryLufs),
    maxShortTermLufs: rounded(loudness.maxShortTermLufs),
    unmeasured: loudness.unmeasured,
    channels: analysis.channels.map(({ speaker, samplePeakDb, truePeakDb }) => ({
      speaker,
      samplePeakDb: rounded(samplePeakDb),
      truePeakDb: rounded(truePeakDb),
    })),
    spectrum: { firstThirdOctave: FIRST_THIRD_OCTAVE, levelsDb: analysis.spectrumDb },
    silenceThresholdDb: silences.thresholdDb,
    minimumSilenceMs: silences.minimumMs,
    silenceList: listed.map(({ startSample, endSample }) => ({
      startSample,
      endSample,
      startSeconds: startSample / sampleRate,
      endSeconds: endSample / sampleRate,
    })),
    bandStartsHz: BAND_STARTS_HZ,
    waveformSamplesPerPixel: analysis.waveformSamplesPerPixel,
    undecodedSamples: finished.filledSamples,
    analysedAt: new Date(finished.analysedAtMs).toISOString(),
  };
}

function summaryOf(analysis: Analysis, { silences }: FinishedAnalysis): AnalysisSummaryView {
  const { loudness, channels } = analysis;
  const samplePeaks = channels.flatMap(({ samplePeakDb }) => samplePeakDb ?? []);
  return {
    integratedLufs: rounded(loudness.integratedLufs),
    rangeLu: rounded(loudness.rangeLu),
    truePeakDb: rounded(truePeakOf(analysis)),
    samplePeakDb: samplePeaks.length === 0 ? null : rounded(Math.max(...samplePeaks)),
    silences,
  };
}

/** To a hundredth: what meters show, and finer than they agree. */
function rounded(level: number | null): number | null {
  return level === null ? null : Math.round(level * 100) / 100;
}
