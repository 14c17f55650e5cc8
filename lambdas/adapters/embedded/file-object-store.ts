import { type BigIntStats, closeSync, fstatSync, fsync, futimesSync, statSync } from 'node:fs';
import { readdir, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { CuepointError } from '../../core/errors.ts';
import type {
  ByteRange,
  ListedObject,
  ObjectAttributes,
  ObjectBody,
  ObjectInfo,
  ObjectRead,
  ObjectStore,
  StoredObject,
} from '../../core/ports.ts';
import { AttributeSidecars, type ImpliedAttributes } from './attribute-sidecars.ts';
import { readBuffers } from './buffer-pool.ts';
import { contentTypeOf } from './content-types.ts';
import { moveIntoPlace, writeBody } from './file-placing.ts';
import {
  changed,
  isReadAtOnce,
  missing,
  type OpenFile,
  once,
  openFile,
  readBody,
  readFully,
  readNow,
} from './file-reading.ts';
import { checkRange, checkVersion, toInfo, toListed } from './file-states.ts';
import { fileVersion, uniqueStampSeconds } from './file-version.ts';
import { walkKeys } from './folder-walk.ts';
import { flushFolders, pruneFolders } from './folders.ts';
import { GuardedRoot } from './guarded-root.ts';
import { HeldFiles } from './held-files.ts';
import { isFileKey, keyObjection } from './object-key.ts';
import { isAbsence } from './system-error.ts';
import { TemporaryFiles } from './temporary-files.ts';

export type FileObjectStoreOptions = {
  /** The folder whose files are the objects. */
  readonly root: string;
  /** True: bytes, attributes and folders are flushed to the disk before a put resolves. */
  readonly durable?: boolean;
  /** True: the folder is watched, see GuardedRoot. It must exist when the store is made. */
  readonly guardsRoot?: boolean;
  /** So many files stay open for a while after a read. For folders that nobody moves away. @default 0 */
  readonly heldFiles?: number;
  /** What a key tells of its object's attributes; objects with just these need no second file. @default - the content type */
  readonly impliedAttributes?: ImpliedAttributes;
};

/** A body up to this long is read at once; no descriptor outlives `get`, and the caller gets one buffer. */
const WHOLE_READ_BYTES = 1024 * 1024;
const TEMPORARY_FOLDER = '.tmp';
/** Files of a listing that are looked at between two breaths of the event loop. */
const STAT_BATCH = 64;

type ReadOptions = { readonly range?: ByteRange; readonly version?: string };

const flush = promisify(fsync);

/**
 * Objects as the files of a folder: the segments of a key are those of a path. Any file somebody lays into the folder is
 * an object, its content type told by its extension.
 *
 * - Hidden files are not objects: a key with a segment that begins with '.', that is empty, too long (255 bytes; 1024 for
 *   the key), or holds NUL or a backslash does not exist in this store, and cannot be put (`invalid_key`).
 * - A folder cannot hold both `a` and `a/b`: putting the second of them is `invalid_key`.
 * - Links to files are objects; links to folders are not listed.
 * - Writes go to `.tmp` and are renamed into place; attributes lie in `.attributes`, see AttributeSidecars.
 * - A body of more than 1 MiB opens its file when it is iterated, and throws `source_changed` or `source_missing` when the
 *   object was replaced since. A file that somebody else writes to in place is noticed at the end of the body.
 */
export class FileObjectStore implements ObjectStore {
  readonly #root: string;
  readonly #durable: boolean;
  readonly #guard: GuardedRoot | undefined;
  readonly #sidecarRoot: string;
  readonly #sidecars: AttributeSidecars;
  readonly #temporaries: TemporaryFiles;
  readonly #held: HeldFiles | undefined;

  constructor(options: FileObjectStoreOptions) {
    this.#root = resolve(options.root);
    this.#durable = options.durable ?? false;
    this.#guard = options.guardsRoot ? new GuardedRoot(this.#root) : undefined;
    this.#sidecarRoot = join(this.#root, '.attributes');
    this.#sidecars = new AttributeSidecars(
      this.#sidecarRoot,
      options.impliedAttributes ?? ((key) => ({ contentType: contentTypeOf(key) })),
    );
    this.#temporaries = new TemporaryFiles(join(this.#root, TEMPORARY_FOLDER));
    this.#held = options.heldFiles ? new HeldFiles(options.heldFiles) : undefined;
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    for (;;) {
      const stats = this.#stat(key);
      if (stats === undefined) return undefined;
      const info = await this.#describe(key, stats);
      if (info !== undefined) return info;
    }
  }

  async get(key: string, options: { range?: ByteRange; version?: string } = {}): Promise<ObjectRead | undefined> {
    return (await this.#getHeld(key, options)) ?? this.#getOnce(key, options);
  }

  getNow(key: string, range: ByteRange, byteLength: number): Uint8Array | undefined {
    const asked = range.endByte - range.startByte;
    if (this.#held === undefined || range.endByte > byteLength || !isReadAtOnce(asked)) return undefined;
    const file = this.#held.find(key);
    if (file?.state.size !== byteLength) return undefined;
    const bytes = readBuffers.take(asked);
    if (readNow(file.fd, range.startByte, bytes)) return bytes;
    readBuffers.give(bytes);
    return undefined;
  }

  /** A short read of a file that is, or then stays, open; `undefined` when it is not one. */
  async #getHeld(key: string, { range, version }: ReadOptions): Promise<ObjectRead | undefined> {
    if (range === undefined || range.endByte - range.startByte > WHOLE_READ_BYTES) return undefined;
    const file = this.#held?.acquire(key, () => this.#open(key));
    if (file === undefined) return undefined;
    try {
      const info = file.info ?? (await this.#describe(key, file.stats));
      if (info === undefined) return undefined;
      file.info = info;
      if (version !== undefined && info.version !== version) throw changed(key);
      checkRange(key, range, info.byteLength);
      const bytes = readBuffers.take(range.endByte - range.startByte);
      await readFully(file.fd, key, range.startByte, bytes);
      return { info, body: once(bytes) };
    } finally {
      this.#held?.release(file);
    }
  }

  async #getOnce(key: string, options: ReadOptions): Promise<ObjectRead | undefined> {
    for (;;) {
      const opened = this.#open(key);
      if (opened === undefined) return undefined;
      let whole: Uint8Array | undefined;
      let range: ByteRange;
      try {
        const byteLength = checkVersion(key, opened.stats, options.version);
        range = options.range ?? { startByte: 0, endByte: byteLength };
        checkRange(key, range, byteLength);
        if (range.endByte - range.startByte <= WHOLE_READ_BYTES) {
          whole = readBuffers.take(range.endByte - range.startByte);
          await readFully(opened.fd, key, range.startByte, whole);
        }
      } finally {
        closeSync(opened.fd);
      }
      const info = await this.#describe(key, opened.stats);
      if (info === undefined) continue;
      const body = whole === undefined ? readBody(() => this.#open(key), info, range) : once(whole);
      return { info, body };
    }
  }

  async read(key: string, startByte: number, target: Uint8Array, options: { version?: string } = {}): Promise<void> {
    const opened = this.#open(key);
    if (opened === undefined) throw missing(key);
    try {
      const byteLength = checkVersion(key, opened.stats, options.version);
      checkRange(key, { startByte, endByte: startByte + target.length }, byteLength);
      await readFully(opened.fd, key, startByte, target);
    } finally {
      closeSync(opened.fd);
    }
  }

  async put(key: string, body: ObjectBody, attributes: ObjectAttributes): Promise<StoredObject> {
    const objection = keyObjection(key);
    if (objection !== undefined)
      throw new CuepointError('invalid_key', `the key "${key}" ${objection}; choose another`);
    const path = this.#path(key);
    const temporary = await this.#temporaries.create();
    let version: string | undefined;
    try {
      try {
        await writeBody(temporary.fd, key, body);
        const stampSeconds = uniqueStampSeconds();
        futimesSync(temporary.fd, stampSeconds, stampSeconds);
        if (this.#durable) await flush(temporary.fd);
        version = fileVersion(fstatSync(temporary.fd, { bigint: true }));
      } finally {
        closeSync(temporary.fd);
      }
      const replaced = this.#stat(key);
      await this.#sidecars.write(key, version, attributes, this.#durable);
      await moveIntoPlace(temporary.path, path, key);
      this.#held?.forget(key);
      if (this.#durable) await flushFolders(this.#root, [dirname(path), this.#sidecars.folderOf(key)]);
      if (replaced !== undefined) await this.#sidecars.remove(key, fileVersion(replaced));
      return { version };
    } catch (error) {
      await unlink(temporary.path).catch(() => undefined);
      // Once renamed, the bytes are visible and keep their attributes, even when what follows failed.
      const stored = this.#statIfPossible(key);
      if (version !== undefined && (stored === undefined || fileVersion(stored) !== version)) {
        await this.#sidecars.remove(key, version).catch(() => undefined);
        await pruneFolders(this.#sidecarRoot, this.#sidecars.folderOf(key));
      }
      throw error;
    }
  }

  async delete(key: string): Promise<void> {
    const stats = this.#stat(key);
    if (stats === undefined) return;
    const path = this.#path(key);
    await unlink(path).catch((error: unknown) => {
      if (!isAbsence(error)) throw error;
    });
    this.#held?.forget(key);
    await this.#sidecars.remove(key, fileVersion(stats));
    await pruneFolders(this.#root, dirname(path));
    await pruneFolders(this.#sidecarRoot, this.#sidecars.folderOf(key));
  }

  async list(options: {
    prefix: string;
    after?: string;
    limit: number;
  }): Promise<{ objects: ListedObject[]; next?: string }> {
    this.#guard?.check();
    const objects: ListedObject[] = [];
    let batch: string[] = [];
    const take = async () => {
      objects.push(...batch.flatMap((key) => this.#listed(key) ?? []));
      batch = [];
      await new Promise(setImmediate);
    };
    // One more than asked for tells whether there is a next page.
    for await (const key of walkKeys(this.#root, options)) {
      batch.push(key);
      if (batch.length >= STAT_BATCH) await take();
      if (objects.length > options.limit) break;
    }
    await take();
    // A folder that went away during the walk looks like one that ends there.
    this.#guard?.check();
    if (objects.length <= options.limit) return { objects };
    objects.length = options.limit;
    const next = objects.at(-1)?.key;
    return next === undefined ? { objects } : { objects, next };
  }

  /**
   * Removes what writers that died left behind; `isOwnerAlive` answers for a process number (default: asks the system).
   * Resolves to the number of unfinished files removed.
   */
  async sweepTemporary(isOwnerAlive?: (pid: number) => boolean): Promise<number> {
    const removed = await this.#temporaries.sweep(isOwnerAlive);
    // Only a writer that left its file can have left attributes that nobody claims.
    if (removed > 0) await this.#sidecars.sweep((folder) => this.#versionsIn(folder));
    return removed;
  }

  /** Versions of the files of a folder, and of those on their way: a living writer writes attributes first. */
  async #versionsIn(folder: string): Promise<ReadonlySet<string>> {
    const versions = new Set<string>();
    for (const path of [join(this.#root, folder), join(this.#root, TEMPORARY_FOLDER)]) {
      for (const name of await readdir(path).catch((): string[] => [])) {
        const stats = statSync(join(path, name), { bigint: true, throwIfNoEntry: false });
        if (stats) versions.add(fileVersion(stats));
      }
    }
    return versions;
  }

  #path(key: string): string {
    return join(this.#root, key);
  }

  #stat(key: string): BigIntStats | undefined {
    if (!isFileKey(key)) return undefined;
    try {
      const stats = statSync(this.#path(key), { bigint: true });
      return stats.isFile() ? stats : undefined;
    } catch (error) {
      if (!isAbsence(error)) throw error;
      this.#guard?.check();
      return undefined;
    }
  }

  #statIfPossible(key: string): BigIntStats | undefined {
    try {
      return this.#stat(key);
    } catch {
      return undefined;
    }
  }

  #open(key: string): OpenFile | undefined {
    return isFileKey(key) ? openFile(this.#path(key)) : undefined;
  }

  /** `undefined`: the file is no longer in this state, look at it anew. */
  async #describe(key: string, stats: BigIntStats): Promise<ObjectInfo | undefined> {
    const version = fileVersion(stats);
    const attributes = await this.#sidecars.read(key, version);
    if (attributes !== undefined) return toInfo(key, stats, attributes);
    const now = this.#stat(key);
    if (now === undefined || fileVersion(now) !== version) return undefined;
    return toInfo(key, stats, this.#sidecars.assume(key, version));
  }

  #listed(key: string): ListedObject | undefined {
    const stats = this.#stat(key);
    return stats === undefined ? undefined : toListed(key, stats);
  }
}
