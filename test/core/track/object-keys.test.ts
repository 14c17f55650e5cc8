import fc from 'fast-check';
import { isPartKey, ownerOfKey, type PartName, partKey, partOfKey } from '../../../lambdas/core/track/object-keys.ts';

const name: fc.Arbitrary<PartName> = fc.record({
  unit: fc.constantFrom('bytes', 'samples'),
  start: fc.nat(2 ** 40),
  end: fc.nat(2 ** 40),
});

describe('the key of a part', () => {
  it('tells which part it is, and whose', () => {
    fc.assert(
      fc.property(name, fc.constantFrom('mp3', 'flac', 'm4a'), (part, extension) => {
        const key = partKey('track', 'revision', part, extension);
        expect(partOfKey(key)).toEqual(part);
        expect(isPartKey(key)).toBe(true);
        expect(ownerOfKey(key)).toEqual({ trackId: 'track', revision: 'revision' });
      }),
    );
  });

  it.each([
    'd/track/revision/source',
    'd/track/revision/chunks/00000001_b0-9_s0-9_p0-0-0.mp3',
    'd/track/revision/parts/b0-9',
    'd/track/revision/parts/b0.mp3',
    'd/track/revision/parts/x0-9.mp3',
    'd/track/revision/parts/b0-9.mp3/more',
    'manifests/track/revision/parts/b0-9.mp3',
  ])('is not %s', (key) => {
    expect(partOfKey(key)).toBeUndefined();
    expect(isPartKey(key)).toBe(false);
  });
});
