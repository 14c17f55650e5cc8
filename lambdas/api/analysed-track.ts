import { CuepointError } from '../core/errors.ts';
import { analysisOf, type FinishedAnalysis } from '../core/track/analysis-state.ts';
import type { PublishedRevision, TrackRecord } from '../core/track/record.ts';

/**
 * What is served and its analysis. Throws `track_ingesting` or `track_failed` where nothing is served, `track_not_analysed`
 * while there is no analysis, `analysis_failed` where there will be none.
 */
export function analysedTrack(record: TrackRecord): {
  readonly published: PublishedRevision;
  readonly finished: FinishedAnalysis;
} {
  const { published, ingest } = record;
  if (published === undefined) {
    if (ingest?.failure === undefined) {
      throw new CuepointError('track_ingesting', 'this track is still being ingested; try again in a few seconds');
    }
    const { code, message } = ingest.failure;
    throw new CuepointError('track_failed', `this track cannot be played (${code}): ${message}`);
  }
  const state = analysisOf(record);
  if (state?.outcome === 'done') return { published, finished: state };
  if (state === undefined || state.failure.code === 'unavailable') {
    throw new CuepointError('track_not_analysed', 'this track is not analysed yet; try again in a few seconds');
  }
  const { code, message } = state.failure;
  throw new CuepointError('analysis_failed', `this track could not be analysed (${code}): ${message}`);
}
