import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { DERIVED_PREFIX } from '../../lambdas/core/track/object-keys.ts';
import { CuepointFunction, type FunctionDefaults } from './cuepoint-function.ts';
import type { CuepointStores } from './cuepoint-stores.ts';
import {
  MEDIA_PREFIXES,
  onCounting,
  onIndexListing,
  onItems,
  onListing,
  onObjects,
  onSending,
  STATE_PREFIX,
} from './permissions.ts';

const MEMORY_MEGABYTES = 512;

/** A bucket of a million sources is listed in a thousand requests. */
const TIMEOUT = Duration.minutes(15);

export interface SweepFunctionProps {
  readonly defaults: FunctionDefaults;
  readonly stores: CuepointStores;
  /** Gets a message for each source that no event told of. */
  readonly ingestQueue: Queue;
  /** While many messages wait there nothing is sent that would only end up there, too. */
  readonly analyseQueue: Queue;
  readonly interval: Duration;
  /** What failed for want of a decoder is tried again. */
  readonly nativeDecoding: boolean;
}

/** Compares sources with tracks on a schedule, so that nothing depends on an event that may get lost. */
export class SweepFunction extends Construct {
  readonly sweep: CuepointFunction;

  constructor(scope: Construct, id: string, props: SweepFunctionProps) {
    super(scope, id);
    const { sources, media, table } = props.stores;
    this.sweep = new CuepointFunction(this, 'Sweep', {
      defaults: props.defaults,
      bundle: 'sweep',
      description: 'Cuepoint: finds sources without tracks, tracks without sources, and derived objects of neither',
      memoryMegabytes: MEMORY_MEGABYTES,
      timeout: TIMEOUT,
      asynchronousRetries: 0,
      environment: {
        CUEPOINT_INGEST_QUEUE_URL: props.ingestQueue.queueUrl,
        CUEPOINT_ANALYSE_QUEUE_URL: props.analyseQueue.queueUrl,
        CUEPOINT_NATIVE_DECODING: props.nativeDecoding ? 'yes' : 'no',
      },
      permissions: [
        onListing(sources),
        // Whether what a revision needs is there; and away with what no record needs.
        onObjects(media, [DERIVED_PREFIX], ['s3:GetObject']),
        onObjects(media, MEDIA_PREFIXES, ['s3:DeleteObject']),
        // Where the next one begins.
        onObjects(media, [STATE_PREFIX], ['s3:GetObject', 's3:PutObject']),
        onListing(media),
        onItems(table, [
          'dynamodb:GetItem',
          'dynamodb:BatchGetItem',
          'dynamodb:PutItem',
          'dynamodb:DeleteItem',
          'dynamodb:BatchWriteItem',
          'dynamodb:Query',
        ]),
        onIndexListing(table),
        onSending(props.ingestQueue),
        onCounting(props.ingestQueue),
        onCounting(props.analyseQueue),
      ],
    });
    new Rule(this, 'Schedule', {
      description: 'Cuepoint: compares sources with tracks',
      schedule: Schedule.rate(props.interval),
      // The next run does what this one could not; that the function itself is not tried again is its own setting.
      targets: [new LambdaFunction(this.sweep.function, { retryAttempts: 0 })],
    });
  }
}
