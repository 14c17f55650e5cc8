/**
 * The tags that iTunes made the custom for MP4 files (moov/udta/meta/ilst), as a file of their own:
 * https://developer.apple.com/library/archive/documentation/QuickTime/QTFF/Metadata/Metadata.html
 */
import type { FoundChapter } from '../tags.ts';
import { ascii, asciiBytes, bigBytes, joined } from './bytes.ts';
import type { ExcerptReader } from './excerpt-reader.ts';
import { type Box, boxAt, boxesIn, writtenBox } from './mp4-boxes.ts';
import { mp4Chapters } from './mp4-chapters.ts';

const KEPT_ITEMS: ReadonlySet<string> = new Set(
  '©nam ©ART aART ©alb ©day ©gen gnre ©wrt ©cmt ©lyr trkn disk'.split(' '),
);
const COVER_ITEM = 'covr';

export type Mp4Excerpt = { readonly bytes: Uint8Array; readonly chapters: readonly FoundChapter[] };

export async function mp4Excerpt(reader: ExcerptReader): Promise<Mp4Excerpt> {
  const items: Uint8Array[] = [];
  let chapters: FoundChapter[] = [];
  for await (const box of boxesIn(reader, 0, reader.byteLength)) {
    if (box.type !== 'moov') continue;
    const list = await itemList(reader, box);
    if (list) items.push(...(await itemsIn(reader, list)));
    chapters = await mp4Chapters(reader, box);
    break;
  }
  if (items.length === 0) return { bytes: new Uint8Array(0), chapters };
  const brand = writtenBox('ftyp', asciiBytes('M4A '), bigBytes(0, 4), asciiBytes('M4A '));
  const handler = writtenBox('hdlr', new Uint8Array(8), asciiBytes('mdir'), asciiBytes('appl'), new Uint8Array(9));
  const meta = writtenBox('meta', new Uint8Array(4), handler, writtenBox('ilst', ...items));
  return { bytes: joined(brand, writtenBox('moov', writtenBox('udta', meta))), chapters };
}

async function itemList(reader: ExcerptReader, moov: Box): Promise<Box | undefined> {
  const meta = (await boxAt(reader, moov, 'udta', 'meta')) ?? (await boxAt(reader, moov, 'meta'));
  if (meta === undefined) return undefined;
  // QuickTime's own has no version and flags in front of its boxes.
  const isPlain = ascii(await reader.look(meta.bodyStart, 8), 4, 4) === 'hdlr';
  return boxAt(reader, isPlain ? meta : { bodyStart: meta.bodyStart + 4, endByte: meta.endByte }, 'ilst');
}

async function itemsIn(reader: ExcerptReader, list: Box): Promise<Uint8Array[]> {
  const items: Uint8Array[] = [];
  for await (const { type, startByte, endByte } of boxesIn(reader, list.bodyStart, list.endByte)) {
    const item =
      type === COVER_ITEM
        ? await reader.takePicture(startByte, endByte - startByte)
        : KEPT_ITEMS.has(type)
          ? await reader.takeField(startByte, endByte - startByte)
          : undefined;
    if (item) items.push(item);
  }
  return items;
}
