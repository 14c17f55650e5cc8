/** The header pages of an Ogg file: RFC 3533, section 6. */
import { ascii } from './bytes.ts';
import type { ExcerptReader } from './excerpt-reader.ts';

const PAGE_HEADER_BYTES = 27;

/** A page has up to 64 KiB: as many as the largest excerpt needs, and as a reader can put together in no time. */
const MAX_PAGES = 1024;

/** The pages from `startByte` up to the one that begins at or after `audioStartByte`. */
export async function oggExcerpt(
  reader: ExcerptReader,
  startByte: number,
  audioStartByte: number,
): Promise<Uint8Array | undefined> {
  let at = startByte;
  for (let pages = 0; at < audioStartByte; pages++) {
    const header = await reader.look(at, PAGE_HEADER_BYTES);
    if (ascii(header, 0, 4) !== 'OggS') break;
    if (pages === MAX_PAGES) {
      reader.noteCut();
      break;
    }
    const segments = header[26] ?? 0;
    const table = await reader.look(at + PAGE_HEADER_BYTES, segments);
    const pageBytes = PAGE_HEADER_BYTES + segments + table.reduce((sum, lacing) => sum + lacing, 0);
    if (at + pageBytes > reader.byteLength) break;
    at += pageBytes;
  }
  return reader.take(startByte, at - startByte);
}
