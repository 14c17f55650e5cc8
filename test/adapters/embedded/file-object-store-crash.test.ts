import { mkdir, mkdtemp, readdir, readlink, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { FileObjectStore } from '../../../lambdas/adapters/embedded/file-object-store.ts';
import {
  bodyOf,
  getBytes,
  listAll,
  numberedBytes,
  OCTETS,
  presentInfo,
  putBytes,
} from '../../contract/object-fixtures.ts';
import { startChild } from '../../support/child-process.ts';

let root: string;
let store: FileObjectStore;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'cuepoint-store-'));
  store = new FileObjectStore({ root });
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function lay(path: string, bytes = numberedBytes(10)): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), bytes);
}

async function listed(prefix = ''): Promise<string[]> {
  return (await listAll(store, { prefix, limit: 100 })).keys;
}

/** Every file below the root, hidden ones included. */
async function filesBelow(folder = ''): Promise<string[]> {
  const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
}

describe('after a crash', () => {
  it('what was being put is invisible, and swept once its process is dead', async () => {
    await store.put('one.wav', bodyOf(numberedBytes(9)), { contentType: 'audio/x', metadata: { a: 'b' } });
    const before = await presentInfo(store, 'one.wav');
    const child = startChild('interrupted-put.ts', [root, 'one.wav']);
    await child.line('halfway');
    // Still being written: not to be swept.
    expect(await store.sweepTemporary()).toBe(0);
    child.process.kill('SIGKILL');
    await child.ended();

    expect(await filesBelow('.tmp')).toHaveLength(1);
    expect(await store.head('one.wav')).toEqual(before);
    expect(await listed()).toEqual(['one.wav']);
    expect(await store.sweepTemporary()).toBe(1);
    expect(await filesBelow('.tmp')).toEqual([]);
    expect(await getBytes(store, 'one.wav')).toEqual(numberedBytes(9));
  });

  it('sweeps what a predecessor of the same process number left, and nothing that is not ours', async () => {
    await lay(`.tmp/${process.pid}-abc123`);
    await lay(`.tmp/${process.pid}-def456`);
    await lay('.tmp/notes.txt');
    await utimes(join(root, `.tmp/${process.pid}-abc123`), 1_000_000, 1_000_000);
    expect(await store.sweepTemporary()).toBe(1);
    expect((await readdir(join(root, '.tmp'))).sort()).toEqual([`${process.pid}-def456`, 'notes.txt']);
    expect(await store.sweepTemporary(() => false)).toBe(1);
    expect(await readdir(join(root, '.tmp'))).toEqual(['notes.txt']);
  });

  it('attributes of a put that never came into place do not reach the object, and are swept', async () => {
    await store.put('one.wav', bodyOf(numberedBytes(9)), { contentType: 'audio/x', metadata: { a: 'b' } });
    const orphan = '.attributes/.9-never-came.json';
    await lay(orphan, Buffer.from('{"contentType":"audio/ghost"}'));
    expect(await store.head('one.wav')).toMatchObject({ contentType: 'audio/x', metadata: { a: 'b' } });
    await lay('.tmp/999999999-abc123');
    expect(await store.sweepTemporary()).toBe(1);
    await expect(stat(join(root, orphan))).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await store.head('one.wav')).toMatchObject({ contentType: 'audio/x', metadata: { a: 'b' } });
    expect(await filesBelow('.attributes')).toHaveLength(1);
  });

  it.each(['', '{"contentT', '7', 'null', '{"contentType":5,"metadata":{"a":1}}'])(
    'damaged attributes (%s) count as none',
    async (text) => {
      await putBytes(store, 'one.mp3', numberedBytes(9));
      const [sidecar = ''] = await filesBelow('.attributes');
      await writeFile(sidecar, text);
      expect(await store.head('one.mp3')).toMatchObject({ contentType: 'audio/mpeg', metadata: {} });
    },
  );
});

describe('descriptors', () => {
  /** Of files below the root; others belong to the test runner. */
  const held = async () => {
    const numbers = await readdir('/proc/self/fd');
    const links = await Promise.all(numbers.map((number) => readlink(`/proc/self/fd/${number}`).catch(() => '')));
    return links.filter((target) => target.startsWith(root)).length;
  };
  const LONG = 3_000_000;

  it('are closed after everything that can be done to an object', async () => {
    await putBytes(store, 'long.bin', numberedBytes(LONG));
    const read = (options = {}) => store.get('long.bin', options);
    const left = async () => {
      for await (const part of (await read())?.body ?? []) return part;
      return undefined;
    };
    for (let time = 0; time < 20; time++) {
      await getBytes(store, 'long.bin');
      await left();
      await read(); // Never iterated.
      await read({ range: { startByte: 0, endByte: 10 } });
      await read({ range: { startByte: 0, endByte: LONG + 1 } }).catch(() => undefined);
      await read({ version: 'other' }).catch(() => undefined);
      await store.read('long.bin', 5, new Uint8Array(10));
      await store.read('long.bin', LONG, new Uint8Array(10)).catch(() => undefined);
      await store.put('short.bin', { byteLength: 4, parts: [numberedBytes(9)] }, OCTETS).catch(() => undefined);
      await store.head('long.bin');
      await listed();
    }
    expect(await held()).toBe(0);
  });

  it('(control) are seen while a body is being read', async () => {
    await putBytes(store, 'long.bin', numberedBytes(LONG));
    for await (const part of (await store.get('long.bin'))?.body ?? []) {
      expect(part.length).toBeGreaterThan(0);
      expect(await held()).toBe(1);
      break;
    }
    expect(await held()).toBe(0);
  });
});
