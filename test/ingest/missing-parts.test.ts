/** Chunks that are gone from the store: a look that counts them has them stored again. */
import { chunksPrefix, sourceCopyKey } from '../../lambdas/core/track/object-keys.ts';
import { ingestSource } from '../../lambdas/ingest/ingest-source.ts';
import { eventFor, type ReconcileOptions, reconcile } from '../../lambdas/ingest/reconcile.ts';
import type { EmbeddedStores } from '../../server/embedded-stores.ts';
import type { Settings } from '../../server/settings.ts';
import { wavFile } from '../support/audio-fixtures.ts';
import {
  mediaContents,
  openStores,
  publishedRecord,
  type TemporaryFolders,
  temporaryFolders,
} from '../support/embedded-fixture.ts';

const KEY = 'talk.wav';
const DURATION = { strategy: 'duration', targetSeconds: 1, maxChunkBytes: 2 ** 23 } as const;

let folders: TemporaryFolders;
let stores: EmbeddedStores;

beforeEach(async () => {
  folders = await temporaryFolders();
});

afterEach(async () => {
  await stores.close();
  await folders.remove();
});

/** A track, stored so; its chunk objects, or what they are windows of. */
async function published(settings: Partial<Settings>, seconds: number): Promise<string[]> {
  stores = await openStores(folders, settings);
  await folders.writeSource(KEY, wavFile(seconds));
  await ingestSource(stores, await eventFor(stores, KEY));
  const record = await publishedRecord(stores, KEY);
  const { revision } = record.published;
  if (settings.location === 'windows') return [sourceCopyKey(record.trackId, revision)];
  const prefix = chunksPrefix(record.trackId, revision);
  return [...(await mediaContents(stores)).keys()].filter((key) => key.startsWith(prefix));
}

const looked = (options: Partial<ReconcileOptions> = {}) =>
  reconcile(stores, {
    dispatch: async (event) => void (await ingestSource(stores, event)),
    chunks: true,
    ...options,
  });

const truncate = (key: string) =>
  stores.media.put(key, { byteLength: 1, parts: [Uint8Array.of(1)] }, { contentType: 'audio/wav' });

const LOSSES: [what: string, settings: Partial<Settings>, lose: (keys: readonly string[]) => Promise<unknown>][] = [
  ['a chunk', {}, (keys) => stores.media.delete(keys[1] ?? '')],
  ['the last chunk', {}, (keys) => stores.media.delete(keys.at(-1) ?? '')],
  ['all chunks', {}, (keys) => Promise.all(keys.map((key) => stores.media.delete(key)))],
  ['the end of a chunk', {}, (keys) => truncate(keys[0] ?? '')],
  ['the copy of the source', { location: 'windows' }, (keys) => stores.media.delete(keys[0] ?? '')],
  ['the end of that copy', { location: 'windows' }, (keys) => truncate(keys[0] ?? '')],
];

it.each(LOSSES)('%s is lost: it is stored again, to the byte, in the same revision', async (_, settings, lose) => {
  const keys = await published({ chunking: DURATION, ...settings }, 4);
  expect(await looked()).toMatchObject({ unchanged: 1, stored: 0 });
  const before = await mediaContents(stores);
  const { published: revision } = await publishedRecord(stores, KEY);
  await lose(keys);
  expect(await mediaContents(stores)).not.toEqual(before);
  // Requests make it again; who does not count chunks leaves it to them. Nor is it a track of that letter.
  expect(await looked({ chunks: false })).toMatchObject({ unchanged: 1 });
  expect(await looked({ slice: '1' })).toMatchObject({ unchanged: 1 });
  expect(await looked()).toMatchObject({ stored: 1 });
  expect(await mediaContents(stores)).toEqual(before);
  expect((await publishedRecord(stores, KEY)).published).toMatchObject({ revision: revision.revision });
  expect(await looked()).toMatchObject({ unchanged: 1, stored: 0 });
});

it('more chunks than one listing tells of are all counted', async () => {
  const keys = await published({ chunking: { strategy: 'bytes', targetBytes: 64 } }, 4.5);
  expect(keys.length).toBeGreaterThan(1000);
  expect(await looked()).toMatchObject({ unchanged: 1, stored: 0 });
  await stores.media.delete(keys.at(-1) ?? '');
  expect(await looked()).toMatchObject({ stored: 1 });
  expect(await looked()).toMatchObject({ unchanged: 1 });
}, 60_000);
