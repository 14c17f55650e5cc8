import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LmdbTrackIndex } from '../../../lambdas/adapters/embedded/lmdb-track-index.ts';
import { trackIndexContract } from '../../contract/track-index.contract.ts';
import { type RunningChild, startChild } from '../../support/child-process.ts';
import { trackRecord } from '../../support/track-record.ts';

async function makeHarness() {
  const folder = await mkdtemp(join(tmpdir(), 'cuepoint-index-'));
  const index = await LmdbTrackIndex.open({ folder });
  return {
    folder,
    index,
    close: async () => {
      await index.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

trackIndexContract('LmdbTrackIndex', makeHarness);

describe('LmdbTrackIndex, several processes', () => {
  let harness: Awaited<ReturnType<typeof makeHarness>>;
  let children: RunningChild[];
  const start = (...args: string[]) => {
    const child = startChild('index-writer.ts', [harness.folder, ...args]);
    children.push(child);
    return child;
  };
  beforeEach(async () => {
    harness = await makeHarness();
    children = [];
  });
  afterEach(async () => {
    for (const child of children) child.process.kill('SIGKILL');
    await Promise.all(children.map((child) => child.ended()));
    await harness.close();
  });

  it('sees what another process wrote as soon as it was written', async () => {
    await expect(harness.index.get('other')).resolves.toBeUndefined();
    await start('increment', 'other', '1').line('written');
    expect(await harness.index.get('other')).toStrictEqual(trackRecord({ trackId: 'other', path: 'other.mp3' }));
    expect((await harness.index.list({ folder: '', limit: 10 })).records).toHaveLength(1);
  });

  it('shares the folder with another connection of the same process, whichever closes first', async () => {
    const second = await LmdbTrackIndex.open({ folder: harness.folder });
    await harness.index.get('x');
    await second.put(trackRecord({ trackId: 'x' }));
    expect((await harness.index.get('x'))?.version).toBe(1);
    await second.close();
    expect((await harness.index.get('x'))?.version).toBe(1);
  });

  it('sees what another process wrote even within one turn of the event loop', async () => {
    start('increment', 'busy', '100000');
    while ((await harness.index.get('busy')) === undefined) await new Promise((soon) => setTimeout(soon, 5));
    const before = (await harness.index.get('busy'))?.version ?? 0;
    // Stands still, so that nothing but the read itself can renew the view of the database.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    expect((await harness.index.get('busy'))?.version).toBeGreaterThan(before);
  });

  it('keeps compare-and-set across processes', async () => {
    const writing = [start('increment', 'shared', '60'), start('increment', 'shared', '60')];
    const here = async () => {
      for (let done = 0; done < 60; ) {
        const version = ((await harness.index.get('shared'))?.version ?? 0) + 1;
        if (await harness.index.put(trackRecord({ trackId: 'shared', path: 'shared.mp3', version }))) done++;
      }
    };
    await Promise.all([here(), ...writing.map((child) => child.line('written'))]);
    expect((await harness.index.get('shared'))?.version).toBe(180);
  });

  it('keeps what was written when its writer is killed the next moment, and goes on', async () => {
    const child = start('fill', 'big', '80');
    await child.line('written');
    child.process.kill('SIGKILL');
    await child.ended();
    expect((await harness.index.get('big'))?.version).toBe(80);
    expect((await harness.index.getPage('big', 'r1', 79))?.[0]).toBe(79);
    await expect(harness.index.put(trackRecord({ trackId: 'big', version: 81 }))).resolves.toBe(true);
  });

  it('is consistent when a writer is killed in the middle', async () => {
    const child = start('increment', 'cut', '100000');
    while (((await harness.index.get('cut'))?.version ?? 0) < 20) await new Promise((soon) => setTimeout(soon, 5));
    child.process.kill('SIGKILL');
    await child.ended();
    const stored = await harness.index.get('cut');
    expect(stored?.version).toBeGreaterThanOrEqual(20);
    const { records } = await harness.index.list({ folder: '', limit: 10 });
    expect(records).toEqual([stored]);
    const version = (stored?.version ?? 0) + 1;
    await expect(harness.index.put(trackRecord({ trackId: 'cut', version }))).resolves.toBe(true);
  });
});

describe('LmdbTrackIndex', () => {
  it('is as it was when it is opened again', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cuepoint-index-'));
    for (let version = 1; version <= 3; version++) {
      const index = await LmdbTrackIndex.open({ folder: join(folder, 'made/when/absent') });
      expect((await index.get('track-1'))?.version ?? 0).toBe(version - 1);
      await index.put(trackRecord({ version }));
      await index.close();
    }
    await rm(folder, { recursive: true, force: true });
  });

  it('takes a page before its caller goes on', async () => {
    const { index, close } = await makeHarness();
    const page = new Uint8Array(1_000).fill(1);
    const stored = index.putPage('t', 'r', 0, page);
    page.fill(2);
    await stored;
    expect((await index.getPage('t', 'r', 0))?.[0]).toBe(1);
    await close();
  });

  it('moves the path of a record that is put under another', async () => {
    const { index, close } = await makeHarness();
    await index.put(trackRecord({ path: 'old.mp3' }));
    await index.put(trackRecord({ path: 'new.mp3', version: 2 }));
    expect((await index.list({ folder: '', limit: 10 })).records.map((record) => record.path)).toEqual(['new.mp3']);
    await close();
  });

  it.each(['', 'x'.repeat(1025)])('refuses a path that is no key', async (path) => {
    const { index, close } = await makeHarness();
    await expect(index.put(trackRecord({ path }))).rejects.toMatchObject({ code: 'invalid_key' });
    await expect(index.get('track-1')).resolves.toBeUndefined();
    await close();
  });
});
