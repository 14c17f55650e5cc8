import { open, readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { FuzzFormat } from './fuzz-fields.ts';
import type { FuzzSeed } from './fuzz-mutations.ts';

/** Enough for headers and hundreds of packets; a whole file would be scanned more often than it is worth. */
const SEED_BYTES = 200_000;

/** What a file with `moov` at its end must have whole. */
const WHOLE_FILE_BYTES = 800_000;

const FORMATS: Readonly<Record<string, FuzzFormat>> = {
  '.aac': 'adts',
  '.aif': 'aiff',
  '.aiff': 'aiff',
  '.flac': 'flac',
  '.m4a': 'mp4',
  '.mp3': 'mpeg',
  '.mp4': 'mp4',
  '.oga': 'ogg',
  '.ogg': 'ogg',
  '.opus': 'ogg',
  '.wav': 'wav',
  '.webm': 'matroska',
  '.mka': 'matroska',
  '.wma': 'asf',
  '.wv': 'wavpack',
};

/** The beginnings of the audio files in the directory. */
export async function realSeeds(directory: string): Promise<FuzzSeed[]> {
  const seeds: FuzzSeed[] = [];
  for (const name of (await readdir(directory)).sort()) {
    const format = FORMATS[extname(name)];
    if (format === undefined) continue;
    const bytes = await beginningOf(join(directory, name), format === 'mp4' ? WHOLE_FILE_BYTES : SEED_BYTES);
    seeds.push({ format, name, bytes });
  }
  return seeds;
}

async function beginningOf(path: string, byteLength: number): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const bytes = new Uint8Array(byteLength);
    const { bytesRead } = await file.read(bytes, 0, byteLength, 0);
    return bytes.slice(0, bytesRead);
  } finally {
    await file.close();
  }
}
