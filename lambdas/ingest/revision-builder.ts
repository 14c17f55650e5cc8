import { Chunker } from '../core/chunking/chunker.ts';
import type { Silence } from '../core/dsp/silence-record.ts';
import { openScan } from '../core/formats/detect.ts';
import type { PacketBatch, Scan, ScanSummary, SourceWarning } from '../core/formats/format.ts';
import { IndexWriter, type WrittenPage } from '../core/index/index-writer.ts';
import { type PacketTable, PacketTableBuilder } from '../core/index/packet-table.ts';
import type { Chunk } from '../core/index/page.ts';
import type { ByteSource, ListedObject } from '../core/ports.ts';
import {
  copySource,
  type DerivedFrom,
  storeChunk,
  storeInit,
  storePacketTable,
  storeSourceCopy,
} from '../core/track/derived-objects.ts';
import type { LaterInit, Progress, PublishedRevision } from '../core/track/record.ts';
import { copyBuffer, objectSource, readOnce } from '../core/track/source-bytes.ts';
import { writeManifest } from './manifest.ts';
import type { IngestContext } from './ports.ts';
import { withTags } from './read-tags.ts';
import { WriteLanes } from './write-lanes.ts';

/** As far back as a preroll reaches: 1.5 s of the shortest Opus frames, and the rest of the cluster they begin in. */
const PREROLL_FRAMES = 1 << 14;

export type RevisionTarget = {
  readonly trackId: string;
  readonly revision: string;
  readonly source: ListedObject;
  /** In decoded samples: where chunks are to end, with strategy `silence`. */
  readonly silences?: readonly Silence[];
};

/**
 * Scans a source once and stores all that its revision points to: chunk objects (or one copy of the source), packet tables,
 * later inits, index pages, what its tags hold, manifest. Nothing of it is visible until the returned revision is published. Stored again it is the same, to the byte.
 *
 * Memory: the scanner's window and what is remembered of it, one page of chunks, one buffer a write lane.
 */
export async function buildRevision(
  context: IngestContext,
  target: RevisionTarget,
  report: (progress: Progress) => Promise<void>,
): Promise<PublishedRevision> {
  const source = readOnce(objectSource(context.sources, target.source), context.config.readBlockBytes);
  const scan = await openScan(source, context.decoder ? { decoder: context.decoder } : {});
  const writer = new RevisionWriter(context, target, source, scan, report);
  const summary = await scanInto(scan, writer);
  const published = await withTags(context, target.trackId, source, await writer.finish(summary));
  await writeManifest(context.media, target, published);
  return published;
}

async function scanInto(scan: Scan, writer: RevisionWriter): Promise<ScanSummary> {
  const packets = scan.packets();
  try {
    for (;;) {
      const step = await packets.next();
      if (step.done) {
        await writer.close(step.value);
        return step.value;
      }
      await writer.accept(step.value);
    }
  } finally {
    // A scan that is left half-way lets go of what it holds (a native decoder).
    await packets.return(undefined as never);
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
  readonly #chunker: Chunker;
  readonly #tables: PacketTableBuilder | undefined;
  readonly #index = new IndexWriter();
  #init: Uint8Array;
  readonly #laterInits: LaterInit[] = [];
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
    this.#init = scan.init;
    this.#chunker = new Chunker(context.config.chunking, scan.format.sampleRate, target.silences);
    this.#tables = scan.format.decoderConfig && new PacketTableBuilder(PREROLL_FRAMES);
    this.#lanes = new WriteLanes(Array.from({ length: context.config.parallelWrites }, copyBuffer));
  }

  /** Cuts the next packets; what they complete is being stored when this resolves. */
  async accept(batch: PacketBatch): Promise<void> {
    if (batch.kind === 'packets' && batch.frames) this.#tables?.accept(batch.frames);
    for (const chunk of this.#chunker.accept(batch)) await this.#add(chunk);
    if (batch.kind === 'init') await this.#changeInit(this.#chunker.nextNumber, batch.init);
  }

  async close(summary: ScanSummary): Promise<void> {
    for (const chunk of this.#chunker.finish(summary, this.#source.byteLength)) await this.#add(chunk);
  }

  async #changeInit(firstChunk: number, init: Uint8Array): Promise<void> {
    // A link without audio: the one after it takes its place.
    if (this.#laterInits.at(-1)?.firstChunk === firstChunk) this.#laterInits.pop();
    if (firstChunk === 0) {
      this.#init = init;
      return;
    }
    await storeInit(this.#context.media, this.#derivedFrom, firstChunk, init);
    this.#laterInits.push({ firstChunk, byteLength: init.length });
  }

  async #add(chunk: Chunk): Promise<void> {
    for (const page of this.#index.append(chunk)) await this.#putPage(page);
    const table = this.#tables?.take(chunk);
    if (this.#context.config.location === 'objects') {
      await this.#lanes.start((buffer) => this.#putChunk(chunk, table, buffer));
      return;
    }
    if (table) await this.#lanes.start(() => storePacketTable(this.#context.media, this.#target, table));
    if (!this.#hasCopy) {
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
    const laterInits = this.#laterInits.filter(({ firstChunk }) => firstChunk < this.#index.chunkCount);
    return {
      revision,
      sourceVersion: source.version,
      byteLength: source.byteLength,
      lastModifiedMs: source.lastModifiedMs,
      format: this.#scan.format,
      init: this.#init,
      ...(laterInits.length > 0 ? { laterInits } : {}),
      ...summary,
      warnings: [...summary.warnings, ...this.#chunkingWarnings()],
      chunking: config.chunking,
      location: config.location,
      chunkCount: this.#index.chunkCount,
      directory: [...this.#index.directory],
      publishedAtMs: clock.now(),
    };
  }

  #chunkingWarnings(): readonly SourceWarning[] {
    const { forcedCuts } = this.#chunker;
    if (forcedCuts === 0) return [];
    const message = `${forcedCuts} of ${this.#index.chunkCount} chunks end where nothing is silent: they were as long as one may be`;
    return [{ code: 'cut_without_silence', message }];
  }

  async #putChunk(chunk: Chunk, table: PacketTable | undefined, buffer: Uint8Array): Promise<void> {
    // Before the chunk: a listing with all chunks then has all tables.
    if (table) await storePacketTable(this.#context.media, this.#target, table);
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
    const { copier, media } = this.#context;
    if (copier === undefined) return storeSourceCopy(media, this.#derivedFrom, { buffer, onProgress });
    await copySource(copier, this.#derivedFrom, this.#target.source);
    await onProgress(this.#source.byteLength);
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
