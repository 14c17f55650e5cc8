/** Files of the containers that hide their tags in packets, objects or elements: Ogg, ASF, Matroska. */
import { concat } from './flac-stream.ts';
import type { TaggedFile } from './tagged-files.ts';
import { big, latin1, little } from './tagged-id3v2.ts';

/** One page with one packet, or a part of one; `flags`: 1 continued, 2 first, 4 last. */
function oggPage(number: number, flags: number, body: Uint8Array, endsPacket = true): Uint8Array {
  const full = Math.floor(body.length / 255);
  const lacing = [...new Array(full).fill(255), ...(endsPacket ? [body.length % 255] : [])];
  const head = concat(
    latin1('OggS'),
    Uint8Array.of(0, flags),
    little(0, 8),
    little(77, 4),
    little(number, 4),
    big(0, 4),
  );
  return concat(head, Uint8Array.of(lacing.length), Uint8Array.from(lacing), body);
}

const PAGE_BODY_BYTES = 255 * 255;

function oggPages(packet: Uint8Array, firstNumber: number): Uint8Array[] {
  const pages: Uint8Array[] = [];
  for (let at = 0; at < packet.length; at += PAGE_BODY_BYTES) {
    const isLast = at + PAGE_BODY_BYTES >= packet.length;
    const body = packet.subarray(at, at + PAGE_BODY_BYTES);
    pages.push(oggPage(firstNumber + pages.length, at > 0 ? 1 : 0, body, isLast));
  }
  return pages;
}

export function opusFile(comments: Uint8Array): TaggedFile {
  const head = concat(latin1('OpusHead'), Uint8Array.of(1, 2), little(312, 2), little(48_000, 4), new Uint8Array(3));
  const headers = [oggPage(0, 2, head), ...oggPages(concat(latin1('OpusTags'), comments), 1)];
  return withAudio(headers);
}

export function vorbisFile(comments: Uint8Array): TaggedFile {
  const head = concat(latin1('\x01vorbis'), little(0, 4), Uint8Array.of(2), little(44_100, 4), new Uint8Array(13));
  const packet = concat(latin1('\x03vorbis'), comments, Uint8Array.of(1));
  const setup = concat(latin1('\x05vorbis'), new Uint8Array(200));
  return withAudio([oggPage(0, 2, head), ...oggPages(packet, 1), ...oggPages(setup, 9)]);
}

function withAudio(headers: readonly Uint8Array[]): TaggedFile {
  const audioStartByte = concat(...headers).length;
  const audio = Array.from({ length: 20 }, (_, i) => oggPage(20 + i, i === 19 ? 4 : 0, new Uint8Array(500).fill(i)));
  const bytes = concat(...headers, ...audio);
  return { bytes, container: 'ogg', audioStartByte, audioEndByte: bytes.length };
}

const ASF_HEADER = '3026b2758e66cf11a6d900aa0062ce6c';
const ASF_DATA = '3626b2758e66cf11a6d900aa0062ce6c';
const ASF_CONTENT_DESCRIPTION = '3326b2758e66cf11a6d900aa0062ce6c';
const ASF_EXTENDED_DESCRIPTION = '40a4d0d207e3d21197f000a0c95ea850';

function asfObject(guid: string, ...body: readonly Uint8Array[]): Uint8Array {
  const bytes = concat(...body);
  return concat(new Uint8Array(Buffer.from(guid, 'hex')), little(bytes.length + 24, 8), bytes);
}

const utf16 = (value: string): Uint8Array => new Uint8Array(Buffer.from(`${value}\0`, 'utf16le'));

export function asfFile(
  { title, artist, comment }: { title: string; artist: string; comment: string },
  fields: Readonly<Record<string, string | Uint8Array>>,
): TaggedFile {
  const texts = [title, artist, '', comment, ''].map(utf16);
  const description = asfObject(ASF_CONTENT_DESCRIPTION, ...texts.map(({ length }) => little(length, 2)), ...texts);
  const rows = Object.entries(fields).map(([name, value]) => {
    const bytes = typeof value === 'string' ? utf16(value) : value;
    const type = typeof value === 'string' ? 0 : 1;
    return concat(little(utf16(name).length, 2), utf16(name), little(type, 2), little(bytes.length, 2), bytes);
  });
  const extended = asfObject(ASF_EXTENDED_DESCRIPTION, little(rows.length, 2), ...rows);
  const unknown = asfObject('00112233445566778899aabbccddeeff', new Uint8Array(50));
  const objects = concat(unknown, description, extended);
  const header = asfObject(ASF_HEADER, little(3, 4), Uint8Array.of(1, 2), objects);
  const bytes = concat(header, asfObject(ASF_DATA, new Uint8Array(3000)));
  return { bytes, container: 'asf', audioStartByte: header.length + 50, audioEndByte: bytes.length };
}

/** An EBML element; `sizeBytes` of 8 as most writers have it for large ones. */
export function element(id: number, ...body: readonly Uint8Array[]): Uint8Array {
  const bytes = concat(...body);
  const idBytes = id > 0xffffff ? 4 : id > 0xffff ? 3 : id > 0xff ? 2 : 1;
  return concat(big(id, idBytes), Uint8Array.of(1), big(bytes.length, 7), bytes);
}

const utf8 = (value: string): Uint8Array => new TextEncoder().encode(value);

export function matroskaTags(fields: Readonly<Record<string, string>>): Uint8Array {
  const simple = Object.entries(fields).map(([name, value]) =>
    element(0x67c8, element(0x45a3, utf8(name)), element(0x4487, utf8(value))),
  );
  return element(0x1254c367, element(0x7373, element(0x63c0), ...simple));
}

export function matroskaChapters(
  chapters: readonly (readonly [startMs: number, endMs: number, title: string])[],
): Uint8Array {
  const atoms = chapters.map(([startMs, endMs, title]) =>
    element(
      0xb6,
      element(0x91, big(startMs * 1e6, 8)),
      element(0x92, big(endMs * 1e6, 8)),
      element(0x80, element(0x85, utf8(title)), element(0x437c, utf8('und'))),
    ),
  );
  return element(0x1043a770, element(0x45b9, ...atoms));
}

export function matroskaPicture(picture: Uint8Array, mimeType = 'image/jpeg'): Uint8Array {
  const file = element(
    0x61a7,
    element(0x466e, utf8('cover.jpg')),
    element(0x4660, utf8(mimeType)),
    element(0x465c, picture),
  );
  return element(0x1941a469, file);
}

/** Clusters between what lies before and behind them. The segment does not state its length, as live ones do not. */
export function matroskaFile(before: readonly Uint8Array[], behind: readonly Uint8Array[] = []): TaggedFile {
  const head = concat(
    element(0x1a45dfa3, element(0x4282, utf8('matroska'))),
    big(0x18538067, 4),
    Uint8Array.of(1, ...new Array(7).fill(255)),
    element(0x1549a966, element(0x2ad7b1, big(1_000_000, 3))),
    ...before,
  );
  const clusters = concat(...Array.from({ length: 5 }, () => element(0x1f43b675, new Uint8Array(700).fill(0x1f))));
  return {
    bytes: concat(head, clusters, ...behind),
    container: 'matroska',
    audioStartByte: head.length,
    audioEndByte: head.length + clusters.length,
  };
}
