import { CuepointError } from '../errors.ts';
import { type Chunk, type DirectoryEntry, IndexPage, lastAtMost } from './page.ts';

/** Pages kept in memory per index: all of the longest real tracks (100 hours take 7), 4 MB at the most. */
const CACHED_PAGES = 64;

/**
 * The chunks of one revision, loaded page by page on demand. A lookup is a binary search in the directory and one in a
 * page: O(log n), without any read once the page is held.
 */
export class ChunkIndex {
  readonly chunkCount: number;
  readonly #directory: readonly DirectoryEntry[];
  readonly #firstBytes: Float64Array;
  readonly #firstSamples: Float64Array;
  readonly #firstNumbers: Float64Array;
  readonly #loadPage: (pageNumber: number) => Promise<Uint8Array | undefined>;
  readonly #pages = new Map<number, IndexPage>();

  constructor(
    shape: { readonly directory: readonly DirectoryEntry[]; readonly chunkCount: number },
    loadPage: (pageNumber: number) => Promise<Uint8Array | undefined>,
  ) {
    this.chunkCount = shape.chunkCount;
    this.#directory = shape.directory;
    this.#firstBytes = Float64Array.from(shape.directory, (entry) => entry.firstByte);
    this.#firstSamples = Float64Array.from(shape.directory, (entry) => entry.firstSample);
    this.#firstNumbers = Float64Array.from(shape.directory, (entry) => entry.firstNumber);
    this.#loadPage = loadPage;
  }

  pageOfByte(byte: number): number {
    return lastAtMost(this.#firstBytes, this.#firstBytes.length, byte);
  }

  /** `sample` in decoded samples. */
  pageOfSample(sample: number): number {
    return lastAtMost(this.#firstSamples, this.#firstSamples.length, sample);
  }

  pageOfNumber(number: number): number {
    return lastAtMost(this.#firstNumbers, this.#firstNumbers.length, number);
  }

  /** Throws `internal` when the page is not in the store, which a re-index of the track mends. */
  async page(pageNumber: number): Promise<IndexPage> {
    const held = this.#pages.get(pageNumber);
    if (held !== undefined) return held;
    const bytes = await this.#loadPage(pageNumber);
    if (bytes === undefined) {
      throw new CuepointError(
        'internal',
        `page ${pageNumber} of ${this.#directory.length} of a chunk index is missing; re-index the track`,
      );
    }
    const page = new IndexPage(bytes);
    const oldest = this.#pages.keys().next();
    if (this.#pages.size >= CACHED_PAGES && !oldest.done) this.#pages.delete(oldest.value);
    this.#pages.set(pageNumber, page);
    return page;
  }

  /** The chunk that holds `byte`, which must lie inside the source; `undefined` when its page is not in memory. */
  heldChunkAtByte(byte: number): Chunk | undefined {
    const page = this.#pages.get(this.pageOfByte(byte));
    return page?.chunk(page.slotOfByte(byte));
  }

  /** The chunk that holds `byte`, which must lie inside the source. */
  async chunkAtByte(byte: number): Promise<Chunk> {
    const held = this.heldChunkAtByte(byte);
    if (held !== undefined) return held;
    const page = await this.page(this.pageOfByte(byte));
    return page.chunk(page.slotOfByte(byte));
  }

  /** The chunk that holds decoded sample `sample`; the first or last for samples outside. */
  async chunkAtSample(sample: number): Promise<Chunk> {
    const page = await this.page(this.pageOfSample(sample));
    return page.chunk(page.slotOfSample(sample));
  }

  /** Chunks `first`, `first + 1` … below `end`, page by page. */
  async *chunks(first = 0, end = this.chunkCount): AsyncGenerator<Chunk, void, undefined> {
    const last = Math.min(end, this.chunkCount);
    let number = first;
    while (number < last) {
      const page = await this.page(this.pageOfNumber(number));
      for (let slot = number - page.firstNumber; slot < page.count && number < last; slot++, number++) {
        yield page.chunk(slot);
      }
    }
  }

  /** Every chunk with a byte in [startByte, endByte), from chunk `fromChunk` on. */
  async *chunksInBytes(startByte: number, endByte: number, fromChunk = 0): AsyncGenerator<Chunk, void, undefined> {
    if (endByte <= startByte) return;
    const first = await this.chunkAtByte(startByte);
    for await (const chunk of this.chunks(Math.max(first.number, fromChunk))) {
      if (chunk.startByte >= endByte) return;
      yield chunk;
    }
  }

  /** Every chunk with a decoded sample in [startSample, endSample), from chunk `fromChunk` on. */
  async *chunksInSamples(
    startSample: number,
    endSample: number,
    fromChunk = 0,
  ): AsyncGenerator<Chunk, void, undefined> {
    if (endSample <= startSample) return;
    const first = await this.chunkAtSample(startSample);
    for await (const chunk of this.chunks(Math.max(first.number, fromChunk))) {
      if (chunk.startSample >= endSample) return;
      if (chunk.endSample > chunk.startSample) yield chunk;
    }
  }
}
