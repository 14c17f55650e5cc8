import fc from 'fast-check';
import type { ObjectStore } from '../../lambdas/core/ports.ts';
import { bodyOf, drain, getBytes, inKeyOrder, listAll } from './object-fixtures.ts';

type Stored = { readonly bytes: Uint8Array; readonly contentType: string; readonly version: string };
type Step = (store: ObjectStore, model: Map<string, Stored>, root: string) => Promise<void>;

const key = fc.constantFrom('a.bin', 'a-b.bin', 'a/b.bin', 'a/c/d.bin', 'a0.bin', 'ö/\u{1f3b5}.bin', 'ö/\uff21.bin');
const contentType = fc.constantFrom('audio/flac', 'audio/mpeg');
const bytes = fc.uint8Array({ maxLength: 300 });
const share = fc.double({ min: 0, max: 1, noNaN: true });

const put = fc.tuple(key, bytes, contentType).map<Step>(([name, content, type]) => async (store, model, root) => {
  const { version } = await store.put(root + name, bodyOf(content), { contentType: type });
  model.set(root + name, { bytes: content, contentType: type, version });
});

const remove = key.map<Step>((name) => async (store, model, root) => {
  await store.delete(root + name);
  model.delete(root + name);
});

const get = key.map<Step>((name) => async (store, model, root) => {
  const expected = model.get(root + name);
  expect(await getBytes(store, root + name)).toEqual(expected?.bytes);
  const info = await store.head(root + name);
  expect(info?.contentType).toBe(expected?.contentType);
  expect(info?.version).toBe(expected?.version);
});

const getWindow = fc.tuple(key, share, share).map<Step>(([name, from, to]) => async (store, model, root) => {
  const expected = model.get(root + name);
  if (expected === undefined || expected.bytes.length === 0) return;
  const length = expected.bytes.length;
  const startByte = Math.min(length - 1, Math.floor(from * length));
  const endByte = startByte + 1 + Math.floor(to * (length - startByte - 1));
  const read = await store.get(root + name, { range: { startByte, endByte }, version: expected.version });
  expect(read && (await drain(read))).toEqual(expected.bytes.slice(startByte, endByte));
});

const list = fc
  .tuple(fc.constantFrom('', 'a', 'a/', 'ö/'), fc.option(key, { nil: undefined }), fc.integer({ min: 1, max: 4 }))
  .map<Step>(([prefix, after, limit]) => async (store, model, root) => {
    const start = after === undefined ? {} : { after: root + after };
    const expected = inKeyOrder([...model.keys()]).filter(
      (name) =>
        name.startsWith(root + prefix) &&
        (after === undefined || Buffer.compare(Buffer.from(name), Buffer.from(root + after)) > 0),
    );
    expect((await listAll(store, { prefix: root + prefix, ...start, limit })).keys).toEqual(expected);
  });

export function modelContract(store: () => ObjectStore): void {
  it('behaves like a map, whatever the order of puts, deletes, reads and lists', async () => {
    let run = 0;
    const steps = fc.array(fc.oneof({ weight: 3, arbitrary: put }, remove, get, getWindow, list), { maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(steps, async (script) => {
        const root = `run-${run++}/`;
        const model = new Map<string, Stored>();
        for (const step of script) await step(store(), model, root);
        const kept = await listAll(store(), { prefix: root, limit: 100 });
        expect(kept.keys).toEqual(inKeyOrder([...model.keys()]));
      }),
      { numRuns: 60 },
    );
  });
}
