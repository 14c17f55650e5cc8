/** The chunks of an AIFF or AIFF-C file: EA IFF 85, and Apple's AIFF 1.3. */
import { CuepointError } from '../../errors.ts';
import type { ByteSource } from '../../ports.ts';
import { readBytes } from '../byte-window.ts';
import type { SampleData } from '../iff/block-run.ts';
import { ascii, type ChunkHeader, ChunkReader, FORM_HEADER_BYTES, isPlaceholder } from '../iff/chunk-reader.ts';
import { COMM_BYTES, cutComm } from './comm-chunk.ts';

export type AiffLayout = SampleData & {
  readonly isAifc: boolean;
  /** The body of the COMM chunk, as far as it can matter. */
  readonly comm: Uint8Array;
};

/** Offset and block size, before the samples; the chunk's size counts them. */
export const SSND_FIELDS_BYTES = 8;

/** More than any file has; ends the walk over a file made of nothing but empty chunks. */
const MAX_CHUNKS = 10_000;

const KNOWN_CHUNKS = new Set(
  'COMM|SSND|FVER|MARK|COMT|INST|MIDI|AESD|APPL|SAXL|NAME|AUTH|(c) |ANNO|CHAN|ID3 |PEAK|FLLR|LGWV|basc|trns|cate'.split(
    '|',
  ),
);

/**
 * Finds the COMM and the SSND chunk by the sizes of the chunks; neither the samples nor any other chunk is read.
 * `null`: no AIFF file. Throws `malformed_header` (no COMM chunk, or one that the file's end cuts) or `no_audio` (no SSND chunk).
 */
export async function readForm(source: ByteSource, startByte: number): Promise<AiffLayout | null> {
  const head = await readBytes(source, startByte, FORM_HEADER_BYTES);
  const type = ascii(head, 8);
  if (ascii(head, 0) !== 'FORM' || (type !== 'AIFF' && type !== 'AIFC')) return null;
  return new ChunkWalk(source, type === 'AIFC').find(startByte + FORM_HEADER_BYTES);
}

class ChunkWalk {
  readonly #chunks: ChunkReader;
  readonly #isAifc: boolean;
  #comm: Uint8Array | undefined;
  #data: { startByte: number; declaredByteLength: number | undefined; nextByte: number } | undefined;

  constructor(source: ByteSource, isAifc: boolean) {
    this.#chunks = new ChunkReader(source, { littleEndian: false, knownChunks: KNOWN_CHUNKS });
    this.#isAifc = isAifc;
  }

  async find(firstChunkByte: number): Promise<AiffLayout> {
    let at = firstChunkByte;
    for (let count = 0; count < MAX_CHUNKS && (this.#comm === undefined || this.#data === undefined); count++) {
      const header = await this.#chunks.header(at);
      if (header === undefined) break;
      at = await this.#take(header);
    }
    if (this.#comm === undefined) {
      throw new CuepointError(
        'malformed_header',
        `the AIFF file has no COMM chunk where one can be, so its sample format is unknown; upload the whole file, or export it again`,
      );
    }
    if (this.#data === undefined) {
      throw new CuepointError(
        'no_audio',
        'the AIFF file has a header but no SSND chunk; upload a file that has audio in it',
      );
    }
    const { startByte: dataStartByte, declaredByteLength, nextByte } = this.#data;
    const rest = await this.#chunks.restFrom(nextByte);
    return { isAifc: this.#isAifc, comm: this.#comm, dataStartByte, declaredByteLength, rest };
  }

  /** Takes what matters of a chunk; the byte of the next one. */
  async #take(header: ChunkHeader): Promise<number> {
    const { id, bodyByte, size } = header;
    if (id === 'COMM' && this.#comm === undefined) {
      const asked = Math.min(size, COMM_BYTES);
      const body = await this.#chunks.peek(bodyByte, asked);
      if (body.length < asked) throw cutComm(body.length);
      this.#comm = body.slice();
    } else if (id === 'SSND' && this.#data === undefined) {
      return this.#takeData(header);
    }
    return this.#chunks.after(header);
  }

  async #takeData(header: ChunkHeader): Promise<number> {
    const { bodyByte, size } = header;
    const fields = await this.#chunks.peek(bodyByte, SSND_FIELDS_BYTES);
    const offset = fields.length < SSND_FIELDS_BYTES ? 0 : new DataView(fields.buffer, fields.byteOffset).getUint32(0);
    const startByte = bodyByte + SSND_FIELDS_BYTES + offset;
    const fits = bodyByte + size <= this.#chunks.byteLength;
    const streamed = size === 0 || (isPlaceholder(size) && !fits);
    const declaredByteLength = streamed ? undefined : Math.max(0, size - SSND_FIELDS_BYTES - offset);
    const nextByte = streamed ? this.#chunks.byteLength : await this.#chunks.after(header);
    this.#data = { startByte, declaredByteLength, nextByte };
    return nextByte;
  }
}
