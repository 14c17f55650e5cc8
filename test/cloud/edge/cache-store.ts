import type { StoredResponse } from './stored-response.ts';

/**
 * The entries of an edge, the least recently used first to go: "CloudFront might evict the file to make room for files
 * that have been requested more recently." Its size in bytes has a bound.
 */
export class CacheStore {
  /** In the order of their last use. */
  readonly #entries = new Map<string, StoredResponse>();
  readonly #maxBytes: number;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get byteSize(): number {
    return [...this.#entries.values()].reduce((sum, entry) => sum + entry.byteSize, 0);
  }

  find(key: string): StoredResponse | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry;
  }

  /** Also to be called after an entry has grown. */
  put(key: string, entry: StoredResponse): void {
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    let byteSize = this.byteSize;
    for (const [oldest, { byteSize: freed }] of this.#entries) {
      if (byteSize <= this.#maxBytes) return;
      this.#entries.delete(oldest);
      byteSize -= freed;
    }
  }

  remove(key: string): void {
    this.#entries.delete(key);
  }
}
