/** RIFF/WAVE, and its 64-bit forms RF64 (EBU Tech 3306) and BW64 (ITU-R BS.2088). */
import { CuepointError } from '../../errors.ts';
import type { ByteSource } from '../../ports.ts';
import { readBytes } from '../byte-window.ts';

export type RiffLayout = {
  /** The body of the fmt chunk, as far as it can matter. */
  readonly fmt: Uint8Array;
  readonly dataStartByte: number;
  /** What the file says of its data; `undefined` when it was written without knowing (streamed). */
  readonly declaredByteLength: number | undefined;
};

const FORM_HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;

/** WAVE_FORMAT_EXTENSIBLE; what may follow describes codecs that are not served. */
const FMT_BYTES = 40;
const MIN_FMT_BYTES = 14;
/** RIFF size, data size: 64 bits each. */
const DS64_BYTES = 16;

/** One read serves all small neighbouring chunks, and costs no more than a read of eight bytes. */
const READ_BYTES = 4096;

/** A size of all ones: in RF64 and BW64 the real one is in ds64. */
const SIZE_ELSEWHERE = 0xffffffff;

/** What may begin right where an odd-sized chunk ends, when its writer forgot the pad byte. */
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
  readonly #source: ByteSource;
  readonly #wide: boolean;
  #held = new Uint8Array(0);
  #heldStartByte = 0;
  #fmt: Uint8Array | undefined;
  #data: { startByte: number; declaredByteLength: number | undefined } | undefined;
  #wideDataByteLength: number | undefined;

  constructor(source: ByteSource, wide: boolean) {
    this.#source = source;
    this.#wide = wide;
  }

  async find(firstChunkByte: number): Promise<RiffLayout> {
    let at = firstChunkByte;
    while (this.#fmt === undefined || this.#data === undefined) {
      const header = await this.#peek(at, CHUNK_HEADER_BYTES);
      if (header.length < CHUNK_HEADER_BYTES) break;
      at = await this.#take(at, ascii(header, 0), uint32(header, 4));
    }
    if (this.#fmt === undefined) {
      throw new CuepointError(
        'malformed_header',
        `the WAV file has no fmt chunk in its ${this.#source.byteLength} bytes, so its sample format is unknown; upload the whole file`,
      );
    }
    if (this.#data === undefined) {
      throw new CuepointError(
        'no_audio',
        'the WAV file has a header but no data chunk; upload a file that has audio in it',
      );
    }
    const { startByte: dataStartByte, declaredByteLength } = this.#data;
    return { fmt: this.#fmt, dataStartByte, declaredByteLength };
  }

  /** Takes what matters of the chunk at `at`; the byte of the next one. */
  async #take(at: number, id: string, size: number): Promise<number> {
    const bodyByte = at + CHUNK_HEADER_BYTES;
    if (id === 'fmt ' && this.#fmt === undefined) {
      const body = await this.#peek(bodyByte, Math.min(size, FMT_BYTES));
      if (body.length < Math.min(size, FMT_BYTES) || body.length < MIN_FMT_BYTES) throw cutFmt(body.length);
      this.#fmt = body.slice();
    } else if (id === 'ds64' && this.#wide && size >= DS64_BYTES) {
      const body = await this.#peek(bodyByte, DS64_BYTES);
      if (body.length === DS64_BYTES) this.#wideDataByteLength = uint32(body, 8) + uint32(body, 12) * 2 ** 32;
    } else if (id === 'data' && this.#data === undefined) {
      return this.#takeData(bodyByte, size);
    }
    return this.#after(bodyByte, size);
  }

  async #takeData(bodyByte: number, size: number): Promise<number> {
    const declared = this.#wide && size === SIZE_ELSEWHERE ? (this.#wideDataByteLength ?? size) : size;
    // An empty data chunk that other chunks follow is empty; one that anything else follows was never completed.
    if (declared === 0 && (await this.#knownChunkAt(bodyByte))) return bodyByte;
    const fits = bodyByte + declared <= this.#source.byteLength;
    const streamed = declared === 0 || (isPlaceholder(declared) && !fits);
    this.#data = { startByte: bodyByte, declaredByteLength: streamed ? undefined : declared };
    return streamed ? this.#source.byteLength : this.#after(bodyByte, declared);
  }

  /** Chunks are padded to even lengths, but some writers forget it. */
  async #after(bodyByte: number, size: number): Promise<number> {
    const end = bodyByte + size;
    if (size % 2 === 0 || (await this.#knownChunkAt(end))) return end;
    return end + 1;
  }

  async #knownChunkAt(byte: number): Promise<boolean> {
    const id = await this.#peek(byte, 4);
    return id.length === 4 && KNOWN_CHUNKS.has(ascii(id, 0));
  }

  /** Bytes [startByte, startByte + byteLength), fewer at the end of the file; a view that dies at the next call. */
  async #peek(startByte: number, byteLength: number): Promise<Uint8Array> {
    const heldEndByte = this.#heldStartByte + this.#held.length;
    const held = startByte >= this.#heldStartByte && startByte + byteLength <= heldEndByte;
    if (!held) {
      this.#held = new Uint8Array(await readBytes(this.#source, startByte, READ_BYTES));
      this.#heldStartByte = startByte;
    }
    const offset = startByte - this.#heldStartByte;
    return this.#held.subarray(offset, offset + byteLength);
  }
}

/**
 * Sizes that writers put in before they know the real one and cannot go back, besides 0: all ones (FFmpeg and most
 * others), or about 2 GiB (SoX); also less the length of a header.
 */
function isPlaceholder(byteLength: number): boolean {
  const near = (limit: number): boolean => byteLength <= limit && byteLength > limit - 0x1100;
  return near(0xffffffff) || near(0x80000000) || byteLength >= Number.MAX_SAFE_INTEGER;
}

function cutFmt(byteLength: number): CuepointError {
  return new CuepointError(
    'malformed_header',
    `the WAV file's fmt chunk is cut after ${byteLength} bytes, so its sample format is unknown; upload the whole file`,
  );
}

function ascii(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

function uint32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);
}
