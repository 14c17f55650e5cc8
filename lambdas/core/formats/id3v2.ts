/** ID3v2: https://id3.org/id3v2.4.0-structure (sections 3.1 header, 3.4 footer, 6.2 syncsafe integers). */
import type { ByteSource } from '../ports.ts';
import { readBytes } from './byte-window.ts';

const ID3V2_HEADER_BYTES = 10;
const FOOTER_FLAG = 0x10;

/** More tags in a row than any file has; ends the walk over a file made of ten-byte tags only. */
const MAX_LEADING_TAGS = 64;

/**
 * Byte length of the whole ID3v2 tag (header and footer included) whose header begins at `bytes[offset]`; 0 when none
 * does. `mark` tells a header (`ID3`) from the footer at the tag's far end (`3DI`), which holds the same fields.
 */
export function id3v2Length(bytes: Uint8Array, offset: number, mark: 'ID3' | '3DI' = 'ID3'): number {
  if (offset + ID3V2_HEADER_BYTES > bytes.length) return 0;
  for (let index = 0; index < 3; index++) if (bytes[offset + index] !== mark.charCodeAt(index)) return 0;
  if (bytes[offset + 3] === 0xff || bytes[offset + 4] === 0xff) return 0;
  let bodyBytes = 0;
  for (let index = 6; index < 10; index++) {
    const septet = bytes[offset + index] ?? 0xff;
    if (septet > 0x7f) return 0;
    bodyBytes = (bodyBytes << 7) | septet;
  }
  const footerBytes = ((bytes[offset + 5] ?? 0) & FOOTER_FLAG) === 0 ? 0 : ID3V2_HEADER_BYTES;
  return ID3V2_HEADER_BYTES + bodyBytes + footerBytes;
}

/**
 * The byte after all ID3v2 tags at the beginning of `source`, 0 if there is none. Tags are stepped over by their size,
 * never read, so a tag of hundreds of megabytes costs one small read. At most `source.byteLength`.
 */
export async function skipId3v2(source: ByteSource): Promise<number> {
  let startByte = 0;
  for (let tags = 0; tags < MAX_LEADING_TAGS; tags++) {
    const length = id3v2Length(await readBytes(source, startByte, ID3V2_HEADER_BYTES), 0);
    if (length === 0) break;
    startByte = Math.min(source.byteLength, startByte + length);
  }
  return startByte;
}
