import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeSourceMessage } from '../../lambdas/adapters/aws/source-event-decoding.ts';
import { EdgeAuthorizer } from '../../lambdas/adapters/lambda/edge-authorizer.ts';
import { type FunctionUrlEvent, functionUrlHandler, toRequest } from '../../lambdas/adapters/lambda/function-url.ts';
import { sourceWorker } from '../../lambdas/adapters/lambda/source-worker.ts';
import type { QueueBatch } from '../../lambdas/adapters/lambda/sqs-batch.ts';
import { createApp } from '../../lambdas/api/app.ts';
import { takeEvent } from '../../lambdas/ingest/take-event.ts';
import { sweep } from '../../lambdas/sweep/sweep.ts';
import type { EmbeddedStores } from '../../server/embedded-stores.ts';
import { wavFile } from '../support/audio-fixtures.ts';
import {
  openStores,
  publishedRecord,
  recordOf,
  type TemporaryFolders,
  temporaryFolders,
} from '../support/embedded-fixture.ts';
import { invocation, noTraces, recordedObservation, recordedRedelivery } from '../support/recorded-observation.ts';

const FOLDER = join(__dirname, '..', '..', 'events');
const BUCKET = 'cuepoint-sources';
const KEY = 'albums/one two/träck #1 100%+.wav';
const SOURCE = wavFile(5.5);

const textOf = (name: string): string => readFileSync(join(FOLDER, `${name}.json`), 'utf8');
const eventOf = <Event>(name: string): Event => JSON.parse(textOf(name));

/** What each message of a queue comes to. */
const MESSAGES: Record<string, ReturnType<typeof decodeSourceMessage>['events']> = {
  's3-object-created-put': [{ kind: 'stored', key: KEY, sequencer: '0066FE1A2C8B3D5E10' }],
  's3-object-created-multipart': [{ kind: 'stored', key: 'talks/long.flac', sequencer: '0066FE1A3012AB34CD' }],
  's3-object-created-copy': [{ kind: 'stored', key: 'talks/copied.mp3', sequencer: '0066FE1A33AA00B1C2' }],
  's3-object-removed-delete': [{ kind: 'removed', key: 'talks/copied.mp3', sequencer: '0066FE1A41C0FFEE01' }],
  's3-object-removed-delete-marker': [{ kind: 'removed', key: KEY, sequencer: '0066FE1A44D00D1E02' }],
  's3-lifecycle-expiration-delete': [{ kind: 'removed', key: 'talks/old.mp3', sequencer: '' }],
  's3-lifecycle-expiration-delete-marker': [{ kind: 'removed', key: 'talks/older.mp3', sequencer: '' }],
  's3-test-event': [],
  'eventbridge-object-created': [{ kind: 'stored', key: KEY, sequencer: '0066FE1A2C8B3D5E10' }],
  'eventbridge-object-deleted': [{ kind: 'removed', key: KEY, sequencer: '0066FE1A44D00D1E02' }],
  'eventbridge-lifecycle-expiration': [{ kind: 'removed', key: 'talks/old.mp3', sequencer: '' }],
  'sns-s3-notification': [{ kind: 'stored', key: 'talks/long.flac', sequencer: '0066FE1A3012AB34CD' }],
  'cuepoint-ingest': [{ kind: 'stored', key: KEY, sequencer: '0066FE1A2C8B3D5E10000000000000001', rebuild: true }],
  'cuepoint-ingest-again': [
    { kind: 'stored', key: KEY, sequencer: '0066FE1A2C8B3D5E10000000000000001', retryFailed: true },
  ],
};

type Expected = { readonly status: number; readonly headers: object; readonly body?: Uint8Array | undefined };

/** What each request is answered with, when the source of `KEY` is a track. */
const REQUESTS: Record<string, Expected> = {
  'function-url-get': { status: 200, headers: { 'content-type': 'application/json' } },
  'function-url-get-range': {
    status: 206,
    headers: {
      'content-type': 'audio/wav',
      'content-range': `bytes 40-1063/${SOURCE.length}`,
      'content-length': '1024',
    },
    body: SOURCE.subarray(40, 1064),
  },
  'function-url-get-several-ranges': {
    status: 206,
    headers: { 'content-type': expect.stringMatching(/^multipart\/byteranges; boundary=/) },
  },
  'function-url-get-part': {
    status: 200,
    headers: { 'cuepoint-take-samples': '8000', 'content-length': String(44 + 32_000) },
    body: Buffer.concat([wavFile(1).subarray(0, 44), SOURCE.subarray(44 + 32_000, 44 + 64_000)]),
  },
  'function-url-head': {
    status: 200,
    headers: { 'content-length': String(SOURCE.length), 'accept-ranges': 'bytes' },
    body: new Uint8Array(0),
  },
  'function-url-options': {
    status: 204,
    headers: { 'access-control-allow-origin': '*', 'access-control-allow-headers': expect.stringContaining('Range') },
    body: new Uint8Array(0),
  },
  'function-url-post-base64': { status: 404, headers: { 'content-type': 'application/problem+json' } },
};

let folders: TemporaryFolders;
let stores: EmbeddedStores;

beforeAll(async () => {
  folders = await temporaryFolders();
  stores = await openStores(folders);
  await folders.writeSource(KEY, SOURCE);
});

afterAll(async () => {
  await stores.close();
  await folders.remove();
});

describe('every event in events/', () => {
  it('is used here', () => {
    const names = readdirSync(FOLDER).map((file) => file.replace(/\.json$/, ''));
    expect(names.sort()).toEqual([...Object.keys(MESSAGES), ...Object.keys(REQUESTS), 'schedule', 'sqs-batch'].sort());
  });

  it.each(Object.entries(MESSAGES))('%s: says what happened to which source', (name, expected) => {
    const { events, ignored } = decodeSourceMessage(textOf(name), BUCKET);
    expect(events).toEqual(expected);
    expect(ignored).toHaveLength(expected.length === 0 ? 1 : 0);
  });

  it.each(Object.keys(MESSAGES).filter((name) => MESSAGES[name]?.length === 1 && !name.startsWith('cuepoint-')))(
    '%s: of another bucket says nothing',
    (name) => {
      expect(decodeSourceMessage(textOf(name), 'another')).toMatchObject({ events: [], ignored: [expect.any(String)] });
    },
  );

  it('sqs-batch: each message is worked off; what nobody understands is not delivered again', async () => {
    const observation = recordedObservation();
    const handler = sourceWorker({
      sourceBucket: BUCKET,
      maxReceives: 5,
      redelivery: recordedRedelivery(),
      observation,
      traces: noTraces,
      take: (event, { signal, isLast }) => takeEvent({ ...stores, signal }, event, { isLast }),
    });
    expect(await handler(eventOf<QueueBatch>('sqs-batch'), invocation())).toEqual({ batchItemFailures: [] });
    expect((await publishedRecord(stores, KEY)).published.byteLength).toBe(SOURCE.length);
    expect(observation.events).toEqual(['event_ignored', 'message_refused']);
    // The delete marker's event came while the source is there: it is looked at, and nothing is new. So it is with our own
    // message, which is older than that.
    expect(observation.sums).toEqual({
      EventsPublished: 1,
      IngestedBytes: SOURCE.length,
      EventsCurrent: 1,
      EventsStale: 1,
      EventDuration: 0,
    });
  });

  it.each(Object.entries(REQUESTS))('%s: is answered', async (name, { status, headers, body }) => {
    const observation = recordedObservation();
    const app = createApp({
      ...stores,
      log: observation.log,
      signer: { sign: async ({ key, origin }) => ({ url: `${origin}/${key}`, expiresAtMs: 0 }) },
      authorizer: new EdgeAuthorizer(),
      config: { bucket: stores.config.bucket, headMaxAgeMs: 0 },
    });
    const answer = functionUrlHandler({ fetch: async (request) => app.fetch(request), observation });
    const result = await answer(eventOf<FunctionUrlEvent>(name), invocation());
    expect(result.statusCode).toBe(status);
    expect(result.headers).toMatchObject(headers);
    const bytes = Buffer.from(result.body, result.isBase64Encoded ? 'base64' : 'utf8');
    if (body) expect(bytes.equals(body)).toBe(true);
    if (bytes.length > 0) expect(result.headers['content-length'] ?? String(bytes.length)).toBe(String(bytes.length));
    expect(observation.sums[`Status${Math.floor(status / 100)}xx`]).toBe(1);
  });

  it('schedule: sources are compared with tracks', async () => {
    expect(eventOf<object>('schedule')).toMatchObject({ source: 'aws.events', 'detail-type': 'Scheduled Event' });
    await folders.writeSource('lost.wav', wavFile(1));
    const dispatched: unknown[] = [];
    const report = await sweep(stores, { dispatch: async (event) => void dispatched.push(event) });
    // The other is ingested, but not analysed.
    expect(report).toMatchObject({ sources: 2, stored: 2, unchanged: 0 });
    expect(dispatched).toContainEqual({ kind: 'stored', key: 'lost.wav', sequencer: expect.any(String) });
    expect(await recordOf(stores, 'lost.wav')).toBeUndefined();
  });
});

describe('a request as the distribution passes it on', () => {
  it('has the address that the viewer asked for', () => {
    const request = toRequest(eventOf<FunctionUrlEvent>('function-url-get'));
    expect([request.method, request.url]).toEqual([
      'GET',
      'https://d111111abcdef8.cloudfront.net/v1/tracks?folder=albums&limit=10',
    ]);
  });

  it('has its body as it was', async () => {
    const request = toRequest(eventOf<FunctionUrlEvent>('function-url-post-base64'));
    expect(await request.json()).toEqual({ ranges: [{ bytes: '0-99' }] });
  });
});
