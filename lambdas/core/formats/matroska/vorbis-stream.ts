/** Vorbis in Matroska: the CodecPrivate is the three header packets, Xiph-laced. */
import type { ByteSource } from '../../ports.ts';
import { readBytes } from '../byte-window.ts';
import { overlapSamples, VorbisBlocks } from '../vorbis/vorbis-blocks.ts';
import { type CodecStream, type FrameCounter, samplesOfNs } from './codec-stream.ts';
import type { PlacedElement } from './element-reader.ts';

/** The byte that says: two sizes, then three packets. */
const THREE_PACKETS = 2;

/** The sizes take a byte per 255 bytes of the comments, in which covers can be. This is enough for 16 MiB of them. */
const MAX_LACING_BYTES = 1 << 16;

/** A setup of many thousand codebook entries has some tens of KiB. */
const MAX_SETUP_BYTES = 1 << 16;

/** Its size must be one lacing byte. */
const MAX_IDENTIFICATION_BYTES = 254;

/** Type 3, "vorbis", no vendor, no comment, framing bit. */
const EMPTY_COMMENTS = Uint8Array.of(3, 0x76, 0x6f, 0x72, 0x62, 0x69, 0x73, 0, 0, 0, 0, 0, 0, 0, 0, 1);

/** A block is heard together with the one before it; of two frames a decoder puts out one. */
const PREROLL_FRAMES = 2;

/**
 * `null`: the headers are cut, too large, or a decoder would refuse them. The comments are neither read nor kept: the
 * `decoderConfig` has empty ones, so that its size is a few KiB whatever the tags hold.
 */
export async function readVorbisStream(
  source: ByteSource,
  codecPrivate: PlacedElement,
  codecDelayNs: number,
): Promise<CodecStream | null> {
  const headers = await readHeaders(source, codecPrivate);
  if (headers === null) return null;
  const blocks = VorbisBlocks.parse(headers.identification, headers.setup);
  if (blocks === null) return null;
  const { sampleRate, channels } = blocks;
  return {
    codec: 'vorbis',
    codecId: 'A_VORBIS',
    sampleRate,
    channels,
    leadInSamples: samplesOfNs(codecDelayNs, sampleRate),
    decoderConfig: laced(headers.identification, headers.setup),
    codecDelayNs,
    seekPreRollNs: 0,
    preroll: { unit: 'frames', least: PREROLL_FRAMES, firstFrameSilent: true },
    openCounter: () => frameCounter(blocks),
  };
}

type Headers = { readonly identification: Uint8Array; readonly setup: Uint8Array };

async function readHeaders(source: ByteSource, { bodyByte, endByte }: PlacedElement): Promise<Headers | null> {
  const lacing = await readBytes(source, bodyByte, Math.min(endByte - bodyByte, MAX_LACING_BYTES));
  if (lacing[0] !== THREE_PACKETS) return null;
  const [identificationByteLength, commentsAt] = laceSizeAt(lacing, 1);
  const [commentsByteLength, packetsAt] = laceSizeAt(lacing, commentsAt);
  if (packetsAt > lacing.length || identificationByteLength > MAX_IDENTIFICATION_BYTES) return null;
  const identificationByte = bodyByte + packetsAt;
  const setupByte = identificationByte + identificationByteLength + commentsByteLength;
  const setupByteLength = endByte - setupByte;
  if (setupByteLength <= 0 || setupByteLength > MAX_SETUP_BYTES) return null;
  return {
    identification: await readBytes(source, identificationByte, identificationByteLength),
    setup: await readBytes(source, setupByte, setupByteLength),
  };
}

/** A size as a run of 255s and a smaller byte, and the index after it: beyond the bytes when they end inside. */
function laceSizeAt(bytes: Uint8Array, from: number): [size: number, next: number] {
  let size = 0;
  let at = from;
  for (; bytes[at] === 255; at++) size += 255;
  return [size + (bytes[at] ?? 0), at + 1];
}

function laced(identification: Uint8Array, setup: Uint8Array): Uint8Array {
  const sizes = [THREE_PACKETS, identification.length, EMPTY_COMMENTS.length];
  const config = new Uint8Array(sizes.length + identification.length + EMPTY_COMMENTS.length + setup.length);
  config.set(sizes);
  config.set(identification, sizes.length);
  config.set(EMPTY_COMMENTS, sizes.length + identification.length);
  config.set(setup, config.length - setup.length);
  return config;
}

function frameCounter(blocks: VorbisBlocks): FrameCounter {
  let previous = 0;
  return (bytes, from, to) => {
    const block = from < to ? blocks.blockSamples(bytes[from]) : 0;
    if (block === 0) return null;
    const samples = overlapSamples(previous, block);
    previous = block;
    return samples;
  };
}
