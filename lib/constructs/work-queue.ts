import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

/** A message may be delivered while the one before it is still being worked on; Lambda's own advice is six timeouts. */
const VISIBILITY_TIMEOUTS = 6;

/** Messages older than this tell of a source that the sweep has found by itself long before. */
const RETENTION = Duration.days(4);

/** SQS's longest: time for people to look. A message's age goes on counting when it moves here. */
const DEAD_LETTER_RETENTION = Duration.days(14);

/** What failed so often fails for a reason. */
export const MAX_RECEIVES = 5;

export interface WorkQueueProps {
  /** Of the function that takes messages from here. */
  readonly functionTimeout: Duration;
}

/** A queue of work, and beside it the queue of what could not be done. */
export class WorkQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, props: WorkQueueProps) {
    super(scope, id);
    this.deadLetters = new Queue(this, 'DeadLetters', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: DEAD_LETTER_RETENTION,
    });
    this.queue = new Queue(this, 'Queue', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: RETENTION,
      visibilityTimeout: Duration.seconds(props.functionTimeout.toSeconds() * VISIBILITY_TIMEOUTS),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: MAX_RECEIVES },
    });
  }
}
