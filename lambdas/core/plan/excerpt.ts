/** A part of a track as one body: some bytes of our own, then a window of the source. */
import { CuepointError } from '../errors.ts';
import { sizedAiffHeader } from '../formats/aiff/aiff-header.ts';
import { wavHeader } from '../formats/wav/wav-header.ts';
import type { ChunkIndex } from '../index/chunk-index.ts';
import type { ByteRange } from '../ports.ts';
import type { SampleRange } from '../time.ts';
import type { PublishedRevision } from '../track/record.ts';
import { decodeStartOf, initChunkOf } from '../track/timeline.ts';

/** The body is `prefix` followed by bytes [startByte, endByte) of the source. */
export type Excerpt = ByteRange & {
  readonly prefix: Uint8Array;
  /** Of what a decoder makes of the body: samples to drop at its start, then samples to keep. */
  readonly trim?: { readonly skipSamples: number; readonly takeSamples: number };
};

/**
 * The least this index can give that decodes to all of a part of the timeline. Of PCM that is the part itself, to the
 * sample, under a header of its own. Of coded audio it is whole chunks with the preroll of the first, after the bytes a
 * decoder needs first; `trim` says what to cut from the decoded samples to have the part exactly.
 *
 * `laterInit` fetches the init that holds from a chunk on. Throws `time_range_unsupported` for containers whose audio cannot be
 * told from its bytes alone, and for parts in which two streams meet.
 */
export async function timeExcerpt(
  revision: PublishedRevision,
  index: ChunkIndex,
  { startSample, endSample }: SampleRange,
  laterInit: (firstChunk: number) => Promise<Uint8Array>,
): Promise<Excerpt> {
  const { format, leadInSamples, audioStartByte, audioEndByte, init } = revision;
  const takeSamples = endSample - startSample;
  if (format.decoderConfig !== undefined) {
    throw unsupported('bytes of this container do not show by themselves where its frames are');
  }
  const { container, bitsPerSample } = format;
  if ((container === 'wav' || container === 'aiff') && bitsPerSample !== undefined) {
    const blockBytes = (bitsPerSample / 8) * format.channels;
    const startByte = audioStartByte + startSample * blockBytes;
    const endByte = audioStartByte + endSample * blockBytes;
    const prefix =
      container === 'wav'
        ? wavHeader({ ...format, bitsPerSample }, endByte - startByte)
        : sizedAiffHeader(init, takeSamples, endByte - startByte);
    return { prefix, startByte, endByte, trim: { skipSamples: 0, takeSamples } };
  }
  const first = await index.chunkAtSample(startSample + leadInSamples);
  const last = await index.chunkAtSample(endSample - 1 + leadInSamples);
  const decodeStart = decodeStartOf(first, revision);
  const initChunk = initChunkOf(revision, first.number);
  if (initChunk !== initChunkOf(revision, last.number)) {
    throw unsupported(
      'two streams meet in this part, and what decoders put out at the seam cannot be trimmed in one piece',
    );
  }
  return {
    prefix: initChunk === 0 ? init : await laterInit(initChunk),
    startByte: decodeStart.startByte,
    endByte: Math.min(last.endByte, audioEndByte),
    trim: { skipSamples: startSample + leadInSamples - decodeStart.sample, takeSamples },
  };
}

function unsupported(reason: string): CuepointError {
  return new CuepointError(
    'time_range_unsupported',
    `${reason}; ask for bytes, or for the chunks of this time range, which say how to decode and trim them`,
  );
}

/** Bytes of the source as they are. */
export function byteExcerpt({ startByte, endByte }: ByteRange): Excerpt {
  return { prefix: new Uint8Array(0), startByte, endByte };
}

/** The part of an excerpt that a range of its body is made of: bytes of the prefix, then bytes of the source. */
export function excerptSlice(excerpt: Excerpt, range: ByteRange): { prefix: Uint8Array; source: ByteRange } {
  const prefixLength = excerpt.prefix.length;
  const shift = excerpt.startByte - prefixLength;
  return {
    prefix: excerpt.prefix.subarray(Math.min(range.startByte, prefixLength), Math.min(range.endByte, prefixLength)),
    source: {
      startByte: Math.max(range.startByte + shift, excerpt.startByte),
      endByte: Math.max(range.endByte + shift, excerpt.startByte),
    },
  };
}
