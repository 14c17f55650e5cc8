import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { contentTypeOf } from '../../lambdas/adapters/embedded/content-types.ts';
import { type TrackView, trackView } from '../../lambdas/api/track-view.ts';
import { CuepointError } from '../../lambdas/core/errors.ts';
import { isSidecarKey } from '../../lambdas/core/tags/subtitles/sidecar.ts';
import { trackIdOf } from '../../lambdas/core/track/identity.ts';
import type { TrackRecord } from '../../lambdas/core/track/record.ts';
import { ingestSource } from '../../lambdas/ingest/ingest-source.ts';
import { eventFor } from '../../lambdas/ingest/reconcile.ts';
import type { EmbeddedStores, Folders } from '../../server/embedded-stores.ts';
import { findHost } from '../../server/running-host.ts';
import { type Failure, failureOf } from '../failure.ts';
import { type Terminal, table } from '../terminal.ts';
import { type Command, text, UsageError, withStores } from './command.ts';
import { durationText } from './track-texts.ts';

/** A running host notices a new file within a second; after this long it is done here instead. */
const HOST_PATIENCE_MS = 5000;
const POLL_MS = 100;

export const add: Command = {
  name: 'add',
  usage: 'FILE… [--folder PATH]',
  summary: 'copy files into the source folder and ingest them',
  details: `Files that lie in the source folder already are ingested where they are. A file of the same name is replaced.
A file that cannot be added does not keep the others from it. Subtitles (.vtt, .srt, .lrc) are put
beside the audio of the same name and become its subtitles.

  --folder PATH   folder below the source folder to put them in`,
  options: { folder: { type: 'string' } },
  async run(invocation) {
    const { positionals, values, terminal } = invocation;
    if (positionals.length === 0) throw new UsageError('expected at least one file');
    const folder = (text(values, 'folder') ?? '').replace(/^\/+|\/+$/g, '');
    return withStores(
      invocation,
      async (stores, folders) => {
        const results: Added[] = [];
        for (const file of positionals) {
          try {
            results.push(await addFile(stores, folders, terminal, file, folder));
          } catch (error) {
            results.push({ file, ...failureOf(error) });
          } finally {
            terminal.endProgress();
          }
        }
        terminal.result(results, () => resultTable(results));
        return results.every(isWell) ? 0 : 1;
      },
      { keepsSource: true },
    );
  },
};

/** Subtitles that lie in the source folder now, at this path. */
type AddedSubtitles = { readonly path: string; readonly status: 'subtitles' };

/** What became of one file: its track, or why there is none. `file` is as it was typed. */
type Added = TrackView | AddedSubtitles | (Failure & { readonly file: string });

function isWell(result: Added): boolean {
  return 'status' in result && (result.status === 'playable' || result.status === 'subtitles');
}

async function addFile(
  stores: EmbeddedStores,
  folders: Folders,
  terminal: Terminal,
  file: string,
  folder: string,
): Promise<TrackView | AddedSubtitles> {
  const info = await stat(file).catch(() => undefined);
  if (!info?.isFile()) throw new CuepointError('source_missing', `${file} is not a file; name audio files to add`);
  const inside = await pathInside(folders.sourceFolder, file);
  const key = (inside ?? join(folder, basename(file))).split(sep).join('/');
  if (inside === undefined) await copyIn(stores, terminal, file, key, info.size);
  if (isSidecarKey(key)) return { path: key, status: 'subtitles' };
  return trackView(await ingested(stores, folders, terminal, key));
}

/**
 * `file` relative to `folder`; `undefined` if it lies elsewhere. Either may be reached by another name than its own: the
 * folders on the way are resolved first, the file itself only then, as a link in the source folder is a source too.
 */
async function pathInside(folder: string, file: string): Promise<string | undefined> {
  const root = await realpath(folder);
  const places = [join(await realpath(dirname(file)), basename(file)), await realpath(file)];
  return places
    .map((place) => relative(root, place))
    .find((inside) => !isAbsolute(inside) && inside !== '..' && !inside.startsWith(`..${sep}`));
}

async function copyIn(
  stores: EmbeddedStores,
  terminal: Terminal,
  file: string,
  key: string,
  byteLength: number,
): Promise<void> {
  async function* parts(): AsyncGenerator<Uint8Array, void, undefined> {
    let bytesDone = 0;
    for await (const part of createReadStream(file, { highWaterMark: 1 << 20 })) {
      yield part;
      bytesDone += part.length;
      terminal.progress(`copying ${key}`, { bytesDone, bytesTotal: byteLength, chunksDone: 0 });
    }
  }
  await stores.sources.put(key, { byteLength, parts: parts() }, { contentType: contentTypeOf(key) });
}

/** By the running host if there is one, which then answers for the file; else here. */
async function ingested(
  stores: EmbeddedStores,
  folders: Folders,
  terminal: Terminal,
  key: string,
): Promise<TrackRecord> {
  const trackId = await trackIdOf(stores.config.bucket, key);
  const byHost = (await findHost(folders.dataFolder)) && (await watchHost(stores, folders, terminal, key));
  if (byHost) return byHost;
  await ingestSource(stores, {
    ...(await eventFor(stores, key)),
    retryFailed: true,
    onProgress: (progress) => terminal.progress(key, progress),
  });
  const record = await stores.index.get(trackId);
  if (record) return record;
  throw new CuepointError('unavailable', `${key} disappeared while it was being ingested; add it again`);
}

async function watchHost(
  stores: EmbeddedStores,
  { dataFolder }: Folders,
  terminal: Terminal,
  key: string,
): Promise<TrackRecord | undefined> {
  const trackId = await trackIdOf(stores.config.bucket, key);
  const wanted = (await stores.sources.head(key))?.version;
  let patienceUntilMs = stores.clock.now() + HOST_PATIENCE_MS;
  while (stores.clock.now() < patienceUntilMs) {
    const record = await stores.index.get(trackId);
    if (record?.published?.sourceVersion === wanted && !record?.ingest) return record;
    const ingest = record?.ingest;
    if (record && ingest && ingest.sourceVersion === wanted) {
      if (ingest.failure) return record;
      terminal.progress(key, ingest.progress);
      patienceUntilMs = stores.clock.now() + HOST_PATIENCE_MS;
      if (!(await findHost(dataFolder))) return undefined;
    }
    await sleep(POLL_MS);
  }
  return undefined;
}

function resultTable(results: readonly Added[]): string {
  return table(
    ['path', 'status', '>duration', '>chunks', 'notes'],
    results.map((result) =>
      'file' in result ? [result.file, 'not added', '', '', `${result.code}: ${result.error}`] : resultRow(result),
    ),
  );
}

function resultRow(view: TrackView | AddedSubtitles): string[] {
  if (view.status === 'subtitles') return [view.path, view.status, '', '', ''];
  const notes = [view.reason, ...view.warnings].flatMap((note) => (note ? [`${note.code}: ${note.message}`] : []));
  return [view.path, view.status, durationText(view), String(view.chunkCount ?? ''), notes.join('; ')];
}
