import type { Server } from 'node:http';
import { FolderSourceEvents } from '../lambdas/adapters/embedded/folder-source-events.ts';
import { HmacSigner } from '../lambdas/adapters/embedded/hmac-signer.ts';
import { PublicAuthorizer } from '../lambdas/adapters/embedded/public-authorizer.ts';
import { analyseTrack, giveUpAnalysis } from '../lambdas/analyse/analyse-track.ts';
import type { AnalyseContext } from '../lambdas/analyse/ports.ts';
import { createService, type Service } from '../lambdas/api/app.ts';
import { CuepointError } from '../lambdas/core/errors.ts';
import type { Log } from '../lambdas/core/ports.ts';
import { giveUpIngest, ingestSource } from '../lambdas/ingest/ingest-source.ts';
import type { IngestContext } from '../lambdas/ingest/ports.ts';
import { reconcile } from '../lambdas/ingest/reconcile.ts';
import { AnalysisQueue } from './analysis-queue.ts';
import { storeDemoTrack } from './demo-track.ts';
import { EMBEDDED_ANALYSES, type EmbeddedStores, type Folders, openEmbeddedStores } from './embedded-stores.ts';
import { createHttpServer } from './http-server.ts';
import { IngestQueue } from './ingest-queue.ts';
import { announceHost, findHost, withdrawHost } from './running-host.ts';
import type { Settings } from './settings.ts';
import { addWebPage } from './web-page.ts';

export type HostOptions = Folders & {
  readonly port: number;
  readonly host: string;
  /** How clients reach the host, when not by the address it listens on. No trailing slash. */
  readonly publicUrl?: string;
  /** For each answer with bytes of audio. @default - as fast as the client takes it */
  readonly maxBytesPerSecond?: number;
  /** The origins whose pages may read answers. @default - any */
  readonly allowedOrigins?: readonly string[];
  readonly log: Log;
  readonly settings?: Partial<Settings> & { readonly retainReplacedMs?: number };
};

export type Host = {
  readonly url: string;
  /** Resolves once all that was in the folder at the start has been looked at. */
  readonly ready: Promise<void>;
  close(): Promise<void>;
};

/** The folder is compared with the tracks this often, whatever its watcher has or has not said. */
const RECONCILE_INTERVAL_MS = 5 * 60 * 1000;

/** A moment that nobody notices, in which a busy host answers hundreds of requests for one track. */
const HEAD_MAX_AGE_MS = 20;

/** How long a stop waits for running requests. An ingest stops at its next chunk, and begins anew at the next start. */
const SHUTDOWN_GRACE_MS = 1500;

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
  const close = async (): Promise<void> => {
    stopping.abort();
    for (const end of begun.splice(0).reverse()) await end();
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
    const server = await listen(stores, options);
    begun.push(() => closeServer(server));
    const url = urlOf(server, options.host);
    await announceHost(options.dataFolder, { pid: process.pid, url, sourceFolder: options.sourceFolder });
    begun.push(() => withdrawHost(options.dataFolder));

    const ready = look.now();
    const timer = setInterval(look.now, RECONCILE_INTERVAL_MS);
    begun.push(() => clearInterval(timer));
    return { url, ready, close };
  } catch (error) {
    await close();
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

async function listen(stores: EmbeddedStores, options: HostOptions): Promise<Server> {
  const { port, host, publicUrl, allowedOrigins, maxBytesPerSecond, log } = options;
  // Signed links are made by the app and need its address, which is known once a free port has been given.
  let service: Service | undefined;
  const server = createHttpServer({ service: () => service, hostname: host, maxBytesPerSecond, log });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      reject(
        cause.code === 'EADDRINUSE'
          ? new CuepointError('unavailable', `port ${port} of ${host} is taken; choose another with --port`, { cause })
          : cause,
      );
    });
    server.listen(port, host, resolve);
  });
  const { clock, signingSecret } = stores;
  if (publicUrl === undefined && isWildcard(host)) log.warn('links_name_localhost', { remedy: 'pass --public-url' });
  const signer = new HmacSigner({ secret: signingSecret, baseUrl: publicUrl ?? urlOf(server, host), clock });
  const made = createService({
    ...stores,
    log,
    signer,
    authorizer: new PublicAuthorizer(signer),
    config: { bucket: stores.config.bucket, headMaxAgeMs: HEAD_MAX_AGE_MS, ...(allowedOrigins && { allowedOrigins }) },
  });
  addWebPage(made.app);
  service = made;
  return server;
}

function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

function urlOf(server: Server, host: string): string {
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const name = isWildcard(host) ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}

/** Lets running requests end for a while, then cuts them. */
async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), SHUTDOWN_GRACE_MS);
  await closed;
  clearTimeout(cut);
}
