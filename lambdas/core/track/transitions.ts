/**
 * How a track's record may change. Pure: each function takes the stored record and gives the next one, or the reason
 * why nothing is to be written; the use case stores it by compare-and-set and asks again when somebody was first.
 */
import { SOURCE_FAILURES } from '../errors.ts';
import { type AnalysisState, analysisKept } from './analysis-state.ts';
import { attemptsOf, exhausted } from './attempts.ts';
import type { FailureReason, IngestState, Progress, PublishedRevision, TrackRecord } from './record.ts';
import { compareSequencers } from './sequencer.ts';

export type IngestStart = {
  readonly trackId: string;
  readonly path: string;
  readonly sequencer: string;
  readonly revision: string;
  readonly sourceVersion: string;
  readonly byteLength: number;
  readonly lastModifiedMs: number;
  readonly nowMs: number;
  /** Try a revision again that has failed before, as if for the first time. */
  readonly retryFailed: boolean;
  /** Make the published revision again: something of it is missing. */
  readonly rebuild: boolean;
};

export type StartDecision =
  | { readonly outcome: 'start'; readonly record: TrackRecord }
  /** The published revision is this very one. `record` only notes the newer event. */
  | { readonly outcome: 'current'; readonly record?: TrackRecord }
  /** This very revision has failed, and would fail again; or it was begun so often that it is given up. */
  | { readonly outcome: 'known_failure'; readonly failure: FailureReason; readonly record?: TrackRecord }
  /** A newer event was taken in before. */
  | { readonly outcome: 'stale' };

export function startIngest(stored: TrackRecord | undefined, start: IngestStart): StartDecision {
  if (stored !== undefined && compareSequencers(start.sequencer, stored.sequencer) < 0) return { outcome: 'stale' };
  const isNewer = stored === undefined || compareSequencers(start.sequencer, stored.sequencer) > 0;
  const isAlive = stored !== undefined && stored.deletedAtMs === undefined;

  if (isAlive && stored.published?.revision === start.revision && !start.rebuild) {
    // A newer ingest of bytes that are gone again (replaced, then put back) has nothing left to do.
    if (!isNewer && stored.ingest === undefined) return { outcome: 'current' };
    const { ingest: _, ...settled } = stored;
    return { outcome: 'current', record: next(settled, { sequencer: start.sequencer }) };
  }
  const before = isAlive ? earlierTries(stored, start) : undefined;
  const failure = before && (isFinal(before.failure) ? before.failure : exhausted(before));
  if (isAlive && before && failure) {
    const outcome = { outcome: 'known_failure' as const, failure };
    const ingest = { ...before, failure };
    const isNoted = failure === before.failure && !isNewer;
    return isNoted ? outcome : { ...outcome, record: next(stored, { sequencer: start.sequencer, ingest }) };
  }
  const ingest: IngestState = {
    revision: start.revision,
    sourceVersion: start.sourceVersion,
    byteLength: start.byteLength,
    lastModifiedMs: start.lastModifiedMs,
    startedAtMs: start.nowMs,
    attempts: before === undefined ? 1 : attemptsOf(before).attempts + 1,
    progress: { bytesDone: 0, bytesTotal: start.byteLength, chunksDone: 0 },
  };
  const base: TrackRecord = { trackId: start.trackId, path: start.path, version: 0, sequencer: '', retired: [] };
  const { deletedAtMs: _, ...living } = stored ?? base;
  return { outcome: 'start', record: next(living, { sequencer: start.sequencer, ingest }) };
}

/** The ingest of the same revision that this one follows; `undefined` for one that begins anew. */
function earlierTries({ ingest }: TrackRecord, start: IngestStart): IngestState | undefined {
  if (ingest?.revision !== start.revision || start.retryFailed) return undefined;
  // The same bytes, uploaded once more (out of an archive, say): nothing but a fault of the file is known of these.
  const isUploadedAgain = ingest.lastModifiedMs !== start.lastModifiedMs;
  return isUploadedAgain && !isFaultOfFile(ingest.failure) ? undefined : ingest;
}

/** The record while `revision` is being ingested; `undefined` once something newer has taken its place. */
export function noteProgress(
  stored: TrackRecord | undefined,
  revision: string,
  progress: Progress,
): TrackRecord | undefined {
  const ingest = runningIngest(stored, revision);
  return stored && ingest && next(stored, { ingest: { ...ingest, progress } });
}

/** The record of an ingest that somebody else is to do: that it was begun here was no try. */
export function handOver(stored: TrackRecord | undefined, revision: string): TrackRecord | undefined {
  const ingest = runningIngest(stored, revision);
  if (stored === undefined || ingest === undefined) return undefined;
  return next(stored, { ingest: { ...ingest, attempts: attemptsOf(ingest).attempts - 1, handedOver: true } });
}

export type PublishDecision =
  | { readonly outcome: 'publish'; readonly record: TrackRecord }
  /** Another worker published the same revision first. */
  | { readonly outcome: 'already' }
  | { readonly outcome: 'superseded' };

/** `analysis`: of this revision, where one comes with it. */
export function publish(
  stored: TrackRecord | undefined,
  published: PublishedRevision,
  nowMs: number,
  analysis?: AnalysisState,
): PublishDecision {
  if (!stored || !runningIngest(stored, published.revision)) {
    const isThere = stored?.deletedAtMs === undefined && stored?.published?.revision === published.revision;
    return { outcome: isThere ? 'already' : 'superseded' };
  }
  const { ingest: _, analysis: __, ...settled } = stored;
  return {
    outcome: 'publish',
    record: next(settled, {
      published,
      ...analysisKept(stored, published, analysis),
      retired: retire(stored, published.revision, nowMs),
    }),
  };
}

/** Records why a revision cannot be had. An older published revision goes on being served. */
export function fail(
  stored: TrackRecord | undefined,
  revision: string,
  failure: FailureReason,
  { decoderExpected = false }: { readonly decoderExpected?: boolean } = {},
): TrackRecord | undefined {
  const ingest = runningIngest(stored, revision);
  const expected = decoderExpected && failure.code === 'decoder_missing' ? { decoderExpected } : {};
  return stored && ingest && next(stored, { ingest: { ...ingest, failure, ...expected } });
}

/** The tombstone: it keeps the sequencer, so that a late event of the removed source cannot bring it back. */
export function remove(stored: TrackRecord | undefined, sequencer: string, nowMs: number): TrackRecord | undefined {
  if (!stored || stored.deletedAtMs !== undefined) return undefined;
  if (compareSequencers(sequencer, stored.sequencer) < 0) return undefined;
  const { trackId, path, version } = stored;
  return { trackId, path, version: version + 1, sequencer, deletedAtMs: nowMs, retired: [] };
}

/** Lets go of replaced revisions whose clients have had their time. */
export function forgetRetired(stored: TrackRecord, retiredBeforeMs: number): TrackRecord | undefined {
  const retired = stored.retired.filter((entry) => entry.retiredAtMs > retiredBeforeMs);
  return retired.length === stored.retired.length ? undefined : next(stored, { retired });
}

/** True while bytes derived from this revision may be needed: served, being made, or in a client's hands. */
export function isRevisionInUse(record: TrackRecord | undefined, revision: string): boolean {
  if (record === undefined || record.deletedAtMs !== undefined) return false;
  return (
    record.published?.revision === revision ||
    runningIngest(record, revision) !== undefined ||
    record.retired.some((entry) => entry.revision === revision)
  );
}

/** What is not tried again by itself: a fault of the file, or what people have to see to. */
export function isFinal(failure: FailureReason | undefined): failure is FailureReason {
  return failure !== undefined && failure.code !== 'unavailable' && failure.code !== 'internal';
}

function isFaultOfFile(failure: FailureReason | undefined): boolean {
  return failure !== undefined && SOURCE_FAILURES.some((code) => code === failure.code);
}

function runningIngest(stored: TrackRecord | undefined, revision: string): IngestState | undefined {
  if (stored === undefined || stored.deletedAtMs !== undefined) return undefined;
  const { ingest } = stored;
  return ingest?.revision === revision && ingest.failure === undefined ? ingest : undefined;
}

function retire(stored: TrackRecord, newRevision: string, nowMs: number): TrackRecord['retired'] {
  const kept = stored.retired.filter((entry) => entry.revision !== newRevision);
  return stored.published && stored.published.revision !== newRevision
    ? [...kept, { revision: stored.published.revision, retiredAtMs: nowMs }]
    : kept;
}

function next(stored: TrackRecord, change: Partial<TrackRecord>): TrackRecord {
  return { ...stored, ...change, version: stored.version + 1 };
}
