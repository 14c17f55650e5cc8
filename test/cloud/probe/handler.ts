/** A function that does what its event says, to see what the local cloud does about it. */
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';

const s3 = new S3Client({ requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED' });
const dynamoDb = new DynamoDBClient({});
const sqs = new SQSClient({});

const { BUCKET = '', TABLE = '', QUEUE_URL = '' } = process.env;

let invocations = 0;
/** What a handler leaves running goes on in the next invocation, not between the two. */
let ticks = 0;
let held: Uint8Array[] = [];

export type Order = {
  readonly do: string;
  readonly key?: string;
  readonly text?: string;
  readonly amount?: number;
};

type Batch = { readonly Records: readonly { readonly messageId: string; readonly body: string }[] };

export async function handler(event: Order | Batch, context: { getRemainingTimeInMillis(): number }): Promise<unknown> {
  invocations++;
  if (!('Records' in event)) return obey(event, context);
  const batchItemFailures: { itemIdentifier: string }[] = [];
  for (const { messageId, body } of event.Records) {
    const order = orderIn(body);
    if (order.do === 'fail-item') batchItemFailures.push({ itemIdentifier: messageId });
    else await obey(order, context);
  }
  return { batchItemFailures };
}

/** Of a message that is no order, an S3 event, the text is stored under the object's key. */
function orderIn(body: string): Order {
  const parsed = JSON.parse(body);
  if (parsed.do !== undefined) return parsed;
  return { do: 'item', key: parsed.Records[0].s3.object.key, text: JSON.stringify(parsed.Records[0]) };
}

async function obey(order: Order, context: { getRemainingTimeInMillis(): number }): Promise<unknown> {
  const { key = '', text = '', amount = 0 } = order;
  switch (order.do) {
    case 'count':
      return { invocations, ticks, remainingMs: context.getRemainingTimeInMillis() };
    case 'environment':
      return { ...process.env };
    case 'tick':
      setInterval(() => ticks++, 1).unref();
      return { ticks };
    case 'sleep':
      await new Promise((resolve) => setTimeout(resolve, amount));
      return { slept: amount };
    case 'allocate':
      held = Array.from({ length: amount }, () => new Uint8Array(2 ** 20).fill(1));
      await new Promise((resolve) => setTimeout(resolve, 200));
      return { held: held.length };
    case 'answer':
      return 'x'.repeat(amount);
    case 'exit':
      process.exit(amount);
      break;
    case 'throw':
      throw new RangeError(text);
    case 'put':
      await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: text }));
      return {};
    case 'get': {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }));
      return { text: await Body?.transformToString() };
    }
    case 'link':
      return { url: await getSignedUrl(s3, new GetObjectCommand({ Bucket: BUCKET, Key: key })) };
    case 'item':
      await dynamoDb.send(new PutItemCommand({ TableName: TABLE, Item: { pk: { S: key }, text: { S: text } } }));
      return {};
    case 'read-item':
      return (await dynamoDb.send(new GetItemCommand({ TableName: TABLE, Key: { pk: { S: key } } }))).Item ?? null;
    case 'send':
      await sqs.send(new SendMessageCommand({ QueueUrl: QUEUE_URL, MessageBody: text }));
      return {};
    case 'http':
      return { statusCode: 200, headers: { 'content-type': 'audio/mpeg' }, isBase64Encoded: true, body: 'AAECAw==' };
  }
  throw new Error(`no such order: ${order.do}`);
}
