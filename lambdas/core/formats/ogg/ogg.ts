/** Ogg: RFC 3533. Vorbis, Opus (RFC 7845) and FLAC (RFC 9639, section 10.1) in it. */
import { CuepointError } from '../../errors.ts';
import type { ByteSource } from '../../ports.ts';
import { readBytes } from '../byte-window.ts';
import type { AudioFormat, Scan, SourceFormat } from '../format.ts';
import { skipId3v2 } from '../id3v2.ts';
import { LinkHeaders } from './link-headers.ts';
import type { OggAudio, OggCodec } from './mapping.ts';
import { OggScan, type OggStart } from './ogg-scan.ts';
import { CAPTURE_PATTERN } from './page.ts';
import { PageWalk } from './page-walk.ts';

/** Headers take a few KB, unless they hold pictures. */
const HEADER_BLOCK_BYTES = 1 << 17;

const EXTENSIONS: Readonly<Record<OggCodec, string>> = { vorbis: 'ogg', opus: 'opus', flac: 'oga' };

/**
 * Packets of the scan are runs of pages: from one on which a packet of the codec begins up to the next such page. Where
 * the page begins with the rest of a packet from the run before, that is the least preroll. The track is the first stream of a served codec; pages of other streams lie between its own. In a chain of links each
 * has an init of its own, and they are one timeline as long as codec, rate and channels stay.
 */
export const ogg: SourceFormat = { name: 'ogg', open: (source) => openOgg(source) };

/**
 * `null` when no `OggS` follows the leading ID3v2 tags. Throws `unsupported_codec`, `malformed_header` or `no_audio`
 * (from here, or from `packets`).
 *
 * `blockBytes`: how much to read at a time; the packets do not depend on it.
 */
export async function openOgg(source: ByteSource, blockBytes?: number): Promise<Scan | null> {
  const signatureByte = await skipId3v2(source);
  const signature = await readBytes(source, signatureByte, CAPTURE_PATTERN.length);
  if (!CAPTURE_PATTERN.every((letter, i) => signature[i] === letter)) return null;
  const start = await findStart(source, signatureByte, blockBytes ?? HEADER_BLOCK_BYTES);
  return {
    format: audioFormat(start.link.mapping),
    init: start.link.init,
    packets: () => new OggScan(source, start).batches(blockBytes),
  };
}

/** The first link that has audio. What comes before, be it pages without headers or links without audio, is passed over. */
async function findStart(source: ByteSource, signatureByte: number, blockBytes: number): Promise<OggStart> {
  const walk = await PageWalk.open(source, signatureByte, blockBytes);
  let headers: LinkHeaders | undefined;
  for (;;) {
    const page = walk.next();
    if (page === null) {
      if (await walk.advance()) continue;
      break;
    }
    if (page.first && headers?.grouped !== true) headers = new LinkHeaders(page.startByte);
    const link = headers?.accept(page) ?? null;
    if (link !== null) {
      return { link, audioStartByte: page.startByte, headlessByteLength: link.startByte - signatureByte };
    }
  }
  if (headers === undefined) {
    throw new CuepointError(
      'malformed_header',
      `the Ogg file of ${source.byteLength} bytes has no intact page that begins a stream; upload the whole file`,
    );
  }
  headers.finish();
  throw new CuepointError(
    'no_audio',
    `the Ogg file of ${source.byteLength} bytes ends behind its headers; upload a file that has audio in it`,
  );
}

function audioFormat({ codec, sampleRate, channels, bitsPerSample }: OggAudio): AudioFormat {
  return {
    container: 'ogg',
    codec,
    mimeType: 'audio/ogg',
    extension: EXTENSIONS[codec],
    sampleRate,
    channels,
    ...(bitsPerSample === undefined ? {} : { bitsPerSample }),
    codecString: codec,
  };
}
