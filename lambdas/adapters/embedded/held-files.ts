import { closeSync, fstatSync, type Stats } from 'node:fs';
import type { ObjectInfo } from '../../core/ports.ts';
import type { OpenFile } from './file-reading.ts';

/** What nobody has asked for in this time is closed. */
const IDLE_MS = 1000;

/** Looking at the state of a file costs as much as a short read of it: not done again within this time for those. */
const GLANCE_MS = 100;

export type HeldFile = OpenFile & {
  /** Its state in plain numbers, which are asked for before each read. */
  readonly state: Stats;
  /** What the store says of the file in this state, once it has been asked. */
  info?: ObjectInfo;
  /** Reads under way: a file in use is closed by the last of them. */
  users: number;
  isDropped: boolean;
  usedAtMs: number;
  /** When its state was looked at last. */
  seenAtMs: number;
};

/**
 * Files that stay open between reads: opening and closing costs more than reading a small range does. A file that was
 * replaced, removed or changed since is noticed by its own state, and opened anew.
 */
export class HeldFiles {
  readonly #capacity: number;
  readonly #files = new Map<string, HeldFile>();
  #sweep: NodeJS.Timeout | undefined;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** A file that is open and was as it should be a moment ago, for whoever has done with it before anything else happens. */
  find(key: string): HeldFile | undefined {
    const held = this.#files.get(key);
    if (held === undefined) return undefined;
    held.usedAtMs = performance.now();
    return held.usedAtMs - held.seenAtMs < GLANCE_MS ? held : this.#seen(key, held);
  }

  #seen(key: string, held: HeldFile): HeldFile | undefined {
    if (!isAsItWas(held)) {
      this.#drop(key, held);
      return undefined;
    }
    held.usedAtMs = performance.now();
    held.seenAtMs = held.usedAtMs;
    return held;
  }

  /** To be followed by `release`. `undefined` when there is no such file. */
  acquire(key: string, open: () => OpenFile | undefined): HeldFile | undefined {
    const held = this.#files.get(key);
    if (held && this.#seen(key, held)) {
      held.users++;
      return held;
    }
    const opened = open();
    if (opened === undefined) return undefined;
    const nowMs = performance.now();
    const state = fstatSync(opened.fd);
    const file: HeldFile = { ...opened, state, users: 1, isDropped: false, usedAtMs: nowMs, seenAtMs: nowMs };
    this.#makeRoom();
    this.#files.set(key, file);
    // Does not keep the process alive: what is open then, the system closes.
    this.#sweep ??= setInterval(() => this.#dropIdle(), IDLE_MS).unref();
    return file;
  }

  release(file: HeldFile): void {
    file.users--;
    if (file.isDropped && file.users === 0) closeSync(file.fd);
  }

  /** What is under the key is another from now on. */
  forget(key: string): void {
    const held = this.#files.get(key);
    if (held) this.#drop(key, held);
  }

  /** Insertion order is age: the one that was opened first goes. */
  #makeRoom(): void {
    const oldest = this.#files.entries().next().value;
    if (this.#files.size >= this.#capacity && oldest) this.#drop(...oldest);
  }

  #dropIdle(): void {
    const sinceMs = performance.now() - IDLE_MS;
    for (const [key, file] of this.#files) if (file.usedAtMs < sinceMs) this.#drop(key, file);
    if (this.#files.size > 0) return;
    clearInterval(this.#sweep);
    this.#sweep = undefined;
  }

  #drop(key: string, file: HeldFile): void {
    this.#files.delete(key);
    file.isDropped = true;
    if (file.users === 0) closeSync(file.fd);
  }
}

/** A removed or replaced file has no name any more; one that was written to has another length or time. */
function isAsItWas({ fd, state }: HeldFile): boolean {
  try {
    const now = fstatSync(fd);
    return now.nlink > 0 && now.size === state.size && now.mtimeMs === state.mtimeMs;
  } catch {
    // A file system that is elsewhere may have lost it.
    return false;
  }
}
