/** Processes that answer HTTP for a host, so that it uses more than one processor and ingest keeps nobody waiting. */
import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { join } from 'node:path';
import { CuepointError } from '../lambdas/core/errors.ts';
import type { Folders } from './embedded-stores.ts';
import type { HostOptions } from './host.ts';
import { type Listener, type ListenOptions, SHUTDOWN_GRACE_MS } from './listening.ts';
import { PROJECT_FOLDER } from './project-folder.ts';

export type ServingOptions = Omit<ListenOptions, 'log'> & {
  readonly folders: Folders;
  readonly logsRequests: boolean;
};

/** What such a process tells once: where it answers, or why it does not. */
export type ServingMessage = { readonly url: string } | { readonly failure: string };

export const SERVING_VARIABLE = 'CUEPOINT_SERVING';
export const STOP = 'stop';

/** From being started to answering; a second is usual. */
const START_MS = 30_000;

/** Between the end of a process and the start of the next. It doubles with each that ended without having answered for long. */
const LEAST_PAUSE_MS = 250;
const MOST_PAUSE_MS = 30_000;

/** Longer than a process needs to end by itself. */
const STOP_MS = SHUTDOWN_GRACE_MS + 2000;

export function optionsFrom(environment: NodeJS.ProcessEnv): ServingOptions {
  return JSON.parse(environment[SERVING_VARIABLE] ?? '');
}

/**
 * Resolves when all of them answer, on one port. One that dies is replaced, however often. Throws `unavailable` when the port is taken, or
 * they do not come up.
 */
export async function startServingProcesses(options: HostOptions): Promise<Listener> {
  const serving = new ServingProcesses(options);
  try {
    return await serving.start(options.processes ?? 1);
  } catch (error) {
    await serving.close();
    throw error;
  }
}

class ServingProcesses {
  readonly #options: HostOptions;
  readonly #workers = new Set<Worker>();
  /** 0 at first, which is any; then the one that was given. */
  #port: number;
  #pauseMs = LEAST_PAUSE_MS;
  #restart: NodeJS.Timeout | undefined;
  #isClosing = false;

  constructor(options: HostOptions) {
    this.#options = options;
    this.#port = options.port;
    // Connections in turn: left to the system, the first process that wakes takes them all.
    cluster.schedulingPolicy = cluster.SCHED_RR;
    cluster.setupPrimary({ exec: join(PROJECT_FOLDER, 'bin', 'cuepoint.mjs'), args: [] });
  }

  async start(count: number): Promise<Listener> {
    const urls = await Promise.all(Array.from({ length: count }, () => this.#start()));
    const url = urls[0] ?? '';
    this.#port = Number(new URL(url).port || this.#port);
    return { url, close: () => this.close() };
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    clearTimeout(this.#restart);
    await Promise.all(Array.from(this.#workers, stopped));
  }

  /** Resolves to where it answers. */
  async #start(): Promise<string> {
    const worker = cluster.fork({ [SERVING_VARIABLE]: JSON.stringify(this.#serving()) });
    this.#workers.add(worker);
    const message = await firstMessage(worker);
    if ('failure' in message) {
      // Who has not answered by now is not worth waiting for.
      worker.process.kill('SIGKILL');
      this.#workers.delete(worker);
      throw new CuepointError('unavailable', message.failure);
    }
    const startedAtMs = performance.now();
    worker.once('exit', (code, signal) => {
      this.#workers.delete(worker);
      if (performance.now() - startedAtMs > MOST_PAUSE_MS) this.#pauseMs = LEAST_PAUSE_MS;
      if (!this.#isClosing) this.#replace({ code, signal });
    });
    return message.url;
  }

  #replace(reason: object): void {
    this.#options.log.error('serving_process_ended', { ...reason, pauseMs: this.#pauseMs });
    this.#restart = setTimeout(() => {
      if (!this.#isClosing) this.#start().catch((error: unknown) => this.#isClosing || this.#replace({ error }));
    }, this.#pauseMs);
    this.#pauseMs = Math.min(2 * this.#pauseMs, MOST_PAUSE_MS);
  }

  #serving(): ServingOptions {
    const { sourceFolder, dataFolder, host, publicUrl, maxBytesPerSecond, allowedOrigins, logsRequests } =
      this.#options;
    return {
      folders: { sourceFolder, dataFolder },
      logsRequests: logsRequests ?? false,
      port: this.#port,
      host,
      ...(publicUrl !== undefined && { publicUrl }),
      ...(maxBytesPerSecond !== undefined && { maxBytesPerSecond }),
      ...(allowedOrigins && { allowedOrigins }),
    };
  }
}

/** What a process tells, or a failure when it ends, cannot be started, or says nothing for too long. */
function firstMessage(worker: Worker): Promise<ServingMessage> {
  return new Promise((resolve) => {
    const failed = (failure: string): void => resolve({ failure });
    const patience = setTimeout(() => failed(`a serving process did not answer within ${START_MS} ms`), START_MS);
    worker.once('message', resolve);
    worker.once('exit', (code, signal) => failed(`a serving process ended with ${signal ?? code}`));
    // Also of a message that cannot be sent any more: its end says the rest.
    worker.on('error', (error) => failed(`a serving process failed (${error.message})`));
    worker.once('message', () => clearTimeout(patience));
    worker.once('exit', () => clearTimeout(patience));
  });
}

async function stopped(worker: Worker): Promise<void> {
  if (worker.isDead()) return;
  const end = once(worker, 'exit');
  // Who cannot be told any more is about to end.
  worker.send(STOP, () => undefined);
  const kill = setTimeout(() => worker.process.kill('SIGKILL'), STOP_MS);
  await end;
  clearTimeout(kill);
}
