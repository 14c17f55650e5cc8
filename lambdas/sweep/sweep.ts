import { CuepointError } from '../core/errors.ts';
import type { ObjectStore } from '../core/ports.ts';
import { ID_LETTERS } from '../core/track/identity.ts';
import type { IngestContext, IngestEvent } from '../ingest/ports.ts';
import { type ReconcileCursor, type ReconcileReport, reconcile } from '../ingest/reconcile.ts';

/** What one sweep leaves to the next. Not under `d/`: it is for nobody outside. */
export const SWEEP_STATE_KEY = 'state/sweep.json';

/** A few words; more than this was not written by us. */
const MAX_STATE_BYTES = 16 * 1024;

/**
 * A function runs for 15 minutes at most, and what failed waits in its queue for 15 at most: what was begun so lately is in
 * good hands. Only of a worker that died is nothing heard any more.
 */
const UNDER_WAY_MS = 30 * 60 * 1000;

/** Where the next sweep begins, and the ids of the tracks that it looks at closely. */
type SweepState = { readonly slice: string; readonly from?: ReconcileCursor };

/**
 * With more than this in a queue its workers are behind, and what a sweep misses most likely waits there: dispatched again at
 * each sweep it would be there many times. They are done in minutes.
 */
const MAX_WAITING = 1000;

export type SweepOptions = {
  readonly dispatch: (event: IngestEvent) => Promise<void>;
  /** How many messages wait for a worker. @default - none */
  readonly waiting?: { readonly ingest: () => Promise<number>; readonly analyse: () => Promise<number> };
  /** Look at all tracks closely, from the beginning, whatever sweeps have left. @default false */
  readonly everything?: boolean;
};

/**
 * Compares sources with tracks and has the differences ingested, until all is compared or the context's signal is aborted.
 *
 * Whether everything of a track is there, and what is left of those that are gone, costs requests for each: a sweep does it
 * for the tracks of one letter, the next one for those of the next. A sweep that was stopped, or failed, is gone on with by
 * the next. Two at once do some of it twice, which changes nothing.
 */
export async function sweep(context: IngestContext, options: SweepOptions): Promise<ReconcileReport> {
  const { dispatch, waiting, everything = false } = options;
  const [toIngest = 0, toAnalyse = 0] = await Promise.all([waiting?.ingest(), waiting?.analyse()]);
  const holdsBack = toIngest > MAX_WAITING;
  const analyses = toAnalyse <= MAX_WAITING;
  if (holdsBack || !analyses) context.log.info('workers_behind', { toIngest, toAnalyse });
  const looking = { dispatch, holdsBack, analyses, chunks: true, underWayMs: UNDER_WAY_MS };
  if (everything) return reconcile(context, looking);

  const { slice, from } = await readState(context.media);
  let reached = from;
  let state: SweepState = { slice };
  try {
    const report = await reconcile(context, {
      ...looking,
      slice,
      ...(from === undefined ? {} : { from }),
      onPassed: (cursor) => {
        reached = cursor;
      },
    });
    reached = report.next;
    if (reached === undefined) state = { slice: sliceAfter(slice) };
    return report;
  } finally {
    await writeState(context.media, reached === undefined ? state : { ...state, from: reached });
  }
}

function sliceAfter(slice: string): string {
  return ID_LETTERS[(ID_LETTERS.indexOf(slice) + 1) % ID_LETTERS.length] ?? '';
}

/** A first sweep, also where what is stored is not understood (another version wrote it). */
const FIRST: SweepState = { slice: ID_LETTERS.slice(0, 1) };

async function readState(media: ObjectStore): Promise<SweepState> {
  const info = await media.head(SWEEP_STATE_KEY);
  if (info === undefined || info.byteLength > MAX_STATE_BYTES) return FIRST;
  const bytes = new Uint8Array(info.byteLength);
  try {
    await media.read(SWEEP_STATE_KEY, 0, bytes, { version: info.version });
    return stateOf(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (error) {
    if (error instanceof CuepointError && error.code === 'unavailable') throw error;
    return FIRST;
  }
}

function stateOf(value: unknown): SweepState {
  const { slice, from } = (value ?? {}) as { slice?: unknown; from?: unknown };
  if (typeof slice !== 'string' || slice.length !== 1 || !ID_LETTERS.includes(slice)) return FIRST;
  const cursor = cursorOf(from);
  return cursor === undefined ? { slice } : { slice, from: cursor };
}

function cursorOf(value: unknown): ReconcileCursor | undefined {
  const { phase, after } = (value ?? {}) as { phase?: unknown; after?: unknown };
  if (phase !== 'tracks' && phase !== 'manifests' && phase !== 'objects' && phase !== 'pages') return undefined;
  return typeof after === 'string' ? { phase, after } : { phase };
}

async function writeState(media: ObjectStore, state: SweepState): Promise<void> {
  const bytes = new TextEncoder().encode(JSON.stringify(state));
  await media.put(
    SWEEP_STATE_KEY,
    { byteLength: bytes.length, parts: [bytes] },
    { contentType: 'application/json', cacheControl: 'no-store' },
  );
}
