import type { ObjectAttributes, ObjectCopier, ObjectStore } from '../../lambdas/core/ports.ts';
import { bodyOf, drain, numberedBytes, presentInfo, putBytes, sameBytes } from './object-fixtures.ts';

export type ObjectCopierHarness = {
  /** Empty, both. */
  readonly sources: ObjectStore;
  readonly media: ObjectStore;
  readonly copier: ObjectCopier;
  /** Above whatever the copier does in one piece; not too long to be held in memory. */
  readonly longBytes: number;
  close(): Promise<void>;
};

const ATTRIBUTES = {
  contentType: 'audio/flac',
  cacheControl: 'public, max-age=31536000, immutable',
  metadata: { 'source-version': 'v-1' },
} as const;

const AWKWARD_KEYS = [
  'two words/and  more.bin',
  'a+b=c&d.bin',
  '100%25.bin',
  `hash#query?quotes'"!()*.bin`,
  'Ünï/日本語\u{1f3b5}.bin',
] as const;

/** What every ObjectCopier keeps. */
export function objectCopierContract(name: string, makeHarness: () => Promise<ObjectCopierHarness>): void {
  describe(`ObjectCopier contract: ${name}`, () => {
    let harness: ObjectCopierHarness;
    beforeEach(async () => {
      harness = await makeHarness();
    });
    afterEach(() => harness.close());

    const copy = (from: { key: string; version: string }, key: string, attributes: ObjectAttributes = ATTRIBUTES) =>
      harness.copier.copy({ from: { key: from.key, version: from.version }, to: { key, attributes } });

    const copied = async (key: string): Promise<Uint8Array | undefined> => {
      const read = await harness.media.get(key);
      return read && drain(read);
    };

    it.each([0, 1, 5_000])('copies %i bytes, with the attributes of the copy', async (byteLength) => {
      const bytes = numberedBytes(byteLength);
      const attributes = { contentType: 'text/plain', cacheControl: 'no-store', metadata: { other: 'thing' } };
      await harness.sources.put('a/source.flac', bodyOf(bytes), attributes);
      const source = await presentInfo(harness.sources, 'a/source.flac');
      await copy(source, 'd/t/r/source');
      expect(await copied('d/t/r/source')).toEqual(bytes);
      expect(await harness.media.head('d/t/r/source')).toMatchObject({ byteLength, ...ATTRIBUTES });
      // The source is as it was.
      expect(await harness.sources.head('a/source.flac')).toEqual(source);
    });

    it('leaves out attributes that were not given, whatever the source has', async () => {
      const attributes = { contentType: 'text/plain', cacheControl: 'no-store', metadata: { other: 'thing' } };
      const { version } = await harness.sources.put('a.bin', bodyOf(numberedBytes(9)), attributes);
      await copy({ key: 'a.bin', version }, 'b.bin', { contentType: 'audio/wav' });
      const info = await harness.media.head('b.bin');
      expect(info).toMatchObject({ contentType: 'audio/wav', metadata: {} });
      expect(info).not.toHaveProperty('cacheControl');
    });

    it('copies what is long, byte for byte', async () => {
      const bytes = numberedBytes(harness.longBytes);
      const source = await putBytes(harness.sources, 'long.bin', bytes);
      await copy(source, 'long copy.bin');
      expect(sameBytes(await copied('long copy.bin'), bytes)).toBe(true);
      expect(await harness.media.head('long copy.bin')).toMatchObject(ATTRIBUTES);
    });

    it.each(AWKWARD_KEYS)('copies from and to %s', async (key) => {
      const bytes = numberedBytes(100, key.length);
      const source = await putBytes(harness.sources, key, bytes);
      await copy(source, key);
      expect(await copied(key)).toEqual(bytes);
    });

    it('replaces what was under the key, and does so again', async () => {
      await putBytes(harness.media, 'copy.bin', numberedBytes(3));
      const source = await putBytes(harness.sources, 'source.bin', numberedBytes(10));
      for (let time = 0; time < 2; time++) {
        await copy(source, 'copy.bin');
        expect(await copied('copy.bin')).toEqual(numberedBytes(10));
      }
    });

    it.each(['short', 'long'])('does not copy another version of a %s object', async (length) => {
      const byteLength = length === 'long' ? harness.longBytes : 10;
      const first = await putBytes(harness.sources, 'source.bin', numberedBytes(byteLength));
      await putBytes(harness.sources, 'source.bin', numberedBytes(byteLength, 1));
      await expect(copy(first, 'copy.bin')).rejects.toMatchObject({ code: 'source_changed' });
      await expect(harness.media.head('copy.bin')).resolves.toBeUndefined();
    });

    it('tells when the source is gone', async () => {
      const source = await putBytes(harness.sources, 'source.bin', numberedBytes(10));
      await harness.sources.delete('source.bin');
      await expect(copy(source, 'copy.bin')).rejects.toMatchObject({ code: 'source_missing' });
      await expect(copy({ key: '', version: 'v' }, 'copy.bin')).rejects.toMatchObject({ code: 'source_missing' });
      await expect(harness.media.head('copy.bin')).resolves.toBeUndefined();
    });

    it('copies to no key that a store cannot hold', async () => {
      const source = await putBytes(harness.sources, 'source.bin', numberedBytes(10));
      for (const key of ['', 'x'.repeat(1025)]) {
        await expect(copy(source, key)).rejects.toMatchObject({ code: 'invalid_key' });
      }
    });

    it('shows a copy whole or not at all while it is made', async () => {
      const source = await putBytes(harness.sources, 'source.bin', numberedBytes(harness.longBytes));
      const copying = copy(source, 'copy.bin').then(() => true);
      for (let made = false; !made; ) {
        made = await Promise.race([copying, Promise.resolve(false)]);
        const info = await harness.media.head('copy.bin');
        if (info || made) expect(info?.byteLength).toBe(harness.longBytes);
      }
    });
  });
}
