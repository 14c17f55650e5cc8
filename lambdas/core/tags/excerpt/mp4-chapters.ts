/**
 * Chapters of MP4 files: the list that Nero wrote (moov/udta/chpl, nowhere standardised), and QuickTime's track of titles
 * (https://developer.apple.com/library/archive/documentation/QuickTime/QTFF/QTFFChap3/qtff3.html, "Chapter Lists").
 */

import { MAX_CHAPTERS } from '../chapters.ts';
import { decodeText } from '../subtitles/decode-text.ts';
import type { FoundChapter } from '../tags.ts';
import { uintBig } from './bytes.ts';
import { type ExcerptReader, MAX_FIELD_BYTES } from './excerpt-reader.ts';
import { type Box, boxAt, boxesIn } from './mp4-boxes.ts';

/** Of `chpl`. */
const TICKS_PER_SECOND = 1e7;

const MAX_TITLE_BYTES = 4096;

/** The track of titles knows more: where each begins at the sample. So it is asked first. */
export async function mp4Chapters(reader: ExcerptReader, moov: Box): Promise<FoundChapter[]> {
  const ofTrack = await trackChapters(reader, moov);
  if (ofTrack.length > 0) return ofTrack;
  const list = await boxAt(reader, moov, 'udta', 'chpl');
  return list ? listedChapters(reader, list) : [];
}

/** Version 1 has four bytes more in front of the count. */
async function listedChapters(reader: ExcerptReader, list: Box): Promise<FoundChapter[]> {
  const bytes = await reader.takeField(list.bodyStart, list.endByte - list.bodyStart);
  if (bytes === undefined) return [];
  const chapters: FoundChapter[] = [];
  const countAt = bytes[0] === 0 ? 4 : 8;
  let at = countAt + 1;
  for (let count = bytes[countAt] ?? 0; count > 0 && at + 9 <= bytes.length; count--) {
    const titleBytes = bytes[at + 8] ?? 0;
    const title = new TextDecoder().decode(bytes.subarray(at + 9, at + 9 + titleBytes));
    chapters.push({ startSeconds: uintBig(bytes, at, 8) / TICKS_PER_SECOND, title });
    at += 9 + titleBytes;
  }
  return chapters;
}

async function trackChapters(reader: ExcerptReader, moov: Box): Promise<FoundChapter[]> {
  const tracks = new Map<number, Box>();
  const titleTrackIds: number[] = [];
  for await (const box of boxesIn(reader, moov.bodyStart, moov.endByte)) {
    if (box.type !== 'trak') continue;
    tracks.set(await trackIdOf(reader, box), box);
    const reference = await boxAt(reader, box, 'tref', 'chap');
    if (reference) titleTrackIds.push(uintBig(await reader.look(reference.bodyStart, 4), 0, 4));
  }
  for (const trackId of titleTrackIds) {
    const track = tracks.get(trackId);
    const handler = track && (await boxAt(reader, track, 'mdia', 'hdlr'));
    // Chapter pictures are referred to in the same way.
    const isText = handler && uintBig(await reader.look(handler.bodyStart + 8, 4), 0, 4) === 0x74657874;
    if (track && isText) return titlesOf(reader, track);
  }
  return [];
}

async function trackIdOf(reader: ExcerptReader, track: Box): Promise<number> {
  const header = await boxAt(reader, track, 'tkhd');
  if (header === undefined) return 0;
  const bytes = await reader.look(header.bodyStart, 24);
  return uintBig(bytes, bytes[0] === 1 ? 20 : 12, 4);
}

async function titlesOf(reader: ExcerptReader, track: Box): Promise<FoundChapter[]> {
  const mediaHeader = await boxAt(reader, track, 'mdia', 'mdhd');
  const tables = await boxAt(reader, track, 'mdia', 'minf', 'stbl');
  if (!mediaHeader || !tables) return [];
  const head = await reader.look(mediaHeader.bodyStart, 24);
  const timeScale = uintBig(head, head[0] === 1 ? 20 : 12, 4);
  const durations = await durationsOf(reader, tables);
  const places = await placesOf(reader, tables);
  if (timeScale === 0) return [];
  const chapters: FoundChapter[] = [];
  let ticks = 0;
  for (const [i, { startByte, byteLength }] of places.entries()) {
    const duration = durations[i];
    if (duration === undefined) break;
    const title = await titleAt(reader, startByte, byteLength);
    chapters.push({ startSeconds: ticks / timeScale, endSeconds: (ticks + duration) / timeScale, title });
    ticks += duration;
  }
  return chapters;
}

/** A text sample: the length of the text, the text, and boxes about its looks. */
async function titleAt(reader: ExcerptReader, startByte: number, byteLength: number): Promise<string> {
  const sample = await reader.look(startByte, Math.min(byteLength, MAX_TITLE_BYTES));
  return decodeText(sample.subarray(2, 2 + uintBig(sample, 0, 2)));
}

/** Ticks of each sample (stts, section 8.6.1.2). */
async function durationsOf(reader: ExcerptReader, tables: Box): Promise<number[]> {
  const durations: number[] = [];
  for (const [count = 0, duration = 0] of await tableOf(reader, tables, 'stts', [4, 4])) {
    for (let i = 0; i < count && durations.length < MAX_CHAPTERS; i++) durations.push(duration);
  }
  return durations;
}

type Place = { readonly startByte: number; readonly byteLength: number };

/** Where each sample lies: sizes (stsz), samples a chunk (stsc), chunk offsets (stco, co64), sections 8.7.3 to 8.7.5. */
async function placesOf(reader: ExcerptReader, tables: Box): Promise<Place[]> {
  const sizes = await sizesOf(reader, tables);
  const runs = await tableOf(reader, tables, 'stsc', [4, 4, 4]);
  const offsets = [...(await tableOf(reader, tables, 'stco', [4])), ...(await tableOf(reader, tables, 'co64', [8]))];
  const places: Place[] = [];
  let run = 0;
  for (const [chunk, [offset = 0]] of offsets.entries()) {
    while ((runs[run + 1]?.[0] ?? Number.POSITIVE_INFINITY) <= chunk + 1) run++;
    let startByte = offset;
    for (let i = 0; i < (runs[run]?.[1] ?? 0) && places.length < sizes.length; i++) {
      const byteLength = sizes[places.length] ?? 0;
      places.push({ startByte, byteLength });
      startByte += byteLength;
    }
  }
  return places;
}

async function sizesOf(reader: ExcerptReader, tables: Box): Promise<number[]> {
  const box = await boxAt(reader, tables, 'stsz');
  if (box === undefined) return [];
  const head = await reader.look(box.bodyStart, 12);
  const size = uintBig(head, 4, 4);
  const count = Math.min(uintBig(head, 8, 4), MAX_CHAPTERS);
  if (size > 0) return Array.from({ length: count }, () => size);
  const table = await reader.takeField(box.bodyStart + 12, Math.min(count * 4, box.endByte - box.bodyStart - 12));
  return Array.from({ length: (table?.length ?? 0) >> 2 }, (_, i) => uintBig(table ?? new Uint8Array(0), i * 4, 4));
}

/** Rows of a table with version, flags and a count in front; as many as chapters may need. */
async function tableOf(
  reader: ExcerptReader,
  tables: Box,
  type: string,
  widths: readonly number[],
): Promise<number[][]> {
  const box = await boxAt(reader, tables, type);
  if (box === undefined) return [];
  const rowBytes = widths.reduce((sum, width) => sum + width, 0);
  const stated = uintBig(await reader.look(box.bodyStart + 4, 4), 0, 4);
  const room = Math.floor((box.endByte - box.bodyStart - 8) / rowBytes);
  const count = Math.max(0, Math.min(stated, room, MAX_CHAPTERS));
  const bytes = await reader.takeField(box.bodyStart + 8, Math.min(count * rowBytes, MAX_FIELD_BYTES));
  if (bytes === undefined) return [];
  return Array.from({ length: count }, (_, row) => {
    let at = row * rowBytes;
    return widths.map((width) => {
      const value = uintBig(bytes, at, width);
      at += width;
      return value;
    });
  });
}
