import type { SourceWarning } from '../core/formats/format.ts';
import { analysisOf } from '../core/track/analysis-state.ts';
import type { TrackRecord } from '../core/track/record.ts';

/** What a person should know of the analysis of a track that can be played: why there is none, and what follows from that. */
export function analysisWarnings(record: TrackRecord): SourceWarning[] {
  return [...failureWarnings(record), ...chunkingWarnings(record)];
}

function failureWarnings(record: TrackRecord): SourceWarning[] {
  const state = analysisOf(record);
  if (state?.outcome !== 'failed') return [];
  const { code, message } = state.failure;
  switch (code) {
    // Each of these says by itself what is to be done.
    case 'decoder_missing':
    case 'too_large':
    case 'analysis_failed':
      return [{ code, message }];
    default:
      return [{ code: 'analysis_failed', message: `${message} (${code})` }];
  }
}

/** Chunks that were to end in silences and do not. */
function chunkingWarnings(record: TrackRecord): SourceWarning[] {
  const chunking = record.published?.chunking;
  if (chunking?.strategy !== 'duration' || chunking.insteadOf === undefined) return [];
  const { thresholdDb, minimumSilenceMs } = chunking.insteadOf;
  return [
    { code: 'chunked_by_duration', message: `the chunks are cut by duration instead of at silences: ${reason()}` },
  ];

  function reason(): string {
    const state = analysisOf(record);
    if (state === undefined) return 'these are known once the track is analysed, which then is cut again';
    if (state.outcome === 'failed') return 'the track could not be analysed';
    if (state.innerSilences > 0) return 'they were found, and the track is being cut again';
    return `there is none of ${minimumSilenceMs} ms below ${thresholdDb} dB`;
  }
}
