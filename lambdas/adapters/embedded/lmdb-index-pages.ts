import type { Database, RootDatabase } from 'lmdb';

/** Length of the page number at the end of a key: 32 bits, big endian, so that pages sort by number. */
const NUMBER_BYTES = 4;
/** The character after the slash: from `x/` to `x0` lies exactly what begins with `x/`. */
const AFTER_SLASH = '0';

/** The pages of all revisions under `<track id>/<revision>/<number>`; ids and revisions are URL-safe, without a slash. */
export class IndexPages {
  readonly #pages: Database<Uint8Array, Uint8Array>;

  constructor(environment: RootDatabase) {
    this.#pages = environment.openDB({ name: 'pages-1', encoding: 'binary', keyEncoding: 'binary' });
  }

  async put(trackId: string, revision: string, pageNumber: number, page: Uint8Array): Promise<void> {
    // Copied before the first await: the caller may go on to use its buffer.
    const value = Buffer.from(page);
    await this.#pages.put(pageKey(trackId, revision, pageNumber), value);
  }

  get(trackId: string, revision: string, pageNumber: number): Uint8Array | undefined {
    const page = this.#pages.get(pageKey(trackId, revision, pageNumber));
    return page === undefined ? undefined : new Uint8Array(page);
  }

  async delete(trackId: string, revision: string): Promise<void> {
    const owner = `${trackId}/${revision}`;
    const range = { start: Buffer.from(`${owner}/`), end: Buffer.from(owner + AFTER_SLASH) };
    await this.#pages.transaction(() => {
      // Collected first: a cursor is not to be moved by the removal of what it stands on.
      for (const key of [...this.#pages.getKeys(range)]) this.#pages.remove(key);
    });
  }

  /** By the bytes of `<track id>/<revision>/`. One seek a revision, however many pages it has. */
  listRevisions(options: { after?: string; limit: number }): {
    revisions: { trackId: string; revision: string }[];
    next?: string;
  } {
    const revisions: { trackId: string; revision: string }[] = [];
    let last = options.after;
    for (;;) {
      const owner = this.#firstOwnerAfter(last);
      if (owner === undefined) return { revisions };
      if (revisions.length >= options.limit) return last === undefined ? { revisions } : { revisions, next: last };
      const slash = owner.indexOf('/');
      revisions.push({ trackId: owner.slice(0, slash), revision: owner.slice(slash + 1) });
      last = owner;
    }
  }

  #firstOwnerAfter(owner: string | undefined): string | undefined {
    const start = Buffer.from(owner === undefined ? '\0' : owner + AFTER_SLASH);
    for (const key of this.#pages.getKeys({ start, limit: 1 })) {
      return Buffer.from(key.subarray(0, key.length - NUMBER_BYTES - 1)).toString('utf8');
    }
    return undefined;
  }
}

function pageKey(trackId: string, revision: string, pageNumber: number): Uint8Array {
  const owner = Buffer.from(`${trackId}/${revision}/`);
  const key = Buffer.alloc(owner.length + NUMBER_BYTES);
  key.set(owner);
  key.writeUInt32BE(pageNumber, owner.length);
  return key;
}
