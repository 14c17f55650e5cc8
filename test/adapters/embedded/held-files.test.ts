import { mkdtemp, readdir, rm, truncate, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BufferPool } from '../../../lambdas/adapters/embedded/buffer-pool.ts';
import { FileObjectStore } from '../../../lambdas/adapters/embedded/file-object-store.ts';
import { collectBytes } from '../../support/embedded-fixture.ts';

let root = '';
let store: FileObjectStore;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'cuepoint-test-'));
  store = new FileObjectStore({ root, heldFiles: 2 });
});

afterEach(() => rm(root, { recursive: true, force: true }));

const part = async (key: string, startByte: number, endByte: number): Promise<string | undefined> => {
  const read = await store.get(key, { range: { startByte, endByte } });
  return read && Buffer.from(await collectBytes(read.body)).toString();
};

const put = (key: string, text: string) =>
  store.put(key, { byteLength: text.length, parts: [new TextEncoder().encode(text)] }, { contentType: 'text/plain' });

describe('files that stay open', () => {
  it('give what was put last, however often', async () => {
    for (const text of ['first', 'other', 'third time']) {
      await put('a', text);
      expect(await part('a', 0, 5)).toBe(text.slice(0, 5));
      expect(await part('a', 1, 3)).toBe(text.slice(1, 3));
    }
  });

  it('are gone when the object is, also behind the back of the store', async () => {
    await put('a', 'first');
    expect(await part('a', 0, 5)).toBe('first');
    await unlink(join(root, 'a'));
    expect(await part('a', 0, 5)).toBeUndefined();
  });

  it('show that they were cut or written to in place', async () => {
    await put('a', 'first');
    expect((await store.get('a', { range: { startByte: 0, endByte: 1 } }))?.info.byteLength).toBe(5);
    await truncate(join(root, 'a'), 3);
    expect((await store.get('a', { range: { startByte: 0, endByte: 1 } }))?.info.byteLength).toBe(3);
    await expect(part('a', 0, 5)).rejects.toMatchObject({ code: 'range_not_satisfiable' });
    await writeFile(join(root, 'a'), 'later and longer');
    expect(await part('a', 0, 5)).toBe('later');
  });

  it('are no more than were allowed, whatever is read at once', async () => {
    const keys = Array.from({ length: 20 }, (_, i) => `k${i}`);
    for (const key of keys) await put(key, `of ${key}`);
    const before = (await readdir('/proc/self/fd')).length;
    const texts = await Promise.all([...keys, ...keys].map((key) => part(key, 3, 3 + key.length)));
    expect(texts).toEqual([...keys, ...keys]);
    expect((await readdir('/proc/self/fd')).length).toBeLessThanOrEqual(before + 2);
  });

  it('are read at once, when they are open and what is asked is short', async () => {
    const range = { startByte: 1, endByte: 4 };
    await put('a', 'first');
    expect(store.getNow('a', range, 5)).toBeUndefined();
    expect(await part('a', 0, 5)).toBe('first');
    expect(Buffer.from(store.getNow('a', range, 5) ?? []).toString()).toBe('irs');
    // One that was cut says so by what is missing.
    await truncate(join(root, 'a'), 3);
    expect(store.getNow('a', range, 5)).toBeUndefined();

    await put('long', 'x'.repeat(200_000));
    expect(await part('long', 0, 5)).toBe('xxxxx');
    expect(store.getNow('long', { startByte: 0, endByte: 200_000 }, 200_000)).toBeUndefined();
    expect(store.getNow('long', { startByte: 0, endByte: 100_000 }, 200_000)?.length).toBe(100_000);
  });

  it('are looked at again after a while, behind the back of the store', async () => {
    await put('a', 'first');
    expect(await part('a', 0, 5)).toBe('first');
    await unlink(join(root, 'a'));
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(store.getNow('a', { startByte: 1, endByte: 4 }, 5)).toBeUndefined();
  });

  it('refuse a version that is not theirs', async () => {
    await put('a', 'first');
    await part('a', 0, 1);
    const range = { startByte: 0, endByte: 1 };
    await expect(store.get('a', { range, version: 'other' })).rejects.toMatchObject({ code: 'source_changed' });
  });
});

describe('BufferPool', () => {
  it('gives memory out again that was given back, and to one taker at a time', () => {
    const pool = new BufferPool();
    const first = pool.take(70_000);
    expect(first.length).toBe(70_000);
    const second = pool.take(70_000);
    expect(second.buffer).not.toBe(first.buffer);
    pool.give(first);
    // Given back twice, it must not be given out twice.
    pool.give(first);
    const third = pool.take(100_000);
    expect(third.buffer).toBe(first.buffer);
    expect(pool.take(100_000).buffer).not.toBe(first.buffer);
  });

  it('leaves alone what is not its own', () => {
    const pool = new BufferPool();
    const foreign = new Uint8Array(65_536);
    pool.give(foreign);
    expect(pool.take(65_536).buffer).not.toBe(foreign.buffer);
  });
});
