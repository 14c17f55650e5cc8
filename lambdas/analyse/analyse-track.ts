import type { Analysis } from '../core/dsp/analysis.ts';
import { decodeAnalysis, encodeAnalysis } from '../core/dsp/analysis-record.ts';
import { SILENCE_BYTES } from '../core/dsp/silence-record.ts';
import { CuepointError, hasCode, isSourceFailure } from '../core/errors.ts';
import type { ObjectInfo } from '../core/ports.ts';
import {
  type AnalysisName,
  forgetSavedAnalysis,
  readAnalysisRecord,
  storeAnalysisRecord,
} from '../core/track/analysis-objects.ts';
import {
  ANALYSIS_GENERATION,
  type AnalysisFailure,
  type AnalysisState,
  analysisOf,
  analysisUnderWay,
  type BeginDecision,
  beginAnalysis,
  type FinishedAnalysis,
  noteAnalysis,
  pauseAnalysis,
} from '../core/track/analysis-state.ts';
import { interruption } from '../core/track/attempts.ts';
import { digestOfBytes } from '../core/track/identity.ts';
import type { PublishedRevision, TrackRecord } from '../core/track/record.ts';
import { UnreadableObject } from '../core/track/unreadable-object.ts';
import { updateTrack } from '../core/track/update.ts';
import { readInnerSilences } from '../ingest/chosen-chunking.ts';
import { discardRevision } from '../ingest/discard-revision.ts';
import type { AnalysisRequest } from '../ingest/ports.ts';
import { type RunEnd, runAnalysis } from './analysis-run.ts';
import type { AnalyseContext } from './ports.ts';

export type AnalysisOutcome =
  | { readonly outcome: 'analysed'; readonly trackId: string; readonly revision: string; readonly totalSamples: number }
  /** Nothing to do: it is analysed, or known to fail. */
  | { readonly outcome: 'current'; readonly trackId: string; readonly revision: string }
  | {
      readonly outcome: 'unanalysed';
      readonly trackId: string;
      readonly revision: string;
      readonly failure: AnalysisFailure;
    }
  /** The time was up: what is done is saved, and the same request goes on with it. */
  | { readonly outcome: 'paused'; readonly trackId: string; readonly revision: string }
  /** Another revision is served by now, or none. */
  | { readonly outcome: 'superseded'; readonly trackId: string };

type Target = { readonly record: TrackRecord; readonly published: PublishedRevision; readonly name: AnalysisName };

/**
 * Analyses a published revision, once: safe to call twice, late, at the same time, and again after a crash at any point. A
 * track whose audio cannot be analysed stays as playable as it was, and its record says why.
 *
 * Throws only what may pass when tried again.
 */
export async function analyseTrack(context: AnalyseContext, request: AnalysisRequest): Promise<AnalysisOutcome> {
  const { trackId, revision } = request;
  const record = await context.index.get(trackId);
  if (record?.published?.revision !== revision || record.deletedAtMs !== undefined) {
    return { outcome: 'superseded', trackId };
  }
  const name = { trackId, revision, generation: ANALYSIS_GENERATION };
  const target = { record, published: record.published, name };
  const settled = analysisOf(record);
  const isCurrent = settled?.generation === ANALYSIS_GENERATION;
  if (isCurrent && settled.outcome === 'failed' && settled.failure.code !== 'unavailable' && !request.retryFailed) {
    return { outcome: 'current', trackId, revision };
  }
  if (isCurrent && settled.outcome === 'done') {
    // Whoever noted it may have crashed before the source was handed on.
    await rechunk(context, target);
    return { outcome: 'current', trackId, revision };
  }
  const adopted = await adopt(context, target);
  if (adopted) return settle(context, target, adopted);
  return (await begin(context, request)) ?? analyseSource(context, target);
}

/** Counts the try. An outcome: it is not to be begun. */
async function begin(
  context: AnalyseContext,
  { trackId, revision, retryFailed: afresh = false }: AnalysisRequest,
): Promise<AnalysisOutcome | undefined> {
  const begun = await updateTrack<BeginDecision>(context.index, trackId, (stored) =>
    beginAnalysis(stored, revision, { nowMs: context.clock.now(), afresh }),
  );
  switch (begun.outcome) {
    case 'begin':
      return undefined;
    case 'superseded':
      return { outcome: 'superseded', trackId };
    case 'exhausted':
      return recordFailure(context, { trackId, revision, generation: ANALYSIS_GENERATION }, begun.failure);
  }
}

async function analyseSource(context: AnalyseContext, target: Target): Promise<AnalysisOutcome> {
  const { trackId, revision } = target.name;
  const startedAtMs = context.clock.now();
  try {
    const source = await unchangedSource(context, target);
    const run = await runAnalysis(context, { name: target.name, published: target.published, source });
    return await conclude(context, target, run, startedAtMs);
  } catch (error) {
    if (hasCode(error, 'source_changed') || hasCode(error, 'source_missing')) return superseded(context, target.name);
    const failure = failureOf(error);
    if (failure !== undefined) return recordFailure(context, target.name, failure);
    throw new CuepointError(
      'unavailable',
      `analysing revision ${revision} of ${trackId} was interrupted; it will be tried again`,
      {
        cause: error,
      },
    );
  }
}

async function conclude(
  context: AnalyseContext,
  target: Target,
  run: RunEnd,
  startedAtMs: number,
): Promise<AnalysisOutcome> {
  const { trackId, revision } = target.name;
  switch (run.end) {
    case 'paused':
      await updateTrack(context.index, trackId, (stored) => ({ record: pauseAnalysis(stored, revision) }));
      context.log.info('analysis_paused', { trackId, revision });
      return { outcome: 'paused', trackId, revision };
    case 'superseded':
      return superseded(context, target.name);
    case 'too_large':
      return recordFailure(context, target.name, {
        code: 'too_large',
        message:
          `analysing the track would take about ${minutes(run.expectedMs)}, and ${minutes(context.analyse.maxAnalysisMs)} are allowed; ` +
          'allow more, or split the file',
      });
    case 'complete': {
      const finished = await store(context, target, run);
      const { sampleRate } = target.published.format;
      context.log.info('track_analysed', {
        trackId,
        revision,
        path: target.record.path,
        audioSeconds: Math.round(run.analysis.totalSamples / sampleRate),
        elapsedMs: context.clock.now() - startedAtMs,
      });
      return settle(context, target, finished);
    }
  }
}

function minutes(ms: number): string {
  return `${Math.ceil(ms / 60_000)} minutes`;
}

/** Stores the record, behind all that it tells of. */
async function store(
  context: AnalyseContext,
  { name }: Target,
  { analysis }: { readonly analysis: Analysis },
): Promise<FinishedAnalysis> {
  const summary = encodeAnalysis(analysis);
  const finished = await finishedOf(context, name, summary);
  await storeAnalysisRecord(context.media, name, summary);
  return finished;
}

/** An analysis that was stored whole, and not noted: after a lost index, or a crash just before. */
async function adopt(context: AnalyseContext, { name, published }: Target): Promise<FinishedAnalysis | undefined> {
  const summary = await readAnalysisRecord(context.media, name);
  if (summary === undefined) return undefined;
  try {
    const { totalSamples, undecodedSamples } = decodeAnalysis(summary);
    const isWhole = totalSamples === published.totalSamples && undecodedSamples !== null;
    return isWhole ? await finishedOf(context, name, summary) : undefined;
  } catch (error) {
    if (hasCode(error, 'internal') || hasCode(error, 'chunk_lost')) return undefined;
    throw error;
  }
}

async function finishedOf(
  { media, clock }: AnalyseContext,
  name: AnalysisName,
  summary: Uint8Array,
): Promise<FinishedAnalysis> {
  const inner = await readInnerSilences(media, name, summary);
  const { series, undecodedSamples } = decodeAnalysis(summary);
  const count = series.find((each) => each.name === 'silences')?.records ?? 0;
  return {
    outcome: 'done',
    revision: name.revision,
    generation: name.generation,
    summary,
    silences: count,
    innerSilences: inner.length / SILENCE_BYTES,
    silencesDigest: await digestOfBytes(inner),
    filledSamples: undecodedSamples ?? 0,
    analysedAtMs: clock.now(),
  };
}

async function settle(context: AnalyseContext, target: Target, finished: FinishedAnalysis): Promise<AnalysisOutcome> {
  const { trackId, revision } = target.name;
  // Before it is noted: what is stored whole needs it no more, and once it is noted nobody looks for it.
  await forgetSavedAnalysis(context.media, target.name);
  if (!(await note(context, trackId, finished))) return superseded(context, target.name);
  await rechunk(context, target);
  return { outcome: 'analysed', trackId, revision, totalSamples: target.published.totalSamples };
}

/** Chunks that were cut by duration until the silences were known are cut again, now that they are. */
async function rechunk({ rechunk: ingest, index }: AnalyseContext, { name, published }: Target): Promise<void> {
  const awaitsSilences = published.chunking.strategy === 'duration' && published.chunking.insteadOf !== undefined;
  if (!awaitsSilences || ingest === undefined) return;
  const record = await index.get(name.trackId);
  if (record === undefined || record.published?.revision !== name.revision || record.analysis?.outcome !== 'done')
    return;
  if (record.analysis.innerSilences === 0) return;
  // With the sequencer that the record has: this is no news of the source.
  await ingest({ kind: 'stored', key: record.path, sequencer: record.sequencer });
}

async function unchangedSource({ sources }: AnalyseContext, { record, published }: Target): Promise<ObjectInfo> {
  const source = await sources.head(record.path);
  if (source?.version === published.sourceVersion) return source;
  throw new CuepointError('source_changed', `${record.path} is not what revision ${published.revision} was made of`);
}

/** Its own event brings the newer state; what was stored for the older one goes, if nobody uses it. */
async function superseded(context: AnalyseContext, { trackId, revision }: AnalysisName): Promise<AnalysisOutcome> {
  await discardRevision(context, trackId, revision);
  return { outcome: 'superseded', trackId };
}

async function recordFailure(
  context: AnalyseContext,
  name: AnalysisName,
  failure: AnalysisFailure,
): Promise<AnalysisOutcome> {
  const { trackId, revision, generation } = name;
  if (await note(context, trackId, { outcome: 'failed', revision, generation, failure })) {
    context.log.warn('track_not_analysed', { trackId, revision, ...failure });
  }
  return { outcome: 'unanalysed', trackId, revision, failure };
}

/** False: another revision is served by now (or the record says so already). */
async function note({ index }: AnalyseContext, trackId: string, state: AnalysisState): Promise<boolean> {
  const { record } = await updateTrack(index, trackId, (stored) => ({ record: noteAnalysis(stored, state) }));
  return record !== undefined;
}

/** What will be no better when tried again; `undefined` for all else. */
function failureOf(error: unknown): AnalysisFailure | undefined {
  if (hasCode(error, 'decoder_missing')) {
    const message =
      'loudness, silences and waveform need a native decoder, and none is installed here: install the optional package ' +
      'node-av, then run "cuepoint reconcile --retry-failed"';
    return { code: 'decoder_missing', message };
  }
  if (error instanceof UnreadableObject) return { code: 'source_unreadable', message: error.message };
  if (isSourceFailure(error)) return { code: 'analysis_failed', message: error.message };
  const isOurFault = error instanceof RangeError || error instanceof TypeError;
  return isOurFault
    ? { code: 'analysis_failed', message: `the audio could not be analysed (${error.message})` }
    : undefined;
}

/** Notes that an analysis was tried often enough for now; a later reconcile tries again, until it was MAX_ATTEMPTS times. */
export async function giveUpAnalysis(
  context: Pick<AnalyseContext, 'index'>,
  { trackId, revision }: AnalysisRequest,
  error: unknown,
): Promise<void> {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
  const what = 'the audio could not be read or its analysis not be stored';
  await updateTrack(context.index, trackId, (stored) => {
    const attempts = (stored && analysisUnderWay(stored)?.attempts) ?? 0;
    const failure = interruption(what, attempts, cause);
    const state: AnalysisState = { outcome: 'failed', revision, generation: ANALYSIS_GENERATION, failure };
    return { record: noteAnalysis(stored, state) };
  });
}
