import type { Stats } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import { watch } from 'chokidar';
import type { Clock, Log, SourceEvent, SourceEvents } from '../../core/ports.ts';
import { NewFolders } from './new-folders.ts';
import { isFileKey } from './object-key.ts';

export type FolderSourceEventsOptions = {
  /** The folder of sources; must exist. */
  readonly root: string;
  readonly clock: Clock;
  readonly log?: Log;
  /** A file counts as written when its size has stood still for this long. @default 300 */
  readonly quietMs?: number;
};

/** Longer than a copying program pauses between two writes. */
const DEFAULT_QUIET_MS = 300;
const LOOKS_PER_QUIET = 3;
const SEQUENCER_DIGITS = 16;

/**
 * What happens to the files of a folder, at any depth; hidden names are ignored. Keys are relative paths with '/'. A file
 * that is written in place is announced when it has come to rest, a renamed one as removed and stored. What lay in the
 * folder before is not announced: reconciling finds it, as it finds what happened while nobody watched.
 *
 * Sequencers are microseconds of the clock, made strictly increasing, in 16 hexadecimal digits.
 */
export class FolderSourceEvents implements SourceEvents {
  readonly #root: string;
  readonly #clock: Clock;
  readonly #log: Log | undefined;
  readonly #quietMs: number;
  #lastSequenceUs = 0;

  constructor(options: FolderSourceEventsOptions) {
    this.#root = resolve(options.root);
    this.#clock = options.clock;
    this.#log = options.log;
    this.#quietMs = options.quietMs ?? DEFAULT_QUIET_MS;
  }

  async subscribe(handler: (event: SourceEvent) => void): Promise<() => Promise<void>> {
    const watcher = watch(this.#root, {
      ignored: (path) => this.#isHidden(path),
      ignoreInitial: true,
      // The object store lists links to files, but follows none to folders.
      followSymlinks: false,
      awaitWriteFinish: { stabilityThreshold: this.#quietMs, pollInterval: Math.ceil(this.#quietMs / LOOKS_PER_QUIET) },
    });
    const deliver = (kind: SourceEvent['kind'], path: string) => {
      const key = this.#keyOf(path);
      if (!isFileKey(key)) return;
      try {
        handler({ kind, key, sequencer: this.#nextSequencer() });
      } catch (error) {
        this.#log?.error('source_event_handler_failed', { key, error });
      }
    };
    const deliverFile = (path: string, stats?: Stats) => {
      // A link to a folder looks like a file to the watcher, which does not follow it.
      if (stats?.isFile() !== false) deliver('stored', path);
    };
    const newFolders = new NewFolders(watcher, this.#quietMs);
    watcher.on('addDir', (path) => newFolders.note(path));
    watcher.on('add', deliverFile);
    watcher.on('change', deliverFile);
    watcher.on('unlink', (path) => deliver('removed', path));
    // Without a listener an error (too many watches, a folder we may not read) would end the process.
    watcher.on('error', (error) => this.#log?.error('source_watch_failed', { error }));
    await new Promise<void>((ready) => watcher.once('ready', ready));
    return () => {
      newFolders.close();
      return watcher.close();
    };
  }

  #keyOf(path: string): string {
    return relative(this.#root, path).split(sep).join('/');
  }

  #isHidden(path: string): boolean {
    return this.#keyOf(path)
      .split('/')
      .some((segment) => segment.startsWith('.'));
  }

  #nextSequencer(): string {
    this.#lastSequenceUs = Math.max(Math.round(this.#clock.now() * 1000), this.#lastSequenceUs + 1);
    return this.#lastSequenceUs.toString(16).padStart(SEQUENCER_DIGITS, '0');
  }
}
