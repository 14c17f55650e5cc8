import type { ObjectStore } from '../../lambdas/core/ports.ts';
import { bodyOf, drain, listAll, numberedBytes, OCTETS, putBytes, sameBytes } from './object-fixtures.ts';

/** The last writer's bytes are in the store; which that was does not matter. */
export function concurrencyContract(store: () => ObjectStore): void {
  describe('at the same time', () => {
    const lengths: [name: string, byteLength: number, rounds: number][] = [
      ['short', 5_000, 60],
      ['long', 2_500_000, 8],
    ];
    it.each(lengths)('two writers of one key: a reader sees one %s object or the other', async (_n, length, rounds) => {
      const candidates = [1, 2].map((seed) => ({ tag: `w${seed}`, bytes: numberedBytes(length + seed, seed) }));
      const write = async ({ tag, bytes }: { tag: string; bytes: Uint8Array }) => {
        // Many parts, so that the writers really alternate.
        const step = Math.ceil(bytes.length / 16);
        const parts = Array.from({ length: 16 }, (_, part) => bytes.subarray(part * step, (part + 1) * step));
        const attributes = { contentType: `audio/${tag}`, metadata: { tag } };
        for (let round = 0; round < rounds; round++) {
          await store().put('contended.bin', { byteLength: bytes.length, parts }, attributes);
        }
      };
      await store().put('contended.bin', bodyOf(candidates[0]?.bytes ?? new Uint8Array(0)), {
        contentType: 'audio/w1',
        metadata: { tag: 'w1' },
      });
      const writing = Promise.all(candidates.map(write)).then(() => true);
      let seen = 0;
      for (let written = false; !written; ) {
        written = await Promise.race([writing, Promise.resolve(false)]);
        const outcome = await readTagged(store());
        if (outcome === 'changed') continue;
        const candidate = candidates.find(({ tag }) => tag === outcome.tag);
        expect(outcome.contentType).toBe(`audio/${outcome.tag}`);
        expect(candidate !== undefined && sameBytes(outcome.bytes, candidate.bytes)).toBe(true);
        seen++;
      }
      expect(seen).toBeGreaterThan(0);
    });

    it('writers, deleters and listers in one folder do not trip over each other', async () => {
      const work = async (name: string) => {
        for (let round = 0; round < 60; round++) {
          const key = `shared/folder/${name}.bin`;
          await putBytes(store(), key, numberedBytes(100));
          await store().list({ prefix: 'shared/', limit: 100 });
          await store().delete(key);
        }
        await putBytes(store(), `shared/folder/${name}.bin`, numberedBytes(100));
      };
      const names = ['a', 'b', 'c', 'd'];
      await Promise.all(names.map(work));
      const { keys } = await listAll(store(), { prefix: '', limit: 100 });
      expect(keys).toEqual(names.map((name) => `shared/folder/${name}.bin`));
    });

    it('many readers share an object', async () => {
      const bytes = numberedBytes(300_000);
      const { version } = await store().put('shared.bin', bodyOf(bytes), OCTETS);
      const windows = await Promise.all(
        Array.from({ length: 40 }, async (_, reader) => {
          const target = new Uint8Array(5_000);
          await store().read('shared.bin', reader * 7_000, target, { version });
          return sameBytes(target, bytes.subarray(reader * 7_000, reader * 7_000 + 5_000));
        }),
      );
      expect(windows).toEqual(new Array(40).fill(true));
    });
  });
}

/** A long body may be told that it was replaced before its first byte came; it must never be a mixture. */
async function readTagged(store: ObjectStore) {
  const read = await store.get('contended.bin');
  if (read === undefined) throw new Error('the object vanished while it was replaced');
  try {
    const { metadata, contentType } = read.info;
    return { tag: metadata.tag, contentType, bytes: await drain(read) };
  } catch (error) {
    if ((error as { code?: unknown }).code === 'source_changed') return 'changed';
    throw error;
  }
}
