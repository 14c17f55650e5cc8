import { FolderSourceEvents } from '../lambdas/adapters/embedded/folder-source-events.ts';
import { analyseTrack, giveUpAnalysis } from '../lambdas/analyse/analyse-track.ts';
import type { AnalyseContext } from '../lambdas/analyse/ports.ts';
import { CuepointError } from '../lambdas/core/errors.ts';
import type { Log } from '../lambdas/core/ports.ts';
import { giveUpIngest, ingestSource } from '../lambdas/ingest/ingest-source.ts';
import type { IngestContext } from '../lambdas/ingest/ports.ts';
import { reconcile } from '../lambdas/ingest/reconcile.ts';
import { AnalysisQueue } from './analysis-queue.ts';
import { storeDemoTrack } from './demo-track.ts';
import { EMBEDDED_ANALYSES, type EmbeddedStores, type Folders, openEmbeddedStores } from './embedded-stores.ts';
import { IngestQueue } from './ingest-queue.ts';
import { type ListenOptions, listen } from './listening.ts';
import { announceHost, findHost, withdrawHost } from './running-host.ts';
import { startServingProcesses } from './serving-processes.ts';
import type { Settings } from './settings.ts';

export type HostOptions = Folders &
  ListenOptions & {
    readonly settings?: Partial<Settings> & { readonly retainReplacedMs?: number };
    /** So many processes answer, beside the one that ingests and analyses. @default - 0: that one answers, too */
    readonly processes?: number;
    /** The processes write a line for each request. */
    readonly logsRequests?: boolean;
  };

export type Host = {
  readonly url: string;
  /** Resolves once all that was in the folder at the start has been looked at. */
  readonly ready: Promise<void>;
  close(): Promise<void>;
};

/** The folder is compared with the tracks this often, whatever its watcher has or has not said. */
const RECONCILE_INTERVAL_MS = 5 * 60 * 1000;

/** Serves a folder of audio on one machine. Throws `unavailable` when the port is taken or another host has the folder. */
export async function startHost(options: HostOptions): Promise<Host> {
  const { log } = options;
  const other = await findHost(options.dataFolder);
  if (other) {
    throw new CuepointError(
      'unavailable',
      `a host already serves this data folder at ${other.url}; stop it or choose another --data`,
    );
  }
  const stopping = new AbortController();
  const stores = { ...(await openEmbeddedStores(options, log, options.settings)), signal: stopping.signal };
  // What has been begun, to be ended in reverse order: at the end, or when a later step fails.
  const begun: (() => Promise<void> | void)[] = [() => stores.close()];
  const end = async (): Promise<void> => {
    stopping.abort();
    const failures: unknown[] = [];
    for (const step of begun.splice(0).reverse()) await Promise.resolve(step()).catch((error) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  };
  let ended: Promise<void> | undefined;
  const close = (): Promise<void> => {
    ended ??= end();
    return ended;
  };
  try {
    await prepareFolders(stores);
    const { queue, analyses } = workQueues(stores, log);
    begun.push(() => analyses.close());
    const look = reconciler(stores, queue, log);
    begun.push(async () => {
      await queue.close();
      await look.settled();
    });
    const events = new FolderSourceEvents({ root: options.sourceFolder, clock: stores.clock, log });
    begun.push(await events.subscribe((event) => queue.push(event)));
    const listener = options.processes ? await startServingProcesses(options) : await listen(stores, options);
    begun.push(() => listener.close());
    const { url } = listener;
    await announceHost(options.dataFolder, { pid: process.pid, url, sourceFolder: options.sourceFolder });
    begun.push(() => withdrawHost(options.dataFolder));

    const ready = look.now();
    const timer = setInterval(look.now, RECONCILE_INTERVAL_MS);
    begun.push(() => clearInterval(timer));
    return { url, ready, close };
  } catch (error) {
    await close().catch(() => undefined);
    throw error;
  }
}

/** Sweeps what a crash left, and gives a new host something to play. */
async function prepareFolders({ sources, media, index }: EmbeddedStores): Promise<void> {
  await Promise.all([sources.sweepTemporary(), media.sweepTemporary()]);
  const { objects } = await sources.list({ prefix: '', limit: 1 });
  const { records } = await index.list({ folder: '', limit: 1, includeDeleted: true });
  // A folder that is empty now but has been used is its owner's wish.
  if (objects.length === 0 && records.length === 0) await storeDemoTrack(sources);
}

/** What is published is analysed, and what is analysed may have to be cut anew. */
function workQueues(stores: EmbeddedStores, log: Log): { queue: IngestQueue; analyses: AnalysisQueue } {
  const context: AnalyseContext = {
    ...stores,
    analyse: EMBEDDED_ANALYSES,
    rechunk: async (event) => queue.push(event),
  };
  const analyses = new AnalysisQueue(
    (request) => analyseTrack(context, request),
    (request, error) => giveUpAnalysis(context, request, error),
    log,
  );
  const ingest: IngestContext = { ...stores, analyse: async (request) => analyses.push(request) };
  const queue = new IngestQueue(
    (event) => ingestSource(ingest, event),
    (key, error) => giveUpIngest(ingest, key, error),
    log,
  );
  return { queue, analyses };
}

type Reconciler = { now(): Promise<void>; settled(): Promise<void> };

function reconciler(stores: EmbeddedStores, queue: IngestQueue, log: Log): Reconciler {
  let running: Promise<void> | undefined;
  const look = async (): Promise<void> => {
    try {
      const report = await reconcile(stores, {
        dispatch: (event) => queue.push(event),
        dispatched: () => queue.whenIdle(),
        isUnderWay: (key) => queue.isUnderWay(key),
        analyses: true,
      });
      log.info('reconciled', report);
    } catch (error) {
      log.error('reconcile_failed', { error });
    }
  };
  return {
    // A look that takes longer than the interval does not meet itself.
    now() {
      running ??= look().finally(() => {
        running = undefined;
      });
      return running;
    },
    settled: () => running ?? Promise.resolve(),
  };
}
