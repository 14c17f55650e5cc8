import type { SourceEvent } from '../core/ports.ts';
import { trackIdOf } from '../core/track/identity.ts';
import { DERIVED_PREFIX, MANIFEST_PREFIX, ownerOfKey } from '../core/track/object-keys.ts';
import { sequencerAfter } from '../core/track/sequencer.ts';
import { isRevisionInUse } from '../core/track/transitions.ts';
import { discardRevision } from './discard-revision.ts';
import { judge } from './judgement.ts';
import { mergeListings, type Pair } from './merge-listings.ts';
import type { IngestContext, IngestEvent } from './ports.ts';

const LIST_PAGE = 1000;

/** One that cannot be judged is passed over; so many in a row are no fault of theirs, but of a store that does not answer. */
const MAX_FAILURES_IN_A_ROW = 20;

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
  /** Being worked on, tried in vain lately, or held back. */
  waiting: number;
  failed: number;
  tombstonesForgotten: number;
  orphansDeleted: number;
  /** Could not be looked at; the log says why. */
  skipped: number;
  /** Where to go on, when it was stopped (`context.signal`) before it had looked at everything. */
  next?: ReconcileCursor;
};

export type ReconcileOptions = {
  readonly dispatch: (event: IngestEvent) => Promise<void> | void;
  readonly dispatched?: () => Promise<void>;
  readonly isUnderWay?: (key: string) => boolean;
  /** What was begun so lately and has not ended is left to whoever began it. @default 0 - nobody works but the caller */
  readonly underWayMs?: number;
  /** Dispatch removals only: there is a queue of other events, in which those may be that were made up here. @default false */
  readonly holdsBack?: boolean;
  /** Dispatch what is published and not analysed, too: who ingests it again has it analysed. */
  readonly analyses?: boolean;
  /** Dispatch what is known as failed, too, to be tried as if for the first time. */
  readonly retryFailed?: boolean;
  /** Count chunks, too. Only links that lead to the store itself miss one; requests to this service make it again. */
  readonly chunks?: boolean;
  /**
   * Ids of the tracks, by their beginning, of which is looked whether all parts are there, and whose orphans are looked for:
   * that takes requests for each. @default - all
   */
  readonly slice?: string;
  /** Begin where another look was stopped. */
  readonly from?: ReconcileCursor;
  /** Hears how far it came, for the next look to begin there when this one fails. */
  readonly onPassed?: (cursor: ReconcileCursor) => void;
};

/**
 * Makes tracks and sources agree without trusting any event: hands `dispatch` an event for every source that is missing,
 * changed or half ingested and every track whose source is gone; then deletes derived bytes that nothing points to.
 * Streams both listings; memory does not grow with them.
 *
 * It can be stopped, and another look goes on where it was: a folder of any size is looked at in the end. What cannot be
 * looked at is passed over and logged; throws what the listings throw, and when too much in a row fails.
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
    waiting: 0,
    failed: 0,
    tombstonesForgotten: 0,
    orphansDeleted: 0,
    skipped: 0,
  };
  let cursor: ReconcileCursor = options.from ?? { phase: 'tracks' };
  for (const phase of PHASES.slice(PHASES.indexOf(cursor.phase))) {
    if (cursor.phase !== phase) cursor = { phase };
    const passed = (after: string): void => {
      cursor = { phase, after };
      options.onPassed?.(cursor);
    };
    const look = { context, options, report, passed, trying: passingOver(context, report) };
    await lookAt(look, cursor);
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
  /** Does something about one track; a failure is logged with the track's name. */
  readonly trying: (what: string, act: () => Promise<void>) => Promise<void>;
};

function passingOver({ log }: IngestContext, report: ReconcileReport): Look['trying'] {
  let inARow = 0;
  return async (what, act) => {
    try {
      await act();
      inARow = 0;
    } catch (error) {
      log.error('not_reconciled', { what, error });
      report.skipped++;
      if (++inARow >= MAX_FAILURES_IN_A_ROW) throw error;
    }
  };
}

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

async function judgeTracks(look: Look, after: string | undefined): Promise<void> {
  const { context, options, report, passed, trying } = look;
  for await (const pair of mergeListings(context.sources, context.index, after)) {
    if (pair.source) report.sources++;
    if (options.isUnderWay?.(pair.path)) continue;
    if (context.signal?.aborted) return;
    await trying(pair.path, () => judgeTrack(look, pair));
    passed(pair.path);
  }
}

async function judgeTrack({ context, options, report }: Look, pair: Pair): Promise<void> {
  const { analyses = false, retryFailed = false, underWayMs = 0, chunks = false, slice = '', holdsBack } = options;
  const deep = pair.record?.trackId.startsWith(slice) ? { chunks } : undefined;
  const judgement = await judge(context, pair, { analyses, retryFailed, underWayMs, deep });
  const { verdict, rebuild } = judgement;
  if (holdsBack && verdict === 'stored') {
    report.waiting++;
    return;
  }
  if (verdict === 'stored' || verdict === 'removed') {
    const sequencer = sequencerAfter(pair.record?.sequencer ?? '');
    const isRetry = verdict === 'stored' && (retryFailed || judgement.retryFailed);
    const wishes = { ...(rebuild && { rebuild }), ...(isRetry && { retryFailed: true }) };
    await options.dispatch({ kind: verdict, key: pair.path, sequencer, ...wishes });
  }
  report[verdict]++;
}

/** Deletes what belongs to revisions that no record uses. */
async function sweepObjects(
  { context, options, report, passed, trying }: Look,
  folder: string,
  from: string | undefined,
): Promise<void> {
  const prefix = `${folder}${options.slice ?? ''}`;
  let after = from;
  do {
    if (context.signal?.aborted) return;
    const page = await context.media.list({ prefix, limit: 1, ...(after === undefined ? {} : { after }) });
    const [object] = page.objects;
    const name = object && ownerOfKey(object.key);
    if (name) {
      await trying(object.key, async () => {
        report.orphansDeleted += await discardRevision(context, name.trackId, name.revision);
      });
    }
    // On behind all keys of this revision.
    after = name ? `${folder}${name.trackId}/${name.revision}/\u{10ffff}` : object?.key;
    if (after !== undefined) passed(after);
  } while (after !== undefined);
}

/** The same of pages; counts revisions. */
async function sweepPages({ context, options, report, passed, trying }: Look, from: string | undefined): Promise<void> {
  const { index } = context;
  let after = from;
  do {
    if (context.signal?.aborted) return;
    const page = await index.listPagedRevisions({ limit: LIST_PAGE, ...(after === undefined ? {} : { after }) });
    for (const { trackId, revision } of page.revisions) {
      if (!trackId.startsWith(options.slice ?? '')) continue;
      await trying(`${trackId}/${revision}`, async () => {
        if (isRevisionInUse(await index.get(trackId), revision)) return;
        await index.deletePages(trackId, revision);
        report.orphansDeleted++;
      });
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
