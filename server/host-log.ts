import { JsonLog } from '../lambdas/adapters/embedded/json-log.ts';
import { SystemClock } from '../lambdas/adapters/embedded/system-clock.ts';
import type { Log } from '../lambdas/core/ports.ts';

/** What a host has to say, on standard output. A line for each request only where that is wanted. */
export function hostLog(logsRequests: boolean): Log {
  // A reader of the log that leaves (`| head`) must not take the host with it.
  process.stdout.on('error', () => undefined);
  const log = new JsonLog({ write: (line) => process.stdout.write(`${line}\n`), clock: new SystemClock() });
  if (logsRequests) return log;
  return {
    info: (event, fields) => {
      if (event !== 'request') log.info(event, fields);
    },
    warn: (event, fields) => log.warn(event, fields),
    error: (event, fields) => log.error(event, fields),
  };
}
