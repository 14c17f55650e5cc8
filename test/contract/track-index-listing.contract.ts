import type { TrackIndex } from '../../lambdas/core/ports.ts';
import { trackRecord } from '../support/track-record.ts';
import { inKeyOrder } from './object-fixtures.ts';

const PATHS = [
  'a-b.mp3',
  'a/b.mp3',
  'a/b/c.mp3',
  'a/b-c/d.mp3',
  'a0/x.mp3',
  'A/x.mp3',
  'b b/100% #1 & more?.mp3',
  'order/\u{1f3b5}.mp3',
  'order/\ue000.mp3',
  'order/\uff21.mp3',
  'Ünï/日本.mp3',
  'zz.mp3',
] as const;

/** Paths page by page; fails when paging does not come to an end. A page may be short of its limit, never above. */
async function listPaths(
  index: TrackIndex,
  options: { folder: string; after?: string; limit: number; includeDeleted?: boolean },
): Promise<string[]> {
  const paths: string[] = [];
  let after = options.after;
  for (let page = 0; page < 200; page++) {
    const { records, next } = await index.list({ ...options, ...(after === undefined ? {} : { after }) });
    expect(records.length).toBeLessThanOrEqual(options.limit);
    paths.push(...records.map((record) => record.path));
    if (next === undefined) return paths;
    after = next;
  }
  throw new Error('paging did not end after 200 pages');
}

export function listingContract(index: () => TrackIndex): void {
  describe('listing', () => {
    const fill = async (paths: readonly string[]) => {
      for (const path of paths) await index().put(trackRecord({ trackId: `id-${PATHS.indexOf(path as never)}`, path }));
    };

    it('is empty where nothing is', async () => {
      await expect(index().list({ folder: '', limit: 10 })).resolves.toEqual({ records: [] });
      await expect(index().list({ folder: 'none', limit: 10 })).resolves.toEqual({ records: [] });
    });

    it.each([1, 2, 5, 100])('orders paths by their bytes, in pages of %i', async (limit) => {
      await fill(PATHS);
      expect(await listPaths(index(), { folder: '', limit })).toEqual(inKeyOrder(PATHS));
    });

    it('(control) the byte order is not the order of JavaScript strings', () => {
      expect(inKeyOrder(PATHS)).not.toEqual([...PATHS].sort());
    });

    const folders: [folder: string, paths: string[]][] = [
      ['a', ['a/b-c/d.mp3', 'a/b.mp3', 'a/b/c.mp3']],
      ['a/b', ['a/b/c.mp3']],
      ['a0', ['a0/x.mp3']],
      ['b b', ['b b/100% #1 & more?.mp3']],
      ['order', ['order/\ue000.mp3', 'order/\uff21.mp3', 'order/\u{1f3b5}.mp3']],
      ['Ünï', ['Ünï/日本.mp3']],
      ['a/b.mp3', []],
      ['ord', []],
    ];
    it.each(folders)('lists what lies below "%s" at any depth', async (folder, paths) => {
      await fill(PATHS);
      for (const limit of [1, 100]) expect(await listPaths(index(), { folder, limit })).toEqual(paths);
    });

    it('starts after any string, in a folder and in all', async () => {
      await fill(PATHS);
      for (const folder of ['', 'a', 'order']) {
        const all = await listPaths(index(), { folder, limit: 100 });
        for (const after of [...PATHS, 'a', 'a/', 'a/b', 'order/', 'order/\uffff', '!', '\u{10ffff}']) {
          const expected = all.filter((path) => Buffer.compare(Buffer.from(path), Buffer.from(after)) > 0);
          expect(await listPaths(index(), { folder, after, limit: 2 })).toEqual(expected);
        }
      }
    });

    it('leaves deleted tracks out unless they are asked for', async () => {
      await fill(PATHS);
      const gone = inKeyOrder(PATHS).filter((_, number) => number % 3 !== 1);
      for (const path of gone) {
        const trackId = `id-${PATHS.indexOf(path as never)}`;
        await index().put(trackRecord({ trackId, path, version: 2, deletedAtMs: 1_700_000_000_000 }));
      }
      const left = inKeyOrder(PATHS).filter((path) => !gone.includes(path));
      for (const limit of [1, 2, 100]) {
        expect(await listPaths(index(), { folder: '', limit })).toEqual(left);
        expect(await listPaths(index(), { folder: '', limit, includeDeleted: true })).toEqual(inKeyOrder(PATHS));
      }
    });

    it('shows a track again that came back after its deletion', async () => {
      await index().put(trackRecord());
      await index().put(trackRecord({ version: 2, deletedAtMs: 1 }));
      expect(await listPaths(index(), { folder: 'music', limit: 10 })).toEqual([]);
      await index().put(trackRecord({ version: 3 }));
      expect(await listPaths(index(), { folder: 'music', limit: 10 })).toEqual(['music/one.flac']);
    });

    it('shows the newest version of each record', async () => {
      await index().put(trackRecord({ sequencer: '1' }));
      await index().put(trackRecord({ sequencer: '2', version: 2 }));
      const { records } = await index().list({ folder: '', limit: 10 });
      expect(records.map((record) => record.sequencer)).toEqual(['2']);
    });
  });
}
