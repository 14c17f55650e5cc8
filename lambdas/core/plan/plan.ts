/** Range in, slices of chunks out. */
import type { ChunkIndex } from '../index/chunk-index.ts';
import type { Chunk } from '../index/page.ts';
import type { ByteRange } from '../ports.ts';
import type { SampleRange } from '../time.ts';
import type { PublishedRevision } from '../track/record.ts';
import { decodeStartOf, timelineOf } from '../track/timeline.ts';

/** Either bytes of the source, inside [0, byteLength), or samples of the timeline, inside [0, totalSamples). */
export type RangeQuery = ({ readonly kind: 'bytes' } & ByteRange) | ({ readonly kind: 'samples' } & SampleRange);

export type PlannedChunk = {
  readonly chunk: Chunk;
  /** The chunk's part of the timeline. */
  readonly timeline: SampleRange;
  /** What a decoder is fed before the chunk's own packets. */
  readonly preroll: { readonly startByte: number; readonly packets: number };
  /** The part of the chunk's bytes that was asked for. Time ranges ask for whole chunks. */
  readonly slice: { readonly offset: number; readonly length: number };
  /** Of what a decoder yields from `preroll.startByte` on: samples to drop, then samples to keep. */
  readonly trim: { readonly skipSamples: number; readonly takeSamples: number };
};

export type Plan = {
  readonly startByte: number;
  readonly endByte: number;
  readonly startSample: number;
  readonly endSample: number;
  readonly chunks: readonly PlannedChunk[];
  /** Number of the chunk to continue with, when `limit` cut the list. */
  readonly nextChunk?: number;
};

/**
 * Resolves a range into at most `limit` chunks, from chunk `fromChunk` on. An empty range gives an empty plan.
 * Reads index pages only where they are not held yet.
 */
export async function makePlan(
  revision: PublishedRevision,
  index: ChunkIndex,
  query: RangeQuery,
  { limit, fromChunk = 0 }: { readonly limit: number; readonly fromChunk?: number },
): Promise<Plan> {
  const chunks: PlannedChunk[] = [];
  let nextChunk: number | undefined;
  for await (const chunk of matching(revision, index, query, fromChunk)) {
    if (chunks.length === limit) {
      nextChunk = chunk.number;
      break;
    }
    chunks.push(planChunk(revision, chunk, query));
  }
  const first = chunks[0];
  const last = chunks.at(-1);
  const bytes =
    query.kind === 'bytes'
      ? { startByte: query.startByte, endByte: query.endByte }
      : { startByte: first?.chunk.startByte ?? 0, endByte: last?.chunk.endByte ?? 0 };
  const samples =
    query.kind === 'samples'
      ? { startSample: query.startSample, endSample: query.endSample }
      : { startSample: first?.timeline.startSample ?? 0, endSample: last?.timeline.endSample ?? 0 };
  return { ...bytes, ...samples, chunks, ...(nextChunk === undefined ? {} : { nextChunk }) };
}

function matching(
  { leadInSamples }: PublishedRevision,
  index: ChunkIndex,
  query: RangeQuery,
  fromChunk: number,
): AsyncGenerator<Chunk, void, undefined> {
  return query.kind === 'bytes'
    ? index.chunksInBytes(query.startByte, query.endByte, fromChunk)
    : index.chunksInSamples(query.startSample + leadInSamples, query.endSample + leadInSamples, fromChunk);
}

export function planChunk(revision: PublishedRevision, chunk: Chunk, query: RangeQuery): PlannedChunk {
  const timeline = timelineOf(chunk, revision);
  const decodeStart = decodeStartOf(chunk, revision);
  const wanted =
    query.kind === 'samples'
      ? {
          startSample: Math.max(timeline.startSample, query.startSample),
          endSample: Math.min(timeline.endSample, query.endSample),
        }
      : timeline;
  const startByte = query.kind === 'bytes' ? Math.max(chunk.startByte, query.startByte) : chunk.startByte;
  const endByte = query.kind === 'bytes' ? Math.min(chunk.endByte, query.endByte) : chunk.endByte;
  return {
    chunk,
    timeline,
    preroll: { startByte: decodeStart.startByte, packets: chunk.preroll.packets },
    slice: { offset: startByte - chunk.startByte, length: endByte - startByte },
    trim: {
      skipSamples: wanted.startSample + revision.leadInSamples - decodeStart.sample,
      takeSamples: Math.max(0, wanted.endSample - wanted.startSample),
    },
  };
}
