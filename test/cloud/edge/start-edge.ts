/** A small CloudFront on the loopback, from the resolved properties of a distribution. */
import { once } from 'node:events';
import { freePort } from '../loopback-server.ts';
import { readDistribution } from './distribution.ts';
import { EdgeCache } from './edge-cache.ts';
import { EdgePipeline } from './edge-pipeline.ts';
import { SeededMischief, WELL_BEHAVED } from './mischief.ts';
import { OriginFetch } from './origin-fetch.ts';
import type { EdgeOptions, RunningEdge } from './ports.ts';
import { viewerServer } from './viewer-server.ts';

const MAX_CACHE_BYTES = 64 * 1024 * 1024;
/** Longer answers, and longer ranges, pass through. */
const MAX_STORED_BYTES = 8 * 1024 * 1024;
/** The oldest are not dropped: the first fault explains the others. */
const MAX_FAULTS = 100;

export type Edge = RunningEdge & {
  /**
   * What origins did that HTTP does not allow, in sentences: another range than asked for, other bytes under one ETag
   */
  originFaults(): readonly string[];
};

/**
 * Throws for what the distribution asks for and is not emulated, by its name, and for a port that is taken.
 */
export async function startEdge(options: EdgeOptions): Promise<Edge> {
  const distribution = readDistribution(options.distribution, options.resources);
  const faults: string[] = [];
  const cache = new EdgeCache({
    fetch: new OriginFetch(options.origins),
    errorTtlSeconds: distribution.errorTtlSeconds,
    mischief: options.adversarial === undefined ? WELL_BEHAVED : new SeededMischief(options.adversarial.seed),
    maxCacheBytes: MAX_CACHE_BYTES,
    maxStoredBytes: MAX_STORED_BYTES,
    report: (fault) => {
      if (faults.length < MAX_FAULTS) faults.push(fault);
    },
  });
  const server = viewerServer(new EdgePipeline(distribution, cache));
  const port = options.port === 0 ? await freePort() : options.port;
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${port}`,
    originFaults: () => [...faults],
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
