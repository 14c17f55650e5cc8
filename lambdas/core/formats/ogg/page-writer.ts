import { storeChecksum } from './checksum.ts';
import { CAPTURE_PATTERN, CONTINUED, FIRST, PAGE_HEADER_BYTES } from './page.ts';

const MAX_SEGMENTS = 255;
const FULL_SEGMENT = 255;

/** What a stream that nobody is to decode begins with: no codec's first packet. */
const PASSED_OVER = Uint8Array.of(0x69, 0x67, 0x6e, 0x6f, 0x72, 0x65, 0x64);

/**
 * The header pages of a logical stream (RFC 3533, section 6), numbered from 0. Each group of packets begins on a page of
 * its own and takes as many as it needs; the first is the stream's first page.
 *
 * `otherSerials`: streams whose pages lie between those of this one, and which are announced as being of no known codec.
 * Decoders pass them over then; FFmpeg gives up at pages of a stream that has not begun.
 */
export function headerPages(
  serial: number,
  groups: readonly (readonly Uint8Array[])[],
  otherSerials: Iterable<number>,
): Uint8Array {
  const pages: Uint8Array[] = [];
  const others = Array.from(otherSerials, (other) => page(other, 0, FIRST, [PASSED_OVER.length], PASSED_OVER));
  for (const packets of groups) {
    const lengths = packets.flatMap((packet) => segmentLengths(packet.length));
    const body = joined(packets);
    let bodyAt = 0;
    for (let segment = 0; segment < lengths.length; segment += MAX_SEGMENTS) {
      const ofPage = lengths.slice(segment, segment + MAX_SEGMENTS);
      const bodyEnd = bodyAt + ofPage.reduce((sum, length) => sum + length, 0);
      const continued = segment > 0 && lengths[segment - 1] === FULL_SEGMENT;
      const flags = (continued ? CONTINUED : 0) | (pages.length === 0 ? FIRST : 0);
      pages.push(page(serial, pages.length, flags, ofPage, body.subarray(bodyAt, bodyEnd)));
      bodyAt = bodyEnd;
    }
  }
  // First pages stand together.
  return joined([...pages.slice(0, 1), ...others, ...pages.slice(1)]);
}

function page(
  serial: number,
  sequence: number,
  flags: number,
  lengths: readonly number[],
  body: Uint8Array,
): Uint8Array {
  const bytes = new Uint8Array(PAGE_HEADER_BYTES + lengths.length + body.length);
  const view = new DataView(bytes.buffer);
  bytes.set(CAPTURE_PATTERN);
  view.setUint8(5, flags);
  // Header packets end at position 0; -1 where none of them ends.
  const endsPacket = lengths.some((length) => length < FULL_SEGMENT);
  view.setBigInt64(6, endsPacket ? 0n : -1n, true);
  view.setUint32(14, serial, true);
  view.setUint32(18, sequence, true);
  view.setUint8(26, lengths.length);
  bytes.set(lengths, PAGE_HEADER_BYTES);
  bytes.set(body, PAGE_HEADER_BYTES + lengths.length);
  storeChecksum(bytes, 0, bytes.length);
  return bytes;
}

/** Full segments, and one that is not full, be it empty: it ends the packet. */
function segmentLengths(byteLength: number): number[] {
  const full = Math.floor(byteLength / FULL_SEGMENT);
  return [...new Array<number>(full).fill(FULL_SEGMENT), byteLength % FULL_SEGMENT];
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
