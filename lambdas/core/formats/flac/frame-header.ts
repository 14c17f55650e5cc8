import { crc8 } from './crc.ts';

/** Sync, codes, a coded number of up to 7 bytes, 2 + 2 bytes of uncommon block size and rate, CRC-8. */
export const MAX_HEADER_BYTES = 16;

export type FrameHeader = {
  readonly headerByteLength: number;
  /** Blocking strategy: `number` counts samples instead of frames. */
  readonly variable: boolean;
  readonly number: number;
  /** Samples per channel in this frame. */
  readonly samples: number;
  /** Hz. */
  readonly sampleRate: number;
  readonly channels: number;
  /** Which subframe, if any, holds a difference of two channels and so needs one bit more; -1 for none. */
  readonly sideChannel: number;
  readonly bitsPerSample: number;
};

/** What a header may leave to STREAMINFO: codes of 0. */
export type StreamDefaults = { readonly sampleRate: number; readonly bitsPerSample: number };

const SAMPLE_RATES = [0, 88200, 176400, 192000, 8000, 16000, 22050, 24000, 32000, 44100, 48000, 96000];
/** RFC 9639, 9.1.4; code 3 is reserved, 0 is STREAMINFO's. */
const BITS_PER_SAMPLE = [0, 8, 12, 0, 16, 20, 24, 32];
const RESERVED_BITS_CODE = 3;
const FORBIDDEN_RATE_CODE = 15;

const LEFT_SIDE = 8;
const SIDE_RIGHT = 9;
const MID_SIDE = 10;

/**
 * The frame header at `bytes[at]` (RFC 9639, section 9.1), or `null` when there is none: no sync code, reserved bits or
 * codes, a wrong CRC-8, cut by the end of `bytes`, or leaving to STREAMINFO what `defaults` does not know.
 */
export function parseFrameHeader(
  bytes: Uint8Array,
  at: number,
  defaults: StreamDefaults | undefined,
): FrameHeader | null {
  const [b0, b1, b2, b3] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
  if (b0 === undefined || b1 === undefined || b2 === undefined || b3 === undefined) return null;
  if (b0 !== 0xff || (b1 & 0xfe) !== 0xf8) return null;
  const blockCode = b2 >> 4;
  const rateCode = b2 & 0x0f;
  const channelCode = b3 >> 4;
  const bitsCode = (b3 >> 1) & 7;
  if (blockCode === 0 || rateCode === FORBIDDEN_RATE_CODE || channelCode > MID_SIDE) return null;
  if (bitsCode === RESERVED_BITS_CODE || b3 & 1) return null;

  const numberLength = codedNumberLength(bytes[at + 4] ?? 0xff);
  if (numberLength === 0) return null;
  const blockAt = at + 4 + numberLength;
  const rateAt = blockAt + uncommonBlockLength(blockCode);
  const crcAt = rateAt + uncommonRateLength(rateCode);
  if (crcAt >= bytes.length || crc8(bytes, at, crcAt + 1) !== 0) return null;

  const number = codedNumber(bytes, at + 4, numberLength);
  const samples = blockSize(bytes, blockAt, blockCode);
  const sampleRate = rateCode === 0 ? defaults?.sampleRate : frameRate(bytes, rateAt, rateCode);
  const bitsPerSample = bitsCode === 0 ? defaults?.bitsPerSample : BITS_PER_SAMPLE[bitsCode];
  if (number === null || !sampleRate || !bitsPerSample) return null;
  return {
    headerByteLength: crcAt + 1 - at,
    variable: (b1 & 1) === 1,
    number,
    samples,
    sampleRate,
    channels: channelCode >= LEFT_SIDE ? 2 : channelCode + 1,
    sideChannel: channelCode === SIDE_RIGHT ? 0 : channelCode >= LEFT_SIDE ? 1 : -1,
    bitsPerSample,
  };
}

/**
 * More bytes than an encoder would spend on the frame: twice its samples stored verbatim. (STREAMINFO's maximum frame
 * size is not asked: edited and joined files carry wrong ones.)
 */
export function frameByteLimit(header: FrameHeader): number {
  const bytesPerSample = (header.bitsPerSample + 1) >> 3;
  const verbatim = header.channels * (header.samples * (bytesPerSample + 1) + 8);
  return MAX_HEADER_BYTES + 2 * verbatim + 2;
}

/** True when `next` carries the number that follows `header`'s. */
export function isContinuous(header: FrameHeader, next: FrameHeader): boolean {
  // Both ways of counting are taken whatever the strategy bit says: encoders from before the bit existed varied the
  // block size without setting it.
  return next.number === header.number + 1 || next.number === header.number + header.samples;
}

export function sameFormat(a: FrameHeader, b: FrameHeader): boolean {
  return a.sampleRate === b.sampleRate && a.channels === b.channels && a.bitsPerSample === b.bitsPerSample;
}

/** Bytes of the coded number that begins with `first`: as UTF-8, extended to 36 bits. 0: not the first byte of one. */
function codedNumberLength(first: number): number {
  if (first < 0x80) return 1;
  const ones = Math.clz32(~(first << 24));
  return ones >= 2 && ones <= 7 ? ones : 0;
}

function codedNumber(bytes: Uint8Array, at: number, byteLength: number): number | null {
  const first = bytes[at] as number;
  if (byteLength === 1) return first;
  let number = first & (0x7f >> byteLength);
  for (let i = 1; i < byteLength; i++) {
    const byte = bytes[at + i] as number;
    if ((byte & 0xc0) !== 0x80) return null;
    // 36 bits: beyond what the shift operators hold.
    number = number * 64 + (byte & 0x3f);
  }
  return number;
}

function uncommonBlockLength(code: number): number {
  return code === 6 ? 1 : code === 7 ? 2 : 0;
}

function uncommonRateLength(code: number): number {
  return code === 12 ? 1 : code > 12 ? 2 : 0;
}

function blockSize(bytes: Uint8Array, at: number, code: number): number {
  if (code === 1) return 192;
  if (code <= 5) return 144 << code;
  if (code === 6) return (bytes[at] as number) + 1;
  if (code === 7) return uint16(bytes, at) + 1;
  return 1 << code;
}

function frameRate(bytes: Uint8Array, at: number, code: number): number {
  switch (code) {
    case 12:
      return (bytes[at] as number) * 1000;
    case 13:
      return uint16(bytes, at);
    case 14:
      return uint16(bytes, at) * 10;
    default:
      return SAMPLE_RATES[code] ?? 0;
  }
}

function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}
