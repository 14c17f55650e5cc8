/**
 * The comments and pictures in the header packets of an Ogg stream (RFC 3533, section 6): Vorbis I specification, section
 * 5, Opus (RFC 7845, section 5.2) and FLAC (RFC 9639, section 10.1).
 */
import type { FoundPicture } from '../tags.ts';
import { ascii, uintLittle } from './bytes.ts';
import { type ExcerptReader, MAX_EXCERPT_BYTES, MAX_FIELDS } from './excerpt-reader.ts';
import { type FlacExcerpt, flacOfComments, LAST_BLOCK, PICTURE, VORBIS_COMMENT } from './flac-excerpt.ts';
import { type CommentExcerpt, commentExcerpt, pictureOfBlock } from './vorbis-comments.ts';

const CAPTURE_PATTERN = 'OggS';
const PAGE_HEADER_BYTES = 27;
const FIRST_PAGE = 2;
const FULL_SEGMENT = 255;

const OPUS_TAGS = 'OpusTags';
const VORBIS_TAGS = '\x03vorbis';
const FLAC_STREAM = '\x7fFLAC';
const FLAC_BLOCK_HEADER_BYTES = 4;

/**
 * From `startByte`, where the first page begins, up to the page of audio at `audioStartByte`: what the stream of that
 * page says of itself.
 */
export async function oggExcerpt(
  reader: ExcerptReader,
  startByte: number,
  audioStartByte: number,
): Promise<FlacExcerpt> {
  const serial = serialOf(await reader.look(audioStartByte, PAGE_HEADER_BYTES), 0);
  const headerBytes = Math.max(0, Math.min(audioStartByte, reader.byteLength) - startByte);
  if (headerBytes > MAX_EXCERPT_BYTES) reader.noteCut();
  const pages = await reader.take(startByte, Math.min(headerBytes, MAX_EXCERPT_BYTES));
  const comments: CommentExcerpt[] = [];
  const pictures: FoundPicture[] = [];
  const [first = new Uint8Array(0), ...others] = pages ? packetsOf(reader, pages, serial) : [];
  const isFlac = ascii(first, 0, FLAC_STREAM.length) === FLAC_STREAM;
  for (const packet of others) {
    const list = isFlac ? flacBlock(packet, VORBIS_COMMENT) : commentsOf(packet);
    const found = list && commentExcerpt(reader, list);
    if (found) comments.push(found);
    const picture = isFlac ? flacBlock(packet, PICTURE) : undefined;
    if (picture) pictures.push(...pictureOfBlock(reader, picture));
  }
  return flacOfComments(comments, pictures);
}

/**
 * The packets of one stream since its first page, the last one perhaps cut. They are put together where their pages lie:
 * `pages` are not what they were afterwards.
 */
function packetsOf(reader: ExcerptReader, pages: Uint8Array, serial: number): Uint8Array[] {
  let ends: number[] = [];
  let length = 0;
  let at = 0;
  while (ascii(pages, at, CAPTURE_PATTERN.length) === CAPTURE_PATTERN && ends.length <= MAX_FIELDS) {
    const table = pages.slice(
      at + PAGE_HEADER_BYTES,
      at + PAGE_HEADER_BYTES + (pages[at + PAGE_HEADER_BYTES - 1] ?? 0),
    );
    const bodyStart = at + PAGE_HEADER_BYTES + table.length;
    const bodyBytes = table.reduce((sum, lacing) => sum + lacing, 0);
    const isFirst = ((pages[at + 5] ?? 0) & FIRST_PAGE) !== 0;
    const isOwn = serialOf(pages, at) === serial;
    at = bodyStart + bodyBytes;
    if (at > pages.length) reader.noteCut();
    if (!isOwn || at > pages.length) continue;
    if (isFirst) {
      ends = [];
      length = 0;
    }
    pages.copyWithin(length, bodyStart, bodyStart + bodyBytes);
    for (const lacing of table) {
      length += lacing;
      if (lacing < FULL_SEGMENT) ends.push(length);
    }
  }
  if (ends.length > MAX_FIELDS) reader.noteCut();
  return [...ends, length].map((end, i) => pages.subarray(ends[i - 1] ?? 0, end));
}

function serialOf(bytes: Uint8Array, pageStart: number): number {
  return uintLittle(bytes, pageStart + 14, 4);
}

function commentsOf(packet: Uint8Array): Uint8Array | undefined {
  const mark = [OPUS_TAGS, VORBIS_TAGS].find((known) => ascii(packet, 0, known.length) === known);
  return mark === undefined ? undefined : packet.subarray(mark.length);
}

/** The body of the metadata block that the packet is, when it is of this type. */
function flacBlock(packet: Uint8Array, type: number): Uint8Array | undefined {
  const isOfType = packet.length > 0 && ((packet[0] ?? 0) & ~LAST_BLOCK) === type;
  return isOfType ? packet.subarray(FLAC_BLOCK_HEADER_BYTES) : undefined;
}
