import { deadlineOf } from '../../lambdas/adapters/lambda/invocation.ts';
import { type SourceWorkerOptions, sourceWorker } from '../../lambdas/adapters/lambda/source-worker.ts';
import { type QueueBatch, retrySeconds, runBatch } from '../../lambdas/adapters/lambda/sqs-batch.ts';
import { CuepointError } from '../../lambdas/core/errors.ts';
import type { ObjectStore } from '../../lambdas/core/ports.ts';
import { takeEvent } from '../../lambdas/ingest/take-event.ts';
import type { EmbeddedStores } from '../../server/embedded-stores.ts';
import { wavFile } from '../support/audio-fixtures.ts';
import {
  openStores,
  publishedRecord,
  recordOf,
  type TemporaryFolders,
  temporaryFolders,
} from '../support/embedded-fixture.ts';
import { overridden } from '../support/overridden.ts';
import { invocation, noTraces, recordedObservation, recordedRedelivery } from '../support/recorded-observation.ts';

const BUCKET = 'cuepoint-sources';

const batchOf = (...messages: readonly (string | { body: string; receives: number })[]): QueueBatch => ({
  Records: messages.map((message, i) => {
    const { body, receives } = typeof message === 'string' ? { body: message, receives: 1 } : message;
    return {
      messageId: `m${i}`,
      receiptHandle: `r${i}`,
      body,
      attributes: { ApproximateReceiveCount: String(receives) },
    };
  }),
});

const stored = (key: string, sequencer = '01'): string =>
  JSON.stringify({ cuepoint: 'ingest', event: { kind: 'stored', key, sequencer } });

describe('runBatch', () => {
  const running = { signal: new AbortController().signal, maxReceives: 3, redelivery: recordedRedelivery() };

  it('gives back what failed, and that alone', async () => {
    const { log, events } = recordedObservation();
    const taken: string[] = [];
    const take = async (body: string): Promise<void> => {
      taken.push(body);
      if (body === 'b') throw new CuepointError('unavailable', 'later');
      if (body === 'c') throw new TypeError('a fault of ours');
      if (body === 'd') throw new CuepointError('invalid_body', 'nonsense');
    };
    const result = await runBatch(batchOf('a', 'b', 'c', 'd', 'e'), take, { ...running, log });
    expect(result).toEqual({ batchItemFailures: [{ itemIdentifier: 'm1' }, { itemIdentifier: 'm2' }] });
    expect(taken).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(events).toEqual(['message_failed', 'message_failed', 'message_refused']);
  });

  it('tells of the last delivery', async () => {
    const { log } = recordedObservation();
    const last: boolean[] = [];
    const receives = [1, 2, 3, 4].map((count) => ({ body: 'a', receives: count }));
    await runBatch(batchOf(...receives), async (_, { isLast }) => void last.push(isLast), { ...running, log });
    expect(last).toEqual([false, false, true, true]);
  });

  it('has what failed delivered again soon, less soon each time, and moved to the dead letters in the end', async () => {
    const { log } = recordedObservation();
    const redelivery = recordedRedelivery();
    const take = async (body: string): Promise<void> => {
      if (body === 'fails') throw new CuepointError('unavailable', 'later');
      if (body === 'nonsense') throw new CuepointError('invalid_body', body);
    };
    const failing = [1, 2, 3].map((receives) => ({ body: 'fails', receives }));
    await runBatch(batchOf(...failing, 'succeeds', 'nonsense'), take, { ...running, redelivery, log });
    expect(redelivery.delays).toEqual({ r0: 30, r1: 120, r2: 0 });
  });

  it('a queue that cannot be told keeps a message longer, and nothing else fails for it', async () => {
    const { log, events } = recordedObservation();
    const redelivery = {
      after: async () => {
        throw new CuepointError('unavailable', 'the queue does not answer');
      },
    };
    const take = async (body: string): Promise<void> => {
      if (body !== 'c') throw new CuepointError('unavailable', 'later');
    };
    const result = await runBatch(batchOf('a', 'b', 'c'), take, { ...running, redelivery, log });
    expect(result).toEqual({ batchItemFailures: [{ itemIdentifier: 'm0' }, { itemIdentifier: 'm1' }] });
    expect(events.filter((event) => event === 'message_kept_back')).toHaveLength(2);
  });

  it('begins nothing when there is no time left: others may, at once', async () => {
    const { log } = recordedObservation();
    const redelivery = recordedRedelivery();
    const stopping = new AbortController();
    const taken: string[] = [];
    const take = async (body: string): Promise<void> => {
      taken.push(body);
      stopping.abort();
    };
    const result = await runBatch(batchOf('a', 'b', 'c'), take, {
      ...running,
      redelivery,
      signal: stopping.signal,
      log,
    });
    expect([taken, result.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)]).toEqual([
      ['a'],
      ['m1', 'm2'],
    ]);
    expect(redelivery.delays).toEqual({ r1: 0, r2: 0 });
  });
});

describe('retrySeconds', () => {
  it('is what a queue takes, and grows to a quarter of an hour', () => {
    expect([1, 2, 3, 4].map((receives) => retrySeconds(receives, 5))).toEqual([30, 120, 480, 900]);
    expect([4, 9, 100].map((receives) => retrySeconds(receives, 1000))).toEqual([900, 900, 900]);
  });

  it('waits no more when the message will not be delivered again', () => {
    expect([5, 6].map((receives) => retrySeconds(receives, 5))).toEqual([0, 0]);
  });
});

describe('deadlineOf', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('goes off the margin before the end', () => {
    const { signal } = deadlineOf(invocation(100_000), 30_000);
    jest.advanceTimersByTime(69_999);
    expect(signal.aborted).toBe(false);
    jest.advanceTimersByTime(1);
    expect(signal.aborted).toBe(true);
    // Whoever is stopped passes it on: it is what people read in the end.
    expect(signal.reason).toMatchObject({ code: 'unavailable', message: expect.stringMatching(/15 minutes/) });
  });

  it('has gone off when less than the margin is left', () => {
    expect(deadlineOf(invocation(29_000), 30_000).signal.aborted).toBe(true);
  });

  it('leaves nothing behind for the next invocation', () => {
    const deadline = deadlineOf(invocation(100_000), 30_000);
    deadline.clear();
    expect(jest.getTimerCount()).toBe(0);
    jest.advanceTimersByTime(200_000);
    expect(deadline.signal.aborted).toBe(false);
  });
});

describe('the worker of a queue of source events', () => {
  let folders: TemporaryFolders;
  let stores: EmbeddedStores;
  beforeEach(async () => {
    folders = await temporaryFolders();
    stores = await openStores(folders);
  });
  afterEach(async () => {
    await stores.close();
    await folders.remove();
  });

  function workerOn(context: EmbeddedStores, changes: Partial<SourceWorkerOptions> = {}) {
    const observation = recordedObservation();
    const worker = sourceWorker({
      sourceBucket: BUCKET,
      maxReceives: 3,
      redelivery: recordedRedelivery(),
      observation,
      traces: noTraces,
      take: (event, { signal, isLast }) => takeEvent({ ...context, signal }, event, { isLast }),
      ...changes,
    });
    return { observation, worker };
  }

  /** A media store that takes nothing. */
  const full = (): EmbeddedStores => ({
    ...stores,
    media: overridden(stores.media, {
      put: async () => {
        throw new CuepointError('unavailable', 'the store takes nothing at the moment');
      },
    }),
  });

  it('a file that cannot be indexed is done with: its record says why', async () => {
    await folders.writeSource('text.mp3', new TextEncoder().encode('no audio at all, just words'));
    const { worker, observation } = workerOn(stores);
    expect(await worker(batchOf(stored('text.mp3')), invocation())).toEqual({ batchItemFailures: [] });
    expect((await recordOf(stores, 'text.mp3'))?.ingest?.failure?.code).toBe('unsupported_format');
    expect(observation.sums).toMatchObject({ EventsFailed: 1 });
  });

  it('what may pass is delivered again; the last time the record says why the track does not come', async () => {
    await folders.writeSource('a.wav', wavFile(1));
    await folders.writeSource('b.wav', wavFile(1));
    const { worker, observation } = workerOn(full());
    const first = await worker(batchOf(stored('a.wav')), invocation());
    expect(first.batchItemFailures).toEqual([{ itemIdentifier: 'm0' }]);
    expect((await recordOf(stores, 'a.wav'))?.ingest?.failure).toBeUndefined();
    const last = await worker(batchOf({ body: stored('a.wav'), receives: 3 }, stored('b.wav')), invocation());
    expect(last.batchItemFailures).toHaveLength(2);
    expect((await recordOf(stores, 'a.wav'))?.ingest?.failure).toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('the store takes nothing at the moment'),
    });
    expect((await recordOf(stores, 'b.wav'))?.ingest?.failure).toBeUndefined();
    expect(observation.sums).toMatchObject({ EventsInterrupted: 3 });
    // Such a failure is not final.
    expect(await workerOn(stores).worker(batchOf(stored('a.wav')), invocation())).toEqual({ batchItemFailures: [] });
    expect((await publishedRecord(stores, 'a.wav')).ingest).toBeUndefined();
  });

  it('an ingest that meets the deadline ends in words, and the next delivery takes it up', async () => {
    await folders.writeSource('a.wav', wavFile(30));
    let deadlinePassed: (() => void) | undefined;
    const slow: EmbeddedStores = {
      ...stores,
      media: overridden<ObjectStore>(stores.media, {
        put: async (...args) => {
          deadlinePassed?.();
          return stores.media.put(...args);
        },
      }) as EmbeddedStores['media'],
    };
    const stopping = new AbortController();
    deadlinePassed = () => stopping.abort();
    const { worker, observation } = workerOn(slow, {
      take: (event, { isLast }) => takeEvent({ ...slow, signal: stopping.signal }, event, { isLast }),
    });
    expect((await worker(batchOf(stored('a.wav')), invocation())).batchItemFailures).toHaveLength(1);
    expect(observation.events).toContain('message_failed');
    expect((await recordOf(stores, 'a.wav'))?.published).toBeUndefined();
    expect((await workerOn(stores).worker(batchOf(stored('a.wav')), invocation())).batchItemFailures).toEqual([]);
    expect((await publishedRecord(stores, 'a.wav')).published.chunkCount).toBe(3);
  });

  it('an event that does not say when it happened is taken for the newest', async () => {
    await folders.writeSource('a.wav', wavFile(1));
    const { worker, observation } = workerOn(stores);
    await worker(batchOf(stored('a.wav', '0055')), invocation());
    await folders.writeSource('a.wav', wavFile(2));
    // Negative control: an old event brings nothing.
    await worker(batchOf(stored('a.wav', '0054')), invocation());
    expect((await publishedRecord(stores, 'a.wav')).published.byteLength).toBe(44 + 32_000);
    await worker(batchOf(stored('a.wav', '')), invocation());
    expect((await publishedRecord(stores, 'a.wav')).published.byteLength).toBe(44 + 64_000);
    expect(observation.sums).toMatchObject({ EventsPublished: 2, EventsStale: 1 });
  });
});
