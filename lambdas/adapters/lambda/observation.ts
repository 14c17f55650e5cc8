import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Log } from '../../core/ports.ts';
import type { Invocation } from './invocation.ts';
import { PowertoolsLog } from './powertools-log.ts';

/** What a metric counts, by its unit: pieces, bytes, or milliseconds. */
export type Measured = {
  readonly count?: Readonly<Record<string, number>>;
  readonly bytes?: Readonly<Record<string, number>>;
  readonly ms?: Readonly<Record<string, number>>;
};

/** What operators see of a function: lines of JSON, and metrics embedded in them. */
export type Observation = {
  readonly log: Log;
  /** Collected, and sent at the end of the invocation. */
  measure(measured: Measured): void;
  /** Runs one invocation. */
  during<Result>(invocation: Invocation, run: () => Promise<Result>): Promise<Result>;
};

/**
 * Logger and Metrics of powertools, by the environment's POWERTOOLS_SERVICE_NAME, POWERTOOLS_METRICS_NAMESPACE and
 * POWERTOOLS_LOG_LEVEL. Made once a container.
 */
export function observe(): Observation {
  const logger = new Logger();
  const metrics = new Metrics();
  return {
    log: new PowertoolsLog(logger),
    measure({ count = {}, bytes = {}, ms = {} }) {
      for (const [name, value] of Object.entries(count)) metrics.addMetric(name, MetricUnit.Count, value);
      for (const [name, value] of Object.entries(bytes)) metrics.addMetric(name, MetricUnit.Bytes, value);
      for (const [name, value] of Object.entries(ms)) metrics.addMetric(name, MetricUnit.Milliseconds, value);
    },
    async during(invocation, run) {
      // It wants all of Lambda's context, and takes the names of the function and the request from it.
      logger.addContext(invocation as Parameters<typeof logger.addContext>[0]);
      try {
        return await run();
      } finally {
        if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
      }
    },
  };
}
