import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { LazyDecoder } from '../lambdas/adapters/codec/lazy-decoder.ts';
import { loadDecoder } from '../lambdas/adapters/codec/node-av-decoder.ts';
import { contentTypeOf } from '../lambdas/adapters/embedded/content-types.ts';
import { FileObjectStore } from '../lambdas/adapters/embedded/file-object-store.ts';
import { LmdbTrackIndex } from '../lambdas/adapters/embedded/lmdb-track-index.ts';
import { SystemClock } from '../lambdas/adapters/embedded/system-clock.ts';
import { MusicMetadataTagReader } from '../lambdas/adapters/metadata/music-metadata-tag-reader.ts';
import type { AnalyseConfig } from '../lambdas/analyse/ports.ts';
import { CuepointError } from '../lambdas/core/errors.ts';
import type { Decoder, Log } from '../lambdas/core/ports.ts';
import { derivedAttributes } from '../lambdas/core/track/derived-objects.ts';
import type { IngestContext } from '../lambdas/ingest/ports.ts';
import { openSettings, type Settings } from './settings.ts';

/** One machine has one bucket; the name is part of every track id and must not change with the folder's place. */
const BUCKET = 'local';

/** As many as keep one disk busy beside the scan; each holds one buffer. */
const PARALLEL_WRITES = 4;

/** Chunks that are being listened to at one time, within what a process may have open by default. */
const HELD_FILES = 512;

const SECRET_BYTES = 32;

/** A replaced revision stays for as long as a signed URL to it may live. */
const RETAIN_REPLACED_MS = 3600 * 1000;

/**
 * A machine of one's own may take as long as it likes, within reason: ten days of audio at the slowest. Ten seconds of work
 * are what a crash costs; saving them takes a few milliseconds.
 */
export const EMBEDDED_ANALYSES: AnalyseConfig = { maxAnalysisMs: 4 * 3600 * 1000, saveIntervalMs: 10_000 };

export type Folders = { readonly sourceFolder: string; readonly dataFolder: string };

export type EmbeddedStores = IngestContext & {
  readonly decoder: Decoder;
  readonly sources: FileObjectStore;
  readonly media: FileObjectStore;
  readonly index: LmdbTrackIndex;
  readonly signingSecret: Uint8Array;
  close(): Promise<void>;
};

/**
 * Opens (and creates) what one machine keeps: the sources as they lie in their folder, and below the data folder the
 * media store, the index, the secret that links are signed with, and the settings. Several processes may have it open.
 */
export async function openEmbeddedStores(
  folders: Folders,
  log: Log,
  change: Partial<Settings> & { readonly retainReplacedMs?: number } = {},
): Promise<EmbeddedStores> {
  const { retainReplacedMs = RETAIN_REPLACED_MS, ...settingsChange } = change;
  const settings = await openSettings(folders.dataFolder, settingsChange);
  const index = await LmdbTrackIndex.open({ folder: join(resolve(folders.dataFolder), 'index'), sharesRecords: true });
  try {
    await prepareSourceFolder(folders.sourceFolder, index);
    return await storesOn(folders, index, log, settings, retainReplacedMs);
  } catch (error) {
    await index.close();
    throw error;
  }
}

async function storesOn(
  folders: Folders,
  index: LmdbTrackIndex,
  log: Log,
  settings: Settings,
  retainReplacedMs: number,
): Promise<EmbeddedStores> {
  return {
    // The sources are all there is: what is put there must survive a power cut. What is derived can be made again.
    sources: new FileObjectStore({ root: resolve(folders.sourceFolder), durable: true, guardsRoot: true }),
    media: new FileObjectStore({
      root: join(resolve(folders.dataFolder), 'media'),
      heldFiles: HELD_FILES,
      impliedAttributes: (key) => derivedAttributes(key, contentTypeOf(key)),
    }),
    index,
    clock: new SystemClock(),
    log,
    decoder: new LazyDecoder(loadDecoder),
    tagReader: new MusicMetadataTagReader(),
    config: {
      bucket: BUCKET,
      chunking: settings.chunking,
      location: settings.location,
      parallelWrites: PARALLEL_WRITES,
      retainReplacedMs,
    },
    signingSecret: await openSecret(folders.dataFolder),
    close: () => index.close(),
  };
}

/**
 * A folder that is missing although tracks were made of it is a disk that is not mounted or a slip of the pen, not the
 * wish that all tracks be retired.
 */
async function prepareSourceFolder(sourceFolder: string, index: LmdbTrackIndex): Promise<void> {
  if (existsSync(sourceFolder)) return;
  if ((await index.list({ folder: '', limit: 1 })).records.length > 0) {
    throw new CuepointError(
      'source_missing',
      `the source folder ${sourceFolder} is not there, but tracks were made of it; bring it back, or name another with --source`,
    );
  }
  await mkdir(sourceFolder, { recursive: true });
}

/** Made once, whole or not at all: whoever of two processes comes first makes it, the other reads it. */
async function openSecret(dataFolder: string): Promise<Uint8Array> {
  const file = join(dataFolder, 'signing-secret');
  if (!existsSync(file)) {
    const fresh = `${file}.${process.pid}`;
    await writeFile(fresh, randomBytes(SECRET_BYTES), { mode: 0o600, flush: true });
    await link(fresh, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    await unlink(fresh);
  }
  const secret = await readFile(file);
  if (secret.length === SECRET_BYTES) return secret;
  throw new CuepointError(
    'unavailable',
    `${file} holds ${secret.length} bytes, expected ${SECRET_BYTES}; delete it, and a new secret is made (links given out end)`,
  );
}
