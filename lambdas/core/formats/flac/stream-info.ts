import type { FrameHeader } from './frame-header.ts';

/** STREAMINFO (RFC 9639, section 8.2). Zeros mean unknown. */
export type StreamInfo = {
  readonly minBlockSamples: number;
  readonly maxBlockSamples: number;
  readonly minFrameBytes: number;
  readonly maxFrameBytes: number;
  /** Hz. */
  readonly sampleRate: number;
  readonly channels: number;
  readonly bitsPerSample: number;
  readonly totalSamples: number;
};

export const STREAM_INFO_BYTES = 34;

/** The block sizes that STREAMINFO may state. */
const MIN_BLOCK_SAMPLES = 16;
const MAX_BLOCK_SAMPLES = 65535;

/** Reads the 34 bytes of the block's body. */
export function parseStreamInfo(body: Uint8Array): StreamInfo {
  const view = new DataView(body.buffer, body.byteOffset, STREAM_INFO_BYTES);
  const packed = view.getUint32(10);
  return {
    minBlockSamples: view.getUint16(0),
    maxBlockSamples: view.getUint16(2),
    minFrameBytes: view.getUint32(4) >>> 8,
    maxFrameBytes: view.getUint32(6) & 0xffffff,
    sampleRate: packed >>> 12,
    channels: ((packed >>> 9) & 7) + 1,
    bitsPerSample: ((packed >>> 4) & 31) + 1,
    totalSamples: (packed & 15) * 2 ** 32 + view.getUint32(14),
  };
}

/** What is known of a stream without STREAMINFO from one of its frames (not its last). */
export function streamInfoOf(header: FrameHeader): StreamInfo {
  // Equal sizes tell a decoder that a frame's number times this size is its first sample.
  const fixed = !header.variable && header.samples >= MIN_BLOCK_SAMPLES && header.samples <= MAX_BLOCK_SAMPLES;
  return {
    minBlockSamples: fixed ? header.samples : MIN_BLOCK_SAMPLES,
    maxBlockSamples: fixed ? header.samples : MAX_BLOCK_SAMPLES,
    minFrameBytes: 0,
    maxFrameBytes: 0,
    sampleRate: header.sampleRate,
    channels: header.channels,
    bitsPerSample: header.bitsPerSample,
    totalSamples: 0,
  };
}

/**
 * `fLaC` and STREAMINFO as the only metadata block: 42 bytes.
 *
 * Total and MD5 are left 0 (unknown) whatever the source says: they are of the whole file, and a decoder that is fed
 * these bytes and one chunk would stop at the total, or complain that the checksum of what it heard is wrong.
 */
export function flacInit(info: StreamInfo): Uint8Array {
  const init = new Uint8Array(8 + STREAM_INFO_BYTES);
  init.set([0x66, 0x4c, 0x61, 0x43, 0x80, 0, 0, STREAM_INFO_BYTES]);
  const view = new DataView(init.buffer, 8);
  const legal = info.minBlockSamples >= MIN_BLOCK_SAMPLES && info.maxBlockSamples >= info.minBlockSamples;
  view.setUint16(0, legal ? info.minBlockSamples : MIN_BLOCK_SAMPLES);
  view.setUint16(2, legal ? info.maxBlockSamples : MAX_BLOCK_SAMPLES);
  view.setUint32(4, info.minFrameBytes * 2 ** 8 + (info.maxFrameBytes >>> 16));
  view.setUint16(8, info.maxFrameBytes & 0xffff);
  view.setUint32(10, info.sampleRate * 2 ** 12 + ((info.channels - 1) << 9) + ((info.bitsPerSample - 1) << 4));
  return init;
}
