/** What the sub-blocks of a block say: https://www.wavpack.com/WavPack5FileFormat.pdf, section 3.0. */
import { BLOCK_HEADER_BYTES } from './block-header.ts';

export type StreamProperties = {
  /** Hz, where the block's flags do not say it. */
  readonly sampleRate: number | undefined;
  /** Speakers, as WAVE_FORMAT_EXTENSIBLE numbers them. */
  readonly channelMask: number | undefined;
};

const ID_MASK = 0x3f;
const ODD_SIZE = 0x40;
const LARGE = 0x80;
const CHANNEL_INFO = 0x0d;
const SAMPLE_RATE = 0x27;

/** Reads what stands in the whole block `bytes`, header included; what is cut or missing is left `undefined`. */
export function streamProperties(bytes: Uint8Array): StreamProperties {
  let sampleRate: number | undefined;
  let channelMask: number | undefined;
  let at = BLOCK_HEADER_BYTES;
  while (at + 2 <= bytes.length) {
    const flags = bytes[at] ?? 0;
    const large = (flags & LARGE) !== 0;
    const paddedByteLength = little(bytes.subarray(at + 1, at + (large ? 4 : 2))) * 2;
    const bodyByte = at + (large ? 4 : 2);
    const endByte = bodyByte + paddedByteLength;
    if (endByte > bytes.length) break;
    const body = bytes.subarray(bodyByte, endByte - ((flags & ODD_SIZE) !== 0 && paddedByteLength > 0 ? 1 : 0));
    if ((flags & ID_MASK) === SAMPLE_RATE) sampleRate = rateOf(body) ?? sampleRate;
    if ((flags & ID_MASK) === CHANNEL_INFO) channelMask = maskOf(body) ?? channelMask;
    at = endByte;
  }
  return { sampleRate, channelMask };
}

/** 24 bits, or 31 in a fourth byte. */
function rateOf(body: Uint8Array): number | undefined {
  if (body.length !== 3 && body.length !== 4) return undefined;
  return little(body) & 0x7fffffff;
}

/** A count of channels and a mask of up to four bytes; longer forms have three bytes of counts. No mask: 0. */
function maskOf(body: Uint8Array): number | undefined {
  if (body.length < 1 || body.length > 7) return undefined;
  return little(body.subarray(body.length >= 6 ? 3 : 1)) >>> 0;
}

function little(bytes: Uint8Array): number {
  return bytes.reduceRight((value, byte) => value * 256 + byte, 0);
}
