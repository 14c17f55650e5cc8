/** The buckets and the tables of a template, made on the engines and taken away again. */
import {
  type AttributeDefinition,
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  type GlobalSecondaryIndex,
  type KeySchemaElement,
  ResourceInUseException,
} from '@aws-sdk/client-dynamodb';
import {
  AbortMultipartUploadCommand,
  type CORSRule,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutBucketCorsCommand,
  PutBucketVersioningCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { REGION } from './physical-names.ts';
import type { Properties } from './plain-values.ts';
import type { RunningServices } from './services/running-services.ts';
import type { ResolvedResource, Template } from './template.ts';

/** Clients of this process, with all rights: what people do with their own credentials. */
export type StoreClients = { readonly s3: S3Client; readonly dynamoDb: DynamoDBClient };

export function storeClients({ s3, dynamodb }: RunningServices): StoreClients {
  const credentials = { accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey };
  return {
    s3: new S3Client({
      region: REGION,
      endpoint: s3.endpoint,
      forcePathStyle: true,
      credentials,
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    }),
    dynamoDb: new DynamoDBClient({ region: REGION, endpoint: dynamodb.endpoint, credentials }),
  };
}

const tables = (template: Template) => template.ofType('AWS::DynamoDB::GlobalTable', 'AWS::DynamoDB::Table');

/** What exists already, of an earlier run of the same name, is kept. */
export async function createStores(template: Template, clients: StoreClients): Promise<void> {
  for (const bucket of template.ofType('AWS::S3::Bucket')) await createBucket(bucket, clients.s3);
  for (const table of tables(template)) await createTable(table, clients.dynamoDb);
}

/** With all that they hold. */
export async function deleteStores(template: Template, clients: StoreClients): Promise<void> {
  for (const table of tables(template)) {
    await clients.dynamoDb.send(new DeleteTableCommand({ TableName: table.physicalId }));
  }
  for (const bucket of template.ofType('AWS::S3::Bucket')) await deleteBucket(bucket.physicalId, clients.s3);
}

async function createBucket({ physicalId, properties }: ResolvedResource, s3: S3Client): Promise<void> {
  const Bucket = physicalId;
  // The same owner creating it again is no error in us-east-1.
  await s3.send(new CreateBucketCommand({ Bucket }));
  const versioning = properties.objectOr('VersioningConfiguration', undefined)?.text('Status');
  if (versioning === 'Enabled') {
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  }
  const cors = properties.objectOr('CorsConfiguration', undefined)?.objects('CorsRules') ?? [];
  if (cors.length > 0) {
    await s3.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules: cors.map(corsRule) } }));
  }
}

function corsRule(rule: Properties): CORSRule {
  return {
    AllowedOrigins: rule.texts('AllowedOrigins'),
    AllowedMethods: rule.texts('AllowedMethods'),
    AllowedHeaders: rule.texts('AllowedHeaders'),
    ExposeHeaders: rule.texts('ExposedHeaders'),
    MaxAgeSeconds: rule.numberOr('MaxAge', undefined),
  };
}

async function createTable({ physicalId, properties }: ResolvedResource, dynamoDb: DynamoDBClient): Promise<void> {
  const indexes = properties.objects('GlobalSecondaryIndexes').map(secondaryIndex);
  const command = new CreateTableCommand({
    TableName: physicalId,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: keySchema(properties),
    AttributeDefinitions: properties.objects('AttributeDefinitions').map((attribute): AttributeDefinition => {
      const type = attribute.text('AttributeType');
      if (type !== 'S' && type !== 'N' && type !== 'B') throw new Error(`${attribute.path} is of type ${type}`);
      return { AttributeName: attribute.text('AttributeName'), AttributeType: type };
    }),
    ...(indexes.length > 0 && { GlobalSecondaryIndexes: indexes }),
  });
  try {
    await dynamoDb.send(command);
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
}

function keySchema(properties: Properties): KeySchemaElement[] {
  return properties.objects('KeySchema').map((key) => ({
    AttributeName: key.text('AttributeName'),
    KeyType: key.text('KeyType') === 'HASH' ? 'HASH' : 'RANGE',
  }));
}

function secondaryIndex(index: Properties): GlobalSecondaryIndex {
  const projection = index.object('Projection');
  const type = projection.text('ProjectionType');
  if (type !== 'ALL' && type !== 'KEYS_ONLY' && type !== 'INCLUDE') throw new Error(`${projection.path} is ${type}`);
  const included = projection.texts('NonKeyAttributes');
  return {
    IndexName: index.text('IndexName'),
    KeySchema: keySchema(index),
    Projection: { ProjectionType: type, ...(included.length > 0 && { NonKeyAttributes: included }) },
  };
}

const DELETES_AT_ONCE = 50;

async function deleteBucket(Bucket: string, s3: S3Client): Promise<void> {
  await abortUploads(Bucket, s3);
  for (;;) {
    // One by one: RGW 16 crashes when it deletes several objects at once of a bucket that notifies.
    const page = await s3.send(new ListObjectVersionsCommand({ Bucket, MaxKeys: DELETES_AT_ONCE }));
    const { Versions = [], DeleteMarkers = [] } = page;
    const versions = [...Versions, ...DeleteMarkers].flatMap(({ Key, VersionId }) =>
      Key === undefined ? [] : [{ Key, ...(VersionId !== undefined && { VersionId }) }],
    );
    if (versions.length === 0) break;
    await Promise.all(versions.map((version) => s3.send(new DeleteObjectCommand({ Bucket, ...version }))));
  }
  await s3.send(new DeleteBucketCommand({ Bucket }));
}

async function abortUploads(Bucket: string, s3: S3Client): Promise<void> {
  const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket }));
  for (const { Key, UploadId } of Uploads) await s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
}
