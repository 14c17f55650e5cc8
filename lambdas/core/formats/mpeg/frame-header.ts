/**
 * The four bytes that begin every MPEG audio frame: ISO/IEC 11172-3 section 2.4.1.3 and 2.4.2.3 (MPEG-1), ISO/IEC
 * 13818-3 section 2.4.2.3 (MPEG-2, half the sample rates), and the unofficial MPEG-2.5 (a quarter).
 *
 *     bits 31-21 sync · 20-19 version · 18-17 layer · 16 no CRC · 15-12 bitrate · 11-10 sample rate · 9 padding
 *     bits 7-6 channel mode · the rest says nothing about where frames are
 */

export const FRAME_HEADER_BYTES = 4;

/** Layer II at 160 kbit/s and 8 kHz, padded: no frame with a stated bitrate is longer. */
export const MAX_FRAME_BYTES = 2881;

/** What stays the same in all frames of one stream: sync, version, layer and sample rate. */
export const KIND_MASK = 0xfffe0c00 | 0;

/** All frames of one version, layer and sample rate. */
export type FrameKind = {
  /** The bits under KIND_MASK, as a signed 32-bit integer like every header here. */
  readonly bits: number;
  readonly version: 1 | 2 | 2.5;
  readonly layer: 1 | 2 | 3;
  /** Hz. */
  readonly sampleRate: number;
  /** Decoded samples per channel of one frame. */
  readonly samples: number;
  /** Frame length in bytes at `lengthSlot(header)`; 0 for free format and for the forbidden bitrate. */
  readonly byteLengths: Uint16Array;
};

const LOW_RATE_KBPS = [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
/** By `version 1 or not` and layer: the bitrates of indices 1 to 14, in kbit/s. */
const BITRATES_KBPS = {
  mpeg1: {
    1: [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
    2: [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    3: [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  },
  mpeg2: {
    1: [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
    2: LOW_RATE_KBPS,
    3: LOW_RATE_KBPS,
  },
} as const;

const VERSIONS = [2.5, undefined, 2, 1] as const;
const LAYERS = [undefined, 3, 2, 1] as const;
const MPEG1_SAMPLE_RATES = [44_100, 48_000, 32_000];
const RATE_DIVISOR = { 1: 1, 2: 2, 2.5: 4 } as const;

function samplesPerFrame(version: FrameKind['version'], layer: FrameKind['layer']): number {
  if (layer === 1) return 384;
  return layer === 3 && version !== 1 ? 576 : 1152;
}

/** Layer I counts in slots of four bytes and rounds before it multiplies; the others count bytes. */
function frameBytes(layer: FrameKind['layer'], samples: number, bitsPerSecond: number, rate: number, padding: number) {
  const slotBytes = layer === 1 ? 4 : 1;
  return (Math.floor((samples * bitsPerSecond) / (8 * slotBytes * rate)) + padding) * slotBytes;
}

function kindOf(slot: number): FrameKind | null {
  const version = VERSIONS[slot >> 4];
  const layer = LAYERS[(slot >> 2) & 3];
  const mpeg1Rate = MPEG1_SAMPLE_RATES[slot & 3];
  if (version === undefined || layer === undefined || mpeg1Rate === undefined) return null;
  const sampleRate = mpeg1Rate / RATE_DIVISOR[version];
  const samples = samplesPerFrame(version, layer);
  const byteLengths = new Uint16Array(32);
  BITRATES_KBPS[version === 1 ? 'mpeg1' : 'mpeg2'][layer].forEach((kbps, index) => {
    for (const padding of [0, 1]) {
      byteLengths[(index + 1) * 2 + padding] = frameBytes(layer, samples, kbps * 1000, sampleRate, padding);
    }
  });
  return {
    bits: 0xffe00000 | ((slot >> 2) << 17) | ((slot & 3) << 10),
    version,
    layer,
    sampleRate,
    samples,
    byteLengths,
  };
}

const KINDS: readonly (FrameKind | null)[] = Array.from({ length: 64 }, (_, slot) => kindOf(slot));

/** The big-endian 32-bit integer at `offset`, signed. Bytes beyond the end count as 0, which no header survives. */
export function headerAt(bytes: Uint8Array, offset: number): number {
  const high = ((bytes[offset] ?? 0) << 24) | ((bytes[offset + 1] ?? 0) << 16);
  return high | ((bytes[offset + 2] ?? 0) << 8) | (bytes[offset + 3] ?? 0);
}

/** The kind of frame that `header` begins, whatever its bitrate; null if it begins none. */
export function frameKind(header: number): FrameKind | null {
  if (header >>> 21 !== 0x7ff) return null;
  return KINDS[((header >>> 15) & 0x3c) | ((header >>> 10) & 3)] ?? null;
}

/** Index into `FrameKind.byteLengths`: bitrate and padding. */
export function lengthSlot(header: number): number {
  return ((header >>> 11) & 0x1e) | ((header >>> 9) & 1);
}

/** Bytes of the frame that `header` begins; 0 if it is not of this kind or does not state a bitrate. */
export function frameByteLength(kind: FrameKind, header: number): number {
  return (header & KIND_MASK) === kind.bits ? (kind.byteLengths[lengthSlot(header)] ?? 0) : 0;
}

/** 0 is free format: the frame does not say how long it is. */
export function bitrateIndex(header: number): number {
  return (header >>> 12) & 15;
}

export function channelCount(header: number): 1 | 2 {
  return ((header >>> 6) & 3) === 3 ? 1 : 2;
}

/** Bytes between header and side information: the CRC word, when the protection bit is clear. */
export function crcBytes(header: number): 0 | 2 {
  return ((header >>> 16) & 1) === 0 ? 2 : 0;
}

/** Bytes of Layer III side information: ISO/IEC 11172-3 section 2.4.1.7, 13818-3 section 2.4.1.7. */
export function sideInfoBytes(version: FrameKind['version'], header: number): number {
  if (version === 1) return channelCount(header) === 1 ? 17 : 32;
  return channelCount(header) === 1 ? 9 : 17;
}
