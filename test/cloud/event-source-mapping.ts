/**
 * From a queue to a function, as Lambda polls: batches, several at once, partial failures. What failed stays hidden until
 * its visibility timeout ends. https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */

import type { InvocationResult } from './function-container.ts';
import { type FunctionHost, FunctionThrottled } from './function-host.ts';
import { REGION } from './physical-names.ts';
import { isProperties, type PlainValue, type Properties, parsePlain } from './plain-values.ts';
import type { ReceivedMessage, WorkQueue } from './work-queue.ts';

export type MappingOptions = {
  readonly batchSize: number;
  readonly batchWindowMs: number;
  readonly reportsFailures: boolean;
  readonly maxConcurrency: number;
};

/** Lambda's, where the template says nothing. */
const DEFAULT_BATCH_SIZE = 10;
/** Lambda starts with five pollers; more than this machine's containers would only wait. */
const DEFAULT_CONCURRENCY = 5;
const THROTTLED_PAUSE_MS = 200;

export function mappingOptions(properties: Properties): MappingOptions {
  const types = properties.texts('FunctionResponseTypes');
  const unknown = types.find((type) => type !== 'ReportBatchItemFailures');
  if (unknown !== undefined) throw new Error(`${properties.path} has the response type ${unknown}, not known here`);
  return {
    batchSize: properties.numberOr('BatchSize', DEFAULT_BATCH_SIZE),
    batchWindowMs: properties.numberOr('MaximumBatchingWindowInSeconds', 0) * 1000,
    reportsFailures: types.length > 0,
    maxConcurrency:
      properties.objectOr('ScalingConfig', undefined)?.numberOr('MaximumConcurrency', undefined) ?? DEFAULT_CONCURRENCY,
  };
}

export class EventSourceMapping {
  readonly queue: WorkQueue;
  readonly host: FunctionHost;
  readonly #options: MappingOptions;
  readonly #stopping = new AbortController();
  #busy = 0;

  constructor(queue: WorkQueue, host: FunctionHost, options: MappingOptions) {
    this.queue = queue;
    this.host = host;
    this.#options = options;
    this.#record('GetQueueAttributes');
    for (let poller = 0; poller < options.maxConcurrency; poller++) void this.#poll();
  }

  /** Invocations under way. */
  get busy(): number {
    return this.#busy;
  }

  /** Takes no more messages. What is under way ends with the function. */
  stop(): void {
    this.#stopping.abort();
  }

  async #poll(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.queue.untilVisible(signal);
      if (this.#options.batchWindowMs > 0) await pause(this.#options.batchWindowMs);
      if (signal.aborted) return;
      const batch = this.queue.receive(this.#options.batchSize);
      if (batch.length === 0) continue;
      this.#record('ReceiveMessage');
      this.#busy++;
      await this.#deliver(batch).catch((error: unknown) => {
        if (!signal.aborted) process.stderr.write(`${this.host.definition.logicalId}: ${String(error)}\n`);
      });
      this.#busy--;
    }
  }

  async #deliver(batch: readonly ReceivedMessage[]): Promise<void> {
    const payload = JSON.stringify({ Records: batch.map((message) => sqsRecord(message, this.queue.options.arn)) });
    try {
      const result = await this.host.invoke(payload);
      const failed = failedMessages(result, batch, this.#options.reportsFailures);
      const done = batch.filter(({ id }) => !failed.has(id));
      if (done.length > 0) this.#record('DeleteMessage');
      for (const { receiptHandle } of done) this.queue.delete(receiptHandle);
    } catch (error) {
      if (!(error instanceof FunctionThrottled)) throw error;
      await pause(THROTTLED_PAUSE_MS);
      for (const { receiptHandle } of batch) this.queue.changeVisibility(receiptHandle, 0);
    }
  }

  #record(operation: 'GetQueueAttributes' | 'ReceiveMessage' | 'DeleteMessage'): void {
    const writes = operation === 'DeleteMessage';
    const { arn } = this.queue.options;
    this.host.recordPlatformCall({ service: 'sqs', operation, writes }, `sqs:${operation}`, arn);
  }
}

/** The ids of messages that are not done. A report that makes no sense means all of them. */
export function failedMessages(
  result: Pick<InvocationResult, 'payload'>,
  batch: readonly Pick<ReceivedMessage, 'id'>[],
  reportsFailures: boolean,
): Set<string> {
  const all = new Set(batch.map(({ id }) => id));
  if (result.payload === undefined) return all;
  if (!reportsFailures) return new Set();
  const report = parsePlain(result.payload);
  if (report === null) return new Set();
  if (!isProperties(report)) return all;
  const items = report.batchItemFailures ?? [];
  if (!Array.isArray(items)) return all;
  const failed = items.map((item: PlainValue) => (isProperties(item) ? item.itemIdentifier : undefined));
  const isKnown = (id: PlainValue | undefined): id is string => typeof id === 'string' && all.has(id);
  return failed.every(isKnown) ? new Set(failed) : all;
}

function sqsRecord(message: ReceivedMessage, eventSourceARN: string): object {
  return {
    messageId: message.id,
    receiptHandle: message.receiptHandle,
    body: message.body,
    attributes: {
      ApproximateReceiveCount: String(message.receives),
      SentTimestamp: String(Math.floor(message.sentMs)),
      SenderId: 'AIDALOCAL',
      ApproximateFirstReceiveTimestamp: String(Math.floor(message.firstReceivedMs)),
    },
    messageAttributes: {},
    md5OfBody: message.md5,
    eventSource: 'aws:sqs',
    eventSourceARN,
    awsRegion: REGION,
  };
}

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
