/** A process that answers HTTP for a host: it shares the host's port, its folders, and nothing else. */
import cluster from 'node:cluster';
import { openEmbeddedStores } from './embedded-stores.ts';
import { hostLog } from './host-log.ts';
import { listen } from './listening.ts';
import { optionsFrom, SERVING_VARIABLE, type ServingMessage, STOP } from './serving-processes.ts';

/** Whether this process was started to answer for a host, and not by somebody who types. */
export function isServingProcess(): boolean {
  return cluster.isWorker && process.env[SERVING_VARIABLE] !== undefined;
}

/** Answers until the host says that it is enough; when the host is gone, `node:cluster` ends it at once. Gives the exit code. */
export async function serveForHost(): Promise<number> {
  // A terminal tells all processes at once. The host is the one that decides what follows from it.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
  const enough = new Promise<void>((resolve) => process.on('message', (message) => message === STOP && resolve()));
  try {
    const { folders, logsRequests, ...options } = optionsFrom(process.env);
    const log = hostLog(logsRequests);
    const stores = await openEmbeddedStores(folders, log);
    const listener = await listen(stores, { ...options, log });
    tell({ url: listener.url });
    await enough;
    await listener.close();
    await stores.close();
    // What is left holds nothing that matters: the channel to the host.
    process.disconnect?.();
    return 0;
  } catch (error) {
    tell({ failure: error instanceof Error ? error.message : String(error) });
    return 1;
  }
}

function tell(message: ServingMessage): void {
  if (process.connected) process.send?.(message);
}
