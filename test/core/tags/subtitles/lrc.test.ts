import fc from 'fast-check';
import { cuesOfLrc, parseLrc } from '../../../../lambdas/core/tags/subtitles/lrc.ts';

describe('parseLrc', () => {
  it.each([
    [
      'simple',
      '[ti:Lied]\n[00:01.50]Eins\n[00:03.25]Zwei',
      [
        [1500, 'Eins'],
        [3250, 'Zwei'],
      ],
    ],
    [
      'several stamps a line',
      '[00:10.00][00:01.00]Refrain\n[00:05.00]Strophe',
      [
        [1000, 'Refrain'],
        [5000, 'Strophe'],
        [10_000, 'Refrain'],
      ],
    ],
    [
      'fractions of one to three digits, and none',
      '[00:01.5]a\n[00:02.25]b\n[00:03.125]c\n[00:04]d\n[00:05:50]e',
      [
        [1500, 'a'],
        [2250, 'b'],
        [3125, 'c'],
        [4000, 'd'],
        [5500, 'e'],
      ],
    ],
    [
      'an offset brings the words forward',
      '[offset:+500]\n[00:01.00]a\n[00:00.20]b',
      [
        [0, 'b'],
        [500, 'a'],
      ],
    ],
    ['a negative offset', '[offset:-500]\n[00:01.00]a', [[1500, 'a']]],
    ['enhanced', '[00:01.00]<00:01.00>Ein <00:01.50>Wort', [[1000, 'Ein Wort']]],
    [
      'more than an hour',
      '[75:00.00]a\n[01:15:01.00]b',
      [
        [4_500_000, 'a'],
        [4_501_000, 'b'],
      ],
    ],
    ['lines without a stamp', 'a\n[00:xx]b\n[00:01.00]c', [[1000, 'c']]],
  ] as [string, string, [number, string][]][])('%s', (_, text, lines) => {
    expect(parseLrc(text).map(({ timeMs, text: words }) => [timeMs, words])).toEqual(lines);
  });

  it('makes cues that end where the next line begins; an empty line ends the one before it', () => {
    expect(cuesOfLrc('[00:01.00]a < b\n[00:02.00]\n[00:10.00]c')).toEqual([
      { startMs: 1000, endMs: 2000, text: 'a &lt; b' },
      { startMs: 10_000, endMs: 15_000, text: 'c' },
    ]);
  });

  it('does not grow with the stamps of a long line', () => {
    const stamps = (count: number): string =>
      Array.from({ length: count }, (_, i) => `[${Math.floor(i / 60)}:${String(i % 60).padStart(2, '0')}]`).join('');
    const long = `x${'🎵'.repeat(2 ** 18)}`;
    expect(cuesOfLrc(`${stamps(20)}${long}`).map(({ text }) => text)).toEqual(
      new Array(20).fill(`x${'🎵'.repeat(1023)}`),
    );
    const lengths = cuesOfLrc(`${stamps(20_000)}${long}`).map(({ text }) => text.length);
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBeLessThanOrEqual(4 * 2 ** 20);
    expect(lengths.length).toBeGreaterThan(1000);
    expect(parseLrc(`[00:01.00]a\n${stamps(20_001)}b`)).toEqual([{ timeMs: 1000, text: 'a' }]);
  });

  it('never throws, and gives lines in order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constantFrom('[00:01.00]', '[offset:9]', '\n', '[', ']', '<00:01>'), fc.string())),
        (pieces) => {
          const times = parseLrc(pieces.join('')).map(({ timeMs }) => timeMs);
          expect(times).toEqual([...times].sort((a, b) => a - b));
          expect(times.every((timeMs) => timeMs >= 0)).toBe(true);
        },
      ),
    );
  });
});
