import type { ObjectStore } from '../../lambdas/core/ports.ts';
import {
  bodyOf,
  getBytes,
  listAll,
  numberedBytes,
  OCTETS,
  presentInfo,
  putBytes,
  sameBytes,
} from './object-fixtures.ts';

export function writingContract(store: () => ObjectStore): void {
  describe('writing', () => {
    it('replaces bytes and attributes as one', async () => {
      await store().put('replaced.bin', bodyOf(numberedBytes(10)), {
        contentType: 'audio/flac',
        cacheControl: 'no-cache',
        metadata: { old: 'yes' },
      });
      await store().put('replaced.bin', bodyOf(numberedBytes(4, 9)), { contentType: 'audio/wav' });
      const info = await store().head('replaced.bin');
      expect(info).toMatchObject({ byteLength: 4, contentType: 'audio/wav', metadata: {} });
      expect(info).not.toHaveProperty('cacheControl');
      expect(await getBytes(store(), 'replaced.bin')).toEqual(numberedBytes(4, 9));
    });

    it('gives every write of other bytes a version of its own, however fast they follow', async () => {
      const versions = new Set<string>();
      for (let write = 0; write < 100; write++) {
        // Of equal length, so that nothing but the write itself can tell them apart.
        const { version } = await putBytes(store(), 'busy.bin', numberedBytes(16, write));
        expect((await store().head('busy.bin'))?.version).toBe(version);
        versions.add(version);
      }
      expect(versions.size).toBe(100);
    });

    it('takes what a producer yields before it asks for more', async () => {
      const buffer = new Uint8Array(7);
      async function* reuse() {
        for (let part = 0; part < 200; part++) {
          await Promise.resolve();
          yield buffer.fill(part).subarray(0, 1 + (part % 7));
        }
      }
      const expected: number[] = [];
      for (let part = 0; part < 200; part++) for (let byte = 0; byte <= part % 7; byte++) expected.push(part);
      await store().put('reused.bin', { byteLength: expected.length, parts: reuse() }, OCTETS);
      expect(await getBytes(store(), 'reused.bin')).toEqual(Uint8Array.from(expected));
    });

    it('takes parts of any size, empty ones among them, from a plain list', async () => {
      const bytes = numberedBytes(300_000);
      const cuts = [0, 0, 1, 1, 5, 65_536, 200_000, 200_000, 300_000];
      const parts = cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end));
      await store().put('parts.bin', { byteLength: bytes.length, parts }, OCTETS);
      expect(sameBytes(await getBytes(store(), 'parts.bin'), bytes)).toBe(true);
    });

    const mismatches: [name: string, announced: number, lengths: number[]][] = [
      ['fewer bytes than announced', 10, [4, 5]],
      ['more bytes than announced', 10, [4, 7]],
      ['no bytes where some were announced', 10, []],
      ['bytes where none were announced', 0, [1]],
    ];
    it.each(mismatches)('refuses %s and leaves what was there', async (_name, byteLength, lengths) => {
      await putBytes(store(), 'kept.bin', numberedBytes(6));
      const before = await presentInfo(store(), 'kept.bin');
      const parts = lengths.map((length) => numberedBytes(length));
      const refused = { code: 'length_mismatch' };
      await expect(store().put('kept.bin', { byteLength, parts }, OCTETS)).rejects.toMatchObject(refused);
      await expect(store().put('new/kept.bin', { byteLength, parts }, OCTETS)).rejects.toMatchObject(refused);
      await expect(store().head('kept.bin')).resolves.toEqual(before);
      await expect(store().head('new/kept.bin')).resolves.toBeUndefined();
      expect((await listAll(store(), { prefix: '', limit: 10 })).keys).toEqual(['kept.bin']);
    });

    it('stops a producer that goes on beyond what it announced', async () => {
      let yielded = 0;
      async function* endless() {
        // Bounded after all, so that a store which does not stop it fails instead of filling the disk.
        for (; yielded < 10_000; yielded++) yield numberedBytes(100);
      }
      await expect(store().put('endless.bin', { byteLength: 1_000, parts: endless() }, OCTETS)).rejects.toMatchObject({
        code: 'length_mismatch',
      });
      expect(yielded).toBeLessThan(1_000);
    });

    it('passes on the error of a producer and leaves what was there', async () => {
      await putBytes(store(), 'kept.bin', numberedBytes(6));
      const before = await presentInfo(store(), 'kept.bin');
      async function* fail() {
        yield numberedBytes(5);
        throw new Error('the producer broke');
      }
      await expect(store().put('kept.bin', { byteLength: 10, parts: fail() }, OCTETS)).rejects.toThrow(
        'the producer broke',
      );
      await expect(store().head('kept.bin')).resolves.toEqual(before);
    });

    it('forgets what is deleted, and does not mind deleting it twice', async () => {
      await putBytes(store(), 'deep/er/gone.bin', numberedBytes(6));
      await putBytes(store(), 'deep/stays.bin', numberedBytes(6));
      await store().delete('deep/er/gone.bin');
      await store().delete('deep/er/gone.bin');
      await store().delete('never/there.bin');
      await expect(store().head('deep/er/gone.bin')).resolves.toBeUndefined();
      await expect(store().get('deep/er/gone.bin')).resolves.toBeUndefined();
      expect((await listAll(store(), { prefix: '', limit: 10 })).keys).toEqual(['deep/stays.bin']);
    });

    it('can put again what was deleted, with none of its old attributes', async () => {
      const attributes = { contentType: 'audio/flac', metadata: { old: 'yes' } };
      const first = await store().put('again.bin', bodyOf(numberedBytes(6)), attributes);
      await store().delete('again.bin');
      const second = await putBytes(store(), 'again.bin', numberedBytes(6, 1));
      expect(second.version).not.toBe(first.version);
      expect(await store().head('again.bin')).toMatchObject({ ...OCTETS, metadata: {} });
    });

    it('has no key for the empty string', async () => {
      await expect(putBytes(store(), '', numberedBytes(1))).rejects.toMatchObject({ code: 'invalid_key' });
      await expect(store().head('')).resolves.toBeUndefined();
    });

    it('has no key of more than 1024 bytes, and holds one of exactly that', async () => {
      const folder = 'f'.repeat(127);
      const longest = `${`${folder}/`.repeat(7)}${'é'.repeat(64)}`;
      expect(Buffer.byteLength(longest)).toBe(1024);
      await putBytes(store(), longest, numberedBytes(5));
      expect(await getBytes(store(), longest)).toEqual(numberedBytes(5));
      await expect(putBytes(store(), `${longest}x`, numberedBytes(5))).rejects.toMatchObject({ code: 'invalid_key' });
      await expect(store().head(`${longest}x`)).resolves.toBeUndefined();
    });
  });
}
