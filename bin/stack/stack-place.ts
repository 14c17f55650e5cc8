import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { S3Client } from '@aws-sdk/client-s3';
import { uploadResumably } from '../../lambdas/adapters/aws/resumable-upload.ts';
import { ingestMessage } from '../../lambdas/adapters/aws/source-event-decoding.ts';
import type { SqsDispatcher } from '../../lambdas/adapters/aws/sqs-dispatcher.ts';
import { contentTypeOf } from '../../lambdas/adapters/embedded/content-types.ts';
import { type TrackView, trackView } from '../../lambdas/api/track-view.ts';
import { CuepointError } from '../../lambdas/core/errors.ts';
import { isSidecarKey } from '../../lambdas/core/tags/subtitles/sidecar.ts';
import { trackIdOf } from '../../lambdas/core/track/identity.ts';
import type { TrackRecord } from '../../lambdas/core/track/record.ts';
import type { IngestContext, IngestEvent } from '../../lambdas/ingest/ports.ts';
import type { AddedSubtitles, LocalFile, Place } from '../place.ts';
import type { Terminal } from '../terminal.ts';

/** From the upload to the end of its ingest: the longest that a function may take, and a wait in the queue. */
const PATIENCE_MS = 20 * 60 * 1000;
/** A look is one read of the table. */
const POLL_MS = 500;

export type StackPlaceOptions = {
  readonly stores: IngestContext;
  readonly s3: S3Client;
  readonly sourceBucket: string;
  readonly ingestQueue: SqsDispatcher;
};

/** A deployed stack, by way of its buckets, its table and its queue. */
export class StackPlace implements Place {
  readonly stores: IngestContext;
  readonly #options: StackPlaceOptions;

  constructor(options: StackPlaceOptions) {
    this.stores = options.stores;
    this.#options = options;
  }

  async add(local: LocalFile, folder: string, terminal: Terminal): Promise<TrackView | AddedSubtitles> {
    const key = folder === '' ? basename(local.file) : `${folder}/${basename(local.file)}`;
    await this.#upload(local, key, terminal);
    if (isSidecarKey(key)) return { path: key, status: 'subtitles' };
    return trackView(await this.#watch(key, terminal));
  }

  /** The stack's own functions do it. */
  async take(event: IngestEvent): Promise<'queued'> {
    await this.#options.ingestQueue.send(ingestMessage(event));
    return 'queued';
  }

  async #upload({ file, byteLength }: LocalFile, key: string, terminal: Terminal): Promise<void> {
    const { s3, sourceBucket } = this.#options;
    const handle = await open(file);
    try {
      const read = async (startByte: number, target: Uint8Array): Promise<void> => {
        for (let done = 0; done < target.length; ) {
          const { bytesRead } = await handle.read(target, done, target.length - done, startByte + done);
          if (bytesRead === 0) {
            throw new CuepointError('source_changed', `${file} became shorter while it was sent; send it again`);
          }
          done += bytesRead;
        }
      };
      const report = await uploadResumably(
        { client: s3, bucket: sourceBucket },
        {
          key,
          source: { byteLength, read },
          contentType: contentTypeOf(key),
          onProgress: (bytesDone) =>
            terminal.progress(`sending ${key}`, { bytesDone, bytesTotal: byteLength, chunksDone: 0 }),
        },
      );
      if (report.partsKept > 0) {
        terminal.endProgress();
        terminal.note(`${key}: ${report.partsKept} parts were there already, ${report.partsSent} sent`);
      }
    } finally {
      await handle.close();
    }
  }

  /** The record once it tells how the source that is there now ended. */
  async #watch(key: string, terminal: Terminal): Promise<TrackRecord> {
    const { sources, index, clock, config } = this.stores;
    const trackId = await trackIdOf(config.bucket, key);
    const wanted = (await sources.head(key))?.version;
    for (const untilMs = clock.now() + PATIENCE_MS; clock.now() < untilMs; ) {
      const record = await index.get(trackId);
      if (record?.published && record.published.sourceVersion === wanted && !record.ingest) return record;
      const ingest = record?.ingest;
      if (record && ingest && ingest.sourceVersion === wanted) {
        if (ingest.failure) return record;
        terminal.progress(key, ingest.progress);
      }
      await sleep(POLL_MS);
    }
    throw new CuepointError(
      'unavailable',
      `${key} was sent, but ${PATIENCE_MS / 60_000} minutes later it is no track; look at the ingest function's log, then run cuepoint reconcile`,
    );
  }
}
