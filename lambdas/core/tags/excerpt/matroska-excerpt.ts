/**
 * The elements with tags of a Matroska or WebM file, and its chapters: RFC 8794 (EBML), RFC 9559 (Matroska), sections 5.1.2
 * (Info), 5.1.6 (Attachments), 5.1.7 (Chapters), 5.1.8 (Tags).
 */
import type { FoundChapter } from '../tags.ts';
import { ascii, bigBytes, joined, uintBig } from './bytes.ts';
import { type ExcerptReader, MAX_FIELDS } from './excerpt-reader.ts';

const SEGMENT = 0x18538067;
const INFO = 0x1549a966;
const CLUSTER = 0x1f43b675;
const CHAPTERS = 0x1043a770;
const TAGS = 0x1254c367;
const ATTACHMENTS = 0x1941a469;
const ATTACHED_FILE = 0x61a7;
const FILE_MIME_TYPE = 0x4660;
const EDITION_ENTRY = 0x45b9;
const CHAPTER_ATOM = 0xb6;
const CHAPTER_TIME_START = 0x91;
const CHAPTER_TIME_END = 0x92;
const CHAPTER_DISPLAY = 0x80;
const CHAPTER_STRING = 0x85;

const NANOSECONDS = 1e9;
const ELEMENT_HEADER_BYTES = 12;

type Element = {
  readonly id: number;
  readonly startByte: number;
  readonly bodyStart: number;
  /** The end of the parent where the element does not state its own. */
  readonly endByte: number;
};

export type MatroskaExcerpt = { readonly bytes: Uint8Array; readonly chapters: readonly FoundChapter[] };

/** From the EBML header at `startByte`; `audioEndByte`: where the last cluster ends. */
export async function matroskaExcerpt(
  reader: ExcerptReader,
  startByte: number,
  audioEndByte: number,
): Promise<MatroskaExcerpt> {
  const taken: Uint8Array[] = [];
  let chapters: FoundChapter[] = [];
  const header = await elementAt(reader, startByte, reader.byteLength);
  const ebml = header && (await reader.takeField(startByte, header.endByte - startByte));
  const segment = header && (await elementAt(reader, header.endByte, reader.byteLength));
  if (!ebml || segment?.id !== SEGMENT) return { bytes: new Uint8Array(0), chapters };
  for await (const element of childrenOf(reader, segment, audioEndByte)) {
    const { id, startByte: from, endByte } = element;
    if (id === INFO || id === TAGS) taken.push(...asList(await reader.takeField(from, endByte - from)));
    if (id === ATTACHMENTS) taken.push(...(await pictures(reader, element)));
    if (id === CHAPTERS) chapters = await chaptersIn(reader, element);
  }
  if (taken.length === 0) return { bytes: new Uint8Array(0), chapters };
  return { bytes: joined(ebml, written(SEGMENT, joined(...taken))), chapters };
}

/** Children of one element. Clusters, which hold the audio, are passed over in one go where their end is known. */
async function* childrenOf(
  reader: ExcerptReader,
  parent: Element,
  audioEndByte: number,
): AsyncGenerator<Element, void, undefined> {
  let at = parent.bodyStart;
  for (let count = 0; count < MAX_FIELDS && at < parent.endByte; count++) {
    const element = await elementAt(reader, at, parent.endByte);
    if (element === undefined) return;
    if (element.id === CLUSTER && audioEndByte > element.startByte) {
      at = Math.max(audioEndByte, element.bodyStart);
      continue;
    }
    if (element.id !== CLUSTER) yield element;
    at = element.endByte;
  }
}

async function pictures(reader: ExcerptReader, attachments: Element): Promise<Uint8Array[]> {
  const files: Uint8Array[] = [];
  for await (const file of childrenOf(reader, attachments, 0)) {
    if (file.id !== ATTACHED_FILE) continue;
    for await (const { id, bodyStart, endByte } of childrenOf(reader, file, 0)) {
      if (id !== FILE_MIME_TYPE) continue;
      const mimeType = ascii(await reader.look(bodyStart, Math.min(endByte - bodyStart, 64)), 0, 64);
      if (!mimeType.startsWith('image/')) continue;
      files.push(...asList(await reader.takePicture(file.startByte, file.endByte - file.startByte)));
    }
  }
  return files.length > 0 ? [written(ATTACHMENTS, joined(...files))] : [];
}

/** The chapters of the first edition, one level deep. */
async function chaptersIn(reader: ExcerptReader, chapters: Element): Promise<FoundChapter[]> {
  const found: FoundChapter[] = [];
  for await (const edition of childrenOf(reader, chapters, 0)) {
    if (edition.id !== EDITION_ENTRY) continue;
    for await (const atom of childrenOf(reader, edition, 0)) {
      if (atom.id === CHAPTER_ATOM) found.push(await chapterOf(reader, atom));
    }
    break;
  }
  return found;
}

async function chapterOf(reader: ExcerptReader, atom: Element): Promise<FoundChapter> {
  let startSeconds = 0;
  let endSeconds: number | undefined;
  let title: string | undefined;
  for await (const { id, bodyStart, endByte, startByte } of childrenOf(reader, atom, 0)) {
    const value = async (): Promise<number> => {
      const bytes = await reader.look(bodyStart, Math.min(8, endByte - bodyStart));
      return uintBig(bytes, 0, bytes.length) / NANOSECONDS;
    };
    if (id === CHAPTER_TIME_START) startSeconds = await value();
    if (id === CHAPTER_TIME_END) endSeconds = await value();
    if (id === CHAPTER_DISPLAY) title ??= await stringIn(reader, { id, startByte, bodyStart, endByte });
  }
  return { startSeconds, ...(endSeconds === undefined ? {} : { endSeconds }), title: title ?? '' };
}

async function stringIn(reader: ExcerptReader, display: Element): Promise<string | undefined> {
  for await (const { id, bodyStart, endByte } of childrenOf(reader, display, 0)) {
    if (id !== CHAPTER_STRING) continue;
    const bytes = await reader.takeField(bodyStart, endByte - bodyStart);
    return bytes && new TextDecoder().decode(bytes);
  }
  return undefined;
}

async function elementAt(reader: ExcerptReader, startByte: number, parentEnd: number): Promise<Element | undefined> {
  const head = (await reader.look(startByte, ELEMENT_HEADER_BYTES)).slice();
  const idBytes = widthOf(head[0]);
  const sizeBytes = widthOf(head[idBytes]);
  if (idBytes === 0 || idBytes > 4 || sizeBytes === 0 || idBytes + sizeBytes > head.length) return undefined;
  const bodyStart = startByte + idBytes + sizeBytes;
  // The mark that tells the width is taken off first: with it the largest numbers would lose their last digits.
  const id = uintBig(head, 0, idBytes);
  head[idBytes] = (head[idBytes] ?? 0) ^ (0x80 >> (sizeBytes - 1));
  const size = uintBig(head, idBytes, sizeBytes);
  const isUnknown = size === 2 ** (7 * sizeBytes) - 1;
  return { id, startByte, bodyStart, endByte: isUnknown ? parentEnd : Math.min(bodyStart + size, parentEnd) };
}

/** Bytes of a variable-size integer, by its first byte (RFC 8794, section 4); 0 when it is none. */
function widthOf(first: number | undefined): number {
  return first ? Math.clz32(first) - 23 : 0;
}

function written(id: number, body: Uint8Array): Uint8Array {
  return joined(bigBytes(id, 4), Uint8Array.of(1), bigBytes(body.length, 7), body);
}

function asList(bytes: Uint8Array | undefined): Uint8Array[] {
  return bytes ? [bytes] : [];
}
