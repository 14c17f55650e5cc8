import type { ByteSource } from '../../ports.ts';
import { readBytes } from '../byte-window.ts';

/** Of a form (RIFF, RF64, BW64, FORM): its name, its size, its type. */
export const FORM_HEADER_BYTES = 12;
export const CHUNK_HEADER_BYTES = 8;

/** One read serves all small neighbouring chunks, and costs no more than a read of eight bytes. */
const READ_BYTES = 4096;

/** More than any file has; ends the walk over a file made of nothing but empty chunks. */
const MAX_CHUNKS = 10_000;

/** What a file may end with behind its last chunk without losing anything: ID3v1, and tags of APE. */
const TAGS_BEHIND = new Set(['TAG', 'APETAGEX']);

export type ChunkReaderOptions = {
  readonly littleEndian: boolean;
  /** Ids of chunks that may begin right where an odd-sized one ends, when its writer forgot the pad byte. */
  readonly knownChunks: ReadonlySet<string>;
};

export type ChunkHeader = { readonly id: string; readonly bodyByte: number; readonly size: number };

/** What lies behind the last chunk: another form, or bytes that are nothing. */
export type Rest = { readonly kind: 'form' | 'junk'; readonly startByte: number };

/** Reads the chunks of RIFF and of EA IFF 85, which differ in the order of a size's bytes. Bodies are not read. */
export class ChunkReader {
  readonly #source: ByteSource;
  readonly #options: ChunkReaderOptions;
  #held = new Uint8Array(0);
  #heldStartByte = 0;

  constructor(source: ByteSource, options: ChunkReaderOptions) {
    this.#source = source;
    this.#options = options;
  }

  get byteLength(): number {
    return this.#source.byteLength;
  }

  /** The chunk that begins at `byte`; `undefined` when the file ends inside of its header. */
  async header(byte: number): Promise<ChunkHeader | undefined> {
    const bytes = await this.peek(byte, CHUNK_HEADER_BYTES);
    if (bytes.length < CHUNK_HEADER_BYTES) return undefined;
    const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, this.#options.littleEndian);
    return { id: ascii(bytes, 0), bodyByte: byte + CHUNK_HEADER_BYTES, size };
  }

  /** Where the next chunk begins. Chunks are padded to even lengths, but some writers forget it. */
  async after({ bodyByte, size }: Pick<ChunkHeader, 'bodyByte' | 'size'>): Promise<number> {
    const end = bodyByte + size;
    if (size % 2 === 0 || (await this.isKnownAt(end))) return end;
    return end + 1;
  }

  async isKnownAt(byte: number): Promise<boolean> {
    const id = await this.peek(byte, 4);
    return id.length === 4 && this.#options.knownChunks.has(ascii(id, 0));
  }

  /**
   * Walks over the chunks from `startByte` on: whether all bytes up to the end of the file belong to chunks, of whatever
   * name (padding of zeros and tags behind them included), or where something else begins.
   */
  async restFrom(startByte: number): Promise<Rest | undefined> {
    let at = startByte;
    for (let chunks = 0; chunks < MAX_CHUNKS && at < this.byteLength; chunks++) {
      const bytes = await this.peek(at, CHUNK_HEADER_BYTES);
      const id = ascii(bytes, 0);
      if (isForm(id)) return { kind: 'form', startByte: at };
      if (TAGS_BEHIND.has(id.slice(0, 3)) || TAGS_BEHIND.has(ascii(bytes, 0, CHUNK_HEADER_BYTES))) return undefined;
      const header = await this.header(at);
      if (header === undefined || !this.#isPlausible(header))
        return (await this.#isPadding(at)) ? undefined : { kind: 'junk', startByte: at };
      at = await this.after(header);
    }
    return undefined;
  }

  /** Bytes [startByte, startByte + byteLength), fewer at the end of the file; a view that dies at the next call. */
  async peek(startByte: number, byteLength: number): Promise<Uint8Array> {
    const heldEndByte = this.#heldStartByte + this.#held.length;
    if (startByte < this.#heldStartByte || startByte + byteLength > heldEndByte) {
      this.#held = new Uint8Array(await readBytes(this.#source, startByte, READ_BYTES));
      this.#heldStartByte = startByte;
    }
    const offset = startByte - this.#heldStartByte;
    return this.#held.subarray(offset, offset + byteLength);
  }

  #isPlausible({ id, bodyByte, size }: ChunkHeader): boolean {
    return /^[ -~]{4}$/.test(id) && bodyByte + size <= this.byteLength;
  }

  /** Zeros as far as one read goes: writers fill up sectors with them. */
  async #isPadding(startByte: number): Promise<boolean> {
    return (await this.peek(startByte, READ_BYTES)).every((byte) => byte === 0);
  }
}

/**
 * Sizes that writers put in before they know the real one and cannot go back, besides 0: all ones (FFmpeg and most
 * others), or about 2 GiB (SoX); also less the length of a header.
 */
export function isPlaceholder(byteLength: number): boolean {
  const near = (limit: number): boolean => byteLength <= limit && byteLength > limit - 0x1100;
  return near(0xffffffff) || near(0x80000000) || byteLength >= Number.MAX_SAFE_INTEGER;
}

export function ascii(bytes: Uint8Array, at: number, length = 4): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}

function isForm(id: string): boolean {
  return id === 'RIFF' || id === 'RIFX' || id === 'RF64' || id === 'BW64' || id === 'FORM';
}
