import fc from 'fast-check';
import { highest, LOWEST, lowestAfter, MAX_LISTING_KEY_BYTES } from '../../../lambdas/adapters/aws/listing-key.ts';

const byBytes = (left: string, right: string) => Buffer.compare(Buffer.from(left), Buffer.from(right));

describe('bounds of listing keys', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });
  const wellFormed = text.filter((key) => Buffer.from(key).toString() === key);

  it('lie around every key, and are keys', () => {
    fc.assert(
      fc.property(wellFormed, (key) => {
        expect(byBytes(LOWEST, key)).toBeLessThanOrEqual(0);
        expect(byBytes(highest(), key)).toBeGreaterThanOrEqual(0);
      }),
    );
    expect(Buffer.byteLength(highest())).toBe(MAX_LISTING_KEY_BYTES);
  });

  it('lie not behind any key that sorts behind a text', () => {
    fc.assert(
      fc.property(wellFormed, wellFormed, (after, key) => {
        fc.pre(byBytes(key, after) > 0);
        expect(byBytes(lowestAfter(after), key)).toBeLessThanOrEqual(0);
      }),
    );
  });

  it.each([1020, 1021, 1022, 1023, 1024, 1025, 3000])('are keys for a text of %i bytes and more', (length) => {
    for (const character of ['x', 'é', '日', '\u{1f3b5}']) {
      const after = 'x'.repeat(length) + character.repeat(3);
      const low = lowestAfter(after);
      expect(Buffer.byteLength(low)).toBeLessThanOrEqual(MAX_LISTING_KEY_BYTES);
      expect(Buffer.byteLength(low)).toBeGreaterThan(MAX_LISTING_KEY_BYTES - 4);
      expect(after.startsWith(low)).toBe(true);
    }
  });

  it('are keys for what is no text at all', () => {
    expect(lowestAfter('')).toBe(LOWEST);
    expect(Buffer.from(lowestAfter('a\ud800')).toString()).toBe(lowestAfter('a\ud800'));
  });
});
