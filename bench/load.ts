/**
 * 64 clients with random ranges for a minute, then a thousand downloads that are given up: `npm run load`. Fails on an
 * error, a wrong byte, memory that grows, or a descriptor that stays open. Linux only: looks into /proc.
 */
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startHostProcess } from '../test/support/host-process.ts';
import { abortedDownloads, medianOf, openDescriptors, randomRanges, settledDescriptors } from '../test/support/load.ts';
import { writeLargeWav } from './large-wav.ts';
import { report } from './report.ts';
import { analysed } from './served-peers.ts';

const MEGABYTE = 1024 * 1024;
const FILE_MEGABYTES = 256;
const CLIENTS = 64;
const SECONDS = 60;
const ABORTED = 1000;
const IDLE_FILES_MS = 30_000;

/** Memory after so many seconds is what it has settled to; nothing may come on top by the end. */
const SETTLED = [10, 20] as const;
const LAST_SECONDS = 10;
const MAX_GROWTH_MEGABYTES = 16;

const folder = await mkdtemp(join(tmpdir(), 'cuepoint-load-'));
let missed = 0;
try {
  const sourceFolder = join(folder, 'source');
  await mkdir(sourceFolder);
  await writeLargeWav(join(sourceFolder, 'large.wav'), FILE_MEGABYTES * MEGABYTE);
  const host = await startHostProcess({ sourceFolder, dataFolder: join(folder, 'data') }, 1);
  try {
    await analysed(host.url, 1);
    const source = await readFile(join(sourceFolder, 'large.wav'));
    const target = { url: `${host.url}/stream/large.wav`, pid: host.pid, source };
    const before = await openDescriptors(host.pid);

    const load = await randomRanges(target, CLIENTS, SECONDS);
    report(`${CLIENTS} clients, random ranges: requests`, load.requests / SECONDS, 'a second');
    report('bytes', load.bytes / SECONDS / MEGABYTE, 'MB/s');
    missed += report('errors and wrong bytes', load.failures.length, '', { atMost: 0 });
    for (const failure of load.failures) console.log(`    ${failure}`);
    const settledBytes = medianOf(load.residentBytes.slice(...SETTLED));
    const lastBytes = medianOf(load.residentBytes.slice(-LAST_SECONDS));
    report(`memory, seconds ${SETTLED.join(' to ')}`, settledBytes / MEGABYTE, 'MB');
    missed += report(`memory, last ${LAST_SECONDS} seconds`, lastBytes / MEGABYTE, 'MB', {
      atMost: settledBytes / MEGABYTE + MAX_GROWTH_MEGABYTES,
    });

    await abortedDownloads(target, ABORTED);
    const after = await settledDescriptors(host.pid, before, IDLE_FILES_MS);
    missed += report(`descriptors after ${ABORTED} aborted downloads, beyond those before`, after - before, '', {
      atMost: 0,
    });
  } finally {
    await host.stop();
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.exitCode = missed > 0 ? 1 : 0;
