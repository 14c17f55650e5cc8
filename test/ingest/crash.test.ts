import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ownerOfKey } from '../../lambdas/core/track/object-keys.ts';
import { isRevisionInUse } from '../../lambdas/core/track/transitions.ts';
import { ingestSource } from '../../lambdas/ingest/ingest-source.ts';
import { eventFor, reconcile } from '../../lambdas/ingest/reconcile.ts';
import type { EmbeddedStores } from '../../server/embedded-stores.ts';
import { wavFile } from '../support/audio-fixtures.ts';
import { mediaContents, openStores, recordOf, temporaryFolders } from '../support/embedded-fixture.ts';

const run = promisify(execFile);
const CHILD = join(__dirname, '../support/crash-child.ts');
const KEY = 'a.wav';
const SETTINGS = { chunking: { strategy: 'duration', targetSeconds: 1, maxChunkBytes: 2 ** 23 } } as const;
const MOMENTS = ['before', 'during', 'after'] as const;

/** What the track is in the end, without what may differ from run to run. */
async function finalState(stores: EmbeddedStores) {
  const record = await recordOf(stores, KEY);
  const { published } = record ?? {};
  if (!record || !published) return undefined;
  const { publishedAtMs: _, lastModifiedMs: __, revision, sourceVersion: ___, ...rest } = published;
  const nameless = (key: string): string => key.replaceAll(revision, 'REVISION');
  const pages: string[] = [];
  for (let page = 0; page < published.directory.length; page++) {
    pages.push(Buffer.from((await stores.index.getPage(record.trackId, revision, page)) ?? []).toString('hex'));
  }
  // The manifest tells when the file was modified, which differs from run to run.
  const media = [...(await mediaContents(stores))]
    .filter(([key]) => !key.endsWith('manifest.json'))
    .map(([key, hash]) => [nameless(key), hash]);
  return { rest, ingest: record.ingest, retired: record.retired.length, pages, media };
}

async function recover(stores: EmbeddedStores): Promise<void> {
  const context = { ...stores, config: { ...stores.config, retainReplacedMs: -1 } };
  await stores.media.sweepTemporary();
  await reconcile(context, { dispatch: async (event) => void (await ingestSource(context, event)) });
  // What was retired by this very run goes with the next.
  await reconcile(context, { dispatch: async (event) => void (await ingestSource(context, event)) });
}

/** A folder with the first edition ingested (or not), the second edition waiting, as a crash is to meet it. */
async function prepared(editions: 'first' | 'replacement') {
  const folders = await temporaryFolders();
  if (editions === 'replacement') {
    await folders.writeSource(KEY, wavFile(3, { seed: 1 }));
    const stores = await openStores(folders, SETTINGS);
    await ingestSource(stores, await eventFor(stores, KEY));
    await stores.close();
  }
  await folders.writeSource(KEY, wavFile(3, { seed: 2 }));
  return folders;
}

async function child(folders: { sourceFolder: string; dataFolder: string }, crashAt: number, moment: string) {
  const stores = await openStores(folders, SETTINGS);
  await stores.close();
  const args = ['--import', 'tsx', CHILD, folders.sourceFolder, folders.dataFolder, KEY, String(crashAt), moment];
  return run(process.execPath, args).then(
    ({ stdout }) => ({ writes: Number(stdout), signal: undefined }),
    (error: { signal?: string }) => ({ writes: 0, signal: error.signal }),
  );
}

describe.each(['first', 'replacement'] as const)('kill -9 at each write of an ingest (%s edition)', (editions) => {
  it('ends in the same state as without, after a restart, with nothing half-done in between', async () => {
    const whole = await prepared(editions);
    const { writes } = await child(whole, 0, 'before');
    expect(writes).toBeGreaterThanOrEqual(7);
    const wholeStores = await openStores(whole);
    await recover(wholeStores);
    const expected = await finalState(wholeStores);
    expect(expected).toMatchObject({ ingest: undefined, retired: 0 });
    await wholeStores.close();
    await whole.remove();

    const cases = Array.from({ length: writes }, (_, i) => MOMENTS.map((moment) => [i + 1, moment] as const)).flat();
    const one = async ([crashAt, moment]: readonly [number, string]): Promise<void> => {
      const folders = await prepared(editions);
      const { signal } = await child(folders, crashAt, moment);
      // Only a put has a `during`; the other writes are over before they can be cut.
      if (moment !== 'during') expect([crashAt, moment, signal]).toEqual([crashAt, moment, 'SIGKILL']);
      const stores = await openStores(folders);
      await expectNothingHalfDone(stores, editions);
      await recover(stores);
      expect([crashAt, moment, await finalState(stores)]).toEqual([crashAt, moment, expected]);
      const orphans = [...(await mediaContents(stores)).keys()].filter((key) => !key.includes('/'));
      expect(orphans).toEqual([]);
      await stores.close();
      await folders.remove();
    };
    // Two at a time: as many as the smallest machine has cores.
    const lanes = [0, 1].map(async (lane) => {
      for (const [i, entry] of cases.entries()) if (i % 2 === lane) await one(entry);
    });
    await Promise.all(lanes);
  }, 180_000);
});

async function expectNothingHalfDone(stores: EmbeddedStores, editions: string): Promise<void> {
  const record = await recordOf(stores, KEY);
  if (editions === 'replacement') expect(record?.published).toBeDefined();
  if (!record?.published) return;
  const { revision, chunkCount } = record.published;
  const keys = [...(await mediaContents(stores)).keys()].filter((key) => ownerOfKey(key)?.revision === revision);
  expect(isRevisionInUse(record, revision)).toBe(true);
  expect(keys.filter((key) => key.includes('/chunks/'))).toHaveLength(chunkCount);
}
