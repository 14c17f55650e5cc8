/** The servers that bench/serve compares, each in a process of its own on a free port of 127.0.0.1. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { freePort } from '../test/support/free-port.ts';
import { printedLine, startHostProcess } from '../test/support/host-process.ts';
import { startNginx, stopped } from '../test/support/nginx-server.ts';

const ANALYSIS_MS = 300_000;

export type Peer = { readonly name: string; urlOf(file: string): string; stop(): Promise<void> };

/** The embedded host, started with these options, once all of the folder is ingested and analysed. */
export async function startCuepoint(
  folders: { readonly sourceFolder: string; readonly dataFolder: string },
  tracks: number,
  ...options: readonly string[]
): Promise<Peer> {
  const { url, stop } = await startHostProcess(folders, tracks, ...options);
  await analysed(url, tracks);
  return { name: ['cuepoint', ...options].join(' '), urlOf: (file) => `${url}/stream/${file}`, stop };
}

/** An analysis under way would be measured, too. */
export async function analysed(url: string, tracks: number): Promise<void> {
  const deadlineMs = Date.now() + ANALYSIS_MS;
  for (;;) {
    const list = await fetch(`${url}/v1/tracks?limit=1000`).then((response) => response.text());
    if (list.split('"status":"ready"').length - 1 >= tracks) return;
    if (Date.now() > deadlineMs) throw new Error(`the host did not analyse ${tracks} files: ${list}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

export async function startSend(root: string): Promise<Peer> {
  const module = fileURLToPath(new URL('./serve-child.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', module, root, String(await freePort())], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const port = await printedLine(child, (line) => /^\d+$/.test(line));
  return { name: 'send', urlOf: (file) => `http://127.0.0.1:${port}/${file}`, stop: () => stopped(child) };
}

/** `undefined` where it is not installed. */
export async function startNginxPeer(root: string): Promise<Peer | undefined> {
  const server = await startNginx(root);
  return server && { name: 'nginx', urlOf: (file) => `${server.url}/${file}`, stop: server.stop };
}
