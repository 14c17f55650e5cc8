import { trackView } from '../../lambdas/api/track-view.ts';
import { ChunkIndex } from '../../lambdas/core/index/chunk-index.ts';
import type { Chunk } from '../../lambdas/core/index/page.ts';
import { ingestSource } from '../../lambdas/ingest/ingest-source.ts';
import { reconcile } from '../../lambdas/ingest/reconcile.ts';
import { AnalysedStores, type Passage, wavOf } from '../support/analysed-stores.ts';
import { openStores, publishedRecord, type TemporaryFolders, temporaryFolders } from '../support/embedded-fixture.ts';

const KEY = 'talk.wav';
const RATE = 8000;
const CHUNKING = {
  strategy: 'silence',
  thresholdDb: -60,
  minimumSilenceMs: 300,
  minChunkSeconds: 2,
  maxChunkSeconds: 6,
  maxChunkBytes: 2 ** 23,
} as const;
/** Silent from 3 to 4, from 7 to 7.5 and from 20 to the end. */
const TALK: readonly Passage[] = [
  { seconds: 3 },
  { seconds: 1, isSilent: true },
  { seconds: 3 },
  { seconds: 0.5, isSilent: true },
  { seconds: 12.5 },
  { seconds: 2, isSilent: true },
];

let folders: TemporaryFolders;
let service: AnalysedStores;

beforeEach(async () => {
  folders = await temporaryFolders();
  service = new AnalysedStores(await openStores(folders, { chunking: CHUNKING }));
});

afterEach(async () => {
  await service.stores.close();
  await folders.remove();
});

async function chunksNow(): Promise<Chunk[]> {
  const { trackId, published } = await publishedRecord(service.stores, KEY);
  const index = new ChunkIndex(published, (page) => service.stores.index.getPage(trackId, published.revision, page));
  const chunks: Chunk[] = [];
  for await (const chunk of index.chunks()) chunks.push(chunk);
  return chunks;
}

const view = async () => trackView(await publishedRecord(service.stores, KEY));

it('is cut by duration at first, says so, and is cut at silences once these are known', async () => {
  await folders.writeSource(KEY, wavOf(TALK));
  await service.ingest(KEY);
  const before = await view();
  expect(before).toMatchObject({ status: 'playable', chunking: { strategy: 'duration', insteadOf: CHUNKING } });
  expect(before.warnings).toMatchObject([
    { code: 'chunked_by_duration', message: expect.stringMatching(/once.*analysed/) },
  ]);

  expect(await service.analyseAll()).toEqual(['analysed']);
  const after = await view();
  expect(after).toMatchObject({ status: 'ready', chunking: { ...CHUNKING, silences: expect.any(String) } });
  expect(after.revision).not.toBe(before.revision);
  // 7.25 to 13.25 and to 19.25 hold no silence, which is said; the one at the end is no place to cut at.
  expect((await chunksNow()).map(({ endSample }) => endSample / RATE)).toEqual([3.5, 7.25, 13.25, 19.25, 22]);
  expect(after.warnings).toMatchObject([{ code: 'cut_without_silence', message: expect.stringMatching(/^2 of 5/) }]);
});

it('is the same revision whoever makes it, and stays it', async () => {
  await folders.writeSource(KEY, wavOf(TALK));
  await service.ingest(KEY);
  await service.analyseAll();
  const first = await view();
  await service.ingest(KEY);
  const dispatched: string[] = [];
  await reconcile(service.ingestContext, { analyses: true, dispatch: ({ key }) => void dispatched.push(key) });
  expect({ dispatched, requests: service.requests }).toEqual({ dispatched: [], requests: [] });
  expect((await view()).revision).toBe(first.revision);

  // Without any record of it, from the same file.
  const { trackId, version } = await publishedRecord(service.stores, KEY);
  await service.stores.index.remove(trackId, version);
  await service.ingest(KEY);
  expect((await view()).chunking).toMatchObject({ strategy: 'duration' });
  await service.analyseAll();
  expect(await view()).toMatchObject({ revision: first.revision, status: 'ready' });
});

it('stays cut by duration where nothing is silent, and says so', async () => {
  await folders.writeSource(KEY, wavOf([{ seconds: 8 }, { seconds: 1, isSilent: true }]));
  await service.ingest(KEY);
  await service.analyseAll();
  expect(await view()).toMatchObject({
    status: 'ready',
    chunking: { strategy: 'duration' },
    warnings: [{ code: 'chunked_by_duration', message: expect.stringMatching(/none of 300 ms/) }],
  });
});

it('follows a source that is replaced', async () => {
  await folders.writeSource(KEY, wavOf(TALK));
  await service.ingest(KEY);
  await service.analyseAll();
  await folders.writeSource(KEY, wavOf([{ seconds: 2.5 }, { seconds: 1, isSilent: true }, { seconds: 2 }], 5));
  await service.ingest(KEY);
  expect(await view()).toMatchObject({ status: 'playable', chunking: { strategy: 'duration' } });
  await service.analyseAll();
  expect((await chunksNow()).map(({ endSample }) => endSample / RATE)).toEqual([3, 5.5]);
});

it('begins anew when the silences that it was cut at are lost', async () => {
  await folders.writeSource(KEY, wavOf(TALK));
  await service.ingest(KEY);
  await service.analyseAll();
  const { revision } = await view();
  const { objects } = await service.stores.media.list({ prefix: 'd/', limit: 1000 });
  for (const { key } of objects) if (key.includes('/silences/')) await service.stores.media.delete(key);
  for (let look = 0; look < 3; look++) {
    await reconcile(service.ingestContext, {
      analyses: true,
      dispatch: async (event) => void (await ingestSource(service.ingestContext, event)),
    });
    await service.analyseAll();
  }
  expect(await view()).toMatchObject({ revision, status: 'ready', chunking: { strategy: 'silence' } });
});
