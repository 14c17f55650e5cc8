import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identityOf, liveProcessOf } from './process-identity.ts';

const POLL_MS = 100;
/** Longer than a first start takes on a slow machine. */
const WAIT_MS = 300_000;

/**
 * Runs `work` while this process alone holds the file: two `up` at a time would make two stores. The lock of a process
 * that is gone counts for nothing.
 */
export async function withLock<Result>(file: string, work: () => Promise<Result>): Promise<Result> {
  mkdirSync(dirname(file), { recursive: true });
  const identity = JSON.stringify(identityOf(process.pid));
  for (const end = Date.now() + WAIT_MS; !taken(file, identity); ) {
    if (Date.now() > end) {
      throw new Error(`another services command works since ${WAIT_MS / 1000} s: ${holder(file)} holds ${file}`);
    }
    await sleep(POLL_MS);
  }
  try {
    return await work();
  } finally {
    if (readOrNothing(file) === identity) rmSync(file);
  }
}

/** The link fails when the file exists, and shows it whole when it does not. */
function taken(file: string, identity: string): boolean {
  const own = `${file}.${process.pid}`;
  writeFileSync(own, identity);
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if (liveProcessOf(file) === undefined) discard(file, `${own}.stale`);
    return false;
  } finally {
    rmSync(own, { force: true });
  }
}

/** Moved aside first: of two that find it stale one moves it, and a lock taken meanwhile is put back. */
function discard(file: string, aside: string): void {
  try {
    renameSync(file, aside);
    if (liveProcessOf(aside) !== undefined) linkSync(aside, file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function holder(file: string): string {
  const identity = liveProcessOf(file);
  return identity === undefined ? 'a process that just ended' : `process ${identity.pid}`;
}

function readOrNothing(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
