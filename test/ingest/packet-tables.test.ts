import { CuepointError } from '../../lambdas/core/errors.ts';
import type { PacketTable } from '../../lambdas/core/index/packet-table.ts';
import type { ObjectStore } from '../../lambdas/core/ports.ts';
import { packetTableKey, packetTablesPrefix } from '../../lambdas/core/track/object-keys.ts';
import { ingestSource } from '../../lambdas/ingest/ingest-source.ts';
import { eventFor, reconcile } from '../../lambdas/ingest/reconcile.ts';
import type { EmbeddedStores } from '../../server/embedded-stores.ts';
import { objectsOf } from '../core/formats/asf/scanned.ts';
import { asfFile } from '../support/asf-file.ts';
import {
  mediaContents,
  objectBytes,
  openStores,
  publishedRecord,
  type TemporaryFolders,
  temporaryFolders,
} from '../support/embedded-fixture.ts';
import { marked, matroskaFile, opusClusters, opusHead } from '../support/matroska-file.ts';
import { overridden } from '../support/overridden.ts';

const KEY = 'talks/live.webm';
/** Two seconds in clusters of 0.2. */
const { bytes, marks } = matroskaFile({ clusters: opusClusters(10, 10) });

let folders: TemporaryFolders;
let stores: EmbeddedStores;

beforeEach(async () => {
  folders = await temporaryFolders();
  await folders.writeSource(KEY, bytes);
});

afterEach(async () => {
  await stores.close();
  await folders.remove();
});

async function ingest(location: 'objects' | 'windows'): Promise<void> {
  stores = await openStores(folders, { chunking: { strategy: 'bytes', targetBytes: 500 }, location });
  await ingestSource(stores, await eventFor(stores, KEY));
}

it.each(['objects', 'windows'] as const)(
  'every chunk has a table of its frames and its preroll: %s',
  async (location) => {
    await ingest(location);
    const { trackId, published } = await publishedRecord(stores, KEY);
    expect(published.format.decoderConfig).toEqual(opusHead());
    expect(published.chunkCount).toBeGreaterThan(2);
    const own: number[] = [];
    for (let number = 0; number < published.chunkCount; number++) {
      const key = packetTableKey(trackId, published.revision, number);
      expect(await stores.media.head(key)).toMatchObject({
        contentType: 'application/json',
        cacheControl: 'public, max-age=31536000, immutable',
      });
      const table: PacketTable = JSON.parse(new TextDecoder().decode(await objectBytes(stores, key)));
      expect(table.chunk).toBe(number);
      // 1.5 s of frames of 20 ms, or as many as there are before.
      expect(table.prerollFrames).toBe(Math.min(80, own.length));
      own.push(...table.startByte.slice(table.prerollFrames));
    }
    expect(own).toEqual(marked(marks, 'frame').map(({ startByte }) => startByte));
  },
);

it('a lost table is made again by reconcile, and the tables go with their revision', async () => {
  await ingest('objects');
  const before = await mediaContents(stores);
  const { trackId, published } = await publishedRecord(stores, KEY);
  const key = packetTableKey(trackId, published.revision, 1);
  await stores.media.delete(key);

  const dispatch = async (event: Parameters<typeof ingestSource>[1]) => void (await ingestSource(stores, event));
  expect(await reconcile(stores, { dispatch })).toMatchObject({ stored: 1 });
  expect(await mediaContents(stores)).toEqual(before);
  expect(await reconcile(stores, { dispatch })).toMatchObject({ stored: 0, unchanged: 1 });

  await ingestSource(stores, { ...(await eventFor(stores, KEY)), key: KEY });
  await folders.writeSource(KEY, matroskaFile({ clusters: opusClusters(3, 10) }).bytes);
  await reconcile(stores, { dispatch });
  const replaced = await publishedRecord(stores, KEY);
  expect(replaced.published.revision).not.toBe(published.revision);
  const kept = await stores.media.list({
    prefix: packetTablesPrefix(trackId, replaced.published.revision),
    limit: 100,
  });
  expect(kept.objects.length).toBe(replaced.published.chunkCount);
});

it('a scan that is interrupted is told so, and lets go of what it holds', async () => {
  stores = await openStores(folders);
  let closed = 0;
  let opened = 0;
  const decoder = {
    open: async () => {
      opened++;
      return {
        decode: async () => [{ samples: 4000, channels: 2, sampleRate: 8000, interleaved: () => new Int32Array(8000) }],
        flush: async () => [],
        failedFrames: 0,
        close: () => {
          closed++;
        },
      };
    },
  };
  await folders.writeSource('a.wma', asfFile({ objects: objectsOf(400) }).bytes);
  const media: ObjectStore = overridden(stores.media, {
    put: () => Promise.reject(new CuepointError('unavailable', 'the disk is full')),
  });
  const context = { ...stores, media, decoder };
  await expect(ingestSource(context, await eventFor(context, 'a.wma'))).rejects.toMatchObject({ code: 'unavailable' });
  expect(opened).toBeGreaterThan(0);
  expect(closed).toBe(opened);
});
