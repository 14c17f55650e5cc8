import { Chunker } from '../core/chunking/chunker.ts';
import { openScan } from '../core/formats/detect.ts';
import type { Scan, ScanSummary } from '../core/formats/format.ts';
import { IndexWriter, type WrittenPage } from '../core/index/index-writer.ts';
import type { Chunk } from '../core/index/page.ts';
import type { ByteSource, ObjectInfo } from '../core/ports.ts';
import { type DerivedFrom, storeChunk, storeSourceCopy } from '../core/track/derived-objects.ts';
import type { Progress, PublishedRevision } from '../core/track/record.ts';
import { copyBuffer, objectSource } from '../core/track/source-bytes.ts';
import { writeManifest } from './manifest.ts';
import type { IngestContext } from './ports.ts';
import { WriteLanes } from './write-lanes.ts';

export type RevisionTarget = { readonly trackId: string; readonly revision: string; readonly source: ObjectInfo };

/**
 * Scans a source once and stores all that its revision points to: chunk objects (or one copy of the source), index pages,
 * manifest. Nothing of it is visible until the returned revision is published. Stored again it is the same, to the byte.
 *
 * Memory: the scanner's window, one page of chunks, one buffer a write lane.
 */
export async function buildRevision(
  context: IngestContext,
  target: RevisionTarget,
  report: (progress: Progress) => Promise<void>,
): Promise<PublishedRevision> {
  const source = objectSource(context.sources, target.source);
  const scan = await openScan(source);
  const writer = new RevisionWriter(context, target, source, scan, report);
  const summary = await scanInto(scan, writer, context, source.byteLength);
  const published = await writer.finish(summary);
  await writeManifest(context.media, target, published);
  return published;
}

async function scanInto(
  scan: Scan,
  writer: RevisionWriter,
  { config }: IngestContext,
  byteLength: number,
): Promise<ScanSummary> {
  const chunker = new Chunker(config.chunking, scan.format.sampleRate);
  const packets = scan.packets();
  try {
    for (;;) {
      const step = await packets.next();
      const chunks = step.done ? chunker.finish(step.value, byteLength) : chunker.accept(step.value);
      for (const chunk of chunks) await writer.add(chunk);
      if (step.done) return step.value;
    }
  } finally {
    // Whatever ended the scan, no write may be left running behind the caller's back.
    await writer.settle();
  }
}

class RevisionWriter {
  readonly #context: IngestContext;
  readonly #target: RevisionTarget;
  readonly #source: ByteSource;
  readonly #scan: Scan;
  readonly #derivedFrom: DerivedFrom;
  readonly #report: (progress: Progress) => Promise<void>;
  readonly #lanes: WriteLanes<Uint8Array>;
  readonly #index = new IndexWriter();
  #bytesDone = 0;
  #chunksDone = 0;
  #hasCopy = false;

  constructor(
    context: IngestContext,
    target: RevisionTarget,
    source: ByteSource,
    scan: Scan,
    report: (progress: Progress) => Promise<void>,
  ) {
    this.#context = context;
    this.#target = target;
    this.#source = source;
    this.#scan = scan;
    this.#derivedFrom = { trackId: target.trackId, revision: target.revision, format: scan.format, source };
    this.#report = report;
    this.#lanes = new WriteLanes(Array.from({ length: context.config.parallelWrites }, copyBuffer));
  }

  async add(chunk: Chunk): Promise<void> {
    for (const page of this.#index.append(chunk)) await this.#putPage(page);
    if (this.#context.config.location === 'objects') {
      await this.#lanes.start((buffer) => this.#putChunk(chunk, buffer));
    } else if (!this.#hasCopy) {
      this.#hasCopy = true;
      await this.#lanes.start((buffer) => this.#putCopy(buffer));
    }
  }

  settle(): Promise<void> {
    return this.#lanes.settle();
  }

  async finish(summary: ScanSummary): Promise<PublishedRevision> {
    for (const page of this.#index.finish()) await this.#putPage(page);
    const { source, revision } = this.#target;
    const { config, clock } = this.#context;
    return {
      revision,
      sourceVersion: source.version,
      byteLength: source.byteLength,
      lastModifiedMs: source.lastModifiedMs,
      format: this.#scan.format,
      init: this.#scan.init,
      ...summary,
      chunking: config.chunking,
      location: config.location,
      chunkCount: this.#index.chunkCount,
      directory: [...this.#index.directory],
      publishedAtMs: clock.now(),
    };
  }

  async #putChunk(chunk: Chunk, buffer: Uint8Array): Promise<void> {
    await storeChunk(this.#context.media, this.#derivedFrom, chunk, { buffer });
    this.#chunksDone++;
    this.#bytesDone += chunk.endByte - chunk.startByte;
    await this.#reportProgress();
  }

  async #putCopy(buffer: Uint8Array): Promise<void> {
    const onProgress = (bytesDone: number): Promise<void> => {
      this.#bytesDone = bytesDone;
      this.#chunksDone = this.#index.chunkCount;
      return this.#reportProgress();
    };
    await storeSourceCopy(this.#context.media, this.#derivedFrom, { buffer, onProgress });
  }

  #putPage(page: WrittenPage): Promise<void> {
    const { trackId, revision } = this.#target;
    return this.#context.index.putPage(trackId, revision, page.pageNumber, page.bytes);
  }

  #reportProgress(): Promise<void> {
    return this.#report({
      bytesDone: this.#bytesDone,
      bytesTotal: this.#source.byteLength,
      chunksDone: this.#chunksDone,
    });
  }
}
