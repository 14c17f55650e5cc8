import { rm, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { trackView } from '../../lambdas/api/track-view.ts';
import type { SourceWarning } from '../../lambdas/core/formats/format.ts';
import type { ObjectStore, TagReader } from '../../lambdas/core/ports.ts';
import { ingestSource } from '../../lambdas/ingest/ingest-source.ts';
import type { IngestContext } from '../../lambdas/ingest/ports.ts';
import { eventFor, reconcile } from '../../lambdas/ingest/reconcile.ts';
import type { EmbeddedStores } from '../../server/embedded-stores.ts';
import {
  mediaContents,
  objectBytes,
  openStores,
  publishedRecord,
  recordOf,
  sha256,
  type TemporaryFolders,
  temporaryFolders,
} from '../support/embedded-fixture.ts';
import { overridden } from '../support/overridden.ts';
import { flacFile, flacPicture, infoList, mp3File, picture, vorbisComments, wavWith } from '../support/tagged-files.ts';
import { apic, chap, id3v2, latin1, text, worded } from '../support/tagged-id3v2.ts';

const KEY = 'music/träume.mp3';
const COVER = picture('jpg');
const MP3 = mp3File([
  id3v2([
    text('TIT2', 'Träume'),
    text('TPE1', 'Ärzte'),
    worded('USLT', '[00:00.50]Eins\n[00:00.75]Zwei'),
    chap('a', 0, 500, 'Anfang'),
    apic(COVER),
  ]),
]).bytes;

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

async function ingest(key: string, context: IngestContext = stores) {
  return ingestSource(context, await eventFor(context, key));
}

function reconciled(context: IngestContext = stores) {
  return reconcile(context, { dispatch: async (event) => void (await ingestSource(context, event)) });
}

const json = async (link = ''): Promise<unknown> =>
  JSON.parse(Buffer.from(await objectBytes(stores, link.slice(1))).toString());

function aboutTags(warnings: readonly SourceWarning[]): SourceWarning[] {
  return warnings.filter(({ code }) => code === 'tags_unreadable' || code === 'huge_cover');
}

describe('tags of a track', () => {
  it('are in its record, its cover, lyrics and chapters are objects beside the chunks', async () => {
    await folders.writeSource(KEY, MP3);
    await ingest(KEY);
    const { tags, links, warnings } = trackView(await publishedRecord(stores, KEY));
    expect(tags).toEqual({ title: 'Träume', artist: 'Ärzte' });
    expect(aboutTags(warnings)).toEqual([]);
    const cover = links.cover?.slice(1) ?? '';
    expect(cover).toMatch(/^d\/[^/]+\/[^/]+\/cover\.jpg$/);
    expect(Buffer.from(await objectBytes(stores, cover))).toEqual(Buffer.from(COVER));
    expect(await stores.media.head(cover)).toMatchObject({
      contentType: 'image/jpeg',
      cacheControl: 'public, max-age=31536000, immutable',
    });
    expect(await json(links.lyrics)).toEqual({
      text: 'Eins\nZwei',
      synced: [
        { timeSeconds: 0.5, text: 'Eins' },
        { timeSeconds: 0.75, text: 'Zwei' },
      ],
    });
    expect(await json(links.chapters)).toEqual({ chapters: [{ startSeconds: 0, endSeconds: 0.5, title: 'Anfang' }] });
  });

  it.each([
    [
      'FLAC',
      'a.flac',
      flacFile([
        { type: 4, body: vorbisComments(['TITLE=Träume']) },
        { type: 6, body: flacPicture(COVER) },
      ]).bytes,
    ],
    ['WAV', 'a.wav', wavWith([infoList({ INAM: latin1('Tr\xe4ume') })]).bytes],
  ])('of %s', async (_, key, bytes) => {
    await folders.writeSource(key, bytes);
    await ingest(key);
    expect((await publishedRecord(stores, key)).published.tags).toEqual({ title: 'Träume' });
  });

  it('are the same whenever they are read', async () => {
    await folders.writeSource(KEY, MP3);
    await ingest(KEY);
    const before = await mediaContents(stores);
    await ingestSource(stores, { ...(await eventFor(stores, KEY)), rebuild: true });
    expect(await mediaContents(stores)).toEqual(before);
    expect(before.size).toBe(5);
    expect([...before.values()]).toContain(sha256(COVER));
  });

  it('come back with a lost index, unless one of the objects is lost as well', async () => {
    await folders.writeSource(KEY, MP3);
    await ingest(KEY);
    const { published } = await publishedRecord(stores, KEY);
    for (const isLost of [false, true]) {
      if (isLost)
        await stores.media.delete([...(await mediaContents(stores)).keys()].find((key) => key.includes('cover')) ?? '');
      await stores.close();
      await rm(join(folders.dataFolder, 'index'), { recursive: true });
      stores = await openStores(folders);
      let reads = 0;
      const sources = overridden<ObjectStore>(stores.sources, {
        read: (...args: Parameters<ObjectStore['read']>) => {
          reads++;
          return stores.sources.read(...args);
        },
      });
      await reconciled({ ...stores, sources });
      expect(reads > 0).toBe(isLost);
      const after = (await publishedRecord(stores, KEY)).published;
      expect(after).toEqual({ ...published, publishedAtMs: after.publishedAtMs });
      expect((await mediaContents(stores)).size).toBe(5);
    }
  });

  it('go with the track', async () => {
    await folders.writeSource(KEY, MP3);
    await ingest(KEY);
    await unlink(join(folders.sourceFolder, KEY));
    expect(await ingest(KEY)).toMatchObject({ outcome: 'removed' });
    expect(await mediaContents(stores)).toEqual(new Map());
  });

  it('never fail an ingest', async () => {
    await folders.writeSource(KEY, MP3);
    const tagReader: TagReader = { read: () => Promise.reject(new TypeError('x is not a\u0007 function')) };
    expect(await ingest(KEY, { ...stores, tagReader })).toMatchObject({ outcome: 'published' });
    const { warnings } = (await publishedRecord(stores, KEY)).published;
    expect(aboutTags(warnings)).toEqual([
      { code: 'tags_unreadable', message: expect.stringContaining('(x is not a function); the audio is not affected') },
    ]);
  });

  it('are not judged unreadable when it is the source that cannot be read', async () => {
    await folders.writeSource(KEY, MP3);
    // The tags are read when the chunks are stored.
    let isTired = false;
    const media = overridden<ObjectStore>(stores.media, {
      put: async (...args: Parameters<ObjectStore['put']>) => {
        const stored = await stores.media.put(...args);
        isTired = true;
        return stored;
      },
    });
    const sources = overridden<ObjectStore>(stores.sources, {
      read: (...args: Parameters<ObjectStore['read']>) =>
        isTired ? Promise.reject(new Error('the disk is tired')) : stores.sources.read(...args),
    });
    const context = { ...stores, media, sources };
    const outcomes = [await ingest(KEY, context).catch((error: unknown) => error), await ingest(KEY)];
    expect(outcomes).toMatchObject([{ code: 'unavailable' }, { outcome: 'published' }]);
    expect(aboutTags((await publishedRecord(stores, KEY)).published.warnings)).toEqual([]);
  });
});

describe('subtitles beside a source', () => {
  it('are no track of their own, whatever says they are there', async () => {
    for (const key of ['music/träume.vtt', 'music/träume.en.srt', 'music/träume.lrc']) {
      await folders.writeSource(key, new TextEncoder().encode('WEBVTT\n'));
      expect(await ingest(key)).toMatchObject({ outcome: 'removed' });
      expect(await recordOf(stores, key)).toBeUndefined();
    }
    await folders.writeSource(KEY, MP3);
    expect(await reconciled()).toMatchObject({ sources: 1, stored: 1, removed: 0, failed: 0 });
    expect(await reconciled()).toMatchObject({ sources: 1, unchanged: 1, removed: 0 });
    expect((await stores.index.list({ folder: '', limit: 10, includeDeleted: true })).records).toHaveLength(1);
  });

  it('retire the failed track that an older version made of them', async () => {
    const key = 'music/träume.srt';
    await writeFile(join(folders.sourceFolder, 'x.mp3'), 'no audio');
    await ingest('x.mp3');
    const failed = await recordOf(stores, 'x.mp3');
    if (!failed) throw new Error('nothing was recorded');
    const { trackIdOf } = await import('../../lambdas/core/track/identity.ts');
    await stores.index.put({ ...failed, trackId: await trackIdOf(stores.config.bucket, key), path: key, version: 1 });
    await folders.writeSource(key, new TextEncoder().encode('1\n'));
    expect(await reconciled()).toMatchObject({ removed: 1, failed: 1 });
    expect(await reconciled()).toMatchObject({ removed: 0, failed: 1 });
    expect(await recordOf(stores, key)).toMatchObject({ deletedAtMs: expect.any(Number) });
  });
});
