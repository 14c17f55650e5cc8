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
