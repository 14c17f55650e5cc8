import fc from 'fast-check';
import { cleanText, cutToBytes } from '../../../lambdas/core/tags/clean-text.ts';

describe('cleanText', () => {
  it.each([
    ['outer white space', ' \t a b \n', 'a b'],
    ['line breaks', 'a\r\nb\rc\u2028d', 'a b c d'],
    ['control characters', 'a\u0000b\u0007c\u009fd\u007f', 'abcd'],
    ['lone surrogates', 'a\ud800b\udc00c', 'abc'],
    ['pairs', 'a🎵b', 'a🎵b'],
    ['byte order marks and noncharacters', '\ufeffa\ufffeb\uffff', 'ab'],
    ['UTF-8 taken for Latin-1', 'Tr\u00c3\u00a4ume', 'Träume'],
    ['Latin-1', 'Träume', 'Träume'],
    ['nothing', '\u0000 \n', ''],
  ])('%s', (_, text, expected) => {
    expect(cleanText(text)).toBe(expected);
  });

  it('keeps lines when asked', () => {
    expect(cleanText('a\r\n\tb\n\nc\u0000', { multiline: true })).toBe('a\n\tb\n\nc');
  });

  it('is bounded, well formed, and changes nothing the second time', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.integer({ min: 4, max: 100 }), (text, maxBytes) => {
        const clean = cleanText(text, { maxBytes });
        expect(new TextEncoder().encode(clean).length).toBeLessThanOrEqual(maxBytes);
        expect(clean).not.toMatch(/[\p{Cc}\p{Surrogate}]/u);
      }),
    );
  });

  it('cuts between characters', () => {
    expect(cutToBytes('aé🎵b', 6)).toBe('aé');
    expect(cutToBytes('aé🎵b', 7)).toBe('aé🎵');
  });
});
