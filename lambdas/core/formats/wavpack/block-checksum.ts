/** The checksum that WavPack 5 puts behind a block: https://www.wavpack.com/WavPack5FileFormat.pdf, section 3.0. */

const ID = 0x2f;
/** The sub-block holds one or two words behind its two bytes of header; the checksum is folded into one. */
const SHORT_WORDS = 1;
const LONG_WORDS = 2;
const SUB_BLOCK_HEADER_BYTES = 2;

/**
 * True when the block at [startOffset, endOffset), whose header announces a checksum, does not have the one that it
 * ends with. False when it does, or when it ends with none.
 */
export function failsChecksum(bytes: Uint8Array, startOffset: number, endOffset: number): boolean {
  const words = wordsOfChecksum(bytes, endOffset);
  if (words === 0) return false;
  const bodyOffset = endOffset - words * 2;
  const sum = checksum(bytes, startOffset, bodyOffset - SUB_BLOCK_HEADER_BYTES);
  const expected = words === SHORT_WORDS ? (sum ^ (sum >>> 16)) & 0xffff : sum;
  return expected !== littleEndian(bytes, bodyOffset, endOffset);
}

function wordsOfChecksum(bytes: Uint8Array, endOffset: number): number {
  for (const words of [SHORT_WORDS, LONG_WORDS]) {
    const offset = endOffset - words * 2 - SUB_BLOCK_HEADER_BYTES;
    if (bytes[offset] === ID && bytes[offset + 1] === words) return words;
  }
  return 0;
}

/** Each word of 16 bits is added to three times the sum so far. */
function checksum(bytes: Uint8Array, startOffset: number, endOffset: number): number {
  let sum = -1;
  for (let i = startOffset; i < endOffset; i += 2) {
    sum = (Math.imul(sum, 3) + (bytes[i] as number) + ((bytes[i + 1] as number) << 8)) | 0;
  }
  return sum >>> 0;
}

function littleEndian(bytes: Uint8Array, startOffset: number, endOffset: number): number {
  let value = 0;
  for (let i = endOffset - 1; i >= startOffset; i--) value = value * 256 + (bytes[i] as number);
  return value;
}
