/** Files of every container with tags in them and as little audio as their readers of tags need to see. */
import { concat, flacStream } from './flac-stream.ts';
import { MpegStream } from './mpeg-stream.ts';
import { big, latin1, little } from './tagged-id3v2.ts';
import { dataChunk, fmtChunk, wavFile } from './wav-file.ts';

export type TaggedFile = {
  readonly bytes: Uint8Array;
  /** As a scan names it. */
  readonly container: string;
  readonly audioStartByte: number;
  readonly audioEndByte: number;
};

const utf8 = (value: string): Uint8Array => new TextEncoder().encode(value);

/** A picture by its first bytes, followed by what is no picture's. */
export function picture(kind: 'jpg' | 'png' | 'gif' | 'webp' | 'svg', byteLength = 400): Uint8Array {
  const marks = {
    jpg: latin1('\xff\xd8\xff\xe0'),
    png: latin1('\x89PNG\r\n\x1a\n'),
    gif: latin1('GIF89a'),
    webp: latin1('RIFF\x10\0\0\0WEBP'),
    svg: latin1('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
  };
  const bytes = new Uint8Array(byteLength).fill(0xe0);
  bytes.set(marks[kind].subarray(0, byteLength));
  return bytes;
}

/** MPEG audio between what lies before and behind it. */
export function mp3File(before: readonly Uint8Array[], behind: readonly Uint8Array[] = [], frames = 40): TaggedFile {
  return framed(before, new MpegStream().frame({}, frames).bytes(), behind);
}

export function framed(before: readonly Uint8Array[], audio: Uint8Array, behind: readonly Uint8Array[]): TaggedFile {
  const audioStartByte = concat(...before).length;
  const bytes = concat(...before, audio, ...behind);
  return { bytes, container: 'mp3', audioStartByte, audioEndByte: audioStartByte + audio.length };
}

/** The block of a FLAC file and, but for its first bytes, the packet of an Ogg stream. */
export function vorbisComments(comments: readonly string[], statedCount = comments.length): Uint8Array {
  const parts = comments.map((comment) => concat(little(utf8(comment).length, 4), utf8(comment)));
  return concat(little(4, 4), latin1('test'), little(statedCount, 4), ...parts);
}

export function flacPicture(bytes: Uint8Array, type = 3): Uint8Array {
  const mime = latin1('image/jpeg');
  return concat(big(type, 4), big(mime.length, 4), mime, big(0, 4), new Uint8Array(16), big(bytes.length, 4), bytes);
}

export function flacFile(metadata: readonly { readonly type: number; readonly body: Uint8Array }[]): TaggedFile {
  const { bytes, audioStartByte } = flacStream({ blocks: [256, 256, 256], metadata });
  return { bytes, container: 'flac', audioStartByte, audioEndByte: bytes.length };
}

export function infoList(items: Readonly<Record<string, Uint8Array>>): { id: string; body: Uint8Array } {
  const parts = Object.entries(items).map(([id, value]) =>
    concat(latin1(id), little(value.length + 1, 4), value, new Uint8Array(1 + ((value.length + 1) % 2))),
  );
  return { id: 'LIST', body: concat(latin1('INFO'), ...parts) };
}

export function wavWith(
  chunks: readonly { readonly id: string; readonly body: Uint8Array }[],
  options: { readonly form?: 'RIFF' | 'RF64'; readonly statedDataBytes?: number } = {},
): TaggedFile {
  const stated = options.statedDataBytes === undefined ? {} : { statedByteLength: options.statedDataBytes };
  const bytes = wavFile([fmtChunk(), dataChunk(4000, stated), ...chunks], options.form);
  const audioStartByte = 44;
  return { bytes, container: 'wav', audioStartByte, audioEndByte: audioStartByte + 4000 };
}

export function aiffWith(chunks: readonly { readonly id: string; readonly body: Uint8Array }[]): TaggedFile {
  const comm = {
    id: 'COMM',
    body: concat(big(2, 2), big(1000, 4), big(16, 2), latin1('\x40\x0e\xac\x44'), new Uint8Array(6)),
  };
  const sound = { id: 'SSND', body: new Uint8Array(4008).fill(7) };
  const parts = [comm, sound, ...chunks].map(({ id, body }) =>
    concat(latin1(id), big(body.length, 4), body, new Uint8Array(body.length % 2)),
  );
  const body = concat(latin1('AIFF'), ...parts);
  const audioStartByte = 12 + 8 + comm.body.length + 16;
  return {
    bytes: concat(latin1('FORM'), big(body.length, 4), body),
    container: 'aiff',
    audioStartByte,
    audioEndByte: audioStartByte + 4000,
  };
}

export type ApeItem = { readonly key: string; readonly value: Uint8Array; readonly isBinary?: boolean };

export function apeV2(items: readonly ApeItem[], statedCount = items.length): Uint8Array {
  const body = concat(
    ...items.map(({ key, value, isBinary }) =>
      concat(little(value.length, 4), little(isBinary ? 2 : 0, 4), latin1(`${key}\0`), value),
    ),
  );
  const frame = (flags: number): Uint8Array =>
    concat(
      latin1('APETAGEX'),
      ...[2000, body.length + 32, statedCount, flags].map((value) => little(value, 4)),
      new Uint8Array(8),
    );
  return concat(frame(0xa000_0000), body, frame(0x8000_0000));
}

/** WavPack as its reader of tags sees it: blocks that are none of its business. */
export function wavPackWith(ape: Uint8Array): TaggedFile {
  const block = concat(latin1('wvpk'), little(2000, 4), new Uint8Array(2000).fill(0xee));
  return { ...framed([], block, [ape]), container: 'wavpack' };
}

export function box(type: string, ...body: readonly Uint8Array[]): Uint8Array {
  const bytes = concat(...body);
  return concat(big(bytes.length + 8, 4), latin1(type), bytes);
}

export function item(type: string, dataType: number, value: Uint8Array): Uint8Array {
  return box(type, box('data', big(dataType, 4), big(0, 4), value));
}

export function chpl(chapters: readonly (readonly [seconds: number, title: string])[]): Uint8Array {
  const rows = chapters.map(([seconds, title]) =>
    concat(big(seconds * 1e7, 8), Uint8Array.of(utf8(title).length), utf8(title)),
  );
  return box('chpl', Uint8Array.of(1, 0, 0, 0), big(0, 4), Uint8Array.of(rows.length), ...rows);
}

/** `moovFirst: false` puts what is asked for behind the media, as most encoders do. */
export function mp4With(
  moovBoxes: readonly Uint8Array[],
  { moovFirst = true, firstBox = box('ftyp', latin1('M4A \0\0\0\0M4A ')) } = {},
): TaggedFile {
  const media = box('mdat', new Uint8Array(3000).fill(0xaa));
  const moov = box('moov', box('mvhd', new Uint8Array(100)), ...moovBoxes);
  const bytes = moovFirst ? concat(firstBox, moov, media) : concat(firstBox, media, moov);
  const audioStartByte = firstBox.length + (moovFirst ? moov.length : 0) + 8;
  return { bytes, container: 'mp4', audioStartByte, audioEndByte: audioStartByte + 3000 };
}

export function userData(items: readonly Uint8Array[], ...others: readonly Uint8Array[]): Uint8Array {
  const handler = box('hdlr', new Uint8Array(8), latin1('mdirappl'), new Uint8Array(9));
  return box('udta', box('meta', new Uint8Array(4), handler, box('ilst', ...items)), ...others);
}

/**
 * The tracks of a file with QuickTime chapters: one of sound, which refers to one of titles. `titlesStart`: where the
 * text samples lie, one after the other.
 */
export function chapterTracks(
  chapters: readonly (readonly [ticks: number, title: string])[],
  titlesStart: number,
  timeScale = 1000,
): { readonly tracks: readonly Uint8Array[]; readonly samples: Uint8Array } {
  const texts = chapters.map(([, title]) => concat(big(utf8(title).length, 2), utf8(title)));
  const table = (type: string, ...rows: readonly (readonly number[])[]): Uint8Array =>
    box(type, big(0, 4), big(rows.length, 4), ...rows.flat().map((value) => big(value, 4)));
  const track = (id: number, handler: string, ...boxes: readonly Uint8Array[]): Uint8Array => {
    const head = box('tkhd', big(0, 12), big(id, 4), new Uint8Array(68));
    const media = box('mdhd', big(0, 12), big(timeScale, 4), big(0, 8));
    return box(
      'trak',
      head,
      ...boxes.slice(1),
      box('mdia', media, box('hdlr', big(0, 8), latin1(handler)), ...boxes.slice(0, 1)),
    );
  };
  const tables = box(
    'stbl',
    table('stts', ...chapters.map(([ticks]) => [1, ticks])),
    table('stsc', [1, chapters.length, 1]),
    box('stsz', big(0, 8), big(texts.length, 4), ...texts.map(({ length }) => big(length, 4))),
    table('stco', [titlesStart]),
  );
  const sound = track(1, 'soun', box('minf'), box('tref', box('chap', big(2, 4))));
  return { tracks: [sound, track(2, 'text', box('minf', tables))], samples: concat(...texts) };
}
