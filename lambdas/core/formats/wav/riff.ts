/** RIFF/WAVE, and its 64-bit forms RF64 (EBU Tech 3306) and BW64 (ITU-R BS.2088). */
import { CuepointError } from '../../errors.ts';
import type { ByteSource } from '../../ports.ts';
import { readBytes } from '../byte-window.ts';
import type { SampleData } from '../iff/block-run.ts';
import { ascii, type ChunkHeader, ChunkReader, FORM_HEADER_BYTES, isPlaceholder } from '../iff/chunk-reader.ts';

export type RiffLayout = SampleData & {
  /** The body of the fmt chunk, as far as it can matter. */
  readonly fmt: Uint8Array;
};

/** WAVE_FORMAT_EXTENSIBLE; what may follow describes codecs that are not served. */
const FMT_BYTES = 40;
const MIN_FMT_BYTES = 14;
/** RIFF size, data size: 64 bits each. */
const DS64_BYTES = 16;

/** A size of all ones: in RF64 and BW64 the real one is in ds64. */
const SIZE_ELSEWHERE = 0xffffffff;

const KNOWN_CHUNKS = new Set(
  'fmt |data|ds64|fact|LIST|JUNK|junk|PAD |FLLR|bext|iXML|axml|chna|cart|PEAK|cue |plst|smpl|inst|note|labl|adtl|id3 |ID3 |_PMX|acid|DISP|LGWV'.split(
    '|',
  ),
);

/**
 * Finds the fmt and the data chunk by the sizes of the chunks; neither the audio nor any other chunk is read.
 * `null`: no WAVE file. Throws `malformed_header` (no fmt chunk, or a cut one), `no_audio` (no data chunk) or
 * `unsupported_codec` (big-endian RIFX).
 */
export async function readRiff(source: ByteSource, startByte: number): Promise<RiffLayout | null> {
  const head = await readBytes(source, startByte, FORM_HEADER_BYTES);
  const form = ascii(head, 0);
  if (head.length < FORM_HEADER_BYTES || ascii(head, 8) !== 'WAVE') return null;
  if (form === 'RIFX') {
    throw new CuepointError(
      'unsupported_codec',
      'the file is big-endian RIFX; only little-endian WAV (RIFF, RF64, BW64) is served: convert it to WAV or FLAC',
    );
  }
  if (form !== 'RIFF' && form !== 'RF64' && form !== 'BW64') return null;
  return new ChunkWalk(source, form !== 'RIFF').find(startByte + FORM_HEADER_BYTES);
}

class ChunkWalk {
  readonly #chunks: ChunkReader;
  readonly #wide: boolean;
  #fmt: Uint8Array | undefined;
  #data: { startByte: number; declaredByteLength: number | undefined; nextByte: number } | undefined;
  #wideDataByteLength: number | undefined;

  constructor(source: ByteSource, wide: boolean) {
    this.#chunks = new ChunkReader(source, { littleEndian: true, knownChunks: KNOWN_CHUNKS });
    this.#wide = wide;
  }

  async find(firstChunkByte: number): Promise<RiffLayout> {
    let at = firstChunkByte;
    while (this.#fmt === undefined || this.#data === undefined) {
      const header = await this.#chunks.header(at);
      if (header === undefined) break;
      at = await this.#take(header);
    }
    if (this.#fmt === undefined) {
      throw new CuepointError(
        'malformed_header',
        `the WAV file has no fmt chunk in its ${this.#chunks.byteLength} bytes, so its sample format is unknown; upload the whole file`,
      );
    }
    if (this.#data === undefined) {
      throw new CuepointError(
        'no_audio',
        'the WAV file has a header but no data chunk; upload a file that has audio in it',
      );
    }
    const { startByte: dataStartByte, declaredByteLength, nextByte } = this.#data;
    return { fmt: this.#fmt, dataStartByte, declaredByteLength, rest: await this.#chunks.restFrom(nextByte) };
  }

  /** Takes what matters of a chunk; the byte of the next one. */
  async #take(header: ChunkHeader): Promise<number> {
    const { id, bodyByte, size } = header;
    if (id === 'fmt ' && this.#fmt === undefined) {
      const body = await this.#chunks.peek(bodyByte, Math.min(size, FMT_BYTES));
      if (body.length < Math.min(size, FMT_BYTES) || body.length < MIN_FMT_BYTES) throw cutFmt(body.length);
      this.#fmt = body.slice();
    } else if (id === 'ds64' && this.#wide && size >= DS64_BYTES) {
      const body = await this.#chunks.peek(bodyByte, DS64_BYTES);
      if (body.length === DS64_BYTES) this.#wideDataByteLength = uint32(body, 8) + uint32(body, 12) * 2 ** 32;
    } else if (id === 'data' && this.#data === undefined) {
      return this.#takeData(bodyByte, size);
    }
    return this.#chunks.after(header);
  }

  async #takeData(bodyByte: number, size: number): Promise<number> {
    const declared = this.#wide && size === SIZE_ELSEWHERE ? (this.#wideDataByteLength ?? size) : size;
    // An empty data chunk that other chunks follow is empty; one that anything else follows was never completed.
    if (declared === 0 && (await this.#chunks.isKnownAt(bodyByte))) return bodyByte;
    const fits = bodyByte + declared <= this.#chunks.byteLength;
    const streamed = declared === 0 || (isPlaceholder(declared) && !fits);
    const nextByte = streamed ? this.#chunks.byteLength : await this.#chunks.after({ bodyByte, size: declared });
    this.#data = { startByte: bodyByte, declaredByteLength: streamed ? undefined : declared, nextByte };
    return nextByte;
  }
}

function cutFmt(byteLength: number): CuepointError {
  return new CuepointError(
    'malformed_header',
    `the WAV file's fmt chunk is cut after ${byteLength} bytes, so its sample format is unknown; upload the whole file`,
  );
}

function uint32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);
}
