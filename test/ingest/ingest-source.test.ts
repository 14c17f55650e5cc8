import { rename, rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { ChunkIndex } from '../../lambdas/core/index/chunk-index.ts';
import type { ObjectStore } from '../../lambdas/core/ports.ts';
import { chunkKey, chunkOfKey, manifestKey, sourceCopyKey } from '../../lambdas/core/track/object-keys.ts';
import { type IngestOutcome, ingestSource } from '../../lambdas/ingest/ingest-source.ts';
import type { IngestContext } from '../../lambdas/ingest/ports.ts';
import { eventFor, reconcile } from '../../lambdas/ingest/reconcile.ts';
import type { EmbeddedStores } from '../../server/embedded-stores.ts';
import { noise, wavFile } from '../support/audio-fixtures.ts';
import {
  mediaContents,
  objectBytes,
  openStores,
  publishedRecord,
  recordOf,
  type TemporaryFolders,
  temporaryFolders,
} from '../support/embedded-fixture.ts';
import { overridden } from '../support/overridden.ts';

const KEY = 'albums/one two/träck #1 100%+.wav';

let folders: TemporaryFolders;
let stores: EmbeddedStores;

beforeEach(async () => {
  folders = await temporaryFolders();
  stores = await openStores(folders, { chunking: { strategy: 'duration', targetSeconds: 1, maxChunkBytes: 2 ** 23 } });
});

afterEach(async () => {
  await stores.close();
  await folders.remove();
});

async function ingest(key: string): Promise<IngestOutcome> {
  return ingestSource(stores, await eventFor(stores, key));
}

function reconciled(context: IngestContext = stores) {
  return reconcile(context, { dispatch: async (event) => void (await ingestSource(context, event)) });
}

describe('ingestSource', () => {
  it('stores chunks that are the source when put together', async () => {
    const source = wavFile(5.5);
    await folders.writeSource(KEY, source);
    expect(await ingest(KEY)).toMatchObject({ outcome: 'published', chunkCount: 6 });

    const { trackId, published } = await publishedRecord(stores, KEY);
    const index = new ChunkIndex(published, (page) => stores.index.getPage(trackId, published.revision, page));
    const parts: Uint8Array[] = [];
    for await (const chunk of index.chunks()) {
      const key = chunkKey(trackId, published.revision, chunk, 'wav');
      const info = await stores.media.head(key);
      expect(info).toMatchObject({
        contentType: 'audio/wav',
        cacheControl: 'public, max-age=31536000, immutable',
        metadata: { number: String(chunk.number), bytes: `${chunk.startByte}-${chunk.endByte}` },
      });
      parts.push(await objectBytes(stores, key));
    }
    expect(Buffer.concat(parts).equals(source)).toBe(true);
    expect(published.totalSamples).toBe(44_000);
  });

  it('does nothing for the same event once more', async () => {
    await folders.writeSource(KEY, wavFile(2));
    await ingest(KEY);
    const before = await mediaContents(stores);
    const record = await recordOf(stores, KEY);
    expect(await ingestSource(stores, { key: KEY, sequencer: record?.sequencer ?? '' })).toMatchObject({
      outcome: 'current',
    });
    expect(await mediaContents(stores)).toEqual(before);
    expect(await recordOf(stores, KEY)).toEqual(record);
  });

  it('refuses an event older than one it has seen', async () => {
    await folders.writeSource(KEY, wavFile(2));
    await ingestSource(stores, { key: KEY, sequencer: '0000000000000005' });
    expect(await ingestSource(stores, { key: KEY, sequencer: '0000000000000004' })).toMatchObject({ outcome: 'stale' });
  });

  it('brings a late event of a removed source to nothing', async () => {
    await folders.writeSource(KEY, wavFile(2));
    await ingestSource(stores, { key: KEY, sequencer: '0000000000000005' });
    await unlink(join(folders.sourceFolder, KEY));
    expect(await ingestSource(stores, { key: KEY, sequencer: '0000000000000006' })).toMatchObject({
      outcome: 'removed',
    });
    expect(await mediaContents(stores)).toEqual(new Map());
    expect(await ingestSource(stores, { key: KEY, sequencer: '0000000000000005' })).toMatchObject({
      outcome: 'removed',
    });
    expect(await recordOf(stores, KEY)).toMatchObject({
      sequencer: '0000000000000006',
      deletedAtMs: expect.any(Number),
    });
  });

  it('lets a slow removal delete nothing that a newer ingest has stored', async () => {
    const source = wavFile(3);
    await folders.writeSource(KEY, source);
    await ingestSource(stores, { key: KEY, sequencer: '0000000000000005' });
    const file = join(folders.sourceFolder, KEY);
    await rename(file, `${folders.sourceFolder}/../kept.wav`);
    // Between the tombstone and the first deletion the very same file comes back.
    let returned = false;
    const media = overridden<ObjectStore>(stores.media, {
      list: async (options) => {
        const page = await stores.media.list(options);
        if (!returned) {
          returned = true;
          await rename(`${folders.sourceFolder}/../kept.wav`, file);
          await ingestSource(stores, { key: KEY, sequencer: '0000000000000007' });
        }
        return page;
      },
    });
    await ingestSource({ ...stores, media }, { key: KEY, sequencer: '0000000000000006' });
    expect(returned).toBe(true);
    const { trackId, published } = await publishedRecord(stores, KEY);
    expect([...(await mediaContents(stores)).keys()].filter(chunkOfKey)).toHaveLength(published.chunkCount);
    expect(await stores.index.getPage(trackId, published.revision, 0)).toBeDefined();
  });

  it('ends a file it cannot index in words, keeps the file, and does not try it again', async () => {
    await folders.writeSource('notes.mp3', new TextEncoder().encode('This is no music at all.\n'.repeat(400)));
    expect(await ingest('notes.mp3')).toMatchObject({ outcome: 'failed', failure: { code: 'unsupported_format' } });
    expect(await mediaContents(stores)).toEqual(new Map());
    expect(await stores.sources.head('notes.mp3')).toBeDefined();
    expect(await reconciled()).toMatchObject({ failed: 1, stored: 0 });
  });

  it('goes on serving the older edition when a replacement is broken', async () => {
    await folders.writeSource(KEY, wavFile(2));
    await ingest(KEY);
    const { published } = await publishedRecord(stores, KEY);
    await folders.writeSource(KEY, noise(5000));
    expect(await ingest(KEY)).toMatchObject({ outcome: 'failed' });
    expect(await recordOf(stores, KEY)).toMatchObject({
      published,
      ingest: { failure: { code: 'unsupported_format' } },
    });
    await reconciled();
    expect([...(await mediaContents(stores)).keys()].filter(chunkOfKey)).toHaveLength(published.chunkCount);
  });

  it('publishes the newer of two editions that race, whichever ingest ends last', async () => {
    await folders.writeSource(KEY, wavFile(3, { seed: 1 }));
    const older = await eventFor(stores, KEY);

    // The first ingest is held at its first chunk until the second edition has been published.
    let arrived = (): void => undefined;
    let release = (): void => undefined;
    const atFirstChunk = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const held = overridden<ObjectStore>(stores.media, {
      put: async (...args: Parameters<ObjectStore['put']>) => {
        arrived();
        await released;
        return stores.media.put(...args);
      },
    });
    // What it read before the file was replaced is still in its hands: version checks pass for it.
    const blind = overridden<ObjectStore>(stores.sources, {
      read: (key: string, startByte: number, target: Uint8Array) => stores.sources.read(key, startByte, target),
    });
    const slow = ingestSource({ ...stores, media: held, sources: blind }, older);
    await atFirstChunk;
    await folders.writeSource(KEY, wavFile(3, { seed: 2 }));
    expect(await ingest(KEY)).toMatchObject({ outcome: 'published' });
    const { published } = await publishedRecord(stores, KEY);
    release();

    expect(await slow).toMatchObject({ outcome: 'superseded' });
    expect((await publishedRecord(stores, KEY)).published).toEqual(published);
    expect([...(await mediaContents(stores)).keys()].every((key) => key.includes(published.revision))).toBe(true);
  });

  it('gives up a source that is replaced while it is read, and leaves nothing of it', async () => {
    await folders.writeSource(KEY, wavFile(3, { seed: 1 }));
    const event = await eventFor(stores, KEY);
    let reads = 0;
    const changing = overridden<ObjectStore>(stores.sources, {
      read: async (...args: Parameters<ObjectStore['read']>) => {
        if (++reads === 3) await folders.writeSource(KEY, wavFile(4, { seed: 2 }));
        return stores.sources.read(...args);
      },
    });
    expect(await ingestSource({ ...stores, sources: changing }, event)).toMatchObject({ outcome: 'superseded' });
    expect(await reconciled()).toMatchObject({ stored: 1 });
    const { published } = await publishedRecord(stores, KEY);
    expect(published.totalSamples).toBe(32_000);
    expect([...(await mediaContents(stores)).keys()].every((key) => key.includes(published.revision))).toBe(true);
  });

  it('throws what may pass, so that it is tried again, and then ends well', async () => {
    await folders.writeSource(KEY, wavFile(3));
    let puts = 0;
    const failing = overridden<ObjectStore>(stores.media, {
      put: async (...args: Parameters<ObjectStore['put']>) => {
        if (++puts === 2) throw new Error('disk is tired');
        return stores.media.put(...args);
      },
    });
    const event = await eventFor(stores, KEY);
    await expect(ingestSource({ ...stores, media: failing }, event)).rejects.toMatchObject({ code: 'unavailable' });
    expect((await recordOf(stores, KEY))?.published).toBeUndefined();
    expect(await ingestSource(stores, event)).toMatchObject({ outcome: 'published' });
  });

  it('shows progress while it runs', async () => {
    await folders.writeSource(KEY, wavFile(5));
    const seen: number[] = [];
    await ingestSource(stores, {
      ...(await eventFor(stores, KEY)),
      onProgress: (progress) => seen.push(progress.bytesDone),
    });
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBe((await stores.sources.head(KEY))?.byteLength);
    expect(seen.length).toBe(5);
  });

  it('keeps one copy of the source in windows mode', async () => {
    await stores.close();
    stores = await openStores(folders, { location: 'windows' });
    const source = wavFile(5);
    await folders.writeSource(KEY, source);
    expect(await ingest(KEY)).toMatchObject({ outcome: 'published', chunkCount: 5 });
    const { trackId, published } = await publishedRecord(stores, KEY);
    expect([...(await mediaContents(stores)).keys()]).toEqual([
      sourceCopyKey(trackId, published.revision),
      manifestKey(trackId, published.revision),
    ]);
    expect(Buffer.from(await objectBytes(stores, sourceCopyKey(trackId, published.revision))).equals(source)).toBe(
      true,
    );
  });
});

describe('reconcile', () => {
  it('adopts a folder that was there before any event, and retires what is gone', async () => {
    await folders.writeSource('a.wav', wavFile(1, { seed: 1 }));
    await folders.writeSource('b/c.wav', wavFile(1, { seed: 2 }));
    expect(await reconciled()).toMatchObject({ sources: 2, stored: 2, removed: 0, unchanged: 0 });
    expect(await reconciled()).toMatchObject({ sources: 2, stored: 0, removed: 0, unchanged: 2 });

    await rename(join(folders.sourceFolder, 'a.wav'), join(folders.sourceFolder, 'z.wav'));
    expect(await reconciled()).toMatchObject({ sources: 2, stored: 1, removed: 1, unchanged: 1 });
    const { records } = await stores.index.list({ folder: '', limit: 10 });
    expect(records.map((record) => record.path)).toEqual(['b/c.wav', 'z.wav']);
  });

  it('brings a lost index back from the chunk objects, without reading the source again', async () => {
    await folders.writeSource(KEY, wavFile(4));
    await ingest(KEY);
    const before = await publishedRecord(stores, KEY);
    const media = await mediaContents(stores);
    await stores.close();
    await rm(join(folders.dataFolder, 'index'), { recursive: true });
    stores = await openStores(folders);

    const unread = overridden<ObjectStore>(stores.sources, {
      read: () => Promise.reject(new Error('the source was read')),
    });
    await reconciled({ ...stores, sources: unread });
    const after = await publishedRecord(stores, KEY);
    expect(after.published).toEqual({ ...before.published, publishedAtMs: after.published.publishedAtMs });
    expect(await stores.index.getPage(after.trackId, after.published.revision, 0)).toBeDefined();
    expect(await mediaContents(stores)).toEqual(media);
  });

  it('does not adopt what is incomplete', async () => {
    await folders.writeSource(KEY, wavFile(4));
    await ingest(KEY);
    const media = await mediaContents(stores);
    const [, second = ''] = [...media.keys()].filter(chunkOfKey);
    await stores.media.delete(second);
    await stores.close();
    await rm(join(folders.dataFolder, 'index'), { recursive: true });
    stores = await openStores(folders);
    await reconciled();
    expect(await mediaContents(stores)).toEqual(media);
  });

  it('deletes what nothing points to, and keeps what a client may still play', async () => {
    await folders.writeSource(KEY, wavFile(2, { seed: 1 }));
    await ingest(KEY);
    const first = await publishedRecord(stores, KEY);
    await folders.writeSource(KEY, wavFile(2, { seed: 2 }));
    await ingest(KEY);
    const orphan = `d/${first.trackId}/nobodysrevision/chunks/00000000_b0-1_s0-1.wav`;
    await stores.media.put(orphan, { byteLength: 1, parts: [Uint8Array.of(1)] }, { contentType: 'audio/wav' });
    await stores.index.putPage(first.trackId, 'nobodysrevision', 0, Uint8Array.of(1));

    expect(await reconciled()).toMatchObject({ orphansDeleted: 1 });
    const revisionsLeft = async () =>
      new Set([...(await mediaContents(stores)).keys()].map((key) => key.split('/')[2]));
    const second = await publishedRecord(stores, KEY);
    expect(await revisionsLeft()).toEqual(new Set([first.published.revision, second.published.revision]));

    await reconciled({ ...stores, config: { ...stores.config, retainReplacedMs: -1 } });
    expect(await revisionsLeft()).toEqual(new Set([second.published.revision]));
    expect((await stores.index.listPagedRevisions({ limit: 10 })).revisions).toHaveLength(1);
  });

  it('makes a new revision when the configuration changes', async () => {
    await folders.writeSource(KEY, wavFile(4));
    await ingest(KEY);
    const { published } = await publishedRecord(stores, KEY);
    await stores.close();
    stores = await openStores(folders, { chunking: { strategy: 'bytes', targetBytes: 10_000 } });
    expect(await reconciled()).toMatchObject({ stored: 1 });
    const after = await publishedRecord(stores, KEY);
    expect(after.published.revision).not.toBe(published.revision);
    expect(after.retired).toMatchObject([{ revision: published.revision }]);
    expect(after.published.chunkCount).toBeGreaterThan(10);
  });

  it('makes a lost index page again', async () => {
    await folders.writeSource(KEY, wavFile(2));
    await ingest(KEY);
    const before = await publishedRecord(stores, KEY);
    await stores.index.deletePages(before.trackId, before.published.revision);
    expect(await reconciled()).toMatchObject({ stored: 1 });
    const after = await publishedRecord(stores, KEY);
    expect(after).toMatchObject({ published: { revision: before.published.revision }, retired: [] });
    expect(await stores.index.getPage(after.trackId, after.published.revision, 0)).toBeDefined();
    expect(await reconciled()).toMatchObject({ unchanged: 1 });
  });

  it('does not trust a damaged manifest', async () => {
    await folders.writeSource(KEY, wavFile(2));
    await ingest(KEY);
    const { trackId, published } = await publishedRecord(stores, KEY);
    const key = manifestKey(trackId, published.revision);
    for (const text of ['', '{', 'null', '{"revision":1}']) {
      const body = new TextEncoder().encode(text);
      await stores.media.put(key, { byteLength: body.length, parts: [body] }, { contentType: 'application/json' });
      await stores.index.deletePages(trackId, published.revision);
      expect(await reconciled()).toMatchObject({ stored: 1 });
      expect(await stores.index.getPage(trackId, published.revision, 0)).toBeDefined();
    }
  });

  it('takes a source folder that is gone for what it is, and retires nothing', async () => {
    await folders.writeSource(KEY, wavFile(2));
    await ingest(KEY);
    await rename(folders.sourceFolder, `${folders.sourceFolder}.away`);
    await expect(reconciled()).rejects.toMatchObject({ code: 'unavailable' });
    await expect(ingest(KEY)).rejects.toMatchObject({ code: 'unavailable' });
    await stores.close();
    await expect(openStores(folders)).rejects.toMatchObject({ code: 'source_missing' });
    await rename(`${folders.sourceFolder}.away`, folders.sourceFolder);
    stores = await openStores(folders);
    expect(await reconciled()).toMatchObject({ unchanged: 1, removed: 0 });
  });

  it('forgets a tombstone once no event can come any more', async () => {
    await folders.writeSource(KEY, wavFile(1));
    await ingest(KEY);
    await unlink(join(folders.sourceFolder, KEY));
    expect(await reconciled()).toMatchObject({ removed: 1 });
    expect(await reconciled()).toMatchObject({ removed: 0, tombstonesForgotten: 0 });
    const later = { ...stores, clock: { now: () => Date.now() + 16 * 24 * 3600 * 1000 } };
    expect(await reconciled(later)).toMatchObject({ tombstonesForgotten: 1 });
    expect(await recordOf(stores, KEY)).toBeUndefined();
  });
});
