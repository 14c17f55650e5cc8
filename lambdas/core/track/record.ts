/** The one stored item of a track: what readers see, what is under way, and what fences late events. */

import type { ChunkingConfig } from '../chunking/strategy.ts';
import type { SourceFailureCode } from '../errors.ts';
import type { AudioFormat, SourceWarning } from '../formats/format.ts';
import type { DirectoryEntry } from '../index/page.ts';
import type { TagSummary } from '../tags/tags.ts';
import type { AnalysisState, AnalysisUnderWay } from './analysis-state.ts';

/** Where the bytes of a revision's chunks are: an object each, or windows of one copy of the source. */
export type ChunkLocation = 'objects' | 'windows';

export type Progress = { readonly bytesDone: number; readonly bytesTotal: number; readonly chunksDone: number };

/** From this chunk on, another init holds, which is an object of its own (a further link of a chained Ogg). */
export type LaterInit = { readonly firstChunk: number; readonly byteLength: number };

/** A revision as readers see it. Immutable once stored. */
export type PublishedRevision = TagSummary & {
  readonly revision: string;
  readonly sourceVersion: string;
  readonly byteLength: number;
  /** When the source was last modified, in milliseconds since the epoch. */
  readonly lastModifiedMs: number;
  readonly format: AudioFormat;
  /** What a decoder needs before any packet of the first chunks; `laterInits` says from which chunk on others hold. */
  readonly init: Uint8Array;
  readonly laterInits?: readonly LaterInit[];
  readonly leadInSamples: number;
  readonly totalSamples: number;
  readonly audioStartByte: number;
  readonly audioEndByte: number;
  readonly warnings: readonly SourceWarning[];
  readonly chunking: ChunkingConfig;
  readonly location: ChunkLocation;
  readonly chunkCount: number;
  readonly directory: readonly DirectoryEntry[];
  readonly publishedAtMs: number;
};

/**
 * Besides faults of the file itself. `source_unreadable`: the store has the file and does not give its bytes until somebody
 * does something about it. `given_up`: it failed again and again for a reason that might have passed. `unavailable`,
 * `internal`: it is tried again.
 */
export type FailureReason = {
  readonly code: SourceFailureCode | 'source_unreadable' | 'given_up' | 'unavailable' | 'internal';
  readonly message: string;
};

/** The newest ingest of a track that did not end in a published revision (yet). */
export type IngestState = {
  readonly revision: string;
  readonly sourceVersion: string;
  readonly byteLength: number;
  readonly lastModifiedMs: number;
  /** When it was begun the last time. */
  readonly startedAtMs: number;
  /** How often it was begun since the source was stored, or since somebody asked for it. Absent: an older release began it. */
  readonly attempts?: number;
  /** It waits for whoever has a decoder, and begins there. */
  readonly handedOver?: true;
  readonly progress: Progress;
  /** Present when it failed. */
  readonly failure?: FailureReason;
  /** It failed where a decoder was meant to be: having one now changes nothing. */
  readonly decoderExpected?: true;
};

export type TrackRecord = {
  readonly trackId: string;
  /** The source's key, relative to the bucket or source folder. */
  readonly path: string;
  /** Counts the writes of this record, from 1; the compare-and-set guard. */
  readonly version: number;
  /** The newest event that was taken in. Older ones are refused. */
  readonly sequencer: string;
  readonly published?: PublishedRevision;
  readonly ingest?: IngestState;
  /** Of the published revision, where it names it; of an older one otherwise, and of no meaning. */
  readonly analysis?: AnalysisState;
  /** The analysis that was begun and has not ended. */
  readonly analysing?: AnalysisUnderWay;
  /** Set on the tombstone that a removed source leaves. */
  readonly deletedAtMs?: number;
  /** Revisions that were replaced, kept a while for clients in mid-play. */
  readonly retired: readonly { readonly revision: string; readonly retiredAtMs: number }[];
};
