import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { compareUtf8 } from '../../core/utf8-order.ts';
import { isFileKey } from './object-key.ts';
import { isAbsence, systemErrorCode } from './system-error.ts';

type Level = {
  /** '' or a key prefix that ends with '/'. */
  readonly prefix: string;
  /** In key order; folders carry a trailing '/'. */
  readonly names: readonly string[];
  next: number;
};

export type WalkOptions = { readonly prefix: string; readonly after?: string };

/**
 * The keys of the files below `root` in the order of their UTF-8 bytes, those that begin with `prefix` and lie after
 * `after` (exclusive). Links are yielded without being followed: whoever stats them sees whether they lead to a file.
 *
 * A folder sorts as its name with the slash, which is where the keys inside it sort: `a-b` < `a/b` < `a0`. Holds the
 * names of one folder a level; folders outside `prefix` or wholly before `after` are not read. Hidden names and folders
 * that we may not read are skipped.
 */
export async function* walkKeys(root: string, options: WalkOptions): AsyncGenerator<string, void, undefined> {
  const base = options.prefix.slice(0, options.prefix.lastIndexOf('/') + 1);
  if (!(await isPlainFolder(root, base))) return;
  const levels: Level[] = [await readLevel(root, base, options)];
  for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
    const name = level.names[level.next];
    level.next++;
    if (name === undefined) levels.pop();
    else if (name.endsWith('/')) levels.push(await readLevel(root, level.prefix + name, options));
    else yield level.prefix + name;
  }
}

/** False for a base that does not exist, is hidden, would leave the root, or leads through a link. */
async function isPlainFolder(root: string, base: string): Promise<boolean> {
  if (base === '') return true;
  const key = base.slice(0, -1);
  if (!isFileKey(key)) return false;
  const segments = key.split('/');
  for (let depth = 1; depth <= segments.length; depth++) {
    const stats = await lstat(join(root, ...segments.slice(0, depth))).catch(undefinedWhenAbsent);
    if (stats === undefined || !stats.isDirectory()) return false;
  }
  return true;
}

async function readLevel(root: string, prefix: string, options: WalkOptions): Promise<Level> {
  const entries = await readdir(join(root, prefix), { withFileTypes: true }).catch(undefinedWhenClosed);
  const names: string[] = [];
  for (const entry of entries ?? []) {
    if (entry.name.startsWith('.')) continue;
    if (entry.isDirectory()) {
      if (mayHoldKeys(`${prefix}${entry.name}/`, options)) names.push(`${entry.name}/`);
    } else if ((entry.isFile() || entry.isSymbolicLink()) && isWanted(prefix + entry.name, options)) {
      names.push(entry.name);
    }
  }
  return { prefix, names: names.sort(compareUtf8), next: 0 };
}

function mayHoldKeys(folder: string, { prefix, after }: WalkOptions): boolean {
  if (!folder.startsWith(prefix) && !prefix.startsWith(folder)) return false;
  return after === undefined || after.startsWith(folder) || compareUtf8(folder, after) > 0;
}

function isWanted(key: string, { prefix, after }: WalkOptions): boolean {
  return key.startsWith(prefix) && (after === undefined || compareUtf8(key, after) > 0) && isFileKey(key);
}

/** A disk's `lost+found` must not make the whole store unlistable: what we may not look into holds no objects. */
function undefinedWhenClosed(error: unknown): undefined {
  const code = systemErrorCode(error);
  return code === 'EACCES' || code === 'EPERM' ? undefined : undefinedWhenAbsent(error);
}

function undefinedWhenAbsent(error: unknown): undefined {
  if (isAbsence(error)) return undefined;
  throw error;
}
