import { closeSync, type Dirent, fsyncSync, openSync, writeFileSync } from 'node:fs';
import { readdir, readFile, unlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { ObjectAttributes } from '../../core/ports.ts';
import { contentTypeOf } from './content-types.ts';
import { MAX_FOLDER_ATTEMPTS, makeFolder } from './folders.ts';
import { isAbsence, systemErrorCode } from './system-error.ts';

/** What a reader gets: the attributes as they were put, or what the key tells. */
export type StoredAttributes = ObjectAttributes & { readonly metadata: Readonly<Record<string, string>> };

/** What the key of a file tells of its attributes. */
export type ImpliedAttributes = (key: string) => ObjectAttributes;

/** Bounds the memory of the cache: some 300 bytes an entry. */
const MAX_CACHED = 4096;

/**
 * Content type, cache control and metadata of files, as JSON beside where the file lies: those of `a/b.mp3` are at
 * `<folder>/a/.<version>.json`.
 *
 * The file's version, which no other file of the folder has, is the name: attributes belong to one state of the file, are never changed, and become
 * visible by the very rename that makes the bytes visible. The leading dot keeps them apart from keys' own segments.
 */
export class AttributeSidecars {
  readonly #folder: string;
  readonly #impliedBy: ImpliedAttributes;
  readonly #cache = new Map<string, StoredAttributes>();

  constructor(folder: string, impliedBy: ImpliedAttributes) {
    this.#folder = folder;
    this.#impliedBy = impliedBy;
  }

  /**
   * The attributes of the file `key` in state `version`; what the key tells when it has no sidecar (a file that
   * nobody `put`). `undefined`: the sidecar may have just been removed with its file, so ask for the version again.
   */
  async read(key: string, version: string): Promise<StoredAttributes | undefined> {
    const cacheKey = `${version}/${key}`;
    const cached = this.#cache.get(cacheKey);
    if (cached !== undefined) return cached;
    let text: string;
    try {
      text = await readFile(this.#path(key, version), 'utf8');
    } catch (error) {
      if (isAbsence(error)) return undefined;
      throw error;
    }
    return this.#remember(cacheKey, parseAttributes(text, key));
  }

  /** To be called when `read` found nothing and the file still is in state `version`. */
  assume(key: string, version: string): StoredAttributes {
    return this.#remember(`${version}/${key}`, { metadata: {}, ...this.#impliedBy(key) });
  }

  /** Nothing is written where the key tells the same. */
  async write(key: string, version: string, attributes: ObjectAttributes, durable: boolean): Promise<void> {
    if (isDeepStrictEqual(withMetadata(attributes), withMetadata(this.#impliedBy(key)))) return;
    const path = this.#path(key, version);
    for (let attempt = 1; ; attempt++) {
      try {
        const fd = openSync(path, 'w');
        try {
          writeFileSync(fd, JSON.stringify(attributes));
          if (durable) fsyncSync(fd);
        } finally {
          closeSync(fd);
        }
        return;
      } catch (error) {
        if (systemErrorCode(error) !== 'ENOENT' || attempt === MAX_FOLDER_ATTEMPTS) throw error;
        await makeFolder(this.folderOf(key));
      }
    }
  }

  /** Removes the sidecar of a state that is no more. */
  async remove(key: string, version: string): Promise<void> {
    this.#cache.delete(`${version}/${key}`);
    await unlink(this.#path(key, version)).catch(ignoreAbsence);
  }

  /** The folder of a key's sidecar. */
  folderOf(key: string): string {
    return join(this.#folder, dirname(key));
  }

  /**
   * Removes sidecars that no file has claimed, which writers that crashed leave behind. `versionsIn` answers the versions
   * of the files of a folder, given relative to the root.
   */
  async sweep(versionsIn: (folder: string) => Promise<ReadonlySet<string>>): Promise<void> {
    const entries = await readdir(this.#folder, { recursive: true, withFileTypes: true }).catch((): Dirent[] => []);
    for (const folder of new Set(entries.filter((entry) => entry.isFile()).map((entry) => entry.parentPath))) {
      const versions = await versionsIn(relative(this.#folder, folder));
      for (const name of await readdir(folder)) {
        const version = /^\.(.+)\.json$/.exec(name)?.[1];
        if (version !== undefined && !versions.has(version)) await unlink(join(folder, name)).catch(ignoreAbsence);
      }
    }
  }

  #path(key: string, version: string): string {
    return join(this.folderOf(key), `.${version}.json`);
  }

  #remember(cacheKey: string, attributes: StoredAttributes): StoredAttributes {
    if (this.#cache.size >= MAX_CACHED) {
      const oldest = this.#cache.keys().next().value;
      if (oldest !== undefined) this.#cache.delete(oldest);
    }
    this.#cache.set(cacheKey, attributes);
    return attributes;
  }
}

function withMetadata(attributes: ObjectAttributes): StoredAttributes {
  return { ...attributes, metadata: attributes.metadata ?? {} };
}

function ignoreAbsence(error: unknown): void {
  if (!isAbsence(error)) throw error;
}

/** A damaged sidecar (a disk that filled up, an editor) must not make the bytes unreadable: it counts as none. */
function parseAttributes(text: string, key: string): StoredAttributes {
  const fallback: StoredAttributes = { contentType: contentTypeOf(key), metadata: {} };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return fallback;
  }
  if (typeof value !== 'object' || value === null) return fallback;
  const { contentType, cacheControl, metadata } = value as Record<string, unknown>;
  return {
    contentType: typeof contentType === 'string' ? contentType : fallback.contentType,
    ...(typeof cacheControl === 'string' ? { cacheControl } : {}),
    metadata: isStringRecord(metadata) ? metadata : {},
  };
}

function isStringRecord(value: unknown): value is Readonly<Record<string, string>> {
  return typeof value === 'object' && value !== null && Object.values(value).every((item) => typeof item === 'string');
}
