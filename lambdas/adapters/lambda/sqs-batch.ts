/**
 * Batches of queue messages, with partial failures.
 *
 * Source: AWS Lambda Developer Guide, "Handling errors for an SQS event source" (ReportBatchItemFailures).
 */
import { hasCode } from '../../core/errors.ts';
import type { Log } from '../../core/ports.ts';

/** What of a message is used. */
export type QueueMessage = {
  readonly messageId: string;
  readonly body: string;
  readonly attributes: { readonly ApproximateReceiveCount: string };
};

export type QueueBatch = { readonly Records: readonly QueueMessage[] };

export type BatchResult = { readonly batchItemFailures: { readonly itemIdentifier: string }[] };

export type BatchOptions = {
  readonly log: Log;
  /** Messages that have not been begun when it is aborted are given back. */
  readonly signal: AbortSignal;
  /** How often the queue delivers a message before it moves it to the dead letters. */
  readonly maxReceives: number;
};

export type Delivery = {
  /** True when the queue will not deliver the message once more. */
  readonly isLast: boolean;
};

/**
 * Has `take` take one message after the other. A message that it throws for is given back to the queue, which delivers it
 * again later; one that nobody can understand (`invalid_body`) would be no better then, and is dropped with an error in the
 * log. The others are done with. Never throws: the queue would deliver the whole batch again.
 */
export async function runBatch(
  { Records }: QueueBatch,
  take: (body: string, delivery: Delivery) => Promise<void>,
  { log, signal, maxReceives }: BatchOptions,
): Promise<BatchResult> {
  const batchItemFailures: { itemIdentifier: string }[] = [];
  for (const { messageId, body, attributes } of Records) {
    const receives = Number(attributes.ApproximateReceiveCount);
    if (signal.aborted) {
      log.warn('message_given_back', { messageId, receives, reason: 'there is no time left to begin it' });
      batchItemFailures.push({ itemIdentifier: messageId });
      continue;
    }
    try {
      await take(body, { isLast: receives >= maxReceives });
    } catch (error) {
      if (hasCode(error, 'invalid_body')) {
        log.error('message_refused', { messageId, error });
        continue;
      }
      log.error('message_failed', { messageId, receives, error });
      batchItemFailures.push({ itemIdentifier: messageId });
    }
  }
  return { batchItemFailures };
}
