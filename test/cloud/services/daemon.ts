import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identityOf, isAlive, liveProcessOf, type ProcessIdentity } from './process-identity.ts';
import type { ServicePaths } from './settings.ts';

export type DaemonName = 'monitor' | 'osd' | 's3' | 'dynamodb';

export type DaemonCommand = {
  readonly name: DaemonName;
  readonly program: string;
  readonly args: readonly string[];
};

const POLL_MS = 50;
/** Ceph's storage daemon writes its journals out before it ends. */
const STOP_MS = 20_000;
const KILL_MS = 5_000;
const LOG_TAIL_LINES = 12;

/** Starts a process that outlives this one, its output in a log of its own, its identity in a file. */
export async function startDaemon(paths: ServicePaths, { name, program, args }: DaemonCommand): Promise<void> {
  mkdirSync(paths.logs, { recursive: true });
  mkdirSync(paths.pids, { recursive: true });
  const log = openSync(logFile(paths, name), 'w');
  try {
    const child = spawn(program, args, { cwd: paths.folder, detached: true, stdio: ['ignore', log, log] });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (cause) => reject(new Error(`${program} cannot be started: ${cause.message}`, { cause })));
    });
    const identity = child.pid === undefined ? undefined : identityOf(child.pid);
    if (identity === undefined) throw new Error(`${program} ended at once: ${await logTail(paths, name)}`);
    writeWhole(pidFile(paths, name), JSON.stringify(identity));
    child.unref();
  } finally {
    closeSync(log);
  }
}

export function runningDaemon(paths: ServicePaths, name: DaemonName): ProcessIdentity | undefined {
  return liveProcessOf(pidFile(paths, name));
}

/** Asks the daemon to end, waits for `patienceMs`, and ends it if it does not. Says whether one ran. */
export async function stopDaemon(paths: ServicePaths, name: DaemonName, patienceMs = STOP_MS): Promise<boolean> {
  const identity = runningDaemon(paths, name);
  if (identity !== undefined) {
    signal(identity, 'SIGTERM');
    if (!(await ended(identity, patienceMs))) {
      signal(identity, 'SIGKILL');
      if (!(await ended(identity, KILL_MS))) {
        throw new Error(`process ${identity.pid} (${name}) does not end, not even by SIGKILL: see what holds it`);
      }
    }
  }
  rmSync(pidFile(paths, name), { force: true });
  return identity !== undefined;
}

/** Waits until `check` is true. Fails when the daemon ends meanwhile, or the time is over, with the end of its log. */
export async function daemonReady(
  paths: ServicePaths,
  name: DaemonName,
  check: () => Promise<boolean>,
  timeoutMs: number,
): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await check())) {
    if (runningDaemon(paths, name) === undefined) {
      throw new Error(`${name} ended while it was starting. Its log ends:\n${await logTail(paths, name)}`);
    }
    if (Date.now() > end) {
      throw new Error(
        `${name} runs but does not answer after ${timeoutMs / 1000} s. Its log ends:\n${await logTail(paths, name)}`,
      );
    }
    await sleep(POLL_MS);
  }
}

export function logFile(paths: ServicePaths, name: DaemonName): string {
  return join(paths.logs, `${name}.log`);
}

function pidFile(paths: ServicePaths, name: DaemonName): string {
  return join(paths.pids, `${name}.json`);
}

/** A reader sees the whole text or the one before, whenever the writer is stopped. */
export function writeWhole(file: string, text: string): void {
  const half = `${file}.${process.pid}.half`;
  writeFileSync(half, text, { mode: 0o600 });
  renameSync(half, file);
}

async function logTail(paths: ServicePaths, name: DaemonName): Promise<string> {
  const file = logFile(paths, name);
  const text = await readFile(file, 'utf8').catch(() => '');
  const lines = text.trimEnd().split('\n').slice(-LOG_TAIL_LINES);
  return `${lines.map((line) => `  ${line}`).join('\n')}\n(${file})`;
}

function signal(identity: ProcessIdentity, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    if (isAlive(identity)) process.kill(identity.pid, name);
  } catch (error) {
    // It ended between the look and the signal.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function ended(identity: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  for (const end = Date.now() + timeoutMs; isAlive(identity); ) {
    if (Date.now() > end) return false;
    await sleep(POLL_MS);
  }
  return true;
}
