import { CuepointError, hasCode, isSourceFailure } from '../core/errors.ts';
import type { ListedObject, SourceEvent } from '../core/ports.ts';
import { type AnalysisState, analysisOf, forgetAnalysis, needsAnalysis } from '../core/track/analysis-state.ts';
import { attemptsOf, interruption } from '../core/track/attempts.ts';
import { trackIdOf } from '../core/track/identity.ts';
import type { FailureReason, Progress, PublishedRevision, TrackRecord } from '../core/track/record.ts';
import { canBeTrack } from '../core/track/source-key.ts';
import {
  fail,
  handOver,
  noteProgress,
  type PublishDecision,
  publish,
  remove,
  type StartDecision,
  startIngest,
} from '../core/track/transitions.ts';
import { UnreadableObject } from '../core/track/unreadable-object.ts';
import { updateTrack } from '../core/track/update.ts';
import { adoptRevision } from './adopt-revision.ts';
import {
  type AnalysedRevision,
  bringAnalysis,
  type ChosenChunking,
  chooseChunking,
  readKnownSilences,
} from './chosen-chunking.ts';
import { discardRevision } from './discard-revision.ts';
import type { IngestContext } from './ports.ts';
import { buildRevision, type RevisionTarget } from './revision-builder.ts';

export type IngestOutcome =
  | {
      readonly outcome: 'published';
      readonly trackId: string;
      readonly revision: string;
      readonly chunkCount: number;
      readonly byteLength: number;
    }
  /** It goes on where there is a decoder. */
  | { readonly outcome: 'handed_over'; readonly trackId: string; readonly revision: string }
  /** Nothing to do: this revision is published already. */
  | { readonly outcome: 'current'; readonly trackId: string; readonly revision: string }
  | { readonly outcome: 'failed'; readonly trackId: string; readonly revision: string; readonly failure: FailureReason }
  | { readonly outcome: 'removed'; readonly trackId: string }
  /** An event about an older state of the source than one that was taken in before. */
  | { readonly outcome: 'stale'; readonly trackId: string }
  /** The source was replaced or removed while it was being read: its own event brings the newer state. */
  | { readonly outcome: 'superseded'; readonly trackId: string };

export type IngestRequest = Pick<SourceEvent, 'key' | 'sequencer'> & {
  readonly retryFailed?: boolean;
  /** Store a published revision again: something of it is missing. */
  readonly rebuild?: boolean;
  readonly onProgress?: (progress: Progress) => void;
};

/** Progress is stored at most this often: each is a write. */
const PROGRESS_INTERVAL_MS = 500;

/**
 * Brings a track to the state of its source, whatever that is now: the event only says where to look and how new the
 * news is. Safe to call twice, late, out of order, at the same time, and again after a crash at any point.
 *
 * Throws only what may pass when tried again; a file that cannot be indexed ends as outcome `failed`.
 */
export async function ingestSource(context: IngestContext, request: IngestRequest): Promise<IngestOutcome> {
  const trackId = await trackIdOf(context.config.bucket, request.key);
  // Subtitles belong to the audio beside them, which finds them when they are asked for: they are no track.
  const source = canBeTrack(request.key) ? await lookUp(context, request.key) : undefined;
  if (source === undefined) return removeTrack(context, trackId, request.sequencer);

  const before = await context.index.get(trackId);
  const chosen = await chooseChunking(context.config, before, source.version);
  const { revision } = chosen;
  const start = await updateTrack<StartDecision>(context.index, trackId, (stored) =>
    startIngest(stored, {
      trackId,
      path: request.key,
      sequencer: request.sequencer,
      revision,
      sourceVersion: source.version,
      byteLength: source.byteLength,
      lastModifiedMs: source.lastModifiedMs,
      nowMs: context.clock.now(),
      retryFailed: request.retryFailed ?? false,
      rebuild: request.rebuild ?? false,
    }),
  );
  switch (start.outcome) {
    case 'stale':
      return { outcome: 'stale', trackId };
    case 'current':
      await requestAnalysis(context, trackId, request);
      return { outcome: 'current', trackId, revision };
    case 'known_failure':
      return { outcome: 'failed', trackId, revision, failure: start.failure };
    case 'start':
      return makeRevision(context, { trackId, revision, source }, chosen, request);
  }
}

/**
 * What there is under a key. A store may refuse to tell of one object (S3 of one that its uploader encrypted by a key of their
 * own) and still list it: then the record can say what is wrong with it.
 */
async function lookUp({ sources }: IngestContext, key: string): Promise<ListedObject | undefined> {
  try {
    return await sources.head(key);
  } catch (error) {
    if (!hasCode(error, 'internal')) throw error;
    const { objects } = await sources.list({ prefix: key, limit: 1 });
    const found = objects.find((object) => object.key === key);
    if (found === undefined) throw error;
    return found;
  }
}

/** To be called when the track is published, also by others: whoever asked for its analysis before may have crashed. */
async function requestAnalysis(
  { index, analyse }: IngestContext,
  trackId: string,
  { retryFailed = false }: IngestRequest,
): Promise<void> {
  if (analyse === undefined) return;
  const record = await index.get(trackId);
  if (record?.published === undefined) return;
  const { revision } = record.published;
  const isWanted = needsAnalysis(record) || (retryFailed && analysisOf(record)?.outcome === 'failed');
  if (isWanted) await analyse({ trackId, revision, ...(retryFailed && { retryFailed }) });
}

async function makeRevision(
  context: IngestContext,
  target: RevisionTarget,
  chosen: ChosenChunking,
  request: IngestRequest,
): Promise<IngestOutcome> {
  const { trackId, revision } = target;
  const startedAtMs = context.clock.now();
  try {
    const report = progressReporter(context, target, request.onProgress);
    const published = (await adoptRevision(context, target)) ?? (await build(context, target, chosen, report));
    const analysis = chosen.analysed && (await bringAnalysis(context.media, trackId, chosen.analysed, revision));
    const outcome = await publishRevision(context, target, { published, analysis }, startedAtMs);
    if (outcome.outcome === 'published') await requestAnalysis(context, trackId, request);
    return outcome;
  } catch (error) {
    if (chosen.analysed && hasCode(error, 'chunk_lost')) await forgetLostAnalysis(context, trackId, chosen.analysed);
    if (context.handOver && hasCode(error, 'decoder_missing')) {
      // Before it is sent, as it may be begun there at once. Should this end in between, the event is delivered again.
      await updateTrack(context.index, trackId, (stored) => ({ record: handOver(stored, revision) }));
      await sendOver(context.handOver, request);
      context.log.info('track_handed_over', { trackId, revision, path: target.source.key });
      return { outcome: 'handed_over', trackId, revision };
    }
    const failure = lastingFailureOf(error);
    if (failure) return await recordFailure(context, target, failure);
    if (hasCode(error, 'source_changed') || hasCode(error, 'source_missing')) {
      await discardRevision(context, trackId, revision);
      return { outcome: 'superseded', trackId };
    }
    throw new CuepointError('unavailable', `ingesting revision ${revision} was interrupted; it will be tried again`, {
      cause: error,
    });
  }
}

async function build(
  context: IngestContext,
  target: RevisionTarget,
  { chunking, analysed }: ChosenChunking,
  report: (progress: Progress) => Promise<void>,
): Promise<PublishedRevision> {
  const { media, config } = context;
  const silences = analysed && (await readKnownSilences(media, target.trackId, analysed));
  const chosen = { ...context, config: { ...config, chunking } };
  return buildRevision(chosen, silences === undefined ? target : { ...target, silences }, report);
}

/** What the record tells of is not there any more: the next try begins without it, and has it made anew. */
async function forgetLostAnalysis(
  { index }: IngestContext,
  trackId: string,
  { analysis }: AnalysedRevision,
): Promise<void> {
  await updateTrack(index, trackId, (stored) => ({ record: forgetAnalysis(stored, analysis.revision) }));
}

/** With the same sequencer: whoever takes it over goes on with the very ingest that the record tells of. */
function sendOver(hand: NonNullable<IngestContext['handOver']>, request: IngestRequest): Promise<void> {
  const { key, sequencer, rebuild = false, retryFailed = false } = request;
  return hand({ kind: 'stored', key, sequencer, ...(rebuild && { rebuild }), ...(retryFailed && { retryFailed }) });
}

async function publishRevision(
  context: IngestContext,
  target: RevisionTarget,
  { published, analysis }: { readonly published: PublishedRevision; readonly analysis: AnalysisState | undefined },
  startedAtMs: number,
): Promise<IngestOutcome> {
  const { trackId, revision } = target;
  const decision = await updateTrack<PublishDecision>(context.index, trackId, (stored) =>
    publish(stored, published, context.clock.now(), analysis),
  );
  switch (decision.outcome) {
    case 'superseded':
      await discardRevision(context, trackId, revision);
      return { outcome: 'superseded', trackId };
    case 'publish':
    case 'already':
      context.log.info('track_published', {
        trackId,
        revision,
        path: target.source.key,
        byteLength: published.byteLength,
        chunkCount: published.chunkCount,
        elapsedMs: context.clock.now() - startedAtMs,
      });
      return {
        outcome: 'published',
        trackId,
        revision,
        chunkCount: published.chunkCount,
        byteLength: published.byteLength,
      };
  }
}

/**
 * Records that an ingest was tried often enough for now, so that people see why the track does not come. Unlike a fault of
 * the file it is tried again by a later reconcile, until it was tried MAX_ATTEMPTS times.
 */
export async function giveUpIngest(context: IngestContext, key: string, error: unknown): Promise<void> {
  const trackId = await trackIdOf(context.config.bucket, key);
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
  const what = 'the file could not be read or its chunks not be stored';
  await updateTrack(context.index, trackId, (stored) => {
    if (stored?.ingest === undefined) return {};
    const failure = interruption(what, attemptsOf(stored.ingest).attempts, cause);
    return { record: fail(stored, stored.ingest.revision, failure) };
  });
}

/** What will be no better when tried again: the file is at fault, or people have to do something first. */
function lastingFailureOf(error: unknown): FailureReason | undefined {
  if (isSourceFailure(error)) return { code: error.code, message: error.message };
  return error instanceof UnreadableObject ? { code: 'source_unreadable', message: error.message } : undefined;
}

async function recordFailure(
  context: IngestContext,
  target: RevisionTarget,
  failure: FailureReason,
): Promise<IngestOutcome> {
  const { trackId, revision } = target;
  const { decoderExpected = false } = context.config;
  await updateTrack(context.index, trackId, (stored) => ({
    record: fail(stored, revision, failure, { decoderExpected }),
  }));
  await discardRevision(context, trackId, revision);
  context.log.warn('track_failed', { trackId, revision, path: target.source.key, ...failure });
  return { outcome: 'failed', trackId, revision, failure };
}

/** The tombstone first, then the bytes: a crash between leaves orphans for the sweep, never a track without chunks. */
async function removeTrack(context: IngestContext, trackId: string, sequencer: string): Promise<IngestOutcome> {
  let before: TrackRecord | undefined;
  const { record } = await updateTrack(context.index, trackId, (stored) => {
    before = stored;
    return { record: remove(stored, sequencer, context.clock.now()) };
  });
  if (before === undefined || before.deletedAtMs !== undefined) return { outcome: 'removed', trackId };
  if (record === undefined) return { outcome: 'stale', trackId };
  const revisions = [before.published, before.ingest, ...before.retired].flatMap((entry) => entry?.revision ?? []);
  for (const revision of revisions) await discardRevision(context, trackId, revision);
  context.log.info('track_removed', { trackId, path: before.path });
  return { outcome: 'removed', trackId };
}

/** Stores progress now and then; notices on the way when something newer has taken this ingest's place, and stops it. */
function progressReporter(
  context: IngestContext,
  { trackId, revision, source }: RevisionTarget,
  onProgress: ((progress: Progress) => void) | undefined,
): (progress: Progress) => Promise<void> {
  let storedAtMs = context.clock.now();
  return async (progress) => {
    onProgress?.(progress);
    if (context.signal?.aborted) throw stopped(context.signal);
    if (context.clock.now() - storedAtMs < PROGRESS_INTERVAL_MS) return;
    storedAtMs = context.clock.now();
    const { record } = await updateTrack(context.index, trackId, (stored) => ({
      record: noteProgress(stored, revision, progress),
    }));
    if (record === undefined) {
      throw new CuepointError('source_changed', `a newer state of ${source.key} is being ingested`);
    }
  };
}

/** Whoever stops the work may say why. */
function stopped({ reason }: AbortSignal): CuepointError {
  return reason instanceof CuepointError ? reason : new CuepointError('unavailable', 'the service is stopping');
}
