import { flacCrc8, flacCrc16 } from './flac-stream.ts';
import type { FuzzFormat } from './fuzz-fields.ts';
import { oggCrc } from './ogg-stream.ts';

/** Computed bit by bit they take their time. */
const MAX_SEALED_BYTES = 1 << 17;

/** The bytes with checksums that are right wherever one belongs; `null`: the format is not known to have any. */
export function resealed(format: FuzzFormat, bytes: Uint8Array): Uint8Array | null {
  if (bytes.length > MAX_SEALED_BYTES) return null;
  switch (format) {
    case 'ogg':
      return resealedPages(bytes.slice());
    case 'flac':
      return resealedFrames(bytes.slice());
    default:
      return null;
  }
}

const PAGE_HEADER_BYTES = 27;
const PAGE_CRC_OFFSET = 22;
const PAGE_SEGMENTS_OFFSET = 26;

function resealedPages(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer);
  let sealedByte = 0;
  for (const start of placesOf(bytes, [0x4f, 0x67, 0x67, 0x53])) {
    if (start < sealedByte) continue;
    const bodyByte = start + PAGE_HEADER_BYTES + (bytes[start + PAGE_SEGMENTS_OFFSET] ?? 0);
    const segments = bytes.subarray(start + PAGE_HEADER_BYTES, bodyByte);
    const end = bodyByte + segments.reduce((sum, length) => sum + length, 0);
    if (end > bytes.length) continue;
    view.setUint32(start + PAGE_CRC_OFFSET, oggCrc(bytes.subarray(start, end)), true);
    sealedByte = end;
  }
  return bytes;
}

/** A frame is taken to end where the next one begins: RFC 9639, section 9.1. */
function resealedFrames(bytes: Uint8Array): Uint8Array {
  const starts = [...placesOf(bytes, [0xff, 0xf8]), ...placesOf(bytes, [0xff, 0xf9])].sort((a, b) => a - b);
  for (const [i, start] of starts.entries()) {
    const end = starts[i + 1] ?? bytes.length;
    const crcByte = start + 4 + frameFieldBytes(bytes, start);
    if (crcByte + 3 > end) continue;
    bytes[crcByte] = flacCrc8(bytes.subarray(start, crcByte));
    const crc = flacCrc16(bytes.subarray(start, end - 2));
    bytes.set([crc >> 8, crc & 0xff], end - 2);
  }
  return bytes;
}

/** Bytes of a header between its first four and its checksum: the coded number, and lengths and rates left to the end. */
function frameFieldBytes(bytes: Uint8Array, start: number): number {
  const [, , lengths = 0, , coded = 0] = bytes.subarray(start, start + 5);
  const codedBytes = Math.max(1, Math.clz32(~(coded << 24)));
  const lengthCode = lengths >> 4;
  const rateCode = lengths & 15;
  const lengthBytes = lengthCode === 6 ? 1 : lengthCode === 7 ? 2 : 0;
  return codedBytes + lengthBytes + (rateCode === 12 ? 1 : rateCode > 12 && rateCode < 15 ? 2 : 0);
}

function placesOf(bytes: Uint8Array, mark: readonly number[]): number[] {
  const haystack = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const places: number[] = [];
  for (let at = haystack.indexOf(Buffer.from(mark)); at >= 0; at = haystack.indexOf(Buffer.from(mark), at + 1)) {
    places.push(at);
  }
  return places;
}
