/**
 * Tags around and between MPEG frames. None of them is audio, all of them turn up in any order and more than once.
 *
 * ID3v1: https://id3.org/ID3v1 (with the `TAG+` block that some writers put before it). ID3v2: ./id3v2.ts.
 * APEv1, APEv2: https://wiki.hydrogenaud.io/index.php?title=APEv2_specification. Lyrics3: https://id3.org/Lyrics3v2.
 */
import type { ByteSource } from '../ports.ts';
import { readBytes } from './byte-window.ts';
import { id3v2Length, skipId3v2 } from './id3v2.ts';

const ID3V1_BYTES = 128;
const ID3V1_EXTENDED_BYTES = 227;
const APE_FRAME_BYTES = 32;
const APE_HAS_HEADER = 0x8000_0000;
const APE_IS_HEADER = 0x2000_0000;
const LYRICS_BEGIN = 'LYRICSBEGIN';
const LYRICS_V1_MAX_BYTES = 5100 + LYRICS_BEGIN.length + 'LYRICSEND'.length;
const LYRICS_V2_END_BYTES = 'LYRICS200'.length + 6;

/** More than any file carries at one end; ends the walk over a file made of nothing but tags. */
const MAX_TAGS = 32;

/** Bytes to be held to recognise any tag by its beginning. */
export const TAG_HEAD_BYTES = 32;

function hasText(bytes: Uint8Array, offset: number, text: string): boolean {
  if (offset < 0 || offset + text.length > bytes.length) return false;
  for (let index = 0; index < text.length; index++) {
    if (bytes[offset + index] !== text.charCodeAt(index)) return false;
  }
  return true;
}

function uint32Little(bytes: Uint8Array, offset: number): number {
  const high = ((bytes[offset + 3] ?? 0) << 24) | ((bytes[offset + 2] ?? 0) << 16);
  return (high | ((bytes[offset + 1] ?? 0) << 8) | (bytes[offset] ?? 0)) >>> 0;
}

/** Length of an APEv2 tag that begins with its header; 0 for a footer, which ends a tag that is already behind. */
function apeLengthFromHeader(bytes: Uint8Array, offset: number): number {
  if (!hasText(bytes, offset, 'APETAGEX') || offset + APE_FRAME_BYTES > bytes.length) return 0;
  const isHeader = (uint32Little(bytes, offset + 20) & APE_IS_HEADER) !== 0;
  return isHeader ? APE_FRAME_BYTES + uint32Little(bytes, offset + 12) : 0;
}

/**
 * Byte length of the ID3v2, APEv2 or ID3v1 tag that begins at `bytes[offset]`, 0 if none does. Looks at
 * TAG_HEAD_BYTES at most; whether the tag fits into the source is the caller's question.
 */
export function tagLengthAt(bytes: Uint8Array, offset: number): number {
  const id3v2 = id3v2Length(bytes, offset);
  if (id3v2 > 0) return id3v2;
  const ape = apeLengthFromHeader(bytes, offset);
  if (ape > 0) return ape;
  if (hasText(bytes, offset, 'TAG+')) return ID3V1_EXTENDED_BYTES;
  return hasText(bytes, offset, 'TAG') ? ID3V1_BYTES : 0;
}

/** True where a Lyrics3 block begins: its length stands only at its far end. */
export function beginsLyrics(bytes: Uint8Array, offset: number): boolean {
  return hasText(bytes, offset, LYRICS_BEGIN);
}

/** The byte after all ID3v2 and APEv2 tags at the beginning of `source`; they are stepped over, not read. */
export async function skipLeadingTags(source: ByteSource): Promise<number> {
  let startByte = await skipId3v2(source);
  for (let tags = 0; tags < MAX_TAGS; tags++) {
    const head = await readBytes(source, startByte, TAG_HEAD_BYTES);
    const length = id3v2Length(head, 0) || apeLengthFromHeader(head, 0);
    if (length === 0) break;
    startByte = Math.min(source.byteLength, startByte + length);
  }
  return startByte;
}

/**
 * The byte before which audio ends: all tags at the end of `source` lie behind it. Not before `startByte`.
 * Reads a few kilobytes per tag, whatever the tag's size.
 */
export async function findTrailingTags(source: ByteSource, startByte: number): Promise<number> {
  let endByte = source.byteLength;
  for (let tags = 0; tags < MAX_TAGS; tags++) {
    const length = await lengthOfTagEndingAt(source, startByte, endByte);
    if (length === 0 || endByte - length < startByte) break;
    endByte -= length;
  }
  return endByte;
}

async function lengthOfTagEndingAt(source: ByteSource, startByte: number, endByte: number): Promise<number> {
  const tailStart = Math.max(startByte, endByte - ID3V1_EXTENDED_BYTES);
  const tail = await readBytes(source, tailStart, endByte - tailStart);
  if (hasText(tail, tail.length - ID3V1_BYTES, 'TAG')) return ID3V1_BYTES;
  if (hasText(tail, tail.length - ID3V1_EXTENDED_BYTES, 'TAG+')) return ID3V1_EXTENDED_BYTES;
  const footer = tail.length - APE_FRAME_BYTES;
  if (hasText(tail, footer, 'APETAGEX')) {
    const hasHeader = (uint32Little(tail, footer + 20) & APE_HAS_HEADER) !== 0;
    return Math.max(APE_FRAME_BYTES, uint32Little(tail, footer + 12)) + (hasHeader ? APE_FRAME_BYTES : 0);
  }
  if (hasText(tail, tail.length - 9, 'LYRICS200')) return lyrics2Length(source, tail, endByte);
  if (hasText(tail, tail.length - 9, 'LYRICSEND')) return lyrics1Length(source, startByte, endByte);
  return tail.length < 10 ? 0 : id3v2Length(tail, tail.length - 10, '3DI');
}

/** Lyrics3 v2 ends with its length in six digits, which do not count themselves nor the mark behind them. */
async function lyrics2Length(source: ByteSource, tail: Uint8Array, endByte: number): Promise<number> {
  const digits = tail.subarray(Math.max(0, tail.length - LYRICS_V2_END_BYTES), tail.length - 9);
  const text = String.fromCharCode(...digits);
  if (!/^\d{6}$/.test(text)) return 0;
  const length = Number(text) + LYRICS_V2_END_BYTES;
  if (length > endByte) return 0;
  return beginsLyrics(await readBytes(source, endByte - length, LYRICS_BEGIN.length), 0) ? length : 0;
}

/** Lyrics3 v1 does not say its length, only that it is short. */
async function lyrics1Length(source: ByteSource, startByte: number, endByte: number): Promise<number> {
  const from = Math.max(startByte, endByte - LYRICS_V1_MAX_BYTES);
  const bytes = await readBytes(source, from, endByte - from);
  for (let offset = bytes.length - LYRICS_BEGIN.length; offset >= 0; offset--) {
    if (beginsLyrics(bytes, offset)) return bytes.length - offset;
  }
  return 0;
}
