import { CuepointError } from '../errors.ts';
import type { ByteSource } from '../ports.ts';
import { adts } from './adts/adts.ts';
import { aiff } from './aiff/aiff.ts';
import { asf } from './asf/asf.ts';
import { readBytes } from './byte-window.ts';
import { flac } from './flac/flac.ts';
import type { Scan, ScanOptions, SourceFormat } from './format.ts';
import { skipId3v2 } from './id3v2.ts';
import { lookOf } from './look-of-bytes.ts';
import { matroska } from './matroska/matroska.ts';
import { mp4 } from './mp4/mp4.ts';
import { mpegAudio } from './mpeg/mpeg-audio.ts';
import { ogg } from './ogg/ogg.ts';
import { wav } from './wav/wav.ts';
import { wavpack } from './wavpack/wavpack.ts';

/** Those with a signature first: ADTS and MPEG audio have none and must be searched for. */
const FORMATS: readonly SourceFormat[] = [wav, aiff, flac, ogg, mp4, matroska, wavpack, asf, adts, mpegAudio];

const SERVED = 'MP3, AAC, MP4, FLAC, WAV, AIFF, Ogg, WebM, WavPack and WMA';

/** Enough for every signature, and to tell text from noise. */
const LOOK_BYTES = 512;

/**
 * Recognises a source by its content; its name is not asked. Throws `empty_file`, `unsupported_format`, and whatever
 * the format that recognised it throws.
 */
export async function openScan(source: ByteSource, options: ScanOptions = {}): Promise<Scan> {
  if (source.byteLength === 0) {
    throw new CuepointError('empty_file', 'the file has 0 bytes; upload it again');
  }
  for (const format of FORMATS) {
    const scan = await format.open(source, options);
    if (scan !== null) return scan;
  }
  const tagBytes = await skipId3v2(source);
  const bytes = await readBytes(source, tagBytes, LOOK_BYTES);
  const remedy = tagBytes > 0 ? `remove the ID3v2 tag of ${tagBytes} bytes in front of it, or ` : '';
  throw new CuepointError(
    'unsupported_format',
    `the file ${lookOf(bytes)}; ${SERVED} are served: ${remedy}upload it as one of these`,
  );
}
