import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { DERIVED_PREFIX } from '../../lambdas/core/track/object-keys.ts';
import type { BundleName } from '../bundles.ts';
import { CuepointFunction, type FunctionDefaults } from './cuepoint-function.ts';
import type { CuepointStores } from './cuepoint-stores.ts';
import {
  MEDIA_PREFIXES,
  onItems,
  onListing,
  onObjects,
  onReceiving,
  onRetrying,
  onSending,
  type Permission,
} from './permissions.ts';
import { MAX_RECEIVES, WorkQueue } from './work-queue.ts';

/** Lambda's longest. A file of 10 GB is read and its chunks written in about six minutes at 60 MB/s each way. */
const TIMEOUT = Duration.minutes(15);

export interface QueueWorkerProps {
  readonly bundle: Extract<BundleName, 'ingest' | 'analyse'>;
  readonly description: string;
  readonly defaults: FunctionDefaults;
  readonly stores: CuepointStores;
  readonly memoryMegabytes: number;
  readonly environment: Readonly<Record<string, string>>;
  /** Besides what every worker may. */
  readonly permissions: readonly Permission[];
  /** At most so many run at once, at least 2. */
  readonly maxConcurrency: number;
  /** Messages an invocation gets at most. */
  readonly batchSize: number;
  readonly nativeDecoding?: boolean;
  /** The variable by which the function learns of its own queue, to say when that delivers again what failed. */
  readonly queueVariable: string;
  /** @default false */
  readonly sendsToItself?: boolean;
}

/** A queue and the function that works it off: reads a source, stores what is derived from it, publishes the revision. */
export class QueueWorker extends Construct {
  readonly worker: CuepointFunction;
  readonly work: WorkQueue;

  constructor(scope: Construct, id: string, props: QueueWorkerProps) {
    super(scope, id);
    this.work = new WorkQueue(this, 'Work', { functionTimeout: TIMEOUT });
    this.worker = new CuepointFunction(this, 'Worker', {
      defaults: props.defaults,
      bundle: props.bundle,
      description: props.description,
      memoryMegabytes: props.memoryMegabytes,
      timeout: TIMEOUT,
      environment: {
        CUEPOINT_MAX_RECEIVES: String(MAX_RECEIVES),
        [props.queueVariable]: this.work.queue.queueUrl,
        ...props.environment,
      },
      permissions: [
        ...ingestPermissions(props.stores),
        onReceiving(this.work.queue),
        onRetrying(this.work.queue),
        ...(props.sendsToItself ? [onSending(this.work.queue)] : []),
        ...props.permissions,
      ],
      ...(props.nativeDecoding !== undefined && { nativeDecoding: props.nativeDecoding }),
    });
    this.worker.function.addEventSourceMapping('Messages', {
      eventSourceArn: this.work.queue.queueArn,
      batchSize: props.batchSize,
      // One file that fails is no reason to read its neighbours again.
      reportBatchItemFailures: true,
      maxConcurrency: props.maxConcurrency,
    });
  }
}

function ingestPermissions({ sources, media, table }: CuepointStores): Permission[] {
  return [
    onObjects(sources, [''], ['s3:GetObject']),
    onListing(sources),
    onObjects(media, MEDIA_PREFIXES, ['s3:GetObject', 's3:PutObject', 's3:DeleteObject']),
    // Of long objects; manifests are never stored in parts.
    onObjects(media, [DERIVED_PREFIX], ['s3:AbortMultipartUpload']),
    onListing(media),
    onItems(table, ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:BatchWriteItem', 'dynamodb:Query']),
  ];
}
