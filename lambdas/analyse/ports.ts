import type { Clock, Decoder, Log, ObjectStore, TrackIndex } from '../core/ports.ts';
import type { IngestEvent } from '../ingest/ports.ts';

export type AnalyseConfig = {
  /** Work on one track, over all runs, is given up as `too_large` as soon as it is clear that it would take longer. */
  readonly maxAnalysisMs: number;
  /** How often what is under way is saved, so that a crash costs no more. */
  readonly saveIntervalMs: number;
  /** Bytes of the source that are read at once, for stores where each read is a request. @default - as much as suits files */
  readonly readBlockBytes?: number;
};

/** What analysing works on. */
export type AnalyseContext = {
  readonly sources: ObjectStore;
  readonly media: ObjectStore;
  readonly index: TrackIndex;
  readonly clock: Clock;
  readonly log: Log;
  readonly decoder: Decoder;
  readonly analyse: AnalyseConfig;
  /**
   * Has a source ingested once more, now that its silences are known, where chunks are to be cut at these. Resolves once the
   * event cannot get lost any more.
   */
  readonly rechunk?: (event: IngestEvent) => Promise<void>;
  /** Aborted when the process is to end or has no more time: what is done by then is saved. */
  readonly signal?: AbortSignal;
};
