/** Native FLAC: RFC 9639. */
import { CuepointError } from '../../errors.ts';
import type { ByteSource } from '../../ports.ts';
import { readBytes } from '../byte-window.ts';
import type { AudioFormat, Packets, Scan, ScanSummary, SourceFormat } from '../format.ts';
import { skipId3v2 } from '../id3v2.ts';
import { findTrailingTags } from '../surrounding-tags.ts';
import { type FrameHeader, MAX_HEADER_BYTES, parseFrameHeader } from './frame-header.ts';
import { FrameScan } from './frame-scan.ts';
import { type FlacMetadata, walkMetadata } from './metadata.ts';
import { scanWarnings } from './scan-warnings.ts';
import { flacInit, type StreamInfo, streamInfoOf } from './stream-info.ts';

const SIGNATURE = [0x66, 0x4c, 0x61, 0x43];

/**
 * Packets are frames; no preroll, no lead-in: every frame decodes by itself and the first sample is audible. The
 * timeline starts at the first frame whatever number it carries, so a stream cut out of a longer one starts at 0.
 */
export const flac: SourceFormat = { name: 'flac', open: (source) => openFlac(source) };

/**
 * `null` when no `fLaC` follows the leading ID3v2 tags. Throws `malformed_header` or `no_audio` (from here, or from
 * `packets`) when there is not one whole frame.
 *
 * `blockBytes`: how much to read at a time; the packets do not depend on it.
 */
export async function openFlac(source: ByteSource, blockBytes?: number): Promise<Scan | null> {
  const signatureByte = await skipId3v2(source);
  const signature = await readBytes(source, signatureByte, SIGNATURE.length);
  if (signature.length < SIGNATURE.length || !SIGNATURE.every((byte, i) => signature[i] === byte)) return null;
  const metadata = await walkMetadata(source, signatureByte + SIGNATURE.length);
  const reference = await referenceHeader(source, metadata, blockBytes);
  const streamInfo = effectiveStreamInfo(metadata.streamInfo, reference);
  return {
    format: audioFormat(reference),
    init: flacInit(streamInfo),
    packets: () => scanPackets(source, metadata, reference, blockBytes),
  };
}

/**
 * The header that all frames must agree with. The first frame is believed before STREAMINFO: decoders follow the
 * frames. STREAMINFO decides where that frame is damaged; without either, the first intact frame is searched for.
 */
async function referenceHeader(
  source: ByteSource,
  metadata: FlacMetadata,
  blockBytes: number | undefined,
): Promise<FrameHeader> {
  const { streamInfo, audioStartByte } = metadata;
  const start = await readBytes(source, audioStartByte, MAX_HEADER_BYTES);
  const first = parseFrameHeader(start, 0, streamInfo);
  if (first !== null) return first;
  if (streamInfo !== undefined) return headerOf(streamInfo);
  const scan = frameScan(source, metadata, undefined, blockBytes);
  await scan.batches().next();
  if (scan.chain.reference === undefined) throw noFrames(metadata, source.byteLength);
  return scan.chain.reference;
}

async function* scanPackets(
  source: ByteSource,
  metadata: FlacMetadata,
  reference: FrameHeader,
  blockBytes: number | undefined,
): AsyncGenerator<Packets, ScanSummary, undefined> {
  const scan = frameScan(source, metadata, reference, blockBytes);
  const { chain } = scan;
  yield* scan.batches();
  if (chain.frameCount === 0) throw noFrames(metadata, source.byteLength);
  const rest = await readBytes(source, chain.audioEndByte, MAX_HEADER_BYTES);
  if (chain.change === undefined && isCutHeader(rest)) chain.cutStartByte = chain.audioEndByte;
  const tagsByte = await findTrailingTags(source, chain.audioEndByte);
  const isExplained = chain.damaged !== undefined || chain.change !== undefined || chain.cutStartByte !== undefined;
  if (tagsByte > chain.audioEndByte && !isExplained) chain.noteJunkBehind();
  return {
    leadInSamples: 0,
    totalSamples: chain.totalSamples,
    audioStartByte: chain.audioStartByte,
    audioEndByte: chain.audioEndByte,
    warnings: scanWarnings(chain, reference, metadata.streamInfo, source.byteLength),
  };
}

function frameScan(
  source: ByteSource,
  { audioStartByte, streamInfo }: FlacMetadata,
  reference: FrameHeader | undefined,
  blockBytes: number | undefined,
): FrameScan {
  return new FrameScan(source, { startByte: audioStartByte, reference, defaults: streamInfo, blockBytes });
}

/** The end of the file can fall into a frame's header, which then is none. */
function isCutHeader(rest: Uint8Array): boolean {
  return rest.length < MAX_HEADER_BYTES && rest[0] === 0xff && ((rest[1] ?? 0xf8) & 0xfe) === 0xf8;
}

function effectiveStreamInfo(declared: StreamInfo | undefined, reference: FrameHeader): StreamInfo {
  if (declared === undefined) return streamInfoOf(reference);
  const { sampleRate, channels, bitsPerSample } = reference;
  return { ...declared, sampleRate, channels, bitsPerSample };
}

function headerOf({ sampleRate, channels, bitsPerSample, maxBlockSamples }: StreamInfo): FrameHeader {
  const unplaced = { headerByteLength: 0, variable: false, number: 0, sideChannel: -1 };
  return { ...unplaced, samples: maxBlockSamples, sampleRate, channels, bitsPerSample };
}

function audioFormat({ sampleRate, channels, bitsPerSample }: FrameHeader): AudioFormat {
  const names = { container: 'flac', codec: 'flac', mimeType: 'audio/flac', extension: 'flac' };
  return { ...names, sampleRate, channels, bitsPerSample };
}

function noFrames({ broken, audioStartByte }: FlacMetadata, byteLength: number): CuepointError {
  return broken
    ? new CuepointError(
        'malformed_header',
        `the FLAC metadata go astray at byte ${audioStartByte} of ${byteLength} and no frame follows; upload the whole file`,
      )
    : new CuepointError(
        'no_audio',
        `not one intact FLAC frame was found from byte ${audioStartByte} to ${byteLength}; upload a file that has audio in it`,
      );
}
