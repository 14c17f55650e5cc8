/** What a file is made of at its top: ISO/IEC 14496-12, section 4.3 and 6.3. */
import { CuepointError } from '../../errors.ts';
import type { Box, BoxReader } from './box.ts';

export type FileLayout = {
  readonly moov: Box;
  /** Media data lie before the header. */
  readonly audioBeforeHeader: boolean;
};

/** What such files begin with; without `ftyp`, old QuickTime files, and pieces of streams. */
const FIRST_TYPES: ReadonlySet<string> = new Set([
  'ftyp',
  'styp',
  'moov',
  'moof',
  'mdat',
  'sidx',
  'wide',
  'free',
  'skip',
  'pnot',
]);
/** Of these, words that other files may hold there. */
const WEAK_TYPES: ReadonlySet<string> = new Set(['wide', 'free', 'skip', 'pnot']);

/**
 * Finds the header by stepping over all other boxes. `null`: not this format. Throws `malformed_header` (no header) or
 * `no_audio` (a picture).
 */
export async function readFileLayout(reader: BoxReader, byteLength: number): Promise<FileLayout | null> {
  const first = await reader.boxAt(0, byteLength);
  if (first === null || !FIRST_TYPES.has(first.type)) return null;
  const seen = new Set<string>();
  for await (const box of reader.boxes(0, byteLength)) {
    if (box.type === 'moov') return { moov: box, audioBeforeHeader: seen.has('mdat') };
    if (box.type === 'mdat' && box.endByte === box.bodyByte) continue;
    if (TELLING_TYPES.has(box.type)) seen.add(box.type);
  }
  if (WEAK_TYPES.has(first.type) && seen.size === 0) return null;
  throw withoutHeader(seen, byteLength);
}

const TELLING_TYPES: ReadonlySet<string> = new Set(['mdat', 'moof', 'meta']);

function withoutHeader(seen: ReadonlySet<string>, byteLength: number): CuepointError {
  if (seen.has('moof')) {
    return new CuepointError(
      'malformed_header',
      'the file holds fragments of an MP4 without its header (moov); join it to the initialization segment it belongs to, and upload that',
    );
  }
  if (seen.has('meta')) {
    return new CuepointError(
      'no_audio',
      'the file is a picture (HEIF or AVIF): it has no track; upload a file that has audio in it',
    );
  }
  const what = seen.has('mdat') ? 'has media data but no header (moov)' : 'has no header (moov)';
  return new CuepointError(
    'malformed_header',
    `the MP4 ${what} in its ${byteLength} bytes: it was cut, or it is still being written; upload the whole file`,
  );
}

/** What lies behind the header. */
export type Rest = {
  /** The last of the boxes would go on behind the end of the file. */
  readonly cut: boolean;
  /** Where another file begins, if one was appended. */
  readonly laterFileByte: number | undefined;
};

/** Of fragments: their own walk tells what follows. */
export const NOTHING_BEHIND: Rest = { cut: false, laterFileByte: undefined };

export async function readRest(reader: BoxReader, moov: Box, byteLength: number): Promise<Rest> {
  let cut = moov.cut;
  let laterFileByte: number | undefined;
  for await (const box of reader.boxes(moov.endByte, byteLength)) {
    cut = box.cut;
    if (box.type === 'ftyp') laterFileByte ??= box.startByte;
  }
  return { cut, laterFileByte };
}
