import { CuepointError } from '../core/errors.ts';
import type { ObjectStore } from '../core/ports.ts';
import type { IngestContext, IngestEvent } from '../ingest/ports.ts';
import { type ReconcileCursor, type ReconcileReport, reconcile } from '../ingest/reconcile.ts';

/** Where a sweep that was stopped keeps how far it came. Not under `d/`: it is for nobody outside. */
export const SWEEP_STATE_KEY = 'state/sweep.json';

/** A few words; more than this was not written by us. */
const MAX_STATE_BYTES = 16 * 1024;

/**
 * Compares sources with tracks and has the differences ingested, until all is compared or the context's signal is aborted;
 * the next sweep then goes on where this one stopped. Two at once do some of it twice, which changes nothing.
 */
export async function sweep(
  context: IngestContext,
  dispatch: (event: IngestEvent) => Promise<void>,
): Promise<ReconcileReport> {
  const from = await readCursor(context.media);
  const report = await reconcile(context, { dispatch, analyses: true, ...(from === undefined ? {} : { from }) });
  if (report.next) await writeCursor(context.media, report.next);
  else if (from) await context.media.delete(SWEEP_STATE_KEY);
  return report;
}

/** `undefined` for a sweep from the beginning, also where what is stored is not understood (another version wrote it). */
async function readCursor(media: ObjectStore): Promise<ReconcileCursor | undefined> {
  const info = await media.head(SWEEP_STATE_KEY);
  if (info === undefined || info.byteLength > MAX_STATE_BYTES) return undefined;
  const bytes = new Uint8Array(info.byteLength);
  try {
    await media.read(SWEEP_STATE_KEY, 0, bytes, { version: info.version });
    return cursorOf(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (error) {
    if (error instanceof CuepointError && error.code === 'unavailable') throw error;
    return undefined;
  }
}

function cursorOf(value: unknown): ReconcileCursor | undefined {
  const { phase, after } = (value ?? {}) as { phase?: unknown; after?: unknown };
  if (phase !== 'tracks' && phase !== 'manifests' && phase !== 'objects' && phase !== 'pages') return undefined;
  return typeof after === 'string' ? { phase, after } : { phase };
}

async function writeCursor(media: ObjectStore, cursor: ReconcileCursor): Promise<void> {
  const bytes = new TextEncoder().encode(JSON.stringify(cursor));
  await media.put(
    SWEEP_STATE_KEY,
    { byteLength: bytes.length, parts: [bytes] },
    { contentType: 'application/json', cacheControl: 'no-store' },
  );
}
