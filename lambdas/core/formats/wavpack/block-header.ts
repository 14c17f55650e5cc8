/** The 32 bytes that begin every WavPack block: https://www.wavpack.com/WavPack5FileFormat.pdf, section 2.0. */

export const BLOCK_HEADER_BYTES = 32;

/** `wvpk`, read as a little-endian word. */
const SIGNATURE = 0x6b707677;
const FIRST_VERSION = 0x402;
const LAST_VERSION = 0x410;
/** ckSize leaves out the eight bytes that it ends. */
const UNCOUNTED_BYTES = 8;
/** As the reference decoder bounds them: larger ones are no blocks. */
const BLOCK_BYTES_LIMIT = 1 << 20;
const BLOCK_SAMPLES_LIMIT = 3 << 16;

const UNKNOWN_TOTAL = 0xffffffff;
const CUSTOM_RATE = 15;
const SAMPLE_RATES = [
  6000, 8000, 9600, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000, 192000,
];

const MONO = 1 << 2;
const FLOAT = 1 << 7;
const INITIAL = 1 << 11;
const FINAL = 1 << 12;
const SHIFT_LOWEST_BIT = 13;
const RATE_LOWEST_BIT = 23;
const HAS_CHECKSUM = 1 << 28;
const DSD = 1 << 31;

export type BlockHeader = {
  /** Of the whole block, header included. */
  readonly byteLength: number;
  /** Number of the block's first sample. */
  readonly blockIndex: number;
  /** Per channel; 0 in a block that holds metadata only. */
  readonly samples: number;
  /** Samples of the whole file, believed only where `blockIndex` is 0; `undefined`: not known when it was written. */
  readonly totalSamples: number | undefined;
  /** 1 or 2: more channels are spread over the blocks from an `initial` to a `final` one. */
  readonly channels: number;
  /** Hz; `undefined` where a sub-block states it. */
  readonly sampleRate: number | undefined;
  readonly bitsPerSample: number;
  readonly float: boolean;
  readonly initial: boolean;
  readonly final: boolean;
  /** One-bit audio instead of PCM. */
  readonly dsd: boolean;
  /** The block ends with a checksum of itself. */
  readonly hasChecksum: boolean;
};

/**
 * The header at `bytes[offset]`; `null` when none is there that a decoder would take for one. Where `limit` ends inside
 * of it, there is none.
 */
export function parseBlockHeader(bytes: Uint8Array, offset: number, limit: number): BlockHeader | null {
  if (offset + BLOCK_HEADER_BYTES > limit || !hasBlockSignature(bytes, offset)) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, BLOCK_HEADER_BYTES);
  const byteLength = view.getUint32(4, true) + UNCOUNTED_BYTES;
  const version = view.getUint16(8, true);
  const samples = view.getUint32(20, true);
  if (byteLength < BLOCK_HEADER_BYTES || byteLength >= BLOCK_BYTES_LIMIT + UNCOUNTED_BYTES) return null;
  if (byteLength % 2 === 1 || samples >= BLOCK_SAMPLES_LIMIT) return null;
  if (version < FIRST_VERSION || version > LAST_VERSION) return null;
  const flags = view.getUint32(24, true);
  const float = (flags & FLOAT) !== 0;
  const storedBits = ((flags & 3) + 1) * 8;
  const unusedBits = (flags >>> SHIFT_LOWEST_BIT) & 31;
  return {
    byteLength,
    blockIndex: view.getUint32(16, true) + view.getUint8(10) * 2 ** 32,
    samples,
    totalSamples: totalSamples(view.getUint32(12, true), view.getUint8(11)),
    channels: (flags & MONO) === 0 ? 2 : 1,
    sampleRate: SAMPLE_RATES[(flags >>> RATE_LOWEST_BIT) & CUSTOM_RATE],
    bitsPerSample: float ? 32 : Math.max(1, storedBits - unusedBits),
    float,
    initial: (flags & INITIAL) !== 0,
    final: (flags & FINAL) !== 0,
    dsd: (flags & DSD) !== 0,
    hasChecksum: (flags & HAS_CHECKSUM) !== 0,
  };
}

/** All ones mean unknown, so the upper byte counts steps of 2^32 − 1. */
function totalSamples(low: number, high: number): number | undefined {
  return low === UNKNOWN_TOTAL ? undefined : low + high * UNKNOWN_TOTAL;
}

export function hasBlockSignature(bytes: Uint8Array, offset: number): boolean {
  if (offset + 4 > bytes.length) return false;
  const low = (bytes[offset] ?? 0) | ((bytes[offset + 1] ?? 0) << 8);
  return (low | ((bytes[offset + 2] ?? 0) << 16) | ((bytes[offset + 3] ?? 0) << 24)) === SIGNATURE;
}

/** The stream version of what begins with `wvpk`, when it is none of WavPack 4 and 5 (0x402 to 0x410). */
export function foreignVersion(header: Uint8Array): number | undefined {
  const version = (header[8] ?? 0) | ((header[9] ?? 0) << 8);
  return version < FIRST_VERSION || version > LAST_VERSION ? version : undefined;
}
