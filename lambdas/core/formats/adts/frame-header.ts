/**
 * The header of an ADTS frame: ISO/IEC 13818-7 section 6.2, ISO/IEC 14496-3 section 1.A.3.2.
 *
 *     bits 0-11 sync · 12 MPEG-2 · 13-14 layer, always 0 · 15 no CRC · 16-17 profile · 18-21 sampling frequency index
 *     22 private · 23-25 channel configuration · 26-29 original, home, copyright · 30-42 frame length in bytes
 *     43-53 buffer fullness · 54-55 raw data blocks less one
 */

/** The header without what a CRC adds to it. */
export const FRAME_HEADER_BYTES = 7;

/** The length field has 13 bits. */
export const MAX_FRAME_BYTES = 0x1fff;

/** What stays the same in all frames of one stream, in the first 32 bits: sync, layer, profile, rate, channels. */
const KIND_MASK = 0xfff6fdc0 | 0;

const SYNC_AND_LAYER_MASK = 0xfff60000 | 0;
const SYNC_AND_LAYER = 0xfff00000 | 0;

/** By sampling frequency index (ISO/IEC 14496-3 table 1.18); the indices beyond are reserved. */
const SAMPLE_RATES = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
];

/** By channel configuration (table 1.19); 0: the channels stand in a program config element. */
const CHANNELS = [0, 1, 2, 3, 4, 5, 6, 8] as const;

const OBJECT_TYPES = [1, 2, 3, 4] as const;

/** All frames of one profile, rate and channel configuration. */
export type FrameKind = {
  /** The bits under KIND_MASK, as a signed 32-bit integer. */
  readonly bits: number;
  /** MPEG-4 audio object type: 1 Main, 2 LC, 3 SSR, 4 LTP. */
  readonly objectType: (typeof OBJECT_TYPES)[number];
  /** Hz, of the core coder. */
  readonly sampleRate: number;
  /** 0 when the header leaves it to a program config element. */
  readonly channels: number;
};

/** The kind of frame that begins at `bytes[offset]`; null if none does. */
export function frameKindAt(bytes: Uint8Array, offset: number): FrameKind | null {
  const word = wordAt(bytes, offset);
  if ((word & SYNC_AND_LAYER_MASK) !== SYNC_AND_LAYER) return null;
  const sampleRate = SAMPLE_RATES[(word >>> 10) & 15];
  const objectType = OBJECT_TYPES[(word >>> 14) & 3];
  const channels = CHANNELS[(word >>> 6) & 7];
  if (sampleRate === undefined || objectType === undefined || channels === undefined) return null;
  return { bits: word & KIND_MASK, objectType, sampleRate, channels };
}

/**
 * Bytes of the frame whose header stands at `bytes[offset]`, of which FRAME_HEADER_BYTES must be there; 0 if it is not
 * of this kind, or too short for its own header and a byte for each of its raw data blocks.
 */
export function frameByteLength(bits: number, bytes: Uint8Array, offset: number): number {
  const word = wordAt(bytes, offset);
  if ((word & KIND_MASK) !== bits) return 0;
  const length = ((word & 3) << 11) | ((bytes[offset + 4] ?? 0) << 3) | ((bytes[offset + 5] ?? 0) >>> 5);
  return length >= payloadOffset(bytes, offset) + rawBlocks(bytes, offset) ? length : 0;
}

/**
 * Bytes from the beginning of the frame at `bytes[offset]` to its first raw data block. With CRC, two bytes follow the
 * header, and two more for each further block, which say where that begins.
 */
export function payloadOffset(bytes: Uint8Array, offset: number): number {
  const isProtected = ((bytes[offset + 1] ?? 0) & 1) === 0;
  return FRAME_HEADER_BYTES + (isProtected ? 2 * rawBlocks(bytes, offset) : 0);
}

/** Raw data blocks in the frame at `bytes[offset]`: 1 to 4. */
export function rawBlocks(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset + 6] ?? 0) & 3) + 1;
}

/** The big-endian 32-bit integer at `offset`, signed. Bytes beyond the end count as 0, which no header survives. */
function wordAt(bytes: Uint8Array, offset: number): number {
  const high = ((bytes[offset] ?? 0) << 24) | ((bytes[offset + 1] ?? 0) << 16);
  return high | ((bytes[offset + 2] ?? 0) << 8) | (bytes[offset + 3] ?? 0);
}
