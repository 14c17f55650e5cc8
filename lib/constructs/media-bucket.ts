import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  HttpMethods,
  type IBucket,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { TRANSIENT_TAG } from '../../lambdas/adapters/aws/object-tags.ts';
import { plainBucket } from './plain-bucket.ts';
import { EXPOSED_HEADERS } from './response-headers.ts';
import { ABANDONED_UPLOAD_DAYS } from './source-bucket.ts';

/** Parts that somebody asked for once. Asked for again they are made again. */
const TRANSIENT_DAYS = 7;

export interface MediaBucketProps {
  readonly accessLogs: IBucket;
  /** Of which origins pages may follow links to it. Undefined: of any. */
  readonly allowedOrigins: readonly string[] | undefined;
  readonly removalPolicy: RemovalPolicy;
}

/** What is derived from the sources: chunks, copies, manifests. All of it can be made again. */
export class MediaBucket extends Construct {
  readonly bucket: IBucket;

  constructor(scope: Construct, id: string, props: MediaBucketProps) {
    super(scope, id);
    const bucket = new Bucket(this, 'Bucket', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      // Not versioned: an object under its key never changes, and one that is deleted is to be gone.
      serverAccessLogsBucket: props.accessLogs,
      serverAccessLogsPrefix: 'media/',
      // Presigned links lead here from other origins. A link is all the permission there is: no cookie is involved.
      cors: [
        {
          allowedOrigins: [...(props.allowedOrigins ?? ['*'])],
          allowedMethods: [HttpMethods.GET, HttpMethods.HEAD],
          allowedHeaders: ['*'],
          exposedHeaders: [...EXPOSED_HEADERS],
          maxAge: Duration.days(1).toSeconds(),
        },
      ],
      lifecycleRules: [
        { id: 'abort-uploads', abortIncompleteMultipartUploadAfter: Duration.days(ABANDONED_UPLOAD_DAYS) },
        {
          id: 'expire-transient',
          tagFilters: { [TRANSIENT_TAG.key]: TRANSIENT_TAG.value },
          expiration: Duration.days(TRANSIENT_DAYS),
        },
      ],
      removalPolicy: props.removalPolicy,
    });
    this.bucket = plainBucket(bucket);
  }
}
