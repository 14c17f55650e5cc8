import { randomUUID } from 'node:crypto';
import {
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListBucketsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { S3Service } from './running-services.ts';

const REGION = 'us-east-1';
const CONNECT_MS = 2_000;
/** The first bucket of a new store waits until its pools are made. */
const REQUEST_MS = 30_000;
/** For a look at an engine that may not answer at all. */
const LOOK_MS = 5_000;

type S3Access = Omit<S3Service, 'version'>;

/** Whether S3 answers a signed request. */
export async function s3Answers(access: S3Access): Promise<boolean> {
  const client = s3Client(access, 1);
  try {
    await client.send(new ListBucketsCommand({}), { abortSignal: AbortSignal.timeout(LOOK_MS) });
    return true;
  } catch {
    return false;
  } finally {
    client.destroy();
  }
}

/** Stores an object and reads it back; leaves nothing behind. Throws when S3 does not do it. */
export async function s3Works(access: S3Access): Promise<void> {
  const client = s3Client(access, 3);
  const sent = randomUUID();
  const place = { Bucket: `health-${sent}`, Key: 'object' };
  try {
    await client.send(new CreateBucketCommand({ Bucket: place.Bucket }));
    await client.send(new PutObjectCommand({ ...place, Body: sent }));
    const { Body } = await client.send(new GetObjectCommand(place));
    const received = await Body?.transformToString();
    if (received !== sent) throw new Error(`S3 at ${access.endpoint} gave ${received} back for ${sent}`);
    await client.send(new DeleteObjectCommand(place));
    await client.send(new DeleteBucketCommand({ Bucket: place.Bucket }));
  } finally {
    client.destroy();
  }
}

/** Whether DynamoDB answers a signed request. */
export async function dynamodbAnswers(endpoint: string): Promise<boolean> {
  const client = dynamodbClient(endpoint, 1);
  try {
    await client.send(new ListTablesCommand({ Limit: 1 }), { abortSignal: AbortSignal.timeout(LOOK_MS) });
    return true;
  } catch {
    return false;
  } finally {
    client.destroy();
  }
}

/** Writes an item and reads it back; leaves nothing behind. Throws when DynamoDB does not do it. */
export async function dynamodbWorks(endpoint: string): Promise<void> {
  const client = dynamodbClient(endpoint, 3);
  const sent = randomUUID();
  const table = { TableName: `health-${sent}` };
  const pk = { S: sent };
  try {
    await client.send(
      new CreateTableCommand({
        ...table,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      }),
    );
    await client.send(new PutItemCommand({ ...table, Item: { pk } }));
    const { Item } = await client.send(new GetItemCommand({ ...table, Key: { pk } }));
    if (Item?.pk?.S !== sent) throw new Error(`DynamoDB at ${endpoint} gave ${JSON.stringify(Item)} for ${sent}`);
    await client.send(new DeleteTableCommand(table));
  } finally {
    client.destroy();
  }
}

function s3Client({ endpoint, accessKeyId, secretAccessKey }: S3Access, maxAttempts: number): S3Client {
  return new S3Client({
    endpoint,
    forcePathStyle: true,
    region: REGION,
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: CONNECT_MS, requestTimeout: REQUEST_MS },
  });
}

/** DynamoDB Local looks at no credentials, yet the client sends none without. */
function dynamodbClient(endpoint: string, maxAttempts: number): DynamoDBClient {
  return new DynamoDBClient({
    endpoint,
    region: REGION,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts,
    requestHandler: { connectionTimeout: CONNECT_MS, requestTimeout: REQUEST_MS },
  });
}
