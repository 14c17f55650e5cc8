/** Sources that fail for reasons which are no fault of the file: tried for a while, then ended in words. */
import type { ObjectStore } from '../../lambdas/core/ports.ts';
import { MAX_ATTEMPTS } from '../../lambdas/core/track/attempts.ts';
import { UnreadableObject } from '../../lambdas/core/track/unreadable-object.ts';
import type { IngestContext, IngestEvent } from '../../lambdas/ingest/ports.ts';
import { eventFor, type ReconcileOptions, reconcile } from '../../lambdas/ingest/reconcile.ts';
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
import { ManualClock } from '../support/manual-clock.ts';
import { overridden } from '../support/overridden.ts';

const KEY = 'talk.wav';
const HOUR_MS = 3_600_000;
/** As the queues of a stack. */
const DELIVERIES = 5;

let folders: TemporaryFolders;
let stores: EmbeddedStores;
let clock: ManualClock;

beforeEach(async () => {
  folders = await temporaryFolders();
  stores = await openStores(folders);
  clock = new ManualClock();
  await folders.writeSource(KEY, wavFile(3));
});

afterEach(async () => {
  await stores.close();
  await folders.remove();
});

const working = (): IngestContext => ({ ...stores, clock });

/** Chunks cannot be stored. */
const failing = (): IngestContext => ({
  ...working(),
  media: overridden<ObjectStore>(stores.media, { put: () => Promise.reject(new Error('the key is disabled')) }),
});

/** A message that is delivered until it is taken, or given up. */
async function deliver(context: IngestContext, event: IngestEvent): Promise<void> {
  for (let receives = 1; receives <= DELIVERIES; receives++) {
    const taken = await takeEvent(context, event, { isLast: receives === DELIVERIES }).catch(() => undefined);
    if (taken !== undefined) return;
  }
}

/** A sweep an hour, each delivering what it dispatches; how much that was. */
async function hours(count: number, context: IngestContext, options: Partial<ReconcileOptions> = {}) {
  let dispatched = 0;
  for (let hour = 0; hour < count; hour++) {
    await clock.advance(HOUR_MS);
    const dispatch = async (event: IngestEvent): Promise<void> => {
      dispatched++;
      await deliver(context, event);
    };
    await reconcile({ ...context, media: stores.media }, { dispatch, underWayMs: HOUR_MS / 2, ...options });
  }
  return dispatched;
}

describe('a source that fails for a reason that might pass', () => {
  it('is dispatched less and less, and in the end not any more: the track says why, and what to do', async () => {
    await deliver(failing(), await eventFor(stores, KEY));
    expect((await recordOf(stores, KEY))?.ingest).toMatchObject({
      attempts: DELIVERIES,
      failure: { code: 'unavailable', message: expect.stringContaining('tried again later (the key is disabled)') },
    });
    expect(await hours(72, failing())).toBe(MAX_ATTEMPTS / DELIVERIES - 1);
    expect((await recordOf(stores, KEY))?.ingest).toMatchObject({
      attempts: MAX_ATTEMPTS,
      failure: {
        code: 'given_up',
        message: expect.stringMatching(/20 times \(the key is disabled\); .*--retry-failed/),
      },
    });
    expect(await reconcile(working(), { dispatch: () => undefined, underWayMs: HOUR_MS / 2 })).toMatchObject({
      failed: 1,
      stored: 0,
    });
  });

  it('comes as soon as the reason has passed and its time has come', async () => {
    await deliver(failing(), await eventFor(stores, KEY));
    // Not at once: nothing has changed since.
    expect(await reconcile(working(), { dispatch: () => undefined, underWayMs: HOUR_MS / 2 })).toMatchObject({
      waiting: 1,
      stored: 0,
    });
    expect(await hours(1, working())).toBe(1);
    expect((await publishedRecord(stores, KEY)).ingest).toBeUndefined();
  });

  it('is tried again each time where nobody else works: a machine that was stopped, or full, says nothing of the file', async () => {
    const alone = { underWayMs: 0 };
    await deliver(failing(), await eventFor(stores, KEY));
    expect(await hours(2 * MAX_ATTEMPTS, failing(), alone)).toBe(2 * MAX_ATTEMPTS);
    expect((await recordOf(stores, KEY))?.ingest?.failure).toMatchObject({ code: 'unavailable' });
    expect(await hours(1, working(), alone)).toBe(1);
    expect((await publishedRecord(stores, KEY)).ingest).toBeUndefined();
  });

  it('once given up begins anew when somebody asks', async () => {
    await deliver(failing(), await eventFor(stores, KEY));
    await hours(72, failing());
    expect(await hours(1, working())).toBe(0);
    expect(await hours(1, working(), { retryFailed: true })).toBe(1);
    expect((await publishedRecord(stores, KEY)).ingest).toBeUndefined();
  });

  it('once given up begins anew when it is uploaded once more', async () => {
    await deliver(failing(), await eventFor(stores, KEY));
    await hours(72, failing());
    await folders.writeSource(KEY, wavFile(4));
    await deliver(working(), await eventFor(stores, KEY));
    expect((await publishedRecord(stores, KEY)).published.totalSamples).toBe(32_000);
  });

  it('and whose worker dies of it, so that nobody can say why, ends in words as well', async () => {
    // As of a process that is killed, what the record said when it began is all that stays.
    const die = async (event: IngestEvent): Promise<void> => {
      await takeEvent(failing(), event, { isLast: false }).catch(() => undefined);
    };
    let dispatched = 0;
    for (let hour = 0; hour < 60; hour++) {
      await clock.advance(HOUR_MS);
      await reconcile(working(), {
        dispatch: (event) => {
          dispatched++;
          return die(event);
        },
        underWayMs: HOUR_MS / 2,
      });
    }
    // The one after the last finds that it must not be begun.
    expect(dispatched).toBe(MAX_ATTEMPTS + 1);
    expect((await recordOf(stores, KEY))?.ingest?.failure).toMatchObject({
      code: 'given_up',
      message: expect.stringMatching(/time or memory/),
    });
  });

  it('also when it is published, and what is lost of it cannot be stored again', async () => {
    await deliver(working(), await eventFor(stores, KEY));
    const { trackId, published } = await publishedRecord(stores, KEY);
    await stores.index.deletePages(trackId, published.revision);
    await stores.media.delete(`manifests/${trackId}/${published.revision}/manifest.json`);
    expect(await hours(100, failing())).toBe(MAX_ATTEMPTS / DELIVERIES);
    const record = await publishedRecord(stores, KEY);
    expect(record.published.revision).toBe(published.revision);
    expect(record.ingest?.failure?.code).toBe('given_up');
  });
});

describe('a source that the store does not give', () => {
  const archived = 'reading "talk.wav" was refused (InvalidObjectState): the object is in an archive; restore it';

  it('ends in words at once, and is left alone until somebody asks', async () => {
    const sources = overridden<ObjectStore>(stores.sources, {
      read: () => Promise.reject(new UnreadableObject(archived)),
    });
    const context = { ...working(), sources };
    expect(await takeEvent(context, await eventFor(stores, KEY), { isLast: false })).toMatchObject({
      outcome: 'failed',
      failure: { code: 'source_unreadable', message: archived },
    });
    expect(await hours(10, context)).toBe(0);
    expect(await hours(1, working(), { retryFailed: true })).toBe(1);
    expect((await publishedRecord(stores, KEY)).ingest).toBeUndefined();
  });

  it('and of which it does not even tell is looked up in its listing', async () => {
    const sources = overridden<ObjectStore>(stores.sources, {
      head: () => Promise.reject(new UnreadableObject('a HEAD has no body that says more')),
      read: () => Promise.reject(new UnreadableObject(archived)),
    });
    const context = { ...working(), sources };
    const [listed] = (await stores.sources.list({ prefix: KEY, limit: 1 })).objects;
    expect(await takeEvent(context, await eventFor(stores, KEY), { isLast: false })).toMatchObject({
      failure: { code: 'source_unreadable', message: archived },
    });
    expect((await recordOf(stores, KEY))?.ingest).toMatchObject({ sourceVersion: listed?.version });
    // A key that another begins with is not it.
    const other = await eventFor(stores, 'talk');
    await expect(takeEvent(context, other, { isLast: false })).rejects.toThrow('a HEAD has no body');
  });

  it('while the store does not answer at all, nothing is concluded', async () => {
    const sources = overridden<ObjectStore>(stores.sources, { head: () => Promise.reject(new Error('no answer')) });
    await expect(takeEvent({ ...working(), sources }, await eventFor(stores, KEY), { isLast: true })).rejects.toThrow(
      'no answer',
    );
    expect(await recordOf(stores, KEY)).toBeUndefined();
  });
});
