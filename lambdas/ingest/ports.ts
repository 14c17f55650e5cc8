import type { ChunkingConfig } from '../core/chunking/strategy.ts';
import type {
  Clock,
  Decoder,
  Log,
  ObjectCopier,
  ObjectStore,
  SourceEvent,
  TagReader,
  TrackIndex,
} from '../core/ports.ts';
import type { ChunkLocation } from '../core/track/record.ts';

export type IngestConfig = {
  /** Name of the source bucket: part of every track's id. */
  readonly bucket: string;
  readonly chunking: ChunkingConfig;
  readonly location: ChunkLocation;
  /** Chunk objects written at the same time; each holds one copy buffer. */
  readonly parallelWrites: number;
  /** How long a replaced revision is kept for clients that are playing it. */
  readonly retainReplacedMs: number;
  /**
   * Whoever ingests what has to be decoded is meant to have a decoder: what failed before for want of one is tried again.
   * @default - false: it is as it was
   */
  readonly decoderExpected?: boolean;
  /**
   * Bytes of the source that are read at once, for stores where each read is a request. Memory is four times as much.
   * @default - as much as suits files
   */
  readonly readBlockBytes?: number;
};

/** The analysis of one published revision is to be made. `retryFailed`: though it has failed before. */
export type AnalysisRequest = { readonly trackId: string; readonly revision: string; readonly retryFailed?: boolean };

/**
 * `rebuild`: what is published is to be stored again, because part of it is missing. `retryFailed`: what failed, the analysis
 * included, is to be tried as if for the first time.
 */
export type IngestEvent = SourceEvent & { readonly rebuild?: boolean; readonly retryFailed?: boolean };

/** What ingesting and reconciling work on. */
export type IngestContext = {
  readonly sources: ObjectStore;
  readonly media: ObjectStore;
  readonly index: TrackIndex;
  /** Without it the copy of a source (location `windows`) passes through here. */
  readonly copier?: ObjectCopier;
  readonly clock: Clock;
  readonly log: Log;
  readonly config: IngestConfig;
  /** For sources whose length only a decode tells (WMA); without it they fail with `decoder_missing`. */
  readonly decoder?: Decoder;
  /**
   * Has a source that cannot be ingested for want of a decoder ingested where there is one. The track stays `ingesting`.
   * Resolves once the event cannot get lost any more.
   */
  readonly handOver?: (event: IngestEvent) => Promise<void>;
  /**
   * Has what was just published analysed. Resolves once that cannot get lost any more. Without it somebody else sees to it,
   * or nobody does.
   */
  readonly analyse?: (request: AnalysisRequest) => Promise<void>;
  /** Without it tracks have no tags. */
  readonly tagReader?: TagReader;
  /** Aborted when the process is to end: work stops at the next chunk, and is taken up by the next start. */
  readonly signal?: AbortSignal;
};
