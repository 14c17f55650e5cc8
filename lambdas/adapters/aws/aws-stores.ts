import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import { isPartKey } from '../../core/track/object-keys.ts';
import { SystemClock } from '../embedded/system-clock.ts';
import type { StoreSettings } from '../lambda/function-environment.ts';
import { DynamoTrackIndex } from './dynamo-track-index.ts';
import { S3ObjectCopier } from './s3-object-copier.ts';
import { S3ObjectStore } from './s3-object-store.ts';

/** The stores of a deployed stack, as the use cases want them. */
export function openAwsStores(
  { sourceBucket, mediaBucket, table }: Pick<StoreSettings, 'sourceBucket' | 'mediaBucket' | 'table'>,
  { s3, dynamoDb }: { readonly s3: S3Client; readonly dynamoDb: DynamoDBClient },
) {
  return {
    sources: new S3ObjectStore({ client: s3, bucket: sourceBucket }),
    media: new S3ObjectStore({ client: s3, bucket: mediaBucket, isTransient: isPartKey }),
    copier: new S3ObjectCopier({ client: s3, sourceBucket, mediaBucket }),
    index: new DynamoTrackIndex({ client: dynamoDb, table }),
    clock: new SystemClock(),
  };
}
