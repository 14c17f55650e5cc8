import { mkdir } from 'node:fs/promises';
import { type Database, open, type RootDatabase } from 'lmdb';
import { CuepointError } from '../../core/errors.ts';
import type { TrackIndex } from '../../core/ports.ts';
import type { TrackRecord } from '../../core/track/record.ts';
import { IndexPages } from './lmdb-index-pages.ts';

/** An entry of the path index: whether the track is deleted, then its id. Tombstones are skipped without being read. */
const LIVE = 'live/';
const DELETED = 'gone/';
/** S3's limit for keys, and so the longest path; well within LMDB's 1978 bytes at its smallest page size. */
const MAX_PATH_BYTES = 1024;
/** Tracks that are being listened to at one time. A record is a few kilobytes. */
const DECODED_RECORDS = 512;
/** The character after the slash: `folder/` … `folder0` is exactly what lies below a folder. */
const AFTER_SLASH = '0';

/**
 * Tracks and pages in one LMDB environment, which several processes may have open at once.
 *
 * `records` holds a MessagePack document by track id, `paths` the track of each path (a path has one track, since a
 * track's id is derived from its path), `pages` the packed pages. Every write is one transaction: compare-and-set holds
 * across processes, and what a resolved promise wrote outlives the process; its flush to the disk follows. Names carry the version of the layout.
 */
export class LmdbTrackIndex implements TrackIndex {
  readonly #environment: RootDatabase;
  readonly #records: Database<TrackRecord, string>;
  readonly #paths: Database<string, Uint8Array>;
  readonly #pages: IndexPages;
  readonly #sharesRecords: boolean;
  readonly #decoded = new Map<string, { readonly bytes: Uint8Array; readonly record: TrackRecord }>();

  private constructor(environment: RootDatabase, sharesRecords: boolean) {
    this.#environment = environment;
    this.#sharesRecords = sharesRecords;
    this.#records = environment.openDB({ name: 'records-1', encoding: 'msgpack' });
    this.#paths = environment.openDB({ name: 'paths-1', encoding: 'string', keyEncoding: 'binary' });
    this.#pages = new IndexPages(environment);
  }

  /**
   * Opens the index in `folder`, which is made when absent. With `sharesRecords` a record that has not changed is read as the
   * same object, which spares its decoding: for callers that leave what they are given as it is.
   */
  static async open(options: { readonly folder: string; readonly sharesRecords?: boolean }): Promise<LmdbTrackIndex> {
    await mkdir(options.folder, { recursive: true });
    return new LmdbTrackIndex(
      open({ path: options.folder, noSubdir: false, maxDbs: 8 }),
      options.sharesRecords ?? false,
    );
  }

  /** Waits for writes under way. */
  async close(): Promise<void> {
    await this.#environment.close();
  }

  async get(trackId: string): Promise<TrackRecord | undefined> {
    this.#refresh();
    return this.#sharesRecords ? this.#shared(trackId) : this.#read(trackId);
  }

  async put(record: TrackRecord): Promise<boolean> {
    const path = pathKey(record.path);
    return await this.#records.transaction(() => {
      const stored = this.#records.get(record.trackId);
      if ((stored?.version ?? 0) !== record.version - 1) return false;
      this.#records.put(record.trackId, record);
      if (stored !== undefined && stored.path !== record.path) this.#forgetPath(stored);
      this.#paths.put(path, (record.deletedAtMs === undefined ? LIVE : DELETED) + record.trackId);
      return true;
    });
  }

  async remove(trackId: string, version: number): Promise<boolean> {
    return await this.#records.transaction(() => {
      const stored = this.#records.get(trackId);
      if (stored === undefined || stored.version !== version) return false;
      this.#records.remove(trackId);
      this.#forgetPath(stored);
      return true;
    });
  }

  async list(options: {
    folder: string;
    after?: string;
    limit: number;
    includeDeleted?: boolean;
  }): Promise<{ records: TrackRecord[]; next?: string }> {
    this.#refresh();
    const records: TrackRecord[] = [];
    for (const { value } of this.#paths.getRange(pathRange(options.folder, options.after))) {
      if (value.startsWith(DELETED) && options.includeDeleted !== true) continue;
      const next = records.at(-1)?.path;
      if (records.length >= options.limit) return next === undefined ? { records } : { records, next };
      const record = this.#read(value.slice(LIVE.length));
      if (record !== undefined) records.push(record);
    }
    return { records };
  }

  putPage(trackId: string, revision: string, pageNumber: number, page: Uint8Array): Promise<void> {
    return this.#pages.put(trackId, revision, pageNumber, page);
  }

  async getPage(trackId: string, revision: string, pageNumber: number): Promise<Uint8Array | undefined> {
    this.#refresh();
    return this.#pages.get(trackId, revision, pageNumber);
  }

  deletePages(trackId: string, revision: string): Promise<void> {
    return this.#pages.delete(trackId, revision);
  }

  async listPagedRevisions(options: {
    after?: string;
    limit: number;
  }): Promise<{ revisions: { trackId: string; revision: string }[]; next?: string }> {
    this.#refresh();
    return this.#pages.listRevisions(options);
  }

  /** LMDB reads from a snapshot that is kept for a turn of the event loop; other processes may have written since. */
  #refresh(): void {
    this.#environment.resetReadTxn();
  }

  #read(trackId: string): TrackRecord | undefined {
    const stored = this.#records.get(trackId);
    return stored === undefined ? undefined : withPlainBytes(stored);
  }

  /** The same object again, as long as the stored bytes are the same. */
  #shared(trackId: string): TrackRecord | undefined {
    const bytes = this.#records.getBinary(trackId);
    if (bytes === undefined) return undefined;
    const held = this.#decoded.get(trackId);
    if (held && Buffer.compare(held.bytes, bytes) === 0) return held.record;
    const record = this.#read(trackId);
    if (record !== undefined) this.#remember(trackId, { bytes, record });
    return record;
  }

  #remember(trackId: string, decoded: { readonly bytes: Uint8Array; readonly record: TrackRecord }): void {
    const oldest = this.#decoded.keys().next();
    if (this.#decoded.size >= DECODED_RECORDS && !oldest.done) this.#decoded.delete(oldest.value);
    this.#decoded.set(trackId, decoded);
  }

  /** To be called inside a transaction. */
  #forgetPath({ path, trackId }: TrackRecord): void {
    const key = pathKey(path);
    if (this.#paths.get(key)?.slice(LIVE.length) === trackId) this.#paths.remove(key);
  }
}

function pathKey(path: string): Uint8Array {
  const key = Buffer.from(path, 'utf8');
  if (key.length === 0 || key.length > MAX_PATH_BYTES) {
    throw new CuepointError(
      'invalid_key',
      `a path of ${key.length} bytes cannot be indexed; give 1 to ${MAX_PATH_BYTES}`,
    );
  }
  return key;
}

/** LMDB compares keys byte by byte, which is the order that paths have. */
function pathRange(folder: string, after: string | undefined): { start: Uint8Array; end?: Uint8Array } {
  // With a NUL appended, the start is the very next key in byte order: `after` itself is excluded, and nothing else.
  const cursor = Buffer.from(after === undefined ? '' : `${after}\0`, 'utf8');
  const first = Buffer.from(folder === '' ? '\0' : `${folder}/`, 'utf8');
  const start = Buffer.compare(cursor, first) > 0 ? cursor : first;
  return folder === '' ? { start } : { start, end: Buffer.from(folder + AFTER_SLASH, 'utf8') };
}

/** MessagePack gives byte strings back as Node's Buffer, whose methods differ; callers know Uint8Array. */
function withPlainBytes<Value>(value: Value): Value {
  return plain(value) as Value;
}

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]));
}
