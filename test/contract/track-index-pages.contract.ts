import type { TrackIndex } from '../../lambdas/core/ports.ts';
import { numberedBytes } from './object-fixtures.ts';

/** The largest page there is. */
const PAGE_BYTES = 32 * 1024;

type Owner = { readonly trackId: string; readonly revision: string };

async function listOwners(index: TrackIndex, limit: number): Promise<string[]> {
  const owners: string[] = [];
  let after: string | undefined;
  for (let page = 0; page < 200; page++) {
    const { revisions, next } = await index.listPagedRevisions({ limit, ...(after === undefined ? {} : { after }) });
    expect(revisions.length).toBeLessThanOrEqual(limit);
    owners.push(...revisions.map(({ trackId, revision }) => `${trackId} ${revision}`));
    if (next === undefined) return owners;
    after = next;
  }
  throw new Error('paging did not end after 200 pages');
}

export function pagesContract(index: () => TrackIndex): void {
  describe('pages', () => {
    it('knows nothing of pages that were never put', async () => {
      await expect(index().getPage('t', 'r', 0)).resolves.toBeUndefined();
      await expect(index().deletePages('t', 'r')).resolves.toBeUndefined();
      await expect(index().listPagedRevisions({ limit: 10 })).resolves.toEqual({ revisions: [] });
    });

    it('gives back pages of any size, by number', async () => {
      const pages = [numberedBytes(1), numberedBytes(PAGE_BYTES), numberedBytes(1_000, 7)];
      for (const [number, page] of pages.entries()) await index().putPage('t', 'r', number, page);
      for (const [number, page] of pages.entries()) {
        expect(await index().getPage('t', 'r', number)).toStrictEqual(page);
      }
      await expect(index().getPage('t', 'r', 3)).resolves.toBeUndefined();
      await expect(index().getPage('t', 'r2', 0)).resolves.toBeUndefined();
      await expect(index().getPage('t2', 'r', 0)).resolves.toBeUndefined();
    });

    it('stores the window it is given, and does not share it with the caller', async () => {
      const frame = numberedBytes(300);
      const stored = index().putPage('t', 'r', 0, frame.subarray(50, 150));
      await stored;
      frame.fill(0);
      const page = await index().getPage('t', 'r', 0);
      expect(page).toStrictEqual(numberedBytes(300).slice(50, 150));
      page?.fill(0);
      expect(await index().getPage('t', 'r', 0)).toStrictEqual(numberedBytes(300).slice(50, 150));
    });

    it('overwrites', async () => {
      await index().putPage('t', 'r', 0, numberedBytes(500));
      await index().putPage('t', 'r', 0, numberedBytes(20, 3));
      expect(await index().getPage('t', 'r', 0)).toStrictEqual(numberedBytes(20, 3));
    });

    it('deletes all pages of one revision and none of its neighbours', async () => {
      // Names that begin alike, and numbers on both sides of one and two bytes.
      const owners: Owner[] = ['t', 't-', 't1'].flatMap((trackId) =>
        ['r', 'r-', 'r0'].map((revision) => ({ trackId, revision })),
      );
      const numbers = [0, 1, 9, 10, 255, 256, 70_000];
      for (const { trackId, revision } of owners) {
        for (const number of numbers) await index().putPage(trackId, revision, number, numberedBytes(9, number));
      }
      await index().deletePages('t', 'r');
      for (const { trackId, revision } of owners) {
        const deleted = trackId === 't' && revision === 'r';
        for (const number of numbers) {
          const expected = deleted ? undefined : numberedBytes(9, number);
          expect(await index().getPage(trackId, revision, number)).toEqual(expected);
        }
      }
    });

    it.each([1, 2, 4, 100])('lists every revision that has pages once, in pages of %i', async (limit) => {
      const owners: string[] = [];
      for (const trackId of ['t', 't-', 't0', 'T', 'zz_9']) {
        for (const revision of ['r', 'r-', 'r_', 'r0', 'R']) {
          owners.push(`${trackId} ${revision}`);
          for (const number of [0, 1, 2]) await index().putPage(trackId, revision, number, numberedBytes(4));
        }
      }
      const listed = await listOwners(index(), limit);
      expect([...listed].sort()).toEqual(owners.sort());
      // Stable: the page size does not change the order.
      expect(await listOwners(index(), 3)).toEqual(listed);
    });

    it('goes on where it was when the revisions of a page are deleted', async () => {
      for (const trackId of ['a', 'b', 'c', 'd']) await index().putPage(trackId, 'r', 0, numberedBytes(4));
      const { revisions, next } = await index().listPagedRevisions({ limit: 2 });
      for (const { trackId, revision } of revisions) await index().deletePages(trackId, revision);
      const rest = await index().listPagedRevisions({ limit: 10, ...(next === undefined ? {} : { after: next }) });
      expect(revisions.length + rest.revisions.length).toBe(4);
      expect(await listOwners(index(), 10)).toHaveLength(rest.revisions.length);
    });
  });
}
