import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ChunkingConfig, DEFAULT_CHUNKING } from '../lambdas/core/chunking/strategy.ts';
import { CuepointError } from '../lambdas/core/errors.ts';
import type { ChunkLocation } from '../lambdas/core/track/record.ts';

/**
 * How a data folder is cut into chunks and which sources it belongs to. Kept in the folder: the first two are part of
 * every revision, so the server and the command line must agree on them.
 */
export type Settings = {
  readonly chunking: ChunkingConfig;
  readonly location: ChunkLocation;
  /** The folder that was served or filled last. Absolute. */
  readonly sourceFolder?: string;
};

const FILE = 'settings.json';

/**
 * What the folder holds so far; nothing of a folder that is not there. Throws `internal` when the file is there and
 * cannot be read: taking it for absent would cut every track anew, in default chunks.
 */
export async function storedSettings(dataFolder: string): Promise<Partial<Settings>> {
  const file = join(dataFolder, FILE);
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return '{}';
    throw new CuepointError('internal', `${file} cannot be read (${cause.message}); make it readable`, { cause });
  });
  const stored = parsed(text);
  if (typeof stored === 'object' && stored !== null && !Array.isArray(stored)) return stored;
  throw new CuepointError(
    'internal',
    `${file} does not hold a JSON object; mend it, or delete it to begin with the default settings`,
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The folder's settings; what `change` sets is stored for the next time. Creates the folder. */
export async function openSettings(dataFolder: string, change: Partial<Settings> = {}): Promise<Settings> {
  await mkdir(dataFolder, { recursive: true });
  const stored = await storedSettings(dataFolder);
  const settings: Settings = { chunking: DEFAULT_CHUNKING, location: 'objects', ...stored, ...change };
  if (JSON.stringify(settings) !== JSON.stringify(stored)) {
    const file = join(dataFolder, FILE);
    await writeFile(`${file}.${process.pid}`, `${JSON.stringify(settings, null, 2)}\n`);
    await rename(`${file}.${process.pid}`, file);
  }
  return settings;
}
