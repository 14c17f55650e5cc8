import { randomBytes } from 'node:crypto';
import { mkdirSync, open } from 'node:fs';
import { readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isAbsence, systemErrorCode } from './system-error.ts';

/** Making a file waits for the file system's journal while others write: not a call to make on the event loop. */
const openFile = promisify(open);

/** A file that is being written, not yet visible under any key. */
export type TemporaryFile = { readonly path: string; readonly fd: number };

/** True when a process of that number exists, whoever owns it. */
export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemErrorCode(error) === 'EPERM';
  }
}

/**
 * The folder where files are written before they are renamed into place. It lies on the same file system as its
 * destination. Names are `<pid>-<random>`, so that leftovers of a crash can be told from work in progress.
 */
export class TemporaryFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async create(): Promise<TemporaryFile> {
    const path = join(this.#folder, `${process.pid}-${randomBytes(12).toString('hex')}`);
    try {
      return { path, fd: await openFile(path, 'wx') };
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw error;
      mkdirSync(this.#folder, { recursive: true });
      return { path, fd: await openFile(path, 'wx') };
    }
  }

  /** Removes what dead processes left, and answers how many files that were. */
  async sweep(isOwnerAlive: (pid: number) => boolean = isProcessAlive): Promise<number> {
    let removed = 0;
    for (const name of await readdir(this.#folder).catch(emptyWhenAbsent)) {
      const pid = /^(\d+)-[0-9a-f]+$/.exec(name)?.[1];
      if (pid === undefined) continue;
      const path = join(this.#folder, name);
      if (await isOwned(path, Number(pid), isOwnerAlive)) continue;
      try {
        await unlink(path);
        removed++;
      } catch (error) {
        // Another sweeper was quicker.
        if (!isAbsence(error)) throw error;
      }
    }
    return removed;
  }
}

function emptyWhenAbsent(error: unknown): string[] {
  if (isAbsence(error)) return [];
  throw error;
}

/**
 * In a container every incarnation of the service may have the same process number: a file that is older than this
 * process was left by a predecessor.
 */
async function isOwned(path: string, pid: number, isOwnerAlive: (pid: number) => boolean): Promise<boolean> {
  if (!isOwnerAlive(pid)) return false;
  if (pid !== process.pid) return true;
  const startedAtMs = Date.now() - process.uptime() * 1000;
  const stats = await stat(path).catch(() => undefined);
  return stats === undefined || stats.mtimeMs >= startedAtMs;
}
