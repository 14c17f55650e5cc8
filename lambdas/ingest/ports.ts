import type { ChunkingConfig } from '../core/chunking/strategy.ts';
import type { Clock, Decoder, Log, ObjectStore, TagReader, TrackIndex } from '../core/ports.ts';
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
};

/** What ingesting and reconciling work on. */
export type IngestContext = {
  readonly sources: ObjectStore;
  readonly media: ObjectStore;
  readonly index: TrackIndex;
  readonly clock: Clock;
  readonly log: Log;
  readonly config: IngestConfig;
  /** For sources whose length only a decode tells (WMA); without it they fail with `decoder_missing`. */
  readonly decoder?: Decoder;
  /** Without it tracks have no tags. */
  readonly tagReader?: TagReader;
  /** Aborted when the process is to end: work stops at the next chunk, and is taken up by the next start. */
  readonly signal?: AbortSignal;
};
