import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isAbsence } from './system-error.ts';

/** The part of chokidar's FSWatcher that is needed here. */
export type FolderWatcher = {
  getWatched(): Readonly<Record<string, readonly string[]>>;
  /** `foundWhileWatching`: announce it, as what is there at first is not. */
  add(path: string, originalPath: undefined, foundWhileWatching: true): unknown;
  emit(event: 'error', error: unknown): unknown;
};

/** Reading a large folder takes the watcher longer than one delay. */
const LOOKS = 4;

/**
 * The watcher reads a new folder first and watches it afterwards; what arrives in between is never told. (Measured: one
 * to five files of 600 that came a few milliseconds after their folder.) So new folders are looked into again once they
 * are watched, and the watcher is given what it missed; it ignores what it knows.
 */
export class NewFolders {
  readonly #watcher: FolderWatcher;
  readonly #delayMs: number;
  readonly #looksLeft = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(watcher: FolderWatcher, delayMs: number) {
    this.#watcher = watcher;
    this.#delayMs = delayMs;
  }

  note(folder: string): void {
    this.#looksLeft.set(folder, LOOKS);
    this.#schedule();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    if (this.#closed || this.#timer !== undefined || this.#looksLeft.size === 0) return;
    this.#timer = setTimeout(() => {
      this.#look()
        .catch((error: unknown) => this.#watcher.emit('error', error))
        .finally(() => {
          this.#timer = undefined;
          this.#schedule();
        });
    }, this.#delayMs);
  }

  /** All folders at once: asking the watcher what it knows costs as much for one as for all. */
  async #look(): Promise<void> {
    const known = this.#watcher.getWatched();
    for (const [folder, looksLeft] of [...this.#looksLeft]) {
      if (looksLeft > 1) this.#looksLeft.set(folder, looksLeft - 1);
      else this.#looksLeft.delete(folder);
      const names = await readdir(folder).catch((error: unknown) => {
        if (isAbsence(error)) return [];
        throw error;
      });
      // Adding something to a closed watcher would open it again.
      if (this.#closed) return;
      const knownNames = new Set(known[folder]);
      for (const name of names) {
        if (!name.startsWith('.') && !knownNames.has(name)) this.#watcher.add(join(folder, name), undefined, true);
      }
    }
  }
}
