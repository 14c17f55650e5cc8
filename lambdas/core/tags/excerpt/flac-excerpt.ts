/** The comment and picture blocks of a FLAC file: RFC 9639, sections 8.1, 8.6 and 8.8. */
import { asciiBytes, bigBytes, joined, uintLittle } from './bytes.ts';
import { type ExcerptReader, MAX_FIELDS } from './excerpt-reader.ts';

const BLOCK_HEADER_BYTES = 4;
const PADDING = 1;
const VORBIS_COMMENT = 4;
const PICTURE = 6;
const LAST_BLOCK = 0x80;

/** From `startByte`, where `fLaC` stands: a file of these blocks and no audio; no bytes where there are no such blocks. */
export async function flacExcerpt(reader: ExcerptReader, startByte: number): Promise<Uint8Array> {
  const blocks: Uint8Array[] = [];
  let at = startByte + 4;
  for (let count = 0; count < MAX_FIELDS; count++) {
    const [flags, high = 0, middle = 0, low = 0] = await reader.look(at, BLOCK_HEADER_BYTES);
    if (flags === undefined) break;
    const type = flags & ~LAST_BLOCK;
    const bodyBytes = (high << 16) | (middle << 8) | low;
    const body = await bodyOf(reader, type, at + BLOCK_HEADER_BYTES, bodyBytes);
    if (body) blocks.push(block(type, body));
    at += BLOCK_HEADER_BYTES + bodyBytes;
    if (flags & LAST_BLOCK || at >= reader.byteLength) break;
  }
  if (blocks.length === 0) return new Uint8Array(0);
  return joined(asciiBytes('fLaC'), ...blocks, block(PADDING | LAST_BLOCK, new Uint8Array(0)));
}

async function bodyOf(
  reader: ExcerptReader,
  type: number,
  startByte: number,
  bodyBytes: number,
): Promise<Uint8Array | undefined> {
  if (type === PICTURE) return reader.takePicture(startByte, bodyBytes);
  if (type !== VORBIS_COMMENT) return undefined;
  const body = await reader.take(startByte, bodyBytes);
  return body && wholeComments(reader, body);
}

/** As many comments as are whole, and a count that fits them: readers allocate by the count. */
function wholeComments(reader: ExcerptReader, body: Uint8Array): Uint8Array | undefined {
  const countAt = 4 + uintLittle(body, 0, 4);
  if (countAt + 4 > body.length) {
    reader.noteCut();
    return undefined;
  }
  const stated = uintLittle(body, countAt, 4);
  let at = countAt + 4;
  let whole = 0;
  while (whole < stated) {
    const next = at + 4 + uintLittle(body, at, 4);
    if (at + 4 > body.length || next > body.length) {
      reader.noteCut();
      break;
    }
    at = next;
    whole++;
  }
  const comments = body.slice(0, at);
  new DataView(comments.buffer).setUint32(countAt, whole, true);
  return comments;
}

function block(type: number, body: Uint8Array): Uint8Array {
  return joined(Uint8Array.of(type), bigBytes(body.length, 3), body);
}
