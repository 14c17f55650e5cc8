/** Clients of the running engines, and buckets and tables of one's own on them. */
import { randomBytes } from 'node:crypto';
import { CreateTableCommand, DeleteTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, DeleteBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import { makeDynamoDbClient, makeS3Client } from '../../../lambdas/adapters/aws/clients.ts';
import { S3ObjectStore } from '../../../lambdas/adapters/aws/s3-object-store.ts';
import {
  LISTING_INDEX,
  LISTING_PARTITION,
  LISTING_SORT,
  PARTITION_KEY,
  SORT_KEY,
} from '../../../lambdas/adapters/aws/table-layout.ts';
import { runningServices } from '../../cloud/services/running-services.ts';

const REGION = 'us-east-1';

/** `endpoint`: somebody between the client and S3. */
export function engineS3Client(endpoint?: string): S3Client {
  const { s3 } = runningServices();
  const credentials = { accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey };
  return makeS3Client({ region: REGION, endpoint: endpoint ?? s3.endpoint, credentials });
}

export function engineDynamoDbClient(endpoint?: string): DynamoDBClient {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return makeDynamoDbClient({ region: REGION, endpoint: endpoint ?? runningServices().dynamodb.endpoint, credentials });
}

export function s3Endpoint(): string {
  return runningServices().s3.endpoint;
}

export function dynamoDbEndpoint(): string {
  return runningServices().dynamodb.endpoint;
}

export type TestBucket = {
  readonly bucket: string;
  readonly store: S3ObjectStore;
  empty(): Promise<void>;
  remove(): Promise<void>;
};

/** Making a bucket takes the engine a while: one for each file of tests, emptied between them. */
export async function makeBucket(client: S3Client): Promise<TestBucket> {
  const bucket = `test-${randomBytes(6).toString('hex')}`;
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  const store = new S3ObjectStore({ client, bucket });
  const empty = async () => {
    for (;;) {
      const { objects } = await store.list({ prefix: '', limit: 50 });
      if (objects.length === 0) return;
      await Promise.all(objects.map(({ key }) => store.delete(key)));
    }
  };
  const remove = async () => {
    await empty();
    await client.send(new DeleteBucketCommand({ Bucket: bucket }));
  };
  return { bucket, store, empty, remove };
}

export type TestTable = { readonly table: string; remove(): Promise<void> };

/** As the stack has it. */
export async function makeTable(client: DynamoDBClient): Promise<TestTable> {
  const table = `test-${randomBytes(6).toString('hex')}`;
  const names = [PARTITION_KEY, SORT_KEY, LISTING_PARTITION, LISTING_SORT];
  const keySchema = (partition: string, sort: string) => [
    { AttributeName: partition, KeyType: 'HASH' as const },
    { AttributeName: sort, KeyType: 'RANGE' as const },
  ];
  await client.send(
    new CreateTableCommand({
      TableName: table,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: names.map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
      KeySchema: keySchema(PARTITION_KEY, SORT_KEY),
      GlobalSecondaryIndexes: [
        {
          IndexName: LISTING_INDEX,
          KeySchema: keySchema(LISTING_PARTITION, LISTING_SORT),
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
    }),
  );
  return {
    table,
    remove: async () => {
      await client.send(new DeleteTableCommand({ TableName: table }));
    },
  };
}
