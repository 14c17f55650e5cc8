import { Aws, Duration, type RemovalPolicy } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  CfnBucket,
  type IBucket,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { plainBucket } from './plain-bucket.ts';

/** Parts of uploads that nobody finished, and that nobody sees, cost until they are removed. */
export const ABANDONED_UPLOAD_DAYS = 7;

/** What may have changed the bytes under a key, or taken them away. */
const SOURCE_EVENTS = ['s3:ObjectCreated:*', 's3:ObjectRemoved:*', 's3:LifecycleExpiration:*'] as const;

export interface SourceBucketProps {
  /** Used instead of a new one, and not changed. */
  readonly existing: IBucket | undefined;
  readonly accessLogs: IBucket;
  readonly removalPolicy: RemovalPolicy;
  readonly noncurrentRetention: Duration;
}

/** The bucket that audio is uploaded to, and how its news come to a queue. */
export class SourceBucket extends Construct {
  readonly bucket: IBucket;
  /** The same bucket, where it is this stack's. */
  #own: Bucket | undefined;

  constructor(scope: Construct, id: string, props: SourceBucketProps) {
    super(scope, id);
    if (props.existing === undefined) {
      this.#own = this.#newBucket(props);
      this.bucket = plainBucket(this.#own);
    } else {
      this.bucket = props.existing;
    }
  }

  /** Versioned, since what people upload is all there is. */
  #newBucket(props: SourceBucketProps): Bucket {
    return new Bucket(this, 'Bucket', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      versioned: true,
      serverAccessLogsBucket: props.accessLogs,
      serverAccessLogsPrefix: 'source/',
      lifecycleRules: [
        { id: 'abort-uploads', abortIncompleteMultipartUploadAfter: Duration.days(ABANDONED_UPLOAD_DAYS) },
        {
          id: 'forget-noncurrent',
          noncurrentVersionExpiration: props.noncurrentRetention,
          expiredObjectDeleteMarker: true,
        },
      ],
      removalPolicy: props.removalPolicy,
    });
  }

  /** Has the queue hear of every source that comes, changes or goes. */
  notify(queue: Queue): void {
    if (this.#own === undefined) this.#followByEventBridge(queue);
    else this.#notifyDirectly(this.#own, queue);
  }

  /**
   * On the bucket's own resource, which needs no custom resource. S3 tries the queue when it is told of it, hence the
   * queue's policy has to be there before the bucket, and so it cannot name the bucket: it admits all of this account.
   * Ingest passes over the events of others.
   */
  #notifyDirectly(own: Bucket, queue: Queue): void {
    const { policyDependable } = queue.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('s3.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [queue.queueArn],
        conditions: {
          StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
          ArnLike: { 'aws:SourceArn': `arn:${Aws.PARTITION}:s3:::*` },
        },
      }),
    );
    const resource = own.node.defaultChild;
    if (policyDependable === undefined || !(resource instanceof CfnBucket)) {
      throw new Error('the source bucket and the ingest queue have to be resources of this stack');
    }
    resource.notificationConfiguration = {
      queueConfigurations: SOURCE_EVENTS.map((event) => ({ event, queue: queue.queueArn })),
    };
    resource.node.addDependency(policyDependable);
  }

  /** A bucket that is not this stack's to configure sends its events to EventBridge, when it is told to. */
  #followByEventBridge(queue: Queue): void {
    new Rule(this, 'Events', {
      description: 'Cuepoint: what happens to the sources',
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created', 'Object Deleted'],
        detail: { bucket: { name: [this.bucket.bucketName] } },
      },
      targets: [new SqsQueue(queue)],
    });
  }
}
