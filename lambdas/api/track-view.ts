import type { ChunkingConfig } from '../core/chunking/strategy.ts';
import type { SourceWarning } from '../core/formats/format.ts';
import { tagObjectKeys } from '../core/tags/tag-objects.ts';
import type { Tags } from '../core/tags/tags.ts';
import { finishedAnalysisOf } from '../core/track/analysis-state.ts';
import type { Progress, PublishedRevision, TrackRecord } from '../core/track/record.ts';
import { type AnalysisSummaryView, analysisSummaryView } from './analysis-view.ts';
import { analysisWarnings } from './analysis-warnings.ts';

export type TrackStatus = 'ingesting' | 'playable' | 'ready' | 'failed';

/** A track as clients see it. Fields about the audio are absent until a revision is playable. */
export type TrackView = {
  readonly id: string;
  readonly revision?: string;
  readonly path: string;
  readonly status: TrackStatus;
  /** Why it failed. */
  readonly reason?: { readonly code: string; readonly message: string };
  readonly progress: Progress;
  readonly container?: string;
  readonly codec?: string;
  readonly mimeType?: string;
  readonly sampleRate?: number;
  readonly channels?: number;
  readonly bitsPerSample?: number;
  readonly totalSamples?: number;
  readonly durationSeconds?: number;
  readonly byteLength: number;
  readonly etag?: string;
  readonly lastModified: string;
  /** Bits per second, on average over the audio. */
  readonly bitrate?: number;
  readonly chunkCount?: number;
  readonly chunking?: ChunkingConfig & { readonly location: string };
  /** Once it is analysed. */
  readonly analysis?: AnalysisSummaryView;
  readonly tags: Tags;
  readonly warnings: readonly SourceWarning[];
  readonly links: Readonly<Record<string, string>>;
  /** Of one track that has any, not in lists. */
  readonly subtitles?: readonly { readonly lang: string; readonly url: string }[];
};

/** Strong (RFC 9110 section 8.8.1): a revision is never given to two different byte sequences. */
export function etagOf(revision: Pick<PublishedRevision, 'revision'>): string {
  return `"${revision.revision}"`;
}

export function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

export function trackView(record: TrackRecord): TrackView {
  const { trackId, path, published, ingest } = record;
  const state = published ?? ingest;
  const failure = ingest?.failure;
  const self = `/v1/tracks/${trackId}`;
  return {
    id: trackId,
    path,
    status: statusOf(record),
    ...(failure && !published ? { reason: failure } : {}),
    progress: progressOf(record),
    byteLength: state?.byteLength ?? 0,
    lastModified: new Date(state?.lastModifiedMs ?? 0).toISOString(),
    ...(published && audioView(published)),
    ...analysed(record),
    tags: published?.tags ?? {},
    warnings: warningsOf(record),
    links: {
      self,
      ...(published && { audio: `${self}/audio`, stream: `/stream/${encodePath(path)}`, chunks: `${self}/chunks` }),
      ...(finishedAnalysisOf(record) && { waveform: `${self}/waveform.json`, analysis: `${self}/analysis` }),
      ...(published && tagLinks(trackId, published)),
    },
  };
}

function statusOf(record: TrackRecord): TrackStatus {
  const { published, ingest } = record;
  if (published === undefined) return ingest?.failure ? 'failed' : 'ingesting';
  return finishedAnalysisOf(record) ? 'ready' : 'playable';
}

function analysed(record: TrackRecord): { readonly analysis?: AnalysisSummaryView } {
  const analysis = analysisSummaryView(record);
  return analysis === undefined ? {} : { analysis };
}

export function durationSecondsOf({ totalSamples, format }: PublishedRevision): number {
  return totalSamples / format.sampleRate;
}

/** Bits per second, on average over the audio. */
export function bitrateOf(published: PublishedRevision): number {
  const durationSeconds = durationSecondsOf(published);
  const audioBits = (published.audioEndByte - published.audioStartByte) * 8;
  return durationSeconds > 0 ? Math.round(audioBits / durationSeconds) : 0;
}

function audioView(published: PublishedRevision) {
  const { format, totalSamples, chunkCount, chunking, location } = published;
  return {
    revision: published.revision,
    container: format.container,
    codec: format.codec,
    mimeType: format.mimeType,
    sampleRate: format.sampleRate,
    channels: format.channels,
    ...(format.bitsPerSample === undefined ? {} : { bitsPerSample: format.bitsPerSample }),
    totalSamples,
    durationSeconds: durationSecondsOf(published),
    etag: etagOf(published),
    bitrate: bitrateOf(published),
    chunkCount,
    chunking: { ...chunking, location },
  };
}

/** Derived objects, whose URLs are their keys. */
function tagLinks(trackId: string, published: PublishedRevision): Record<string, string> {
  const keys = tagObjectKeys(trackId, published.revision, published);
  return Object.fromEntries(Object.entries(keys).map(([name, key]) => [name, `/${key}`]));
}

/** Of the ingest under way, if any; a playable track that is not being replaced is done. */
function progressOf({ published, ingest }: TrackRecord): Progress {
  if (ingest && !ingest.failure) return ingest.progress;
  if (!published) return ingest?.progress ?? { bytesDone: 0, bytesTotal: 0, chunksDone: 0 };
  return { bytesDone: published.byteLength, bytesTotal: published.byteLength, chunksDone: published.chunkCount };
}

/** A broken replacement does not take a healthy track down, but the listener is told. */
function warningsOf(record: TrackRecord): readonly SourceWarning[] {
  const { published, ingest } = record;
  if (!published) return [];
  const warnings = [...published.warnings, ...analysisWarnings(record)];
  if (!ingest?.failure) return warnings;
  const { code, message } = ingest.failure;
  const replacement = {
    code: 'replacement_failed',
    message: `a newer upload could not be indexed, so the one before it is still served (${code}): ${message}`,
  };
  return [...warnings, replacement];
}
