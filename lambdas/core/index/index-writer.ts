import { type Chunk, type DirectoryEntry, encodePage, MAX_PAGE_CHUNKS } from './page.ts';

export type WrittenPage = { readonly pageNumber: number; readonly bytes: Uint8Array };

/**
 * Packs chunks, in order, into pages. Holds at most one page's worth of chunks; pages are handed out as they fill, the
 * directory grows by one small entry a page.
 */
export class IndexWriter {
  readonly #directory: DirectoryEntry[] = [];
  #pending: Chunk[] = [];
  #chunkCount = 0;

  get directory(): readonly DirectoryEntry[] {
    return this.#directory;
  }

  get chunkCount(): number {
    return this.#chunkCount;
  }

  /** Takes the next chunk; the pages that are full now. */
  append(chunk: Chunk): WrittenPage[] {
    if (chunk.number !== this.#chunkCount) {
      throw new RangeError(`expected chunk ${this.#chunkCount}, got chunk ${chunk.number}`);
    }
    this.#pending.push(chunk);
    this.#chunkCount++;
    return this.#pending.length < MAX_PAGE_CHUNKS ? [] : this.finish();
  }

  /** The page or pages of what is still pending. */
  finish(): WrittenPage[] {
    const chunks = this.#pending;
    this.#pending = [];
    return this.#encode(chunks);
  }

  #encode(chunks: readonly Chunk[]): WrittenPage[] {
    const first = chunks[0];
    if (first === undefined) return [];
    const bytes = encodePage(chunks);
    if (bytes === undefined) {
      const half = chunks.length >>> 1;
      return [...this.#encode(chunks.slice(0, half)), ...this.#encode(chunks.slice(half))];
    }
    const pageNumber = this.#directory.length;
    this.#directory.push({ firstNumber: first.number, firstByte: first.startByte, firstSample: first.startSample });
    return [{ pageNumber, bytes }];
  }
}
