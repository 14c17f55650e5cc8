import { mkdir, open, rmdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemErrorCode } from './system-error.ts';

/**
 * How often a writer tries again that loses its folder to the pruning after a delete: many deletes can follow each
 * other, but not for ever.
 */
export const MAX_FOLDER_ATTEMPTS = 100;

/**
 * Makes `folder` and its parents. When one of them is pruned meanwhile it resolves without having made all of them: the
 * caller, who must be ready to lose the folder again anyway, tries again. Throws when a file lies in the way.
 */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    const code = systemErrorCode(error);
    // Node reports a folder that vanished while it was looked at as ENOTDIR, as it does a file in the way.
    const mayBeRace = code === 'ENOENT' || code === 'ENOTDIR' || code === 'EEXIST';
    if (!mayBeRace || (await isObstructed(folder))) throw error;
  }
}

async function isObstructed(folder: string): Promise<boolean> {
  for (let path = folder; ; path = dirname(path)) {
    const stats = await stat(path).catch(() => undefined);
    if (stats !== undefined) return !stats.isDirectory();
    if (path === dirname(path)) return false;
  }
}

/** Removes `folder` and its parents below `root`, as far as they are empty. */
export async function pruneFolders(root: string, folder: string): Promise<void> {
  for (let path = folder; path.length > root.length; path = dirname(path)) {
    try {
      await rmdir(path);
    } catch (error) {
      // Gone already: its parent may still be empty. Anything else (not empty, a link, not permitted) ends the pruning.
      if (systemErrorCode(error) !== 'ENOENT') return;
    }
  }
}

/**
 * Flushes `leaves` and all folders above them up to `root`: a file's name is an entry of its folder, and a new folder's
 * name one of its parent.
 */
export async function flushFolders(root: string, leaves: readonly string[]): Promise<void> {
  const folders = new Set<string>([root]);
  for (const leaf of leaves) {
    for (let folder = leaf; folder.length > root.length; folder = dirname(folder)) folders.add(folder);
  }
  for (const folder of folders) {
    // What has no attributes of its own has no folder for them.
    const handle = await open(folder, 'r').catch((error: unknown) => {
      if (systemErrorCode(error) !== 'ENOENT') throw error;
    });
    if (handle === undefined) continue;
    await handle.sync().finally(() => handle.close());
  }
}
