/** What a track's record says of its analysis. The analysis itself is objects beside the chunks, see analysis-objects.ts. */
import type { ServiceFailureCode, SourceFailureCode } from '../errors.ts';
import { type Attempts, interruption, MAX_ATTEMPTS, SILENT_END } from './attempts.ts';
import type { PublishedRevision, TrackRecord } from './record.ts';

/**
 * Raised whenever the same audio would be analysed or stored differently: by the measuring, by the decoding, by the layout of
 * what is stored. Older analyses are served until they are made anew.
 */
export const ANALYSIS_GENERATION = 2;

/**
 * `too_large`: it would take longer than is allowed. `analysis_failed`: the audio could not be decoded or measured.
 * `source_unreadable`, `given_up`: as of an ingest, see FailureReason.
 */
export type AnalysisFailure = {
  readonly code:
    | SourceFailureCode
    | 'too_large'
    | 'analysis_failed'
    | 'source_unreadable'
    | 'given_up'
    | Extract<ServiceFailureCode, 'unavailable'>;
  readonly message: string;
};

export type FinishedAnalysis = {
  readonly outcome: 'done';
  readonly revision: string;
  readonly generation: number;
  /** As `encodeAnalysis` has it: half a kilobyte. */
  readonly summary: Uint8Array;
  /** How many silences were found. */
  readonly silences: number;
  /** Those that more audio comes behind, at which chunks can be cut: how many, and a digest of where. */
  readonly innerSilences: number;
  readonly silencesDigest: string;
  /** Samples that could not be decoded, and count as silent. */
  readonly filledSamples: number;
  readonly analysedAtMs: number;
};

export type AnalysisState =
  | FinishedAnalysis
  | {
      readonly outcome: 'failed';
      readonly revision: string;
      readonly generation: number;
      readonly failure: AnalysisFailure;
    };

/** How often the analysis of a revision was begun without coming to an end. */
export type AnalysisUnderWay = Attempts & { readonly revision: string; readonly generation: number };

type Analysed = Pick<TrackRecord, 'published' | 'analysis' | 'deletedAtMs'>;

/** The state of the analysis of what is published; `undefined` while there is none. */
export function analysisOf({ published, analysis, deletedAtMs }: Analysed): AnalysisState | undefined {
  return deletedAtMs === undefined && published !== undefined && analysis?.revision === published.revision
    ? analysis
    : undefined;
}

/** The analysis of what is published, if there is one. */
export function finishedAnalysisOf(record: Analysed): FinishedAnalysis | undefined {
  const state = analysisOf(record);
  return state?.outcome === 'done' ? state : undefined;
}

/** True when an analysis of what is published is to be tried: there is none yet, or an older kind of it, or it was interrupted. */
export function needsAnalysis(record: Analysed): boolean {
  if (record.published === undefined || record.deletedAtMs !== undefined) return false;
  const state = analysisOf(record);
  if (state === undefined || state.generation !== ANALYSIS_GENERATION) return true;
  return state.outcome === 'failed' && state.failure.code === 'unavailable';
}

/** The tries of the analysis of what is published, of which none came to an end; `undefined` when there was none. */
export function analysisUnderWay({
  published,
  analysing,
}: Pick<TrackRecord, 'published' | 'analysing'>): Attempts | undefined {
  const isOfToday = analysing?.revision === published?.revision && analysing?.generation === ANALYSIS_GENERATION;
  return isOfToday ? analysing : undefined;
}

export type BeginDecision =
  /** `record` counts one more try. */
  | { readonly outcome: 'begin'; readonly record: TrackRecord }
  /** Another revision is served by now, or none. */
  | { readonly outcome: 'superseded'; readonly record?: undefined }
  /** It was begun so often that it is given up. */
  | { readonly outcome: 'exhausted'; readonly failure: AnalysisFailure; readonly record?: undefined };

/** `afresh`: tries before this one do not count. */
export function beginAnalysis(
  stored: TrackRecord | undefined,
  revision: string,
  { nowMs, afresh }: { readonly nowMs: number; readonly afresh: boolean },
): BeginDecision {
  if (stored === undefined || stored.deletedAtMs !== undefined || stored.published?.revision !== revision) {
    return { outcome: 'superseded' };
  }
  const before = afresh ? 0 : (analysisUnderWay(stored)?.attempts ?? 0);
  if (before >= MAX_ATTEMPTS) {
    const state = analysisOf(stored);
    const cause = state?.outcome === 'failed' ? state.failure.message : SILENT_END;
    return { outcome: 'exhausted', failure: interruption('the audio could not be analysed', before, cause) };
  }
  const analysing = { revision, generation: ANALYSIS_GENERATION, attempts: before + 1, startedAtMs: nowMs };
  return { outcome: 'begin', record: { ...stored, analysing, version: stored.version + 1 } };
}

/** The record of an analysis that came forward and goes on in another run: the tries before this one do not count. */
export function pauseAnalysis(stored: TrackRecord | undefined, revision: string): TrackRecord | undefined {
  if (stored?.analysing?.revision !== revision || stored.analysing.attempts <= 1) return undefined;
  return { ...stored, analysing: { ...stored.analysing, attempts: 1 }, version: stored.version + 1 };
}

/**
 * The record with this state; `undefined` when another revision is served by now, or the very same is noted already. What
 * failed for now keeps count of its tries.
 */
export function noteAnalysis(stored: TrackRecord | undefined, state: AnalysisState): TrackRecord | undefined {
  if (stored === undefined || stored.deletedAtMs !== undefined) return undefined;
  if (stored.published?.revision !== state.revision) return undefined;
  if (isSameFailure(analysisOf(stored), state)) return undefined;
  const { analysing, ...settled } = stored;
  const isForNow = state.outcome === 'failed' && state.failure.code === 'unavailable';
  return { ...settled, analysis: state, ...(isForNow && analysing ? { analysing } : {}), version: stored.version + 1 };
}

/** The record without the analysis of that revision: something of it is lost. */
export function forgetAnalysis(stored: TrackRecord | undefined, revision: string): TrackRecord | undefined {
  if (stored?.analysis?.revision !== revision) return undefined;
  const { analysis: _, ...rest } = stored;
  return { ...rest, version: stored.version + 1 };
}

function isSameFailure(before: AnalysisState | undefined, after: AnalysisState): boolean {
  return (
    before?.outcome === 'failed' &&
    after.outcome === 'failed' &&
    before.generation === after.generation &&
    before.failure.code === after.failure.code &&
    before.failure.message === after.failure.message
  );
}

/** The analysis that goes on with a revision when it is published: its own, or the one it was made of. */
export function analysisKept(
  stored: Pick<TrackRecord, 'analysis'>,
  published: Pick<PublishedRevision, 'revision'>,
  brought: AnalysisState | undefined,
): { readonly analysis?: AnalysisState } {
  if (brought?.revision === published.revision) return { analysis: brought };
  return stored.analysis?.revision === published.revision ? { analysis: stored.analysis } : {};
}
