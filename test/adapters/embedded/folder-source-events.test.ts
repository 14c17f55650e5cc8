import { mkdir, mkdtemp, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { FileObjectStore } from '../../../lambdas/adapters/embedded/file-object-store.ts';
import { FolderSourceEvents } from '../../../lambdas/adapters/embedded/folder-source-events.ts';
import { SystemClock } from '../../../lambdas/adapters/embedded/system-clock.ts';
import type { SourceEvent } from '../../../lambdas/core/ports.ts';
import { bodyOf, numberedBytes, OCTETS } from '../../contract/object-fixtures.ts';
import { sourceEventsContract } from '../../contract/source-events.contract.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const PATIENCE_MS = 5_000;
/** How long a file must stand still here. */
const QUIET_MS = 90;
/** After which nothing more is to come. */
const SETTLED_MS = 300;
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

async function makeRoot(): Promise<string> {
  return await mkdtemp(join(tmpdir(), 'cuepoint-events-'));
}

async function write(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
}

sourceEventsContract('FolderSourceEvents', async () => {
  const root = await makeRoot();
  return {
    events: new FolderSourceEvents({ root, clock: new SystemClock(), quietMs: QUIET_MS }),
    put: (key, bytes) => write(join(root, key), bytes),
    remove: (key) => unlink(join(root, key)),
    rename: (from, to) => rename(join(root, from), join(root, to)),
    patienceMs: PATIENCE_MS,
    close: () => rm(root, { recursive: true, force: true }),
  };
});

describe('FolderSourceEvents', () => {
  let root: string;
  let seen: SourceEvent[];
  let unsubscribe: () => Promise<void>;
  const start = async (clock = new ManualClock()) => {
    const events = new FolderSourceEvents({ root, clock, quietMs: QUIET_MS });
    unsubscribe = await events.subscribe((event) => seen.push(event));
  };
  const told = () => seen.map(({ kind, key }) => `${kind} ${key}`).sort();
  /** Until as many events have come as are expected, and a while longer, for those that are not. */
  const settle = async (count: number) => {
    const deadlineMs = Date.now() + PATIENCE_MS;
    while (seen.length < count && Date.now() < deadlineMs) await pause(20);
    await pause(SETTLED_MS);
  };
  beforeEach(async () => {
    root = await makeRoot();
    seen = [];
  });
  afterEach(async () => {
    await unsubscribe();
    await rm(root, { recursive: true, force: true });
  });

  it('does not announce what was there before, but its replacement', async () => {
    await write(join(root, 'a/old.mp3'), numberedBytes(10));
    await start();
    await pause(SETTLED_MS);
    expect(told()).toEqual([]);
    await write(join(root, 'a/old.mp3'), numberedBytes(11));
    await settle(1);
    expect(told()).toEqual(['stored a/old.mp3']);
  });

  it('notices a replacement by a file of equal length and age', async () => {
    await write(join(root, 'one.mp3'), numberedBytes(10));
    await write(join(root, '.other'), numberedBytes(10, 1));
    await start();
    await rename(join(root, '.other'), join(root, 'one.mp3'));
    await settle(1);
    expect(told()).toEqual(['stored one.mp3']);
  });

  it('ignores hidden files and what lies in hidden folders, ours included', async () => {
    await start();
    const store = new FileObjectStore({ root });
    await write(join(root, '.hidden.mp3'), numberedBytes(10));
    await write(join(root, 'a/.git/x.mp3'), numberedBytes(10));
    await store.put('seen.mp3', bodyOf(numberedBytes(10)), { contentType: 'audio/mpeg', metadata: { a: 'b' } });
    await settle(1);
    expect(told()).toEqual(['stored seen.mp3']);
  });

  it('waits until a file that is being written has come to rest', async () => {
    await start();
    const path = join(root, 'slow.wav');
    for (let part = 1; part <= 12; part++) {
      await writeFile(path, numberedBytes(1_000), { flag: 'a' });
      await pause(QUIET_MS / 3);
      if (part < 12) expect(told()).toEqual([]);
    }
    await settle(1);
    expect(told()).toEqual(['stored slow.wav']);
  });

  it('tells of every file of a folder that is moved in, renamed and removed', async () => {
    const outside = await makeRoot();
    for (const name of ['1.mp3', '2.mp3', 'deep/er/3.mp3']) await write(join(outside, 'album', name), numberedBytes(9));
    await start();
    await rename(join(outside, 'album'), join(root, 'album'));
    await settle(3);
    expect(told()).toEqual(['stored album/1.mp3', 'stored album/2.mp3', 'stored album/deep/er/3.mp3']);

    seen = [];
    await rename(join(root, 'album'), join(root, 'record'));
    await settle(6);
    const kinds = (kind: string, folder: string) =>
      ['1.mp3', '2.mp3', 'deep/er/3.mp3'].map((name) => `${kind} ${folder}/${name}`);
    expect(told()).toEqual([...kinds('removed', 'album'), ...kinds('stored', 'record')]);

    seen = [];
    await rm(join(root, 'record'), { recursive: true });
    await settle(3);
    expect(told()).toEqual(kinds('removed', 'record'));
    await rm(outside, { recursive: true, force: true });
  });

  it('tells of what the object store puts, replaces and deletes', async () => {
    await start();
    const store = new FileObjectStore({ root });
    await store.put('new/one.mp3', bodyOf(numberedBytes(10)), OCTETS);
    await settle(1);
    await store.put('new/one.mp3', bodyOf(numberedBytes(10, 1)), OCTETS);
    await settle(2);
    await store.delete('new/one.mp3');
    await settle(3);
    expect(seen.map(({ kind, key }) => `${kind} ${key}`)).toEqual([
      'stored new/one.mp3',
      'stored new/one.mp3',
      'removed new/one.mp3',
    ]);
  });

  it('misses no file that comes just after its folder', async () => {
    await start();
    const keys = Array.from({ length: 150 }, (_, number) => `f${number}/${number % 2 === 0 ? 'sub/' : ''}x.mp3`);
    for (const [number, key] of keys.entries()) {
      await mkdir(dirname(join(root, key)), { recursive: true });
      // Some while, of another length each time, between what the watcher reads and what it watches.
      const untilMs = performance.now() + (number % 30) / 5;
      while (performance.now() < untilMs) await new Promise((soon) => setImmediate(soon));
      await writeFile(join(root, key), 'x');
    }
    await settle(keys.length);
    expect(new Set(told())).toEqual(new Set(keys.map((key) => `stored ${key}`)));
  });

  it('takes links to files, and does not follow links to folders', async () => {
    const outside = await makeRoot();
    await write(join(outside, 'x.mp3'), numberedBytes(9));
    await start();
    await symlink(outside, join(root, 'link'));
    await symlink(join(outside, 'x.mp3'), join(root, 'linked.mp3'));
    await settle(1);
    await write(join(outside, 'y.mp3'), numberedBytes(9));
    await settle(1);
    expect(told()).toEqual(['stored linked.mp3']);
    await rm(outside, { recursive: true, force: true });
  });

  it('counts sequencers up even while the clock stands still or runs back', async () => {
    const clock = new ManualClock(1_700_000_000_000);
    await start(clock);
    for (const name of ['1.mp3', '2.mp3', '3.mp3']) await write(join(root, name), numberedBytes(9));
    await settle(3);
    clock.nowMs -= 60_000;
    await write(join(root, '4.mp3'), numberedBytes(9));
    await settle(4);
    const sequencers = seen.map((event) => event.sequencer);
    expect(sequencers[0]).toBe((1_700_000_000_000_000).toString(16).padStart(16, '0'));
    expect(sequencers).toEqual([...new Set(sequencers)].sort());
    expect(sequencers.every((sequencer) => /^[0-9a-f]{16}$/.test(sequencer))).toBe(true);
  });
});
