/** The comment and picture blocks of a FLAC file: RFC 9639, sections 8.1, 8.6 and 8.8. */
import type { FoundPicture } from '../tags.ts';
import { asciiBytes, bigBytes, joined } from './bytes.ts';
import { type ExcerptReader, MAX_FIELDS } from './excerpt-reader.ts';
import { type CommentExcerpt, commentExcerpt, pictureOfBlock } from './vorbis-comments.ts';

const BLOCK_HEADER_BYTES = 4;
const PADDING = 1;
export const VORBIS_COMMENT = 4;
export const PICTURE = 6;
export const LAST_BLOCK = 0x80;

/** The bytes of a FLAC file of comments and no audio, none where there are no comments, and the pictures. */
export type FlacExcerpt = { readonly bytes: Uint8Array; readonly pictures: readonly FoundPicture[] };

/** From `startByte`, where `fLaC` stands. */
export async function flacExcerpt(reader: ExcerptReader, startByte: number): Promise<FlacExcerpt> {
  const comments: CommentExcerpt[] = [];
  const pictures: FoundPicture[] = [];
  let at = startByte + 4;
  for (let count = 0; count < MAX_FIELDS; count++) {
    const [flags, high = 0, middle = 0, low = 0] = await reader.look(at, BLOCK_HEADER_BYTES);
    if (flags === undefined) break;
    const type = flags & ~LAST_BLOCK;
    const bodyStart = at + BLOCK_HEADER_BYTES;
    const bodyBytes = (high << 16) | (middle << 8) | low;
    if (type === PICTURE) {
      const body = await reader.takePicture(bodyStart, bodyBytes);
      if (body) pictures.push(...pictureOfBlock(reader, body));
    }
    if (type === VORBIS_COMMENT) {
      const body = await reader.take(bodyStart, bodyBytes);
      const found = body && commentExcerpt(reader, body);
      if (found) comments.push(found);
    }
    at = bodyStart + bodyBytes;
    if (flags & LAST_BLOCK || at >= reader.byteLength) break;
  }
  return flacOfComments(comments, pictures);
}

/** `pictures`: those that stand beside the comments. */
export function flacOfComments(comments: readonly CommentExcerpt[], pictures: readonly FoundPicture[]): FlacExcerpt {
  const all = [...pictures, ...comments.flatMap((found) => found.pictures)];
  if (comments.length === 0) return { bytes: new Uint8Array(0), pictures: all };
  const blocks = comments.map(({ list }) => block(VORBIS_COMMENT, list));
  const bytes = joined(asciiBytes('fLaC'), ...blocks, block(PADDING | LAST_BLOCK, new Uint8Array(0)));
  return { bytes, pictures: all };
}

function block(type: number, body: Uint8Array): Uint8Array {
  return joined(Uint8Array.of(type), bigBytes(body.length, 3), body);
}
