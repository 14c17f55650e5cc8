import type { ObjectStore, SourceEvent } from '../core/ports.ts';
import { tagObjectKeys } from '../core/tags/tag-objects.ts';
import { revisionOf, trackIdOf } from '../core/track/identity.ts';
import { DERIVED_PREFIX, initKey, MANIFEST_PREFIX, ownerOfKey, packetTablesPrefix } from '../core/track/object-keys.ts';
import type { TrackRecord } from '../core/track/record.ts';
import { sequencerAfter } from '../core/track/sequencer.ts';
import { forgetRetired, isFinal, isRevisionInUse } from '../core/track/transitions.ts';
import { updateTrack } from '../core/track/update.ts';
import { discardRevision } from './discard-revision.ts';
import { mergeListings, type Pair } from './merge-listings.ts';
import type { IngestContext } from './ports.ts';

/** Events can be redelivered for as long as a queue keeps them; SQS keeps them 14 days at most. */
const TOMBSTONE_LIFE_MS = 15 * 24 * 3600 * 1000;

const LIST_PAGE = 1000;

/** `rebuild`: what is published is to be stored again, because part of it is missing. */
export type ReconcileEvent = SourceEvent & { readonly rebuild?: boolean };

export type ReconcileReport = {
  sources: number;
  /** Events made up for sources that are new, changed, or whose ingest was interrupted. */
  stored: number;
  removed: number;
  unchanged: number;
  failed: number;
  tombstonesForgotten: number;
  orphansDeleted: number;
};

/**
 * Makes tracks and sources agree without trusting any event: hands `dispatch` an event for every source that is missing,
 * changed or half ingested and every track whose source is gone; then deletes derived bytes that nothing points to.
 * Streams both listings; memory does not grow with them.
 *
 * `isUnderWay` keeps it from repeating what the caller is doing right now. The sweep runs after `dispatched` has
 * resolved, so that what was just ingested or removed is judged by its final state.
 */
export async function reconcile(
  context: IngestContext,
  options: {
    readonly dispatch: (event: ReconcileEvent) => Promise<void> | void;
    readonly dispatched?: () => Promise<void>;
    readonly isUnderWay?: (key: string) => boolean;
    /** Dispatch what is known as failed, too. */
    readonly retryFailed?: boolean;
  },
): Promise<ReconcileReport> {
  const report: ReconcileReport = {
    sources: 0,
    stored: 0,
    removed: 0,
    unchanged: 0,
    failed: 0,
    tombstonesForgotten: 0,
    orphansDeleted: 0,
  };
  for await (const pair of mergeListings(context.sources, context.index)) {
    if (pair.source) report.sources++;
    if (options.isUnderWay?.(pair.path)) continue;
    if (context.signal?.aborted) return report;
    const judged = await judge(context, pair);
    const isBroken = judged === 'unchanged' && pair.record !== undefined && (await lacksParts(context, pair.record));
    const verdict = isBroken || (judged === 'failed' && options.retryFailed) ? 'stored' : judged;
    report[verdict]++;
    if (verdict === 'stored' || verdict === 'removed') {
      const sequencer = pair.record ? sequencerAfter(pair.record.sequencer) : sequencerAfter('');
      await options.dispatch({ kind: verdict, key: pair.path, sequencer, ...(isBroken ? { rebuild: true } : {}) });
    }
  }
  await options.dispatched?.();
  if (context.signal?.aborted) return report;
  report.orphansDeleted = await sweep(context);
  return report;
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
  const revision = await revisionOf(source.version, context.config.chunking, context.config.location);
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

/** Deletes what belongs to revisions that no record uses. Gives the number of objects and of revisions' pages. */
async function sweep(context: IngestContext): Promise<number> {
  const manifests = await sweepObjects(context, MANIFEST_PREFIX);
  return manifests + (await sweepObjects(context, DERIVED_PREFIX)) + (await sweepPages(context));
}

async function sweepObjects(context: IngestContext, prefix: string): Promise<number> {
  let deleted = 0;
  let after: string | undefined;
  do {
    const page = await context.media.list({ prefix, limit: 1, ...(after === undefined ? {} : { after }) });
    const [object] = page.objects;
    const name = object && ownerOfKey(object.key);
    if (name) {
      deleted += await discardRevision(context, name.trackId, name.revision);
      // On behind all keys of this revision.
      after = `${prefix}${name.trackId}/${name.revision}/\u{10ffff}`;
    } else {
      after = object?.key;
    }
  } while (after !== undefined);
  return deleted;
}

async function sweepPages({ index }: IngestContext): Promise<number> {
  let deleted = 0;
  let after: string | undefined;
  do {
    const page = await index.listPagedRevisions({ limit: LIST_PAGE, ...(after === undefined ? {} : { after }) });
    for (const { trackId, revision } of page.revisions) {
      if (isRevisionInUse(await index.get(trackId), revision)) continue;
      await index.deletePages(trackId, revision);
      deleted++;
    }
    after = page.next;
  } while (after !== undefined);
  return deleted;
}

/** The event that makes one path be looked at again, whatever was or was not said about it. */
export async function eventFor(context: IngestContext, key: string): Promise<SourceEvent> {
  const record = await context.index.get(await trackIdOf(context.config.bucket, key));
  return { kind: 'stored', key, sequencer: sequencerAfter(record?.sequencer ?? '') };
}
