import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isProcessAlive } from '../lambdas/adapters/embedded/temporary-files.ts';

/** The host that serves a data folder right now, for the command line to find. */
export type RunningHost = { readonly pid: number; readonly url: string; readonly sourceFolder: string };

const FILE = 'host.json';

/** A host on the same machine answers within milliseconds, a busy one within this. */
const ANSWER_MS = 2000;

export async function announceHost(dataFolder: string, host: RunningHost): Promise<void> {
  const file = join(dataFolder, FILE);
  await writeFile(`${file}.${host.pid}`, JSON.stringify(host));
  await rename(`${file}.${host.pid}`, file);
}

export async function withdrawHost(dataFolder: string): Promise<void> {
  await rm(join(dataFolder, FILE), { force: true });
}

/**
 * `undefined` when no host runs on the folder. One that was killed leaves its file behind, and its process number may be
 * another's by now (in a container, our own): it counts only if it answers.
 */
export async function findHost(dataFolder: string): Promise<RunningHost | undefined> {
  const text = await readFile(join(dataFolder, FILE), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const host = parseHost(text);
  return host && isProcessAlive(host.pid) && (await isServing(host.url)) ? host : undefined;
}

/** What a power cut has left of the file is no host. */
function parseHost(text: string): RunningHost | undefined {
  try {
    const host: RunningHost | null = JSON.parse(text);
    return typeof host?.pid === 'number' && typeof host.url === 'string' ? host : undefined;
  } catch {
    return undefined;
  }
}

async function isServing(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/v1/tracks?limit=1`, { signal: AbortSignal.timeout(ANSWER_MS) });
    const body: unknown = await response.json();
    return typeof body === 'object' && body !== null && 'tracks' in body;
  } catch {
    return false;
  }
}
