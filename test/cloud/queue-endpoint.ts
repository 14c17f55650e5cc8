/**
 * SQS over HTTP: the JSON protocol's sending half (functions receive by event source mappings), when what was received is
 * delivered again, and what shows a queue.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/
 */
import type { IncomingMessage } from 'node:http';
import { type LoopbackServer, serveOnLoopback } from './loopback-server.ts';
import { Properties, parsePlain } from './plain-values.ts';
import { md5, type WorkQueue } from './work-queue.ts';

/** Of a message, and of a batch together: 1 MiB. */
const MAX_MESSAGE_BYTES = 2 ** 20;
const MAX_BATCH_ENTRIES = 10;
const MAX_VISIBILITY_SECONDS = 12 * 3600;

class QueueFailure extends Error {
  readonly type: string;
  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

/** `find`: by URL, whatever host it names; the last two segments are account and name. */
export function startQueueEndpoint(find: (url: string) => WorkQueue | undefined, port = 0): Promise<LoopbackServer> {
  return serveOnLoopback((incoming, answer) => {
    respond(incoming, find).then(
      (body) => {
        answer.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
        answer.end(JSON.stringify(body));
      },
      (error: unknown) => {
        const type = error instanceof QueueFailure ? error.type : 'com.amazonaws.sqs#InternalError';
        answer.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' });
        answer.end(JSON.stringify({ __type: type, message: error instanceof Error ? error.message : String(error) }));
      },
    );
  }, port);
}

async function respond(incoming: IncomingMessage, find: (url: string) => WorkQueue | undefined): Promise<object> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part);
  const operation = String(incoming.headers['x-amz-target']).replace('AmazonSQS.', '');
  const body = Properties.of(parsePlain(Buffer.concat(parts).toString()), operation);
  const url = body.text('QueueUrl');
  const queue = find(url);
  if (queue === undefined) {
    throw new QueueFailure('com.amazonaws.sqs#QueueDoesNotExist', `there is no queue at ${url}`);
  }
  switch (operation) {
    case 'SendMessage':
      refuseTooLarge(body.text('MessageBody'));
      return send(queue, body);
    case 'SendMessageBatch':
      return sendBatch(queue, body);
    case 'ChangeMessageVisibility':
      return changeVisibility(queue, body);
    case 'GetQueueAttributes':
      return { Attributes: attributes(queue) };
    default:
      throw new QueueFailure('com.amazonaws.sqs#UnsupportedOperation', `${operation} is not known to the local cloud`);
  }
}

function send(queue: WorkQueue, message: Properties): object {
  const text = message.text('MessageBody');
  const delaySeconds = message.numberOr('DelaySeconds', undefined);
  const id = queue.send(text, delaySeconds === undefined ? undefined : delaySeconds * 1000);
  return { MessageId: id, MD5OfMessageBody: md5(text) };
}

function sendBatch(queue: WorkQueue, body: Properties): object {
  const entries = body.objects('Entries');
  if (entries.length === 0 || entries.length > MAX_BATCH_ENTRIES) {
    throw new QueueFailure(
      'com.amazonaws.sqs#TooManyEntriesInBatchRequest',
      `the batch has ${entries.length} entries; expected 1 to ${MAX_BATCH_ENTRIES}`,
    );
  }
  refuseTooLarge(entries.map((entry) => entry.text('MessageBody')).join(''));
  return { Successful: entries.map((entry) => ({ Id: entry.text('Id'), ...send(queue, entry) })), Failed: [] };
}

function changeVisibility(queue: WorkQueue, body: Properties): object {
  const seconds = body.numberOr('VisibilityTimeout', undefined);
  if (seconds === undefined || !Number.isInteger(seconds) || seconds < 0 || seconds > MAX_VISIBILITY_SECONDS) {
    throw new QueueFailure(
      'com.amazonaws.sqs#InvalidParameterValue',
      `VisibilityTimeout is ${seconds}; expected a whole number from 0 to ${MAX_VISIBILITY_SECONDS}`,
    );
  }
  if (queue.changeVisibility(body.text('ReceiptHandle'), seconds * 1000)) return {};
  throw new QueueFailure(
    'com.amazonaws.sqs#MessageNotInflight',
    'the message is not in flight: it was deleted, has become visible, or was received again',
  );
}

function refuseTooLarge(text: string): void {
  const byteLength = Buffer.byteLength(text);
  if (byteLength <= MAX_MESSAGE_BYTES) return;
  throw new QueueFailure(
    'com.amazonaws.sqs#InvalidParameterValue',
    `the message has ${byteLength} bytes; expected at most ${MAX_MESSAGE_BYTES}`,
  );
}

function attributes(queue: WorkQueue): Record<string, string> {
  const { visible, inFlight, delayed } = queue.state();
  return {
    QueueArn: queue.options.arn,
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    VisibilityTimeout: String(queue.options.visibilityTimeoutMs / 1000),
  };
}
