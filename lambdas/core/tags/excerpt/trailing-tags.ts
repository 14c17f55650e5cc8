/**
 * Tags behind the audio: ID3v1 (https://id3.org/ID3v1), APEv2 (https://wiki.hydrogenaud.io/index.php?title=APEv2_specification),
 * Lyrics3 v2 (https://id3.org/Lyrics3v2), which is stepped over, and ID3v2 at the end (https://id3.org/id3v2.4.0-structure, 3.4).
 */
import { id3v2Length } from '../../formats/id3v2.ts';
import { ascii, asciiBytes, joined, littleBytes, uintLittle } from './bytes.ts';
import { type ExcerptReader, MAX_FIELDS } from './excerpt-reader.ts';
import { id3v2Excerpt } from './id3v2-excerpt.ts';

const ID3V1_BYTES = 128;
const ID3V1_EXTENDED_BYTES = 227;
const APE_FRAME_BYTES = 32;
const APE_KEY_BYTES = 255;
const APE_IS_HEADER = 0x2000_0000;
const ID3V2_FOOTER_BYTES = 10;
const LYRICS3_END = 'LYRICS200';

/** No file has more in a row. */
const MAX_TAGS = 8;

export type TrailingTags = {
  readonly id3v2: readonly Uint8Array[];
  readonly ape: Uint8Array;
  readonly id3v1: Uint8Array;
};

/** The tags that end the file, each less what is of no use, as far as they lie behind `startByte`. */
export async function trailingTags(reader: ExcerptReader, startByte: number): Promise<TrailingTags> {
  const id3v2: Uint8Array[] = [];
  let ape: Uint8Array = new Uint8Array(0);
  let id3v1: Uint8Array = new Uint8Array(0);
  let endByte = reader.byteLength;
  for (let count = 0; count < MAX_TAGS; count++) {
    const found = await tagEndingAt(reader, endByte);
    if (found === undefined || endByte - found.byteLength < startByte) break;
    const tagStart = endByte - found.byteLength;
    if (found.kind === 'id3v1') id3v1 = (await reader.take(tagStart, ID3V1_BYTES)) ?? id3v1;
    if (found.kind === 'ape' && ape.length === 0) ape = await apeExcerpt(reader, tagStart, endByte);
    if (found.kind === 'id3v2') {
      const tag = await id3v2Excerpt(reader, tagStart, endByte);
      if (tag) id3v2.unshift(tag.bytes);
    }
    endByte = tagStart;
  }
  return { id3v2, ape, id3v1 };
}

type Tag = { readonly kind: 'id3v1' | 'ape' | 'id3v2' | 'other'; readonly byteLength: number };

async function tagEndingAt(reader: ExcerptReader, endByte: number): Promise<Tag | undefined> {
  const from = Math.max(0, endByte - ID3V1_EXTENDED_BYTES);
  const tail = (await reader.look(from, endByte - from)).slice();
  const marked = (bytesFromEnd: number, mark: string): boolean =>
    tail.length >= bytesFromEnd && ascii(tail, tail.length - bytesFromEnd, mark.length) === mark;
  if (marked(APE_FRAME_BYTES, 'APETAGEX')) {
    const isHeader = (uintLittle(tail, tail.length - 12, 4) & APE_IS_HEADER) !== 0;
    // A header that is met here belongs to a tag that was read already; sizes do not count it.
    if (isHeader) return { kind: 'other', byteLength: APE_FRAME_BYTES };
    return { kind: 'ape', byteLength: Math.max(APE_FRAME_BYTES, uintLittle(tail, tail.length - 20, 4)) };
  }
  if (marked(ID3V1_BYTES, 'TAG')) return { kind: 'id3v1', byteLength: ID3V1_BYTES };
  if (marked(ID3V1_EXTENDED_BYTES, 'TAG+')) return { kind: 'other', byteLength: ID3V1_EXTENDED_BYTES };
  if (marked(LYRICS3_END.length, LYRICS3_END)) {
    const digits = ascii(tail, tail.length - LYRICS3_END.length - 6, 6);
    return /^\d{6}$/.test(digits) ? { kind: 'other', byteLength: Number(digits) + LYRICS3_END.length + 6 } : undefined;
  }
  const id3v2Bytes = id3v2Length(tail, tail.length - ID3V2_FOOTER_BYTES, '3DI');
  return id3v2Bytes > 0 ? { kind: 'id3v2', byteLength: id3v2Bytes } : undefined;
}

/** The items of the APE tag [startByte, endByte), whose footer ends it, and a footer that fits them. */
async function apeExcerpt(reader: ExcerptReader, startByte: number, endByte: number): Promise<Uint8Array> {
  const itemsEnd = endByte - APE_FRAME_BYTES;
  const version = uintLittle(await reader.look(itemsEnd, APE_FRAME_BYTES), 8, 4);
  const items: Uint8Array[] = [];
  let at = startByte;
  for (let count = 0; count < MAX_FIELDS; count++) {
    const head = (await reader.look(at, Math.min(8 + APE_KEY_BYTES + 1, Math.max(0, itemsEnd - at)))).slice();
    const keyEnd = head.indexOf(0, 8);
    if (keyEnd < 10) break;
    const valueBytes = uintLittle(head, 0, 4);
    const itemBytes = keyEnd + 1 + valueBytes;
    if (at + itemBytes > itemsEnd) break;
    const isBinary = (uintLittle(head, 4, 4) & 6) === 2;
    const isCover = isBinary && /^cover art/i.test(ascii(head, 8, keyEnd - 8));
    const item = isCover
      ? await reader.takePicture(at, itemBytes)
      : isBinary || valueBytes === 0
        ? undefined
        : await reader.takeField(at, itemBytes);
    if (item) items.push(item);
    at += itemBytes;
  }
  if (items.length === 0) return new Uint8Array(0);
  const body = joined(...items);
  const footer = [version, body.length + APE_FRAME_BYTES, items.length, 0].map((value) => littleBytes(value, 4));
  return joined(body, asciiBytes('APETAGEX'), ...footer, new Uint8Array(8));
}
