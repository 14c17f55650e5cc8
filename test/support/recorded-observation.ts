import type { Invocation } from '../../lambdas/adapters/lambda/invocation.ts';
import type { Measured, Observation } from '../../lambdas/adapters/lambda/observation.ts';
import type { Redelivery } from '../../lambdas/adapters/lambda/sqs-batch.ts';
import type { Traces } from '../../lambdas/adapters/lambda/traces.ts';

export type RecordedObservation = Observation & {
  /** Names of events, as they came. */
  readonly events: string[];
  /** Sums, by the metric's name. */
  readonly sums: Record<string, number>;
};

/** Keeps what operators would see. */
export function recordedObservation(): RecordedObservation {
  const events: string[] = [];
  const sums: Record<string, number> = {};
  const note = (event: string): void => void events.push(event);
  return {
    events,
    sums,
    log: { info: note, warn: note, error: note },
    measure({ count = {}, bytes = {}, ms = {} }: Measured) {
      for (const [name, value] of Object.entries({ ...count, ...bytes })) sums[name] = (sums[name] ?? 0) + value;
      for (const name of Object.keys(ms)) sums[name] ??= 0;
    },
    during: (_invocation, run) => run(),
  };
}

export const noTraces: Traces = { captured: (client) => client, step: (_name, _annotations, run) => run() };

/** Messages that a queue was told to deliver again, by handle, and after how many seconds. */
export function recordedRedelivery(): Redelivery & { readonly delays: Record<string, number> } {
  const delays: Record<string, number> = {};
  return {
    delays,
    async after(receiptHandle, delaySeconds) {
      delays[receiptHandle] = delaySeconds;
    },
  };
}

/** With five minutes to go, or as many milliseconds as said. */
export function invocation(remainingMs = 300_000): Invocation {
  return { awsRequestId: 'e1506fd5-9e7b-434f-bd42-4f8fa224b599', getRemainingTimeInMillis: () => remainingMs };
}
