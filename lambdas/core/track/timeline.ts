/** From decoded samples, which the index holds, to the timeline that listeners know; and what a decoder must be fed. */
import type { Chunk } from '../index/page.ts';
import type { SampleRange } from '../time.ts';
import type { PublishedRevision } from './record.ts';

type Timeline = Pick<PublishedRevision, 'leadInSamples' | 'totalSamples'>;
type Layout = Timeline & Pick<PublishedRevision, 'audioStartByte'>;

/** The chunk's part of the timeline: decoded samples less the lead-in, clamped to [0, totalSamples). May be empty. */
export function timelineOf(chunk: Chunk, { leadInSamples, totalSamples }: Timeline): SampleRange {
  const clamp = (decoded: number): number => Math.min(totalSamples, Math.max(0, decoded - leadInSamples));
  return { startSample: clamp(chunk.startSample), endSample: clamp(chunk.endSample) };
}

/** Where a decoder starts in order to decode the chunk exactly: the byte to feed from, and the decoded sample it yields first. */
export function decodeStartOf(chunk: Chunk, { audioStartByte }: Layout): { startByte: number; sample: number } {
  // Chunk 0 owns what comes before the first packet; a decoder of packets is not to see it.
  if (chunk.number === 0) return { startByte: audioStartByte, sample: chunk.startSample };
  return { startByte: chunk.startByte - chunk.preroll.bytes, sample: chunk.startSample - chunk.preroll.samples };
}

/** The first chunk of those that have the same init as the chunk of that number; 0: the revision's own `init`. */
export function initChunkOf({ laterInits = [] }: Pick<PublishedRevision, 'laterInits'>, chunkNumber: number): number {
  let low = 0;
  let high = laterInits.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((laterInits[middle]?.firstChunk ?? 0) <= chunkNumber) low = middle + 1;
    else high = middle;
  }
  return laterInits[low - 1]?.firstChunk ?? 0;
}
