import { decodeAnalysis } from '../core/dsp/analysis-record.ts';
import type { ObjectStore, SourceEvent } from '../core/ports.ts';
import { tagObjectKeys } from '../core/tags/tag-objects.ts';
import { analysisRecordKey, hasAllPieces } from '../core/track/analysis-objects.ts';
import { analysisOf, forgetAnalysis, needsAnalysis } from '../core/track/analysis-state.ts';
import { trackIdOf } from '../core/track/identity.ts';
import { DERIVED_PREFIX, initKey, MANIFEST_PREFIX, ownerOfKey, packetTablesPrefix } from '../core/track/object-keys.ts';
import type { TrackRecord } from '../core/track/record.ts';
import { sequencerAfter } from '../core/track/sequencer.ts';
import { forgetRetired, isFinal, isRevisionInUse } from '../core/track/transitions.ts';
import { updateTrack } from '../core/track/update.ts';
import { chooseChunking } from './chosen-chunking.ts';
import { discardRevision } from './discard-revision.ts';
import { mergeListings, type Pair } from './merge-listings.ts';
import type { IngestContext, IngestEvent } from './ports.ts';

/** Events can be redelivered for as long as a queue keeps them; SQS keeps them 14 days at most. */
const TOMBSTONE_LIFE_MS = 15 * 24 * 3600 * 1000;

const LIST_PAGE = 1000;

/** What is looked at, in this order: sources beside tracks, then what was derived and may belong to no track any more. */
const PHASES = ['tracks', 'manifests', 'objects', 'pages'] as const;

/** A place in a look at everything: all before it was looked at. `after` is a path, a key or a cursor, as the phase has it. */
export type ReconcileCursor = { readonly phase: (typeof PHASES)[number]; readonly after?: string };

export type ReconcileReport = {
  sources: number;
  /** Events made up for sources that are new, changed, not analysed, or whose ingest was interrupted. */
  stored: number;
  removed: number;
  unchanged: number;
  failed: number;
  tombstonesForgotten: number;
  orphansDeleted: number;
  /** Where to go on, when it was stopped (`context.signal`) before it had looked at everything. */
  next?: ReconcileCursor;
};

export type ReconcileOptions = {
  readonly dispatch: (event: IngestEvent) => Promise<void> | void;
  readonly dispatched?: () => Promise<void>;
  readonly isUnderWay?: (key: string) => boolean;
  /** Dispatch what is published and not analysed, too: who ingests it again has it analysed. */
  readonly analyses?: boolean;
  /** Dispatch what is known as failed, too. */
  readonly retryFailed?: boolean;
  /** Begin where another look was stopped. */
  readonly from?: ReconcileCursor;
};

/**
 * Makes tracks and sources agree without trusting any event: hands `dispatch` an event for every source that is missing,
 * changed or half ingested and every track whose source is gone; then deletes derived bytes that nothing points to.
 * Streams both listings; memory does not grow with them.
 *
 * It can be stopped, and another look goes on where it was: a folder of any size is looked at in the end.
 *
 * `isUnderWay` keeps it from repeating what the caller is doing right now. The sweep runs after `dispatched` has
 * resolved, so that what was just ingested or removed is judged by its final state.
 */
export async function reconcile(context: IngestContext, options: ReconcileOptions): Promise<ReconcileReport> {
  const report: ReconcileReport = {
    sources: 0,
    stored: 0,
    removed: 0,
    unchanged: 0,
    failed: 0,
    tombstonesForgotten: 0,
    orphansDeleted: 0,
  };
  let cursor: ReconcileCursor = options.from ?? { phase: 'tracks' };
  for (const phase of PHASES.slice(PHASES.indexOf(cursor.phase))) {
    if (cursor.phase !== phase) cursor = { phase };
    const passed = (after: string): void => {
      cursor = { phase, after };
    };
    await lookAt({ context, options, report, passed }, cursor);
    if (phase === 'tracks') await options.dispatched?.();
    if (context.signal?.aborted) return { ...report, next: cursor };
  }
  return report;
}

type Look = {
  readonly context: IngestContext;
  readonly options: ReconcileOptions;
  readonly report: ReconcileReport;
  /** Hears how far the phase has come. */
  readonly passed: (after: string) => void;
};

/** One phase, until its end or until the context's signal is aborted. */
async function lookAt(look: Look, { phase, after }: ReconcileCursor): Promise<void> {
  switch (phase) {
    case 'tracks':
      return judgeTracks(look, after);
    case 'manifests':
      return sweepObjects(look, MANIFEST_PREFIX, after);
    case 'objects':
      return sweepObjects(look, DERIVED_PREFIX, after);
    case 'pages':
      return sweepPages(look, after);
  }
}

async function judgeTracks({ context, options, report, passed }: Look, after: string | undefined): Promise<void> {
  for await (const pair of mergeListings(context.sources, context.index, after)) {
    if (pair.source) report.sources++;
    if (options.isUnderWay?.(pair.path)) continue;
    if (context.signal?.aborted) return;
    const judged = await judge(context, pair);
    const isBroken = judged === 'unchanged' && pair.record !== undefined && (await lacksParts(context, pair.record));
    const isUnfinished =
      (judged === 'failed' && options.retryFailed) ||
      (judged === 'unchanged' && (await lacksAnalysis(context, options, pair)));
    const verdict = isBroken || isUnfinished ? 'stored' : judged;
    report[verdict]++;
    if (verdict === 'stored' || verdict === 'removed') {
      const sequencer = pair.record ? sequencerAfter(pair.record.sequencer) : sequencerAfter('');
      await options.dispatch({ kind: verdict, key: pair.path, sequencer, ...(isBroken ? { rebuild: true } : {}) });
    }
    passed(pair.path);
  }
}

type Verdict = 'stored' | 'removed' | 'unchanged' | 'failed' | 'tombstonesForgotten';

async function judge(context: IngestContext, { source, record }: Pair): Promise<Verdict> {
  const nowMs = context.clock.now();
  if (source === undefined) {
    if (record === undefined) return 'unchanged';
    if (record.deletedAtMs === undefined) return 'removed';
    if (nowMs - record.deletedAtMs < TOMBSTONE_LIFE_MS) return 'unchanged';
    return (await context.index.remove(record.trackId, record.version)) ? 'tombstonesForgotten' : 'unchanged';
  }
  if (record === undefined || record.deletedAtMs !== undefined) return 'stored';
  await releaseRetired(context, record);
  const { revision } = await chooseChunking(context.config, record, source.version);
  if (record.published?.revision === revision) return 'unchanged';
  return record.ingest?.revision === revision && isFinal(record.ingest.failure) ? 'failed' : 'stored';
}

/**
 * True when something of the published revision is not there that requests cannot make again: a page of the index, a
 * packet table, a later init, a cover.
 */
async function lacksParts({ index, media }: IngestContext, { trackId, published }: TrackRecord): Promise<boolean> {
  if (published === undefined) return false;
  const { revision, directory, laterInits = [], format, chunkCount } = published;
  for (let page = 0; page < directory.length; page++) {
    if (!(await index.getPage(trackId, revision, page))) return true;
  }
  const companions = [
    ...laterInits.map(({ firstChunk }) => initKey(trackId, revision, firstChunk)),
    ...Object.values(tagObjectKeys(trackId, revision, published)),
  ];
  for (const key of companions) if (!(await media.head(key))) return true;
  return format.decoderConfig !== undefined && (await countTables(media, trackId, revision)) !== chunkCount;
}

/** One of which something is missing is forgotten, so that it is made anew. */
async function lacksAnalysis(
  { media, index }: IngestContext,
  { analyses, retryFailed }: ReconcileOptions,
  { record }: Pair,
): Promise<boolean> {
  if (!analyses || record === undefined || record.deletedAtMs !== undefined) return false;
  if (needsAnalysis(record)) return true;
  const state = analysisOf(record);
  if (state?.outcome !== 'done') return retryFailed === true && state !== undefined;
  const { revision, generation, summary } = state;
  const name = { trackId: record.trackId, revision, generation };
  if (await hasAllPieces(media, name, decodeAnalysis(summary).series)) return false;
  // Its record must go, too: what is whole but for a piece would be taken for an analysis that was not noted.
  await media.delete(analysisRecordKey(name));
  await updateTrack(index, record.trackId, (stored) => ({ record: forgetAnalysis(stored, revision) }));
  return true;
}

async function countTables(media: ObjectStore, trackId: string, revision: string): Promise<number> {
  const prefix = packetTablesPrefix(trackId, revision);
  let count = 0;
  let after: string | undefined;
  do {
    const page = await media.list({ prefix, limit: LIST_PAGE, ...(after === undefined ? {} : { after }) });
    count += page.objects.length;
    after = page.next;
  } while (after !== undefined);
  return count;
}

async function releaseRetired(context: IngestContext, record: TrackRecord): Promise<void> {
  if (record.retired.length === 0) return;
  const beforeMs = context.clock.now() - context.config.retainReplacedMs;
  await updateTrack(context.index, record.trackId, (stored) => ({ record: stored && forgetRetired(stored, beforeMs) }));
}

/** Deletes what belongs to revisions that no record uses. */
async function sweepObjects(
  { context, report, passed }: Look,
  prefix: string,
  from: string | undefined,
): Promise<void> {
  let after = from;
  do {
    if (context.signal?.aborted) return;
    const page = await context.media.list({ prefix, limit: 1, ...(after === undefined ? {} : { after }) });
    const [object] = page.objects;
    const name = object && ownerOfKey(object.key);
    if (name) report.orphansDeleted += await discardRevision(context, name.trackId, name.revision);
    // On behind all keys of this revision.
    after = name ? `${prefix}${name.trackId}/${name.revision}/\u{10ffff}` : object?.key;
    if (after !== undefined) passed(after);
  } while (after !== undefined);
}

/** The same of pages; counts revisions. */
async function sweepPages({ context, report, passed }: Look, from: string | undefined): Promise<void> {
  const { index } = context;
  let after = from;
  do {
    if (context.signal?.aborted) return;
    const page = await index.listPagedRevisions({ limit: LIST_PAGE, ...(after === undefined ? {} : { after }) });
    for (const { trackId, revision } of page.revisions) {
      if (isRevisionInUse(await index.get(trackId), revision)) continue;
      await index.deletePages(trackId, revision);
      report.orphansDeleted++;
    }
    after = page.next;
    if (after !== undefined) passed(after);
  } while (after !== undefined);
}

/** The event that makes one path be looked at again, whatever was or was not said about it. */
export async function eventFor(context: IngestContext, key: string): Promise<SourceEvent> {
  const record = await context.index.get(await trackIdOf(context.config.bucket, key));
  return { kind: 'stored', key, sequencer: sequencerAfter(record?.sequencer ?? '') };
}
