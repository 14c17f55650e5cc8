import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FunctionUrlEvent, FunctionUrlResult } from '../../lambdas/adapters/lambda/function-url.ts';
import type { Invocation } from '../../lambdas/adapters/lambda/invocation.ts';
import type { BatchResult, QueueBatch } from '../../lambdas/adapters/lambda/sqs-batch.ts';
import { trackIdOf } from '../../lambdas/core/track/identity.ts';
import {
  dynamoDbEndpoint,
  engineDynamoDbClient,
  engineS3Client,
  makeBucket,
  makeTable,
  s3Endpoint,
  type TestBucket,
} from '../adapters/aws/engine-clients.ts';
import { type EngineProxy, startProxy } from '../adapters/aws/engine-proxy.ts';
import { runningServices } from '../cloud/services/running-services.ts';
import { asfFile } from '../support/asf-file.ts';
import { noise, wavFile } from '../support/audio-fixtures.ts';
import { collectBytes } from '../support/embedded-fixture.ts';
import { concatBytes, mpegFrame } from '../support/mpeg-stream.ts';
import { invocation } from '../support/recorded-observation.ts';

const KEY = 'albums/one two/träck #1 100%+.wav';
/** 26 MB: 15 chunks of 10 s, more than a few blocks of what is read at once. */
const SOURCE = wavFile(150, { sampleRate: 44_100 });
const CHUNKS = 15;
const READ_BLOCK_BYTES = 8 * 1024 * 1024;
const CAP_BYTES = 4 * 1024 * 1024;

type QueueHandler = (batch: QueueBatch, context: Invocation) => Promise<BatchResult>;

let sources: TestBucket;
let media: TestBucket;
let s3Proxy: EngineProxy;
let tableProxy: EngineProxy;
let queue: Server;
let ingest: QueueHandler;
let api: (event: FunctionUrlEvent, context: Invocation) => Promise<FunctionUrlResult>;
let sweep: (event: unknown, context: Invocation) => Promise<unknown>;
const sent: string[] = [];
const closings: (() => Promise<unknown> | unknown)[] = [];

/** Takes messages, as SQS does; nobody delivers them but the test. */
async function startQueue(): Promise<Server> {
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const { MessageBody } = JSON.parse(Buffer.concat(parts).toString());
    if (MessageBody === undefined) {
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify({ Attributes: { ApproximateNumberOfMessages: String(sent.length) } }));
      return;
    }
    sent.push(MessageBody);
    const MD5OfMessageBody = createHash('md5').update(MessageBody).digest('hex');
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify({ MessageId: `m${sent.length}`, MD5OfMessageBody }));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return server;
}

beforeAll(async () => {
  const [s3, dynamoDb] = [engineS3Client(), engineDynamoDbClient()];
  sources = await makeBucket(s3);
  media = await makeBucket(s3);
  const { table, remove } = await makeTable(dynamoDb);
  s3Proxy = await startProxy(s3Endpoint(), () => undefined);
  tableProxy = await startProxy(dynamoDbEndpoint(), () => undefined);
  queue = await startQueue();
  closings.push(() => queue.close(), remove, sources.remove, media.remove, s3Proxy.close, tableProxy.close);
  const queueUrl = `http://127.0.0.1:${(queue.address() as AddressInfo).port}`;
  Object.assign(process.env, {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: runningServices().s3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: runningServices().s3.secretAccessKey,
    AWS_ENDPOINT_URL_S3: s3Proxy.url,
    AWS_ENDPOINT_URL_DYNAMODB: tableProxy.url,
    AWS_ENDPOINT_URL_SQS: queueUrl,
    POWERTOOLS_TRACE_ENABLED: 'false',
    POWERTOOLS_LOG_LEVEL: 'SILENT',
    POWERTOOLS_METRICS_DISABLED: 'true',
    CUEPOINT_SOURCE_BUCKET: sources.bucket,
    CUEPOINT_MEDIA_BUCKET: media.bucket,
    CUEPOINT_TABLE: table,
    CUEPOINT_CHUNKING: '{"strategy":"duration","targetSeconds":10,"maxChunkBytes":8388608}',
    CUEPOINT_LOCATION: 'objects',
    CUEPOINT_RETAIN_REPLACED_SECONDS: '3600',
    CUEPOINT_MAX_RECEIVES: '5',
    CUEPOINT_NATIVE_DECODING: 'no',
    CUEPOINT_ANALYSE_QUEUE_URL: `${queueUrl}/1/analyse`,
    CUEPOINT_INGEST_QUEUE_URL: `${queueUrl}/1/ingest`,
    CUEPOINT_LINK_SECONDS: '3600',
    CUEPOINT_SIGNING: '{"kind":"s3"}',
  });
  ({ handler: ingest } = await import('../../lambdas/ingest/handler.ts'));
  ({ handler: api } = await import('../../lambdas/api/handler.ts'));
  ({ handler: sweep } = await import('../../lambdas/sweep/handler.ts'));
});

afterAll(async () => {
  for (const close of closings.reverse()) await close();
});

const put = (key: string, bytes: Uint8Array) =>
  sources.store.put(key, { byteLength: bytes.length, parts: [bytes] }, { contentType: 'application/octet-stream' });

const batchOf = (...bodies: readonly string[]): QueueBatch => ({
  Records: bodies.map((body, i) => ({
    messageId: `m${i}`,
    receiptHandle: `r${i}`,
    body,
    attributes: { ApproximateReceiveCount: '1' },
  })),
});

const createdEvent = (key: string): string => {
  const object = { key: encodeURIComponent(key).replaceAll('%20', '+'), sequencer: '0066FE1A2C8B3D5E10' };
  return JSON.stringify({
    Records: [{ eventName: 'ObjectCreated:Put', s3: { bucket: { name: sources.bucket }, object } }],
  });
};

function get(rawPath: string, headers: Record<string, string> = {}, method = 'GET'): Promise<FunctionUrlResult> {
  const requestContext = { domainName: 'x.lambda-url.us-east-1.on.aws', http: { method } };
  const all = { 'x-cuepoint-host': 'audio.example', ...headers };
  return api({ rawPath, rawQueryString: '', headers: all, requestContext }, invocation());
}

const bytesOf = ({ body, isBase64Encoded }: FunctionUrlResult): Buffer =>
  Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');

const streamPath = `/stream/${KEY.split('/').map(encodeURIComponent).join('/')}`;

describe('the functions on real stores', () => {
  it('ingest: a source becomes a track, in few requests', async () => {
    await put(KEY, SOURCE);
    s3Proxy.requests.length = 0;
    expect(await ingest(batchOf(createdEvent(KEY)), invocation())).toEqual({ batchItemFailures: [] });
    const count = (method: string, bucket: string) =>
      s3Proxy.requests.filter(({ method: by, url }) => by === method && url.startsWith(`/${bucket}/`)).length;
    // Of PCM the head tells where all packets are: what is read is the chunks, and what lies around the source's head and end.
    expect(count('GET', sources.bucket)).toBeLessThanOrEqual(CHUNKS + 2);
    // A chunk is one write and nothing else; the manifest is one more.
    expect(count('PUT', media.bucket)).toBe(CHUNKS + 1);
    expect(count('HEAD', media.bucket)).toBe(0);
    const { statusCode, body } = await get(`/v1/tracks/${await trackIdOf(sources.bucket, KEY)}`);
    expect([statusCode, JSON.parse(body)]).toMatchObject([200, { status: 'playable', chunkCount: CHUNKS, path: KEY }]);
  });

  it('ingest: coded audio is read in blocks, whatever its chunks are', async () => {
    const frame = mpegFrame({ kbps: 320 });
    const bytes = concatBytes(...Array.from({ length: 20_000 }, () => frame));
    await put('long.mp3', bytes);
    s3Proxy.requests.length = 0;
    expect(await ingest(batchOf(createdEvent('long.mp3')), invocation())).toEqual({ batchItemFailures: [] });
    const reads = s3Proxy.requests.filter(
      ({ method, url }) => method === 'GET' && url.startsWith(`/${sources.bucket}/`),
    );
    // The format is recognised by the head, in two reads here; one more is for the tags at the end.
    expect(reads.length).toBeLessThanOrEqual(Math.ceil(bytes.length / READ_BLOCK_BYTES) + 3);
    const { body } = await get(`/v1/tracks/${await trackIdOf(sources.bucket, 'long.mp3')}`);
    expect(JSON.parse(body)).toMatchObject({ status: 'playable', chunkCount: 53, byteLength: bytes.length });
  });

  it('api: a range is exact; warm it takes one request to S3 and at most one to the table', async () => {
    const range = (startByte: number, endByte: number) => ({ range: `bytes=${startByte}-${endByte - 1}` });
    await get(streamPath, range(0, 10));
    s3Proxy.requests.length = 0;
    tableProxy.requests.length = 0;
    const result = await get(streamPath, range(5_000_000, 5_065_536));
    expect(result).toMatchObject({ statusCode: 206, headers: { 'content-length': '65536' }, isBase64Encoded: true });
    expect(bytesOf(result).equals(SOURCE.subarray(5_000_000, 5_065_536))).toBe(true);
    expect(s3Proxy.requests).toHaveLength(1);
    expect(tableProxy.requests.length).toBeLessThanOrEqual(1);
    const most = await get(streamPath, range(1, 1 + CAP_BYTES));
    expect(bytesOf(most).equals(SOURCE.subarray(1, 1 + CAP_BYTES))).toBe(true);
  });

  it.each(['GET', 'HEAD'])('api: %s of more than fits leads to one object, copied inside of S3', async (method) => {
    const { statusCode, headers } = await get(streamPath, {}, method);
    expect([statusCode, headers['cache-control']]).toEqual([307, 'no-store']);
    const copy = await media.store.get((headers.location ?? '').slice(1));
    expect(copy?.info).toMatchObject({ contentType: 'audio/wav', byteLength: SOURCE.length });
    expect(copy && Buffer.from(await collectBytes(copy.body)).equals(SOURCE)).toBe(true);
  });

  it('api: links of chunks are signed by S3, and answer', async () => {
    const plan = JSON.parse((await get(`${`/v1/tracks/${await trackIdOf(sources.bucket, KEY)}`}/chunks`)).body);
    const { url, startByte, endByte } = plan.chunks[1];
    expect(url).not.toMatch(/checksum/i);
    const response = await fetch(url);
    expect(response.status).toBe(200);
    expect(Buffer.from(await response.arrayBuffer()).equals(SOURCE.subarray(startByte, endByte))).toBe(true);
  });

  it('ingest: what has to be decoded goes on to the other queue', async () => {
    sent.length = 0;
    const objects = Array.from({ length: 60 }, (_, i) => ({ bytes: noise(64, i + 1) }));
    await put('talk.wma', asfFile({ objects }).bytes);
    expect(await ingest(batchOf(createdEvent('talk.wma')), invocation())).toEqual({ batchItemFailures: [] });
    expect(sent.map((text) => JSON.parse(text))).toEqual([
      { cuepoint: 'ingest', event: { kind: 'stored', key: 'talk.wma', sequencer: '0066FE1A2C8B3D5E10' } },
    ]);
  });

  it('sweep: finds the source that no event told of', async () => {
    sent.length = 0;
    await put('lost.wav', wavFile(2));
    expect(await sweep({}, invocation())).toMatchObject({ sources: 4, orphansDeleted: 0 });
    // Beside it what was published and never analysed. What was handed over is in good hands.
    const [published, long] = ['albums/one two/träck #1 100%+.wav', 'long.mp3'];
    const keys = sent.map((text) => JSON.parse(text).event.key).sort();
    expect(keys).toEqual([published, long, 'lost.wav']);
    const message = sent.find((text) => text.includes('lost.wav')) ?? '';
    expect(await ingest(batchOf(message), invocation())).toEqual({ batchItemFailures: [] });
    const result = await get('/stream/lost.wav');
    expect([result.statusCode, bytesOf(result).equals(wavFile(2))]).toEqual([200, true]);
  });
});
