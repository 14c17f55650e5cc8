/** The chunks of an AIFF or AIFF-C file: EA IFF 85, and Apple's AIFF 1.3. */
import { CuepointError } from '../../errors.ts';
import type { ByteSource } from '../../ports.ts';
import { readBytes } from '../byte-window.ts';
import { COMM_BYTES, cutComm } from './comm-chunk.ts';

export type AiffLayout = {
  readonly isAifc: boolean;
  /** The body of the COMM chunk, as far as it can matter. */
  readonly comm: Uint8Array;
  /** First byte of the first sample. */
  readonly dataStartByte: number;
  /** What the file says of its samples; `undefined` when it was written without knowing (streamed). */
  readonly declaredByteLength: number | undefined;
};

const FORM_HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;

/** Offset and block size, before the samples; the chunk's size counts them. */
export const SSND_FIELDS_BYTES = 8;

/** One read serves all small neighbouring chunks, and costs no more than a read of eight bytes. */
const READ_BYTES = 4096;

/** More than any file has; ends the walk over a file made of nothing but empty chunks. */
const MAX_CHUNKS = 10_000;

/** What may begin right where an odd-sized chunk ends, when its writer forgot the pad byte. */
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
  readonly #source: ByteSource;
  readonly #isAifc: boolean;
  #held = new Uint8Array(0);
  #heldStartByte = 0;
  #comm: Uint8Array | undefined;
  #data: { startByte: number; declaredByteLength: number | undefined } | undefined;

  constructor(source: ByteSource, isAifc: boolean) {
    this.#source = source;
    this.#isAifc = isAifc;
  }

  async find(firstChunkByte: number): Promise<AiffLayout> {
    let at = firstChunkByte;
    for (let chunks = 0; chunks < MAX_CHUNKS && (this.#comm === undefined || this.#data === undefined); chunks++) {
      const header = await this.#peek(at, CHUNK_HEADER_BYTES);
      if (header.length < CHUNK_HEADER_BYTES) break;
      at = await this.#take(at, ascii(header, 0), uint32(header, 4));
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
    const { startByte: dataStartByte, declaredByteLength } = this.#data;
    return { isAifc: this.#isAifc, comm: this.#comm, dataStartByte, declaredByteLength };
  }

  /** Takes what matters of the chunk at `at`; the byte of the next one. */
  async #take(at: number, id: string, size: number): Promise<number> {
    const bodyByte = at + CHUNK_HEADER_BYTES;
    if (id === 'COMM' && this.#comm === undefined) {
      const asked = Math.min(size, COMM_BYTES);
      const body = await this.#peek(bodyByte, asked);
      if (body.length < asked) throw cutComm(body.length);
      this.#comm = body.slice();
    } else if (id === 'SSND' && this.#data === undefined) {
      return this.#takeData(bodyByte, size);
    }
    return this.#after(bodyByte, size);
  }

  async #takeData(bodyByte: number, size: number): Promise<number> {
    const fields = await this.#peek(bodyByte, SSND_FIELDS_BYTES);
    const offset = fields.length < SSND_FIELDS_BYTES ? 0 : uint32(fields, 0);
    const startByte = bodyByte + SSND_FIELDS_BYTES + offset;
    const fits = bodyByte + size <= this.#source.byteLength;
    const streamed = size === 0 || (isPlaceholder(size) && !fits);
    const declaredByteLength = streamed ? undefined : Math.max(0, size - SSND_FIELDS_BYTES - offset);
    this.#data = { startByte, declaredByteLength };
    return streamed ? this.#source.byteLength : this.#after(bodyByte, size);
  }

  /** Chunks are padded to even lengths, but some writers forget it. */
  async #after(bodyByte: number, size: number): Promise<number> {
    const end = bodyByte + size;
    if (size % 2 === 0 || (await this.#knownChunkAt(end))) return end;
    return end + 1;
  }

  async #knownChunkAt(byte: number): Promise<boolean> {
    return KNOWN_CHUNKS.has(ascii(await this.#peek(byte, 4), 0));
  }

  /** Bytes [startByte, startByte + byteLength), fewer at the end of the file; a view that dies at the next call. */
  async #peek(startByte: number, byteLength: number): Promise<Uint8Array> {
    const heldEndByte = this.#heldStartByte + this.#held.length;
    if (startByte < this.#heldStartByte || startByte + byteLength > heldEndByte) {
      this.#held = new Uint8Array(await readBytes(this.#source, startByte, READ_BYTES));
      this.#heldStartByte = startByte;
    }
    const offset = startByte - this.#heldStartByte;
    return this.#held.subarray(offset, offset + byteLength);
  }
}

/**
 * Sizes that writers put in before they know the real one and cannot go back, besides 0: all ones, or about 2 GiB; also
 * less the length of a header.
 */
function isPlaceholder(byteLength: number): boolean {
  const near = (limit: number): boolean => byteLength <= limit && byteLength > limit - 0x1100;
  return near(0xffffffff) || near(0x80000000);
}

function ascii(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

function uint32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at);
}
