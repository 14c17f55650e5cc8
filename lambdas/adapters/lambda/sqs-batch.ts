/**
 * Batches of queue messages, with partial failures, and when what failed is delivered again.
 *
 * Source: AWS Lambda Developer Guide, "Handling errors for an SQS event source" (ReportBatchItemFailures, and a back-off by
 * ChangeMessageVisibility).
 */
import { hasCode } from '../../core/errors.ts';
import type { Log } from '../../core/ports.ts';

/** What of a message is used. */
export type QueueMessage = {
  readonly messageId: string;
  /** Of this delivery; the next one has another. */
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: { readonly ApproximateReceiveCount: string };
};

export type QueueBatch = { readonly Records: readonly QueueMessage[] };

export type BatchResult = { readonly batchItemFailures: { readonly itemIdentifier: string }[] };

/** The queue that messages came from, which would keep those that failed to itself for hours. */
export type Redelivery = {
  /** Has it deliver a message again `delaySeconds` from now, a whole number of up to 12 hours. */
  after(receiptHandle: string, delaySeconds: number): Promise<void>;
};

export type BatchOptions = {
  readonly log: Log;
  /** Messages that have not been begun when it is aborted are given back. */
  readonly signal: AbortSignal;
  /** How often the queue delivers a message before it moves it to the dead letters. */
  readonly maxReceives: number;
  readonly redelivery: Redelivery;
};

export type Delivery = {
  /** True when the queue will not deliver the message once more. */
  readonly isLast: boolean;
};

/** A connection that broke, or a throttled moment, is over by then. */
const FIRST_RETRY_SECONDS = 30;
/** With five deliveries, 30 s, 2, 8 and 15 minutes: a service may be away for 25 minutes and no message is given up. */
const RETRY_GROWTH = 4;
const LONGEST_RETRY_SECONDS = 15 * 60;

/**
 * Has `take` take one message after the other. A message that it throws for is given back to the queue, which delivers it
 * again soon, and less soon each time; one that nobody can understand (`invalid_body`) would be no better then, and is
 * dropped with an error in the log. The others are done with. Never throws: the queue would deliver the whole batch again.
 */
export async function runBatch(
  { Records }: QueueBatch,
  take: (body: string, delivery: Delivery) => Promise<void>,
  options: BatchOptions,
): Promise<BatchResult> {
  const batchItemFailures: { itemIdentifier: string }[] = [];
  const givingBack: Promise<void>[] = [];
  for (const message of Records) {
    const outcome = await takeMessage(message, take, options);
    if (outcome === 'done') continue;
    batchItemFailures.push({ itemIdentifier: message.messageId });
    // Beside the messages that follow: a queue that does not answer takes none of their time.
    givingBack.push(giveBack(message, outcome.retrySeconds, options));
  }
  await Promise.all(givingBack);
  return { batchItemFailures };
}

/** Seconds until a message that failed is delivered again, after so many deliveries. */
export function retrySeconds(receives: number, maxReceives: number): number {
  // To the dead letters at once, where its alarm is.
  if (receives >= maxReceives) return 0;
  return Math.min(FIRST_RETRY_SECONDS * RETRY_GROWTH ** Math.max(0, receives - 1), LONGEST_RETRY_SECONDS);
}

async function takeMessage(
  { messageId, body, attributes }: QueueMessage,
  take: (body: string, delivery: Delivery) => Promise<void>,
  { log, signal, maxReceives }: BatchOptions,
): Promise<'done' | { readonly retrySeconds: number }> {
  const receives = Number(attributes.ApproximateReceiveCount);
  if (signal.aborted) {
    log.warn('message_given_back', { messageId, receives, reason: 'there is no time left to begin it' });
    return { retrySeconds: 0 };
  }
  try {
    await take(body, { isLast: receives >= maxReceives });
    return 'done';
  } catch (error) {
    if (hasCode(error, 'invalid_body')) {
      log.error('message_refused', { messageId, error });
      return 'done';
    }
    const delaySeconds = retrySeconds(receives, maxReceives);
    log.error('message_failed', { messageId, receives, delaySeconds, error });
    return { retrySeconds: delaySeconds };
  }
}

/** Without it the message comes again all the same, once its visibility timeout ends. Never throws. */
async function giveBack(
  { messageId, receiptHandle }: QueueMessage,
  delaySeconds: number,
  { log, redelivery }: BatchOptions,
): Promise<void> {
  try {
    await redelivery.after(receiptHandle, delaySeconds);
  } catch (error) {
    log.warn('message_kept_back', { messageId, delaySeconds, error });
  }
}
