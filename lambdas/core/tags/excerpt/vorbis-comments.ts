/**
 * Comments as Vorbis has them (https://xiph.org/vorbis/doc/v-comment.html), in whatever container, and the pictures
 * among them (https://wiki.xiph.org/VorbisComment#Cover_art).
 */
import type { FoundPicture } from '../tags.ts';
import { base64Decoded } from './base64-bytes.ts';
import { ascii, joined, littleBytes, uintBig, uintLittle } from './bytes.ts';
import { type ExcerptReader, MAX_FIELD_BYTES, MAX_FIELDS, MAX_PICTURE_FIELD_BYTES } from './excerpt-reader.ts';

const PICTURE_COMMENT = 'METADATA_BLOCK_PICTURE=';
const FRONT_COVER = 3;

/** `list`: the comments in words, as many as are whole, and a count that fits them: readers allocate by the count. */
export type CommentExcerpt = { readonly list: Uint8Array; readonly pictures: readonly FoundPicture[] };

/** `undefined`, and a note, where `stored` is no list of comments. */
export function commentExcerpt(reader: ExcerptReader, stored: Uint8Array): CommentExcerpt | undefined {
  const countAt = 4 + uintLittle(stored, 0, 4);
  if (countAt + 4 > stored.length) {
    reader.noteCut();
    return undefined;
  }
  const stated = uintLittle(stored, countAt, 4);
  const words: Uint8Array[] = [];
  const pictures: FoundPicture[] = [];
  let at = countAt + 4;
  for (let count = 0; count < stated; count++) {
    const startByte = at + 4;
    const endByte = startByte + uintLittle(stored, at, 4);
    if (count === MAX_FIELDS || startByte > stored.length || endByte > stored.length) {
      reader.noteCut();
      break;
    }
    const comment = stored.subarray(startByte, endByte);
    if (isPicture(comment)) pictures.push(...pictureOfComment(reader, comment));
    else if (comment.length <= MAX_FIELD_BYTES) words.push(stored.subarray(at, endByte));
    else reader.noteCut();
    at = endByte;
  }
  return { list: joined(littleBytes(0, 4), littleBytes(words.length, 4), ...words), pictures };
}

/** The body of a PICTURE block: RFC 9639, section 8.8. None, and a note, where it is not whole. */
export function pictureOfBlock(reader: ExcerptReader, body: Uint8Array): FoundPicture[] {
  const mediaTypeEnd = 8 + uintBig(body, 4, 4);
  const descriptionEnd = mediaTypeEnd + 4 + uintBig(body, mediaTypeEnd, 4);
  const startByte = descriptionEnd + 20;
  const endByte = startByte + uintBig(body, descriptionEnd + 16, 4);
  if (endByte > body.length) {
    reader.noteCut();
    return [];
  }
  const isFront = uintBig(body, 0, 4) === FRONT_COVER;
  return [{ bytes: body.subarray(startByte, endByte), ...(isFront ? { type: 'Cover (front)' } : {}) }];
}

function isPicture(comment: Uint8Array): boolean {
  return ascii(comment, 0, PICTURE_COMMENT.length).toUpperCase() === PICTURE_COMMENT;
}

function pictureOfComment(reader: ExcerptReader, comment: Uint8Array): FoundPicture[] {
  const letters = comment.subarray(PICTURE_COMMENT.length);
  const byteLength = Math.floor((letters.length * 3) / 4);
  if (byteLength <= MAX_PICTURE_FIELD_BYTES) return pictureOfBlock(reader, base64Decoded(letters));
  reader.noteHugePicture(byteLength);
  return [];
}
