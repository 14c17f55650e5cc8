import { analysisMessage, decodeAnalysisMessage } from '../../lambdas/adapters/aws/analysis-message.ts';
import { decodeSourceMessage, ingestMessage } from '../../lambdas/adapters/aws/source-event-decoding.ts';
import type { ObjectCopier } from '../../lambdas/core/ports.ts';
import { ANALYSIS_GENERATION, noteAnalysis } from '../../lambdas/core/track/analysis-state.ts';
import { sourceCopyKey } from '../../lambdas/core/track/object-keys.ts';
import { updateTrack } from '../../lambdas/core/track/update.ts';
import { type IngestOutcome, ingestSource } from '../../lambdas/ingest/ingest-source.ts';
import type { AnalysisRequest, IngestContext, IngestEvent } from '../../lambdas/ingest/ports.ts';
import { eventFor, reconcile } from '../../lambdas/ingest/reconcile.ts';
import { takeEvent } from '../../lambdas/ingest/take-event.ts';
import type { EmbeddedStores } from '../../server/embedded-stores.ts';
import { asfFile } from '../support/asf-file.ts';
import { noise, wavFile } from '../support/audio-fixtures.ts';
import {
  objectBytes,
  openStores,
  publishedRecord,
  recordOf,
  type TemporaryFolders,
  temporaryFolders,
} from '../support/embedded-fixture.ts';
import { FuzzDecoder } from '../support/fuzz-decoder.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { StoreCopier } from '../support/store-copier.ts';

const KEY = 'talk.wma';

let folders: TemporaryFolders;
let stores: EmbeddedStores;

beforeEach(async () => {
  folders = await temporaryFolders();
  stores = await openStores(folders);
  const objects = Array.from({ length: 60 }, (_, i) => ({ bytes: noise(64, i + 1).map((byte) => byte & 0x7f) }));
  await folders.writeSource(KEY, asfFile({ objects }).bytes);
});

afterEach(async () => {
  await stores.close();
  await folders.remove();
});

/** Ingests without a decoder and hands over; the other has one and does not. */
function pair(): { small: IngestContext; native: IngestContext; handed: IngestEvent[] } {
  const handed: IngestEvent[] = [];
  const { decoder: _, ...without } = stores;
  const handOver = async (event: IngestEvent): Promise<void> => void handed.push(event);
  return { small: { ...without, handOver }, native: { ...without, decoder: new FuzzDecoder() }, handed };
}

async function ingest(context: IngestContext, key = KEY): Promise<IngestOutcome> {
  return ingestSource(context, await eventFor(context, key));
}

describe('a source that has to be decoded to be indexed', () => {
  it('is handed over, and is not failed meanwhile', async () => {
    const { small, native, handed } = pair();
    expect(await ingest(small)).toMatchObject({ outcome: 'handed_over' });
    const record = await recordOf(stores, KEY);
    expect(record?.ingest).toBeDefined();
    expect(record?.ingest?.failure).toBeUndefined();
    expect(handed).toEqual([{ kind: 'stored', key: KEY, sequencer: record?.sequencer }]);
    for (const event of handed) expect(await ingestSource(native, event)).toMatchObject({ outcome: 'published' });
    expect((await publishedRecord(stores, KEY)).published.format.container).toBe('asf');
  });

  it('handed over twice, or taken over twice, it is published once and stays so', async () => {
    const { small, native, handed } = pair();
    await ingest(small);
    await ingest(small);
    const outcomes = [];
    for (const event of [...handed, ...handed]) outcomes.push((await ingestSource(native, event)).outcome);
    // The first message is older than what the record has seen by then.
    expect(outcomes).toEqual(['stale', 'published', 'stale', 'current']);
  });

  it('published, with a part missing: is handed over to be stored again', async () => {
    const { small, native, handed } = pair();
    await ingest(native);
    const { trackId, published } = await publishedRecord(stores, KEY);
    await stores.index.deletePages(trackId, published.revision);
    // Without its manifest it cannot be adopted.
    await stores.media.delete(`manifests/${trackId}/${published.revision}/manifest.json`);
    await reconcile(small, { dispatch: async (event) => void (await ingestSource(small, event)) });
    expect(handed).toEqual([expect.objectContaining({ key: KEY, rebuild: true })]);
    for (const event of handed) expect(await ingestSource(native, event)).toMatchObject({ outcome: 'published' });
    expect(await stores.index.getPage(trackId, published.revision, 0)).toBeDefined();
  });

  it('may wait for long: it is not handed over again and again, and waiting is no try', async () => {
    const { small, native, handed } = pair();
    const clock = new ManualClock();
    const dispatch = async (event: IngestEvent): Promise<void> => void (await ingestSource({ ...small, clock }, event));
    const underWayMs = 30 * 60_000;
    for (let hour = 0; hour < 24 * 30; hour++) {
      await reconcile({ ...small, clock }, { dispatch, underWayMs });
      await clock.advance(3_600_000);
    }
    // Once a day: it might have got lost.
    expect(handed).toHaveLength(30);
    expect((await recordOf(stores, KEY))?.ingest).toMatchObject({ attempts: 0, handedOver: true });
    const last = handed.at(-1);
    expect(last && (await ingestSource(native, last))).toMatchObject({ outcome: 'published' });
  });

  it('that cannot be handed over is tried again', async () => {
    const { small } = pair();
    const handOver = () => Promise.reject(new Error('the queue does not answer'));
    await expect(ingest({ ...small, handOver })).rejects.toThrow('the queue does not answer');
    expect((await recordOf(stores, KEY))?.ingest?.failure).toBeUndefined();
  });

  it('fails where there is nobody to hand it to', async () => {
    const { handOver: _, ...alone } = pair().small;
    expect(await ingest(alone)).toMatchObject({ outcome: 'failed', failure: { code: 'decoder_missing' } });
  });
});

describe('a source that failed for want of a decoder', () => {
  /** As a queue has it. */
  const sent = (event: IngestEvent): IngestEvent => {
    const [received] = decodeSourceMessage(JSON.stringify(ingestMessage(event)), stores.config.bucket).events;
    if (received === undefined) throw new Error('the message says nothing');
    return received;
  };

  async function failed(): Promise<ReturnType<typeof pair>> {
    const contexts = pair();
    const { handOver: _, ...alone } = contexts.small;
    await ingest(alone);
    expect((await recordOf(stores, KEY))?.ingest?.failure?.code).toBe('decoder_missing');
    return contexts;
  }

  it('is tried again through both queues when somebody asks for what failed', async () => {
    const { small, native, handed } = await failed();
    const outcomes: string[] = [];
    const dispatch = async (event: IngestEvent): Promise<void> => {
      outcomes.push((await takeEvent(small, sent(event), { isLast: false })).outcome);
    };
    // Without being asked it stays as it is.
    expect(await reconcile(small, { dispatch })).toMatchObject({ failed: 1, stored: 0 });
    expect(await reconcile(small, { dispatch, retryFailed: true })).toMatchObject({ stored: 1 });
    for (const event of handed) outcomes.push((await takeEvent(native, sent(event), { isLast: false })).outcome);
    expect(outcomes).toEqual(['handed_over', 'published']);
    expect(handed).toMatchObject([{ retryFailed: true }]);
  });

  it('is tried again by itself once a decoder is deployed, and once only when that was not enough', async () => {
    const { small } = await failed();
    const { handOver: _, ...alone } = small;
    const deployed = { ...alone, config: { ...alone.config, decoderExpected: true } };
    const events: IngestEvent[] = [];
    const dispatch = async (event: IngestEvent): Promise<void> => {
      events.push(sent(event));
      await takeEvent(deployed, sent(event), { isLast: false });
    };
    for (let look = 0; look < 3; look++) await reconcile(deployed, { dispatch });
    expect(events).toMatchObject([{ key: KEY, retryFailed: true }]);
    expect((await recordOf(stores, KEY))?.ingest).toMatchObject({
      failure: { code: 'decoder_missing' },
      decoderExpected: true,
    });
  });

  it('has its analysis tried again, too', async () => {
    const { native } = pair();
    await ingest(native);
    const { trackId, published } = await publishedRecord(stores, KEY);
    await updateTrack(stores.index, trackId, (stored) => ({
      record: noteAnalysis(stored, {
        outcome: 'failed',
        revision: published.revision,
        generation: ANALYSIS_GENERATION,
        failure: { code: 'decoder_missing', message: 'none is installed' },
      }),
    }));
    const requests: (AnalysisRequest | undefined)[] = [];
    const analyse = async (request: AnalysisRequest): Promise<void> => {
      requests.push(decodeAnalysisMessage(JSON.stringify(analysisMessage(request))));
    };
    const dispatch = async (event: IngestEvent): Promise<void> => {
      expect(await takeEvent({ ...native, analyse }, sent(event), { isLast: false })).toMatchObject({
        outcome: 'current',
      });
    };
    expect(await reconcile(native, { dispatch, analyses: true })).toMatchObject({ unchanged: 1 });
    expect(await reconcile(native, { dispatch, analyses: true, retryFailed: true })).toMatchObject({ stored: 1 });
    expect(requests).toEqual([{ trackId, revision: published.revision, retryFailed: true }]);
  });
});

describe('a store that copies by itself', () => {
  it('makes the copy of the source (location windows), the same as without', async () => {
    await stores.close();
    stores = await openStores(folders, { location: 'windows' });
    const source = wavFile(25);
    await folders.writeSource('a.wav', source);
    const copier = new StoreCopier(stores);
    const refused: ObjectCopier = {
      copy: () => Promise.reject(new Error('asked although the store has none')),
    };
    await ingest({ ...stores, copier }, 'a.wav');
    const { trackId, published } = await publishedRecord(stores, 'a.wav');
    const key = sourceCopyKey(trackId, published.revision);
    expect(copier.copies).toEqual([key]);
    expect(Buffer.from(await objectBytes(stores, key)).equals(source)).toBe(true);
    expect(await stores.media.head(key)).toMatchObject({
      contentType: 'audio/wav',
      cacheControl: 'public, max-age=31536000, immutable',
    });
    // Negative control: chunks that are objects of their own need no copy.
    const objects = { ...stores, copier: refused, config: { ...stores.config, location: 'objects' as const } };
    expect(await ingest(objects, 'a.wav')).toMatchObject({ outcome: 'published' });
  });
});
