/**
 * The fields of an ID3v2 tag that are of use, as a tag of their own. https://id3.org/id3v2.3.0,
 * https://id3.org/id3v2.4.0-structure (3.1 header, 3.2 extended header, 4 frames), https://id3.org/id3v2-00 (v2.2).
 */
import { id3v2Length } from '../../formats/id3v2.ts';
import { ascii, asciiBytes, bigBytes, joined, uintBig } from './bytes.ts';
import { type ExcerptReader, MAX_FIELDS } from './excerpt-reader.ts';

const HEADER_BYTES = 10;
const UNSYNCHRONISED = 0x80;
const EXTENDED_HEADER = 0x40;
const UTF8 = 3;

const TEXT_FRAMES: ReadonlySet<string> = new Set(
  [
    'TIT2 TPE1 TPE2 TALB TRCK TPOS TYER TDRC TDRL TDOR TCON TCOM COMM USLT SYLT CHAP',
    'TT2 TP1 TP2 TAL TRK TPA TYE TCO TCM COM ULT SLT',
  ]
    .join(' ')
    .split(' '),
);
const PICTURE_FRAMES: ReadonlySet<string> = new Set(['APIC', 'PIC']);

/** Version 2.3 and 2.4 say differently that a frame is compressed or encrypted (second flag byte). */
const UNREADABLE_FLAGS: Readonly<Record<number, number>> = { 2: 0, 3: 0xc0, 4: 0x0c };

type Frame = {
  readonly id: string;
  readonly bodyStart: number;
  readonly bodyBytes: number;
  readonly flags: Uint8Array;
};

/** `storedBytes`: the length of the whole tag in the file. */
export type Id3v2Excerpt = { readonly bytes: Uint8Array; readonly storedBytes: number };

/**
 * The tag whose header lies at `startByte`, less frames that are padding, of no use, compressed or too large; its frames'
 * sizes put right. `undefined` when there is no such tag. A tag that is cut by `endByte` gives the whole frames before.
 */
export async function id3v2Excerpt(
  reader: ExcerptReader,
  startByte: number,
  endByte: number,
): Promise<Id3v2Excerpt | undefined> {
  const header = (await reader.look(startByte, HEADER_BYTES)).slice();
  const tagBytes = id3v2Length(header, 0);
  const major = header[3] ?? 0;
  if (tagBytes === 0 || major < 2 || major > 4) return undefined;
  const flags = header[5] ?? 0;
  const tagEnd = Math.min(endByte, startByte + tagBytes, reader.byteLength);
  const isUnsynchronised = (flags & UNSYNCHRONISED) !== 0 && major < 4;
  const walked = isUnsynchronised
    ? await synchronised(reader, startByte + HEADER_BYTES, tagEnd)
    : { reader, startByte: startByte + HEADER_BYTES, endByte: tagEnd };
  if (walked === undefined) return undefined;
  const framesStart =
    walked.startByte + (flags & EXTENDED_HEADER ? await extendedBytes(walked.reader, walked.startByte, major) : 0);
  const frames = await framesIn(walked.reader, framesStart, walked.endByte, major);
  const body = joined(...frames);
  const bytes = joined(asciiBytes('ID3'), Uint8Array.of(major, 0, 0), syncsafe(body.length), body);
  return { bytes, storedBytes: tagBytes };
}

/** A tag of version 2.4 from texts whose encoding nobody states: UTF-8, which ASCII is too. */
export function id3v2OfTexts(texts: readonly (readonly [frame: string, text: Uint8Array])[]): Uint8Array {
  const frames = texts.map(([id, text]) => {
    // A comment has a language and an empty description in front.
    const head = id === 'COMM' ? [UTF8, ...asciiBytes('und'), 0] : [UTF8];
    const body = joined(Uint8Array.from(head), text);
    return joined(asciiBytes(id), syncsafe(body.length), new Uint8Array(2), body);
  });
  const body = joined(...frames);
  return joined(asciiBytes('ID3'), Uint8Array.of(4, 0, 0), syncsafe(body.length), body);
}

type Walked = { readonly reader: ExcerptReader; readonly startByte: number; readonly endByte: number };

/** Before version 2.4 the whole tag may have a zero behind each 0xff, frame sizes not counting them. */
async function synchronised(reader: ExcerptReader, startByte: number, endByte: number): Promise<Walked | undefined> {
  const stored = await reader.take(startByte, endByte - startByte);
  if (stored === undefined) return undefined;
  let length = 0;
  for (let i = 0; i < stored.length; i++) {
    stored[length++] = stored[i] ?? 0;
    if (stored[i] === 0xff && stored[i + 1] === 0) i++;
  }
  return { reader: reader.within(stored.subarray(0, length)), startByte: 0, endByte: length };
}

async function extendedBytes(reader: ExcerptReader, startByte: number, major: number): Promise<number> {
  const size = await reader.look(startByte, 4);
  return major === 4 ? fromSyncsafe(size, 0) : 4 + uintBig(size, 0, 4);
}

async function framesIn(
  reader: ExcerptReader,
  startByte: number,
  endByte: number,
  major: number,
): Promise<Uint8Array[]> {
  const taken: Uint8Array[] = [];
  let at = startByte;
  for (let count = 0; count < MAX_FIELDS; count++) {
    const frame = await frameAt(reader, at, endByte, major);
    if (frame === undefined) break;
    at = frame.bodyStart + frame.bodyBytes;
    if (at > endByte) {
      reader.noteCut();
      break;
    }
    const isReadable = ((frame.flags[1] ?? 0) & (UNREADABLE_FLAGS[major] ?? 0)) === 0;
    if (!isReadable || frame.bodyBytes === 0) continue;
    const body = await bodyOf(reader, frame);
    if (body) taken.push(joined(asciiBytes(frame.id), sizeBytes(frame.bodyBytes, major), frame.flags, body));
  }
  return taken;
}

async function bodyOf(reader: ExcerptReader, { id, bodyStart, bodyBytes }: Frame): Promise<Uint8Array | undefined> {
  if (PICTURE_FRAMES.has(id)) return reader.takePicture(bodyStart, bodyBytes);
  return TEXT_FRAMES.has(id) ? reader.takeField(bodyStart, bodyBytes) : undefined;
}

/** `undefined` at the padding or the end. */
async function frameAt(
  reader: ExcerptReader,
  startByte: number,
  endByte: number,
  major: number,
): Promise<Frame | undefined> {
  const headerBytes = major === 2 ? 6 : 10;
  if (startByte + headerBytes > endByte) return undefined;
  const header = (await reader.look(startByte, headerBytes)).slice();
  const id = ascii(header, 0, major === 2 ? 3 : 4);
  if (!isFrameId(id)) return undefined;
  const bodyStart = startByte + headerBytes;
  if (major === 2) return { id, bodyStart, bodyBytes: uintBig(header, 3, 3), flags: new Uint8Array(0) };
  const flags = header.slice(8, 10);
  const plainBytes = uintBig(header, 4, 4);
  if (major === 3 || plainBytes < 0x80) return { id, bodyStart, bodyBytes: plainBytes, flags };
  const bodyBytes = await syncsafeOrPlain(reader, header, bodyStart, endByte);
  return { id, bodyStart, bodyBytes, flags };
}

/** Version 2.4 has syncsafe sizes. Some writers use plain ones; the right one is where the next frame begins. */
async function syncsafeOrPlain(
  reader: ExcerptReader,
  header: Uint8Array,
  bodyStart: number,
  endByte: number,
): Promise<number> {
  const plain = uintBig(header, 4, 4);
  if (header.subarray(4, 8).some((byte) => byte > 0x7f)) return plain;
  const safe = fromSyncsafe(header, 4);
  const fits = async (size: number): Promise<boolean> => {
    const next = bodyStart + size;
    if (next >= endByte) return next === endByte;
    const id = await reader.look(next, 4);
    return id[0] === 0 || isFrameId(ascii(id, 0, 4));
  };
  return !(await fits(safe)) && (await fits(plain)) ? plain : safe;
}

function isFrameId(id: string): boolean {
  return /^[A-Z][A-Z0-9]{2,3}$/.test(id);
}

function fromSyncsafe(bytes: Uint8Array, offset: number): number {
  let value = 0;
  for (let i = 0; i < 4; i++) value = (value << 7) | ((bytes[offset + i] ?? 0) & 0x7f);
  return value;
}

function syncsafe(value: number): Uint8Array {
  return Uint8Array.from([21, 14, 7, 0], (shift) => (value >> shift) & 0x7f);
}

function sizeBytes(value: number, major: number): Uint8Array {
  if (major === 2) return bigBytes(value, 3);
  return major === 4 ? syncsafe(value) : bigBytes(value, 4);
}
