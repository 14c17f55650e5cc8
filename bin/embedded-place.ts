import { createReadStream } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { contentTypeOf } from '../lambdas/adapters/embedded/content-types.ts';
import { analyseTrack } from '../lambdas/analyse/analyse-track.ts';
import type { AnalyseContext } from '../lambdas/analyse/ports.ts';
import { type TrackView, trackView } from '../lambdas/api/track-view.ts';
import { CuepointError } from '../lambdas/core/errors.ts';
import { isSidecarKey } from '../lambdas/core/tags/subtitles/sidecar.ts';
import { trackIdOf } from '../lambdas/core/track/identity.ts';
import type { TrackRecord } from '../lambdas/core/track/record.ts';
import { ingestSource } from '../lambdas/ingest/ingest-source.ts';
import type { AnalysisRequest, IngestContext, IngestEvent } from '../lambdas/ingest/ports.ts';
import { eventFor } from '../lambdas/ingest/reconcile.ts';
import { EMBEDDED_ANALYSES, type EmbeddedStores, type Folders } from '../server/embedded-stores.ts';
import { findHost } from '../server/running-host.ts';
import type { AddedSubtitles, LocalFile, Place, TakeOptions } from './place.ts';
import type { Terminal } from './terminal.ts';

/** A running host notices a new file within a second; after this long it is done here instead. */
const HOST_PATIENCE_MS = 5000;
const POLL_MS = 100;

/** The folders of this machine. */
export class EmbeddedPlace implements Place {
  readonly stores: EmbeddedStores;
  readonly #folders: Folders;

  constructor(stores: EmbeddedStores, folders: Folders) {
    this.stores = stores;
    this.#folders = folders;
  }

  /** A file that lies in the source folder already is ingested where it is. */
  async add({ file, byteLength }: LocalFile, folder: string, terminal: Terminal): Promise<TrackView | AddedSubtitles> {
    const inside = await pathInside(this.#folders.sourceFolder, file);
    const key = (inside ?? join(folder, basename(file))).split(sep).join('/');
    if (inside === undefined) await this.#copyIn(terminal, file, key, byteLength);
    if (isSidecarKey(key)) return { path: key, status: 'subtitles' };
    return trackView(await this.#ingested(terminal, key));
  }

  async take(event: IngestEvent, { retryFailed, analyses, terminal }: TakeOptions): Promise<'done'> {
    const onProgress = (progress: TrackView['progress']): void => terminal.progress(event.key, progress);
    const requests: AnalysisRequest[] = [];
    const asking: IngestContext = { ...this.stores, analyse: async (request) => void requests.push(request) };
    await ingestSource(analyses ? asking : this.stores, { ...event, retryFailed, onProgress });
    for (const request of requests) await this.#analyse(request);
    return 'done';
  }

  async #analyse(request: AnalysisRequest): Promise<void> {
    const context: AnalyseContext = {
      ...this.stores,
      analyse: EMBEDDED_ANALYSES,
      rechunk: async (event) => void (await ingestSource(this.stores, event)),
    };
    await analyseTrack(context, request);
  }

  async #copyIn(terminal: Terminal, file: string, key: string, byteLength: number): Promise<void> {
    async function* parts(): AsyncGenerator<Uint8Array, void, undefined> {
      let bytesDone = 0;
      for await (const part of createReadStream(file, { highWaterMark: 1 << 20 })) {
        yield part;
        bytesDone += part.length;
        terminal.progress(`copying ${key}`, { bytesDone, bytesTotal: byteLength, chunksDone: 0 });
      }
    }
    await this.stores.sources.put(key, { byteLength, parts: parts() }, { contentType: contentTypeOf(key) });
  }

  /** By the running host if there is one, which then answers for the file; else here. */
  async #ingested(terminal: Terminal, key: string): Promise<TrackRecord> {
    const trackId = await trackIdOf(this.stores.config.bucket, key);
    const byHost = (await findHost(this.#folders.dataFolder)) && (await this.#watchHost(terminal, key, trackId));
    if (byHost) return byHost;
    await this.take(await eventFor(this.stores, key), { retryFailed: true, terminal });
    const record = await this.stores.index.get(trackId);
    if (record) return record;
    throw new CuepointError('unavailable', `${key} disappeared while it was being ingested; add it again`);
  }

  async #watchHost(terminal: Terminal, key: string, trackId: string): Promise<TrackRecord | undefined> {
    const { sources, index, clock } = this.stores;
    const wanted = (await sources.head(key))?.version;
    let patienceUntilMs = clock.now() + HOST_PATIENCE_MS;
    while (clock.now() < patienceUntilMs) {
      const record = await index.get(trackId);
      if (record?.published?.sourceVersion === wanted && !record?.ingest) return record;
      const ingest = record?.ingest;
      if (record && ingest && ingest.sourceVersion === wanted) {
        if (ingest.failure) return record;
        terminal.progress(key, ingest.progress);
        patienceUntilMs = clock.now() + HOST_PATIENCE_MS;
        if (!(await findHost(this.#folders.dataFolder))) return undefined;
      }
      await sleep(POLL_MS);
    }
    return undefined;
  }
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
