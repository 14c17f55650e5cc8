/**
 * The chunks with tags of RIFF/WAVE and AIFF files. RIFF: Multimedia Programming Interface and Data Specifications 1.0
 * (LIST of type INFO); RF64: EBU Tech 3306; AIFF: Audio Interchange File Format 1.3. Both carry ID3v2 in a chunk, by custom.
 */
import { ascii, asciiBytes, bigBytes, joined, littleBytes, uintBig, uintLittle } from './bytes.ts';
import { type ExcerptReader, MAX_FIELDS } from './excerpt-reader.ts';
import { id3v2Excerpt, id3v2OfTexts } from './id3v2-excerpt.ts';

const CHUNK_HEADER_BYTES = 8;
const FORM_HEADER_BYTES = 12;

/** AIFF's own text chunks, and the frames of ID3v2 that mean the same. */
const TEXT_CHUNKS: ReadonlyMap<string, string> = new Map([
  ['NAME', 'TIT2'],
  ['AUTH', 'TPE1'],
  ['ANNO', 'COMM'],
]);

/** Sizes from here on are placeholders of writers that did not know better. */
const PLACEHOLDER_BYTES = 0xffff_ff00;

type Dialect = {
  readonly size: (header: Uint8Array, offset: number) => number;
  readonly sizeBytes: (value: number) => Uint8Array;
};

const RIFF: Dialect = {
  size: (header, offset) => uintLittle(header, offset, 4),
  sizeBytes: (value) => littleBytes(value, 4),
};
const AIFF: Dialect = {
  size: (header, offset) => uintBig(header, offset, 4),
  sizeBytes: (value) => bigBytes(value, 4),
};

/** A RIFF file of the tags of the RIFF, RF64 or BW64 file at `startByte`, whose samples end at `audioEndByte`. */
export async function riffExcerpt(reader: ExcerptReader, startByte: number, audioEndByte: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const { id, bodyStart, bodyBytes } of chunksIn(reader, startByte, RIFF, audioEndByte)) {
    if (id.toLowerCase() === 'id3 ') chunks.push(...(await id3Chunk(reader, 'id3 ', bodyStart, bodyBytes, RIFF)));
    if (id === 'LIST' && ascii(await reader.look(bodyStart, 4), 0, 4) === 'INFO') {
      const list = await reader.takeField(bodyStart, bodyBytes);
      if (list) chunks.push(chunk('LIST', wholeInfo(list), RIFF));
    }
    if (id === 'CSET') {
      const set = await reader.takeField(bodyStart, bodyBytes);
      if (set) chunks.push(chunk(id, set, RIFF));
    }
  }
  return form('RIFF', 'WAVE', chunks, RIFF);
}

/**
 * An AIFF file of the tags of the AIFF or AIFF-C file at `startByte`, whose samples end at `audioEndByte`. Where there is
 * no ID3v2, one is made of AIFF's own texts, which readers take for ASCII.
 */
export async function aiffExcerpt(reader: ExcerptReader, startByte: number, audioEndByte: number): Promise<Uint8Array> {
  const tags: Uint8Array[] = [];
  const texts: (readonly [frame: string, text: Uint8Array])[] = [];
  for await (const { id, bodyStart, bodyBytes } of chunksIn(reader, startByte, AIFF, audioEndByte)) {
    if (id.toLowerCase() === 'id3 ') tags.push(...(await id3Chunk(reader, 'ID3 ', bodyStart, bodyBytes, AIFF)));
    const frame = TEXT_CHUNKS.get(id);
    const text = frame && (await reader.takeField(bodyStart, bodyBytes));
    if (frame && text) texts.push([frame, text]);
  }
  if (tags.length === 0 && texts.length > 0) tags.push(chunk('ID3 ', id3v2OfTexts(texts), AIFF));
  return form('FORM', 'AIFF', tags, AIFF);
}

type Chunk = { readonly id: string; readonly bodyStart: number; readonly bodyBytes: number };

/** All chunks up to the end of the file, whatever the size of the form says. */
async function* chunksIn(
  reader: ExcerptReader,
  startByte: number,
  dialect: Dialect,
  audioEndByte: number,
): AsyncGenerator<Chunk, void, undefined> {
  let at = startByte + FORM_HEADER_BYTES;
  for (let count = 0; count < MAX_FIELDS && at + CHUNK_HEADER_BYTES <= reader.byteLength; count++) {
    const header = (await reader.look(at, CHUNK_HEADER_BYTES)).slice();
    const id = ascii(header, 0, 4);
    if (!/^[\x20-\x7e]{4}$/.test(id)) return;
    const bodyStart = at + CHUNK_HEADER_BYTES;
    const stated = dialect.size(header, 4);
    const isAudio = bodyStart <= audioEndByte && (id === 'data' || id === 'SSND');
    const isUnknown = stated === 0 || stated >= PLACEHOLDER_BYTES || bodyStart + stated > reader.byteLength;
    const bodyBytes = isAudio && isUnknown ? audioEndByte - bodyStart : stated;
    const next = bodyStart + bodyBytes;
    if (!isAudio && next <= reader.byteLength) yield { id, bodyStart, bodyBytes };
    at = next + (next % 2 === startByte % 2 ? 0 : 1);
  }
}

async function id3Chunk(
  reader: ExcerptReader,
  id: string,
  bodyStart: number,
  bodyBytes: number,
  dialect: Dialect,
): Promise<Uint8Array[]> {
  const tag = await id3v2Excerpt(reader, bodyStart, bodyStart + bodyBytes);
  return tag ? [chunk(id, tag.bytes, dialect)] : [];
}

/** The list's items up to the first that does not fit. */
function wholeInfo(list: Uint8Array): Uint8Array {
  const items: Uint8Array[] = [];
  let at = 4;
  while (at + CHUNK_HEADER_BYTES <= list.length) {
    const next = at + CHUNK_HEADER_BYTES + uintLittle(list, at + 4, 4);
    if (next > list.length) break;
    items.push(chunk(ascii(list, at, 4), list.subarray(at + CHUNK_HEADER_BYTES, next), RIFF));
    at = next + (next % 2);
  }
  return joined(asciiBytes('INFO'), ...items);
}

function chunk(id: string, body: Uint8Array, { sizeBytes }: Dialect): Uint8Array {
  return joined(asciiBytes(id), sizeBytes(body.length), body, new Uint8Array(body.length % 2));
}

/** No bytes without chunks: there is nothing to read. */
function form(id: string, type: string, chunks: readonly Uint8Array[], { sizeBytes }: Dialect): Uint8Array {
  if (chunks.length === 0) return new Uint8Array(0);
  const body = joined(asciiBytes(type), ...chunks);
  return joined(asciiBytes(id), sizeBytes(body.length), body);
}
