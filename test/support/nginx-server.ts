import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';

export type RunningServer = { readonly url: string; stop(): Promise<void> };

/** On a port each. */
const STARTS = 3;
const START_ATTEMPTS = 100;
const ATTEMPT_MS = 50;
const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

/**
 * nginx as Debian has it on the files of a folder, with a configuration and a temporary folder of its own: one worker,
 * `sendfile` on, `tcp_nopush` off, no log of requests. `undefined` where it is not installed.
 */
export async function startNginx(root: string): Promise<RunningServer | undefined> {
  for (let attempt = 1; attempt < STARTS; attempt++) {
    const started = await startOnce(root);
    if (started) return started;
  }
  return startOnce(root);
}

async function startOnce(root: string): Promise<RunningServer | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'cuepoint-nginx-'));
  const port = await freePort();
  await mkdir(join(folder, 'temp'));
  await writeFile(join(folder, 'nginx.conf'), configuration(folder, root, port));
  // Started as root, its worker would run as somebody who may not read the folder.
  const user = process.getuid?.() === 0 ? ['-g', 'user root;'] : [];
  const child = spawn('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf'), ...user], { stdio: 'ignore' });
  const isSpawned = await new Promise<boolean>((resolve) => {
    child.once('error', () => resolve(false));
    child.once('spawn', () => resolve(true));
  });
  const url = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    if (isSpawned) await stopped(child);
    await rm(folder, { recursive: true, force: true });
  };
  if (isSpawned && (await answers(url))) return { url, stop };
  await stop();
  return undefined;
}

function configuration(folder: string, root: string, port: number): string {
  return `
    daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
    events { worker_connections 512; }
    http {
      types { audio/wav wav; audio/mpeg mp3; audio/flac flac; }
      sendfile on; tcp_nopush off; access_log off; keepalive_requests 1000000;
      ${TEMPORARY.map((name) => `${name}_temp_path ${folder}/temp/${name};`).join(' ')}
      server { listen 127.0.0.1:${port}; location / { root ${root}; } }
    }`;
}

async function answers(url: string): Promise<boolean> {
  for (let attempt = 0; attempt < START_ATTEMPTS; attempt++) {
    // Somebody else may have been quicker to take the port.
    const name = await fetch(url).then(
      ({ headers }) => headers.get('Server') ?? '',
      () => undefined,
    );
    if (name !== undefined) return name.startsWith('nginx');
    await new Promise((resolve) => setTimeout(resolve, ATTEMPT_MS));
  }
  return false;
}

/** Ends a child by its own number, and waits for that. */
export async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}
