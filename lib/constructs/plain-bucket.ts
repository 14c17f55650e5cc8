import type { Bucket, IBucket } from 'aws-cdk-lib/aws-s3';

/**
 * A bucket as what it is. CDK's own types deny it under `exactOptionalPropertyTypes`, since a class of theirs declares
 * `encryptionKey` as undefined where the interface has it absent.
 */
export function plainBucket(bucket: Bucket): IBucket {
  return bucket as IBucket;
}
