import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledge } from './nag-exceptions.ts';
import { plainBucket } from './plain-bucket.ts';

export interface AccessLogBucketProps {
  /** How long access logs are kept. */
  readonly retention: Duration;
}

/** Where S3 and CloudFront write who asked for what. */
export class AccessLogBucket extends Construct {
  readonly bucket: IBucket;

  constructor(scope: Construct, id: string, props: AccessLogBucketProps) {
    super(scope, id);
    const bucket = new Bucket(this, 'Bucket', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      // CloudFront's standard logs are granted by an ACL, which buckets with enforced ownership have not. Their successor
      // can only be set up in us-east-1, and this stack goes to any region.
      objectOwnership: ObjectOwnership.BUCKET_OWNER_PREFERRED,
      lifecycleRules: [
        { id: 'expire', expiration: props.retention },
        { id: 'abort-uploads', abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
      // A bucket that is not empty cannot be deleted: with DESTROY, destroying the stack would fail.
      removalPolicy: RemovalPolicy.RETAIN,
    });
    acknowledge(bucket, {
      'AwsSolutions-S1': 'this is where access logs go; logging access to them would log itself',
    });
    this.bucket = plainBucket(bucket);
  }
}
