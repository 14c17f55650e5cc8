/** Program config elements: ISO/IEC 13818-7 section 6.3, ISO/IEC 14496-3 section 4.4.1.1. */
import { bitsAt } from './bits.ts';
import { payloadOffset } from './frame-header.ts';

/** Syntactic elements, by the three bits that each begins with. */
const ELEMENT_ID_BITS = 3;
const PROGRAM_CONFIG_ID = 5;

export type ProgramConfig = {
  readonly channels: number;
  /** AudioSpecificConfig (ISO/IEC 14496-3 section 1.6.2.1) that holds the element. */
  readonly decoderConfig: Uint8Array;
};

/** The program config element that the frame begins with; null if it begins with another element, or is cut. */
export function programConfigOf(frame: Uint8Array): ProgramConfig | null {
  const block = frame.subarray(payloadOffset(frame, 0));
  if (bitsAt(block, 0, ELEMENT_ID_BITS) !== PROGRAM_CONFIG_ID) return null;
  // Instance tag, object type and sampling frequency index say nothing about channels.
  let at = ELEMENT_ID_BITS + 4 + 2 + 4;
  const take = (count: number): number => {
    at += count;
    return bitsAt(block, at - count, count);
  };
  const pairable = take(4) + take(4) + take(4);
  const lowFrequency = take(2);
  const data = take(3);
  const coupling = take(4);
  if (take(1) === 1) take(4);
  if (take(1) === 1) take(4);
  if (take(1) === 1) take(3);
  let channels = lowFrequency;
  for (let element = 0; element < pairable; element++) {
    channels += 1 + take(1);
    take(4);
  }
  at += 4 * (lowFrequency + data) + 5 * coupling;
  const commentOffset = Math.ceil(at / 8);
  const endOffset = commentOffset + 1 + (block[commentOffset] ?? 0);
  if (endOffset > block.length) return null;
  const fields = bitsFrom(block, ELEMENT_ID_BITS, at);
  const decoderConfig = Uint8Array.from([...configHead(frame), ...fields, ...block.subarray(commentOffset, endOffset)]);
  return { channels, decoderConfig };
}

/**
 * The two bytes before the element: object type (5 bits), sampling frequency index (4), and zeros: the channel
 * configuration (4), frames of 1024 samples, no core coder, no extension.
 */
function configHead(frame: Uint8Array): number[] {
  const objectType = ((frame[2] ?? 0) >>> 6) + 1;
  const rateIndex = ((frame[2] ?? 0) >>> 2) & 15;
  return [(objectType << 3) | (rateIndex >>> 1), (rateIndex & 1) << 7];
}

/** Bits [fromBit, endBit), moved to the beginning of a byte and padded with zeros. */
function bitsFrom(bytes: Uint8Array, fromBit: number, endBit: number): number[] {
  return Array.from({ length: Math.ceil((endBit - fromBit) / 8) }, (_, index) => {
    const at = fromBit + 8 * index;
    const count = Math.min(8, endBit - at);
    return bitsAt(bytes, at, count) << (8 - count);
  });
}
