import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Folders } from '../../server/embedded-stores.ts';
import { freePort } from './free-port.ts';
import { type RunningServer, stopped } from './nginx-server.ts';

const PROJECT = process.cwd();
const INGEST_MS = 120_000;

/** The embedded host in a process of its own, as `npm start` starts it, once so many tracks are playable. */
export async function startHostProcess(
  { sourceFolder, dataFolder }: Folders,
  tracks: number,
  ...more: readonly string[]
): Promise<RunningServer & { readonly pid: number }> {
  const port = String(await freePort());
  const options = ['--source', sourceFolder, '--data', dataFolder, '--port', port, ...more];
  const child = spawn(process.execPath, [join(PROJECT, 'bin/cuepoint.mjs'), 'serve', ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const stop = (): Promise<void> => stopped(child);
  try {
    const url = /http:\S+/.exec(await printedLine(child, (line) => line.includes('running at')))?.[0] ?? '';
    await ingested(url, tracks);
    return { url, pid: child.pid ?? 0, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function ingested(url: string, tracks: number): Promise<void> {
  const deadline = Date.now() + INGEST_MS;
  for (;;) {
    const list = await fetch(`${url}/v1/tracks?limit=1000`, { headers: { Connection: 'close' } }).then((response) =>
      response.text(),
    );
    if (list.split('"revision":').length - 1 >= tracks) return;
    if (Date.now() > deadline) throw new Error(`the host did not ingest ${tracks} files: ${list}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The first line of a child's output that is wanted; fails when it ends before. */
export function printedLine(child: ChildProcess, isWanted: (line: string) => boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (data) => {
      text += String(data);
      const found = text.split('\n').slice(0, -1).find(isWanted);
      if (found !== undefined) resolve(found);
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`a server ended with code ${code}: ${text}`)));
  });
}
