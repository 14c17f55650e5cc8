/**
 * Matroska and WebM audio: RFC 9559, in EBML (RFC 8794); codecs as in
 * https://www.matroska.org/technical/codec_specs.html
 */
import { CuepointError } from '../../errors.ts';
import type { ByteSource } from '../../ports.ts';
import type { AudioFormat, Packets, Scan, ScanSummary, SourceFormat } from '../format.ts';
import { ClusterScan } from './cluster-scan.ts';
import type { CodecStream } from './codec-stream.ts';
import { initSegment } from './init-segment.ts';
import { scanWarnings } from './scan-warnings.ts';
import { type DocType, readSegmentHeader, type SegmentHeader } from './segment-header.ts';
import { TrackBlocks } from './track-blocks.ts';
import { chooseTrack, readCodecStream } from './track-choice.ts';

/**
 * A packet is a cluster that holds blocks of the track, or a part of one where it is longer than 30 s or 2 MiB; its
 * frames are the codec's. Chunks that begin with a cluster can be played behind `init` as they are; all can be decoded
 * frame by frame.
 */
export const matroska: SourceFormat = { name: 'matroska', open: (source) => openMatroska(source) };

/**
 * `null`: no EBML file, or of another DocType. Throws `malformed_header`, `unsupported_codec`, `drm_protected` or
 * `no_audio`, the last two from `packets`, too.
 *
 * `blockBytes`: how much to read at a time; the packets do not depend on it.
 */
export async function openMatroska(source: ByteSource, blockBytes?: number): Promise<Scan | null> {
  const header = await readSegmentHeader(source);
  if (header === null) return null;
  const track = chooseTrack(header);
  const stream = await readCodecStream(source, track);
  const { number: trackNumber } = track;
  const { docType, timestampScaleNs, tracks } = header;
  const otherTrackNumbers = tracks.map(({ number }) => number).filter((number) => number !== trackNumber);
  return {
    format: audioFormat(docType, stream),
    init: initSegment({ docType, trackNumber, otherTrackNumbers, timestampScaleNs, stream }),
    packets: () => scanPackets(source, { header, trackNumber, stream, blockBytes }),
  };
}

type ScanInput = {
  readonly header: SegmentHeader;
  readonly trackNumber: number;
  readonly stream: CodecStream;
  readonly blockBytes: number | undefined;
};

async function* scanPackets(source: ByteSource, input: ScanInput): AsyncGenerator<Packets, ScanSummary, undefined> {
  const { header, trackNumber, stream, blockBytes } = input;
  const { byteLength } = source;
  const blocks = new TrackBlocks(stream);
  const scan = await ClusterScan.open(source, { header, trackNumber, blocks, blockBytes });
  yield* scan.batches();
  const { leadInSamples, sampleRate } = stream;
  const { audioStartByte, audioEndByte, decodedSamples, paddingSamples } = blocks;
  if (audioStartByte === undefined) {
    throw new CuepointError(
      'no_audio',
      `not one whole block of the audio track ${trackNumber} was found from byte ${header.clustersStartByte} to ${byteLength}; upload the whole file`,
    );
  }
  const totalSamples = decodedSamples - leadInSamples - paddingSamples;
  if (totalSamples <= 0) {
    throw new CuepointError(
      'no_audio',
      `the ${decodedSamples} samples of the audio are all encoder delay (${leadInSamples}) or padding (${paddingSamples}); upload a longer file`,
    );
  }
  const warnings = scanWarnings(header, trackNumber, blocks, scan.findings, { sampleRate, byteLength });
  return { leadInSamples, totalSamples, audioStartByte, audioEndByte, warnings };
}

function audioFormat(docType: DocType, { codec, sampleRate, channels, decoderConfig }: CodecStream): AudioFormat {
  const container = docType;
  const extension = docType === 'webm' ? 'webm' : 'mka';
  const codecNames = { codec, codecString: codec };
  return { container, mimeType: `audio/${docType}`, extension, ...codecNames, sampleRate, channels, decoderConfig };
}
