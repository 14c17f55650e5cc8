/** Opus in Matroska: the CodecPrivate is an OpusHead (RFC 7845, section 5.1). */
import { OPUS_SAMPLE_RATE, opusPacketSamples } from '../opus/toc.ts';
import type { CodecStream } from './codec-stream.ts';

/** 1.5 s: after it, decoders that began differently agree. The 80 ms that the mapping asks for leave errors of 2e-2. */
const PREROLL_SAMPLES = 72_000;

/** 80 ms, as the mapping asks for. */
const SEEK_PRE_ROLL_NS = 80_000_000;

const FIXED_BYTES = 19;
/** Number of streams, number of coupled ones; then a byte for each channel. */
const MAPPING_BYTES = 2;

/** The longest OpusHead. */
export const MAX_OPUS_HEAD_BYTES = FIXED_BYTES + MAPPING_BYTES + 255;

const OPUS_HEAD = [0x4f, 0x70, 0x75, 0x73, 0x48, 0x65, 0x61, 0x64];

/**
 * `null`: no OpusHead, or one that a decoder would refuse. The lead-in is its pre-skip; CodecDelay says the same, rounded
 * to nanoseconds, and is not asked.
 */
export function opusStream(codecPrivate: Uint8Array, codecDelayNs: number): CodecStream | null {
  if (codecPrivate.length < FIXED_BYTES || !OPUS_HEAD.every((byte, i) => codecPrivate[i] === byte)) return null;
  const view = new DataView(codecPrivate.buffer, codecPrivate.byteOffset, codecPrivate.byteLength);
  const majorVersion = view.getUint8(8) >> 4;
  const channels = view.getUint8(9);
  const preSkip = view.getUint16(10, true);
  const mappingFamily = view.getUint8(18);
  const byteLength = mappingFamily === 0 ? FIXED_BYTES : FIXED_BYTES + MAPPING_BYTES + channels;
  const channelsFit = channels > 0 && (mappingFamily !== 0 || channels <= 2);
  if (majorVersion !== 0 || !channelsFit || codecPrivate.length < byteLength) return null;
  return {
    codec: 'opus',
    codecId: 'A_OPUS',
    sampleRate: OPUS_SAMPLE_RATE,
    channels,
    leadInSamples: preSkip,
    decoderConfig: codecPrivate.slice(0, byteLength),
    codecDelayNs,
    seekPreRollNs: SEEK_PRE_ROLL_NS,
    preroll: { unit: 'samples', least: PREROLL_SAMPLES, firstFrameSilent: false },
    openCounter: () => opusPacketSamples,
  };
}
