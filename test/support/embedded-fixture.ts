import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { trackIdOf } from '../../lambdas/core/track/identity.ts';
import type { TrackRecord } from '../../lambdas/core/track/record.ts';
import type { EmbeddedStores, Folders } from '../../server/embedded-stores.ts';
import { openEmbeddedStores } from '../../server/embedded-stores.ts';
import type { Settings } from '../../server/settings.ts';
import { silentLog } from './silent-log.ts';

/** A source folder and a data folder below one temporary folder. */
export type TemporaryFolders = Folders & {
  writeSource(key: string, bytes: Uint8Array): Promise<void>;
  remove(): Promise<void>;
};

export async function temporaryFolders(): Promise<TemporaryFolders> {
  const root = await mkdtemp(join(tmpdir(), 'cuepoint-test-'));
  const sourceFolder = join(root, 'source');
  await mkdir(sourceFolder);
  return {
    sourceFolder,
    dataFolder: join(root, 'data'),
    async writeSource(key, bytes) {
      const file = join(sourceFolder, key);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, bytes);
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

export function openStores(
  folders: Folders,
  settings: Partial<Settings> & { readonly retainReplacedMs?: number } = {},
): Promise<EmbeddedStores> {
  return openEmbeddedStores(folders, silentLog, settings);
}

export async function recordOf(stores: EmbeddedStores, key: string): Promise<TrackRecord | undefined> {
  return stores.index.get(await trackIdOf(stores.config.bucket, key));
}

/** The one record, for tests that cannot go on without it. */
export async function publishedRecord(
  stores: EmbeddedStores,
  key: string,
): Promise<TrackRecord & Required<Pick<TrackRecord, 'published'>>> {
  const record = await recordOf(stores, key);
  const { published } = record ?? {};
  if (!record || !published) throw new Error(`${key} is not published: ${JSON.stringify(record?.ingest)}`);
  return { ...record, published };
}

/** Every object of the media store with a hash of its bytes. */
export async function mediaContents(stores: EmbeddedStores): Promise<Map<string, string>> {
  const contents = new Map<string, string>();
  let after: string | undefined;
  do {
    const page = await stores.media.list({ prefix: '', limit: 1000, ...(after === undefined ? {} : { after }) });
    for (const { key } of page.objects) contents.set(key, sha256(await objectBytes(stores, key)));
    after = page.next;
  } while (after !== undefined);
  return contents;
}

export async function objectBytes({ media }: Pick<EmbeddedStores, 'media'>, key: string): Promise<Uint8Array> {
  const object = await media.get(key);
  if (!object) throw new Error(`there is no object ${key}`);
  return collectBytes(object.body);
}

export async function collectBytes(parts: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const part of parts) all.push(part);
  return Buffer.concat(all);
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
