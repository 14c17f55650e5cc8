import fc from 'fast-check';
import { hasRightChecksum, storeChecksum } from '../../../../lambdas/core/formats/ogg/checksum.ts';
import { concat } from '../../../support/flac-stream.ts';
import { oggPage } from '../../../support/ogg-stream.ts';

const page = fc
  .record({ body: fc.uint8Array({ maxLength: 400 }), serial: fc.nat(), granule: fc.nat() })
  .map(({ body, ...fields }) => oggPage({ ...fields, segments: [body.length % 255], body }));

describe('the checksum of a page', () => {
  it('is what the specification computes, wherever the page lies', () => {
    fc.assert(
      fc.property(page, fc.uint8Array({ maxLength: 20 }), (page, before) => {
        const bytes = concat(before, page, before);
        const to = before.length + page.length;
        expect(hasRightChecksum(bytes, before.length, to)).toBe(true);
        bytes.fill(0xaa, before.length + 22, before.length + 26);
        expect(hasRightChecksum(bytes, before.length, to)).toBe(false);
        storeChecksum(bytes, before.length, to);
        expect(bytes.slice(before.length, to)).toEqual(page);
      }),
    );
  });

  it('tells every flipped bit', () => {
    const bytes = oggPage({ segments: [40], body: new Uint8Array(40).fill(7) });
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = bytes.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(hasRightChecksum(flipped, 0, flipped.length)).toBe(false);
    }
  });
});
