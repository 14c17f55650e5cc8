/** The first bytes of an Opus packet: RFC 6716, section 3.1 and 3.2.5. */

/** Opus counts at 48 kHz whatever was encoded (RFC 7845, section 4). */
export const OPUS_SAMPLE_RATE = 48_000;

/** 120 ms: no packet may be longer (requirement R5). */
const MAX_PACKET_SAMPLES = 5760;

/** Samples of one frame, by the two low bits of the configuration number: 10, 20, 40, 60 ms, and 2.5, 5, 10, 20 ms. */
const SILK_FRAME_SAMPLES = [480, 960, 1920, 2880] as const;
const CELT_FRAME_SAMPLES = [120, 240, 480, 960] as const;
const HYBRID_FRAME_SAMPLES = [480, 960] as const;

const FIRST_HYBRID_CONFIGURATION = 12;
const FIRST_CELT_CONFIGURATION = 16;

/** The code (two low bits of the first byte) that says: the second byte holds the number of frames. */
const COUNTED_FRAMES = 3;
const FRAME_COUNT_MASK = 0x3f;

/**
 * How long the packet `bytes[from, to)` plays: samples at 48 kHz, or `null` when it is empty, lacks its frame count, has
 * no frame, or would be longer than 120 ms. Of a multistream packet the first stream is asked: all are of one length
 * (RFC 7845, section 5.1.1). What follows the first two bytes is not looked at.
 */
export function opusPacketSamples(bytes: Uint8Array, from: number, to: number): number | null {
  if (from >= to) return null;
  const toc = bytes[from] as number;
  const code = toc & 3;
  const frames = code === COUNTED_FRAMES ? countedFrames(bytes, from + 1, to) : code === 0 ? 1 : 2;
  const samples = frames * frameSamples(toc >> 3);
  return samples > 0 && samples <= MAX_PACKET_SAMPLES ? samples : null;
}

function countedFrames(bytes: Uint8Array, at: number, to: number): number {
  return at < to ? (bytes[at] as number) & FRAME_COUNT_MASK : 0;
}

function frameSamples(configuration: number): number {
  if (configuration >= FIRST_CELT_CONFIGURATION) return CELT_FRAME_SAMPLES[configuration & 3] as number;
  if (configuration >= FIRST_HYBRID_CONFIGURATION) return HYBRID_FRAME_SAMPLES[configuration & 1] as number;
  return SILK_FRAME_SAMPLES[configuration & 3] as number;
}
