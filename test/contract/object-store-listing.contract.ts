import type { ObjectStore } from '../../lambdas/core/ports.ts';
import { getBytes, inKeyOrder, listAll, numberedBytes, presentInfo, putBytes } from './object-fixtures.ts';

/** None is the folder of another. */
const AWKWARD_KEYS = [
  'a-b.bin',
  'a/b.bin',
  'a/b-c/d.bin',
  'a/b/c.bin',
  'a0.bin',
  'A.bin',
  'a.b/x.bin',
  'blank in name/ and  two.bin',
  'plus+plus.bin',
  '100%.bin',
  '%2F.bin',
  'hash#tag.bin',
  'and&also=this?.bin',
  `quotes'and"these.bin`,
  '~tilde.bin',
  'semi;colon,comma.bin',
  'brackets[1](2){3}.bin',
  'star*.bin',
  'Ünïcödé/ä.bin',
  'Ünïcödé/z.bin',
  '日本語/音楽.bin',
  // In UTF-16 the astral character sorts before the private-use and the full-width one, in UTF-8 behind them.
  'order/\u{1f3b5}.bin',
  'order/\ue000.bin',
  'order/\uff21.bin',
  'order/\u{10ffff}.bin',
  'order/\ud7ff.bin',
  'e\u0301-decomposed.bin',
  '\u00e9-composed.bin',
  `${'very/'.repeat(60)}nested.bin`,
  'trailing dot./x.bin',
] as const;

export function listingContract(store: () => ObjectStore): void {
  describe('listing', () => {
    const fill = async (keys: readonly string[]) => {
      for (const key of keys) await putBytes(store(), key, numberedBytes(key.length));
    };

    it('is empty where nothing is', async () => {
      await expect(store().list({ prefix: '', limit: 10 })).resolves.toEqual({ objects: [] });
      await expect(store().list({ prefix: 'no/such/', limit: 10 })).resolves.toEqual({ objects: [] });
    });

    it('tells of each object what head tells', async () => {
      const { key, version } = await putBytes(store(), 'one/object.bin', numberedBytes(12));
      const { objects, next } = await store().list({ prefix: '', limit: 10 });
      const { lastModifiedMs } = await presentInfo(store(), key);
      expect(next).toBeUndefined();
      expect(objects).toEqual([{ key, byteLength: 12, version, lastModifiedMs }]);
    });

    it('keeps awkward keys apart and orders them by their bytes, whatever the page size', async () => {
      await fill(AWKWARD_KEYS);
      const expected = inKeyOrder(AWKWARD_KEYS);
      for (const limit of [1, 2, 7, 1000]) {
        const { keys, pageLengths } = await listAll(store(), { prefix: '', limit });
        expect(keys).toEqual(expected);
        expect(Math.max(...pageLengths)).toBeLessThanOrEqual(limit);
      }
      for (const key of AWKWARD_KEYS) expect(await getBytes(store(), key)).toEqual(numberedBytes(key.length));
    });

    it('(control) the byte order is not the order of JavaScript strings', () => {
      expect(inKeyOrder(AWKWARD_KEYS)).not.toEqual([...AWKWARD_KEYS].sort());
    });

    it('starts after any string, a key or not', async () => {
      await fill(AWKWARD_KEYS);
      const ordered = inKeyOrder(AWKWARD_KEYS);
      const others = ['a', 'a/', 'a/b', 'a/b-c', 'a/b.', 'order/\uffff', 'very/very', '~~', '!', '\u{10ffff}'];
      for (const after of [...AWKWARD_KEYS, ...others]) {
        const expected = ordered.filter((key) => Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0);
        expect((await listAll(store(), { prefix: '', after, limit: 11 })).keys).toEqual(expected);
      }
    });

    const prefixes = [
      'a',
      'a/',
      'a/b',
      'a/b/',
      'a/b-',
      'a/b-c/d.bin',
      'order/',
      'order/\ue000',
      'Ü',
      'very/very/',
      'zz',
    ];
    it.each(prefixes)('honours the prefix "%s", alone and with a start', async (prefix) => {
      await fill(AWKWARD_KEYS);
      const expected = inKeyOrder(AWKWARD_KEYS).filter((key) => key.startsWith(prefix));
      expect((await listAll(store(), { prefix, limit: 3 })).keys).toEqual(expected);
      const after = expected[0];
      if (after !== undefined) {
        expect((await listAll(store(), { prefix, after, limit: 3 })).keys).toEqual(expected.slice(1));
      }
      expect((await listAll(store(), { prefix, after: '\u{10ffff}', limit: 3 })).keys).toEqual([]);
      expect((await listAll(store(), { prefix, after: '!', limit: 3 })).keys).toEqual(expected);
    });

    it('says that there is more only when there is', async () => {
      await fill(['1.bin', '2.bin', '3.bin']);
      expect(await store().list({ prefix: '', limit: 3 })).not.toHaveProperty('next');
      expect(await store().list({ prefix: '', limit: 2 })).toHaveProperty('next');
    });

    it('goes on where it was when keys come and go between two pages', async () => {
      await fill(['k1.bin', 'k3.bin', 'k5.bin', 'k7.bin']);
      const { next } = await store().list({ prefix: '', limit: 2 });
      await store().delete('k3.bin');
      await fill(['k2.bin', 'k6.bin']);
      const { keys } = await listAll(store(), { prefix: '', limit: 2, ...(next === undefined ? {} : { after: next }) });
      expect(keys).toEqual(['k5.bin', 'k6.bin', 'k7.bin']);
    });
  });
}
