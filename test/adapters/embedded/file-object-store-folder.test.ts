import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { FileObjectStore } from '../../../lambdas/adapters/embedded/file-object-store.ts';
import { bodyOf, drain, getBytes, listAll, numberedBytes, putBytes } from '../../contract/object-fixtures.ts';

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

describe('files that nobody put', () => {
  const types: [name: string, contentType: string][] = [
    ['one.mp3', 'audio/mpeg'],
    ['LOUD.FLAC', 'audio/flac'],
    ['a.b.wav', 'audio/wav'],
    ['x.opus', 'audio/ogg'],
    ['x.m4a', 'audio/mp4'],
    ['x.unknown', 'application/octet-stream'],
    ['none', 'application/octet-stream'],
  ];
  it.each(types)('%s is an object of type %s', async (name, contentType) => {
    await lay(`album/${name}`);
    expect(await store.head(`album/${name}`)).toMatchObject({ byteLength: 10, contentType, metadata: {} });
    expect(await getBytes(store, `album/${name}`)).toEqual(numberedBytes(10));
    expect(await listed()).toEqual([`album/${name}`]);
  });

  it('do not inherit the attributes of the object that they replace', async () => {
    await store.put('one.mp3', bodyOf(numberedBytes(10)), { contentType: 'audio/wav', metadata: { by: 'put' } });
    await lay('one.mp3', numberedBytes(10, 1));
    expect(await store.head('one.mp3')).toMatchObject({ contentType: 'audio/mpeg', metadata: {} });
  });

  it('change their version when they are written in place or replaced', async () => {
    await lay('one.mp3');
    const first = (await store.head('one.mp3'))?.version;
    // Some time in the past, so that the kernel's tick does not hide the change.
    await utimes(join(root, 'one.mp3'), 1, 1);
    const second = (await store.head('one.mp3'))?.version;
    await lay('.other');
    await utimes(join(root, '.other'), 1, 1);
    await rename(join(root, '.other'), join(root, 'one.mp3'));
    const third = (await store.head('one.mp3'))?.version;
    expect(new Set([first, second, third]).size).toBe(3);
  });

  it('leave nothing behind in a folder that is only read', async () => {
    await lay('one.mp3');
    await store.head('one.mp3');
    await getBytes(store, 'one.mp3');
    await listed();
    expect(await store.sweepTemporary()).toBe(0);
    expect(await readdir(root)).toEqual(['one.mp3']);
  });

  it('that were cut while a body was read are noticed', async () => {
    await lay('long.wav', numberedBytes(3_000_000));
    const read = await store.get('long.wav');
    const reading = async () => {
      for await (const part of read?.body ?? []) if (part.length > 0) await writeFile(join(root, 'long.wav'), 'short');
    };
    await expect(reading()).rejects.toMatchObject({ code: 'source_changed' });
  });

  it('that changed between get and the body are noticed', async () => {
    await lay('long.wav', numberedBytes(3_000_000));
    const replaced = await store.get('long.wav');
    await putBytes(store, 'long.wav', numberedBytes(3_000_000, 1));
    // Not one byte of the other object is handed out.
    await expect(replaced?.body[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'source_changed' });
    const gone = await store.get('long.wav');
    await store.delete('long.wav');
    await expect(gone && drain(gone)).rejects.toMatchObject({ code: 'source_missing' });
  });
});

describe('names', () => {
  const refused: [name: string, key: string][] = [
    ['hidden', '.hidden.mp3'],
    ['in a hidden folder', 'a/.git/x.mp3'],
    ['of the attributes', '.attributes/one.mp3/.1.json'],
    ['that climbs', '../outside.mp3'],
    ['that climbs inside', 'a/../../outside.mp3'],
    ['absolute', '/etc/hostname'],
    ['with an empty segment', 'a//b.mp3'],
    ['of a folder', 'a/'],
    ['with NUL', 'a\0.mp3'],
    ['with a backslash', 'a\\b.mp3'],
    ['with half a character', 'a\ud83c.mp3'],
    ['with a segment of 256 bytes', `${'é'.repeat(126)}.mp3`],
    ['too long', `${'x/'.repeat(512)}y`],
  ];
  it.each(refused)('a key %s cannot be put and does not exist', async (_name, key) => {
    await lay('.hidden.mp3');
    await lay('a/.git/x.mp3');
    await expect(putBytes(store, key, numberedBytes(1))).rejects.toMatchObject({ code: 'invalid_key' });
    await expect(store.head(key)).resolves.toBeUndefined();
    await expect(store.get(key)).resolves.toBeUndefined();
    await expect(store.read(key, 0, new Uint8Array(1))).rejects.toMatchObject({ code: 'source_missing' });
    await store.delete(key);
    expect(await filesBelow()).toHaveLength(2);
  });

  it('a segment of 255 bytes can be put', async () => {
    const key = `a/${'é'.repeat(125)}.flac`;
    await store.put(key, bodyOf(numberedBytes(3)), { contentType: 'audio/flac', metadata: { a: 'b' } });
    expect(await store.head(key)).toMatchObject({ metadata: { a: 'b' } });
    expect(await listed()).toEqual([key]);
  });

  it.each(['../', '..', '/', './', '.attributes/', '.tmp/', 'a/../'])(
    'the prefix "%s" shows nothing',
    async (prefix) => {
      await putBytes(store, 'a/b.bin', numberedBytes(1));
      await expect(store.list({ prefix, limit: 10 })).resolves.toEqual({ objects: [] });
    },
  );

  it('a key cannot be the folder of another, and says so', async () => {
    await putBytes(store, 'a/b.bin', numberedBytes(1));
    const refusal = { code: 'invalid_key', message: expect.stringMatching(/folder/) };
    await expect(putBytes(store, 'a', numberedBytes(1))).rejects.toMatchObject(refusal);
    await expect(putBytes(store, 'a/b.bin/c/d', numberedBytes(1))).rejects.toMatchObject(refusal);
    await expect(store.head('a')).resolves.toBeUndefined();
    await expect(store.head('a/b.bin/c/d')).resolves.toBeUndefined();
    expect(await filesBelow('.tmp')).toEqual([]);
  });

  it('an empty folder gives way to an object', async () => {
    await mkdir(join(root, 'a'));
    await putBytes(store, 'a', numberedBytes(1));
    expect(await listed()).toEqual(['a']);
  });

  it('what a file is called beside it does not reach its attributes', async () => {
    for (const key of ['a', 'a.json', 'a.json.json', 'b/a.json/x']) {
      await store.put(key, bodyOf(numberedBytes(2)), { contentType: `audio/${key.length}`, metadata: { key } });
    }
    for (const key of ['a', 'a.json', 'a.json.json', 'b/a.json/x']) {
      expect(await store.head(key)).toMatchObject({ contentType: `audio/${key.length}`, metadata: { key } });
    }
  });
});

describe('links and other things', () => {
  it('follows links to files, not those to folders nor those to nowhere', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'cuepoint-outside-'));
    await writeFile(join(outside, 'x.mp3'), numberedBytes(20));
    await symlink(join(outside, 'x.mp3'), join(root, 'linked.mp3'));
    await symlink(outside, join(root, 'folder'));
    await symlink(join(root, 'nowhere'), join(root, 'broken.mp3'));
    await symlink(join(root, 'circle.mp3'), join(root, 'circle.mp3')).catch(() => undefined);
    await lay('plain.mp3');

    expect(await listed()).toEqual(['linked.mp3', 'plain.mp3']);
    expect(await listed('folder/')).toEqual([]);
    expect(await getBytes(store, 'linked.mp3')).toEqual(numberedBytes(20));
    await store.delete('linked.mp3');
    expect(await readFile(join(outside, 'x.mp3'))).toHaveLength(20);
    await rm(outside, { recursive: true, force: true });
  });

  it('does not wait at a named pipe', async () => {
    execFileSync('mkfifo', [join(root, 'pipe.mp3')]);
    await expect(store.head('pipe.mp3')).resolves.toBeUndefined();
    await expect(store.get('pipe.mp3')).resolves.toBeUndefined();
    expect(await listed()).toEqual([]);
  });

  it('removes folders with their last object, and no others', async () => {
    await putBytes(store, 'a/b/c/one.bin', numberedBytes(1));
    await putBytes(store, 'a/two.bin', numberedBytes(1));
    await store.delete('a/b/c/one.bin');
    expect(await readdir(join(root, 'a'))).toEqual(['two.bin']);
    await store.delete('a/two.bin');
    expect((await readdir(root)).filter((name) => !name.startsWith('.'))).toEqual([]);
    expect(await filesBelow()).toEqual([]);
  });

  it('makes folders again that are pruned while they are made', async () => {
    const work = async (worker: number) => {
      const key = `shared/folder/${worker}.bin`;
      for (let round = 0; round < 250; round++) {
        await putBytes(store, key, numberedBytes(1));
        await store.delete(key);
      }
    };
    await Promise.all(Array.from({ length: 8 }, (_, worker) => work(worker)));
    expect(await filesBelow()).toEqual([]);
  });

  it('keeps one file of attributes an object, however often it is put', async () => {
    for (let time = 0; time < 20; time++) {
      await store.put('a/b.bin', bodyOf(numberedBytes(5, time)), { contentType: 'audio/x' });
    }
    expect(await filesBelow('.attributes')).toHaveLength(1);
    expect(await filesBelow('.tmp')).toEqual([]);
  });
});

describe('durable', () => {
  it('stores, replaces and deletes at any depth', async () => {
    const durable = new FileObjectStore({ root, durable: true });
    for (const key of ['top.bin', 'a/b/c/deep.bin']) {
      for (const seed of [1, 2]) await putBytes(durable, key, numberedBytes(5_000, seed));
      expect(await getBytes(durable, key)).toEqual(numberedBytes(5_000, 2));
      await durable.delete(key);
    }
    expect(await filesBelow()).toEqual([]);
  });
});
