import { type DecodedEvent, decodeSourceMessage } from '../aws/source-event-decoding.ts';
import { deadlineOf, type Invocation } from './invocation.ts';
import type { Observation } from './observation.ts';
import { type BatchResult, type Delivery, type QueueBatch, type Redelivery, runBatch } from './sqs-batch.ts';
import type { Traces } from './traces.ts';

/** Time for the chunks that are being written to be written, the record to be stored and the answer to be given. */
const MARGIN_MS = 30_000;

/** What came of one event. */
export type Taken = { readonly outcome: string; readonly byteLength?: number };

type TakeOptions = Delivery & { readonly signal: AbortSignal };

export type SourceWorkerOptions = {
  /** The bucket that events are about. */
  readonly sourceBucket: string;
  readonly maxReceives: number;
  readonly redelivery: Redelivery;
  readonly observation: Observation;
  readonly traces: Traces;
  /** Takes one event, and stops when the signal says so. Throws for what is to be delivered once more. */
  readonly take: (event: DecodedEvent, options: TakeOptions) => Promise<Taken>;
  /** Takes a message that is about something else; `undefined` for one that it does not know either. */
  readonly takeOther?: (body: string, options: TakeOptions) => Promise<Taken> | undefined;
};

/** The handler of a function that works off a queue of source events: one after the other, each for itself. */
export function sourceWorker(options: SourceWorkerOptions) {
  const { observation, maxReceives, redelivery } = options;
  return (batch: QueueBatch, invocation: Invocation): Promise<BatchResult> =>
    observation.during(invocation, async () => {
      const deadline = deadlineOf(invocation, MARGIN_MS);
      const { signal } = deadline;
      try {
        const take = (body: string, delivery: Delivery) => takeMessage(options, body, { ...delivery, signal });
        return await runBatch(batch, take, { log: observation.log, signal, maxReceives, redelivery });
      } finally {
        deadline.clear();
      }
    });
}

async function takeMessage(options: SourceWorkerOptions, body: string, delivery: TakeOptions): Promise<void> {
  const { sourceBucket, observation, traces, take, takeOther } = options;
  const other = takeOther?.(body, delivery);
  if (other !== undefined) return measured(observation, () => other);
  const { events, ignored } = decodeSourceMessage(body, sourceBucket);
  for (const reason of ignored) observation.log.info('event_ignored', { reason });
  for (const event of events) {
    await measured(observation, () => traces.step('## event', { key: event.key }, () => take(event, delivery)));
  }
}

async function measured(observation: Observation, take: () => Promise<Taken>): Promise<void> {
  const startedAtMs = performance.now();
  const measureEnd = ({ outcome, byteLength }: Taken): void =>
    observation.measure({
      count: { [metricOf(outcome)]: 1 },
      bytes: byteLength === undefined ? {} : { IngestedBytes: byteLength },
      ms: { EventDuration: performance.now() - startedAtMs },
    });
  try {
    measureEnd(await take());
  } catch (error) {
    measureEnd({ outcome: 'interrupted' });
    throw error;
  }
}

/** `handed_over` → `EventsHandedOver`. */
function metricOf(outcome: string): string {
  return `Events${outcome.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())}`;
}
