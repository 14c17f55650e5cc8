import fc from 'fast-check';
import { parseSrt } from '../../../../lambdas/core/tags/subtitles/srt.ts';

describe('parseSrt', () => {
  it('reads what SubRip writes', () => {
    const text =
      '1\r\n00:00:01,500 --> 00:00:03,000\r\nHallo\r\nWelt\r\n\r\n2\r\n01:02:03,004 --> 01:02:05,000\r\nEnde\r\n';
    expect(parseSrt(text)).toEqual([
      { startMs: 1500, endMs: 3000, text: 'Hallo\nWelt' },
      { startMs: 3_723_004, endMs: 3_725_000, text: 'Ende' },
    ]);
  });

  it.each([
    ['points for commas, no hours', '00:01.5 --> 00:02.25\nX', [[1500, 2250, 'X']]],
    [
      'no counters',
      '00:00:01,000 --> 00:00:02,000\nA\n\n00:00:03,000 --> 00:00:04,000\nB',
      [
        [1000, 2000, 'A'],
        [3000, 4000, 'B'],
      ],
    ],
    [
      'no empty line between two',
      '1\n00:00:01,000 --> 00:00:02,000\nA\n2\n00:00:03,000 --> 00:00:04,000\nB',
      [
        [1000, 2000, 'A'],
        [3000, 4000, 'B'],
      ],
    ],
    ['an empty line inside', '1\n00:00:01,000 --> 00:00:02,000\nA\n\nB\n', [[1000, 2000, 'A\nB']]],
    ['a number as text at the end', '1\n00:00:01,000 --> 00:00:02,000\n1984\n', [[1000, 2000, '1984']]],
    ['coordinates', '1\n00:00:01,000 --> 00:00:02,000  X1:1 X2:2 Y1:3 Y2:4\nA', [[1000, 2000, 'A']]],
    ['no duration', '1\n00:00:02,000 --> 00:00:02,000\nA\n\n2\n00:00:05,000 --> 00:00:04,000\nB', []],
    ['no text', '1\n00:00:01,000 --> 00:00:02,000\n\n2\n00:00:03,000 --> 00:00:04,000\nB', [[3000, 4000, 'B']]],
    ['nothing of the kind', 'Dear diary,\ntoday --> tomorrow\n', []],
    ['nothing', '', []],
  ] as [string, string, [number, number, string][]][])('%s', (_, text, cues) => {
    expect(parseSrt(text).map((cue) => [cue.startMs, cue.endMs, cue.text])).toEqual(cues);
  });

  it.each([
    ['bold, italics, underline', '<b>a</b> <I>b</I> <u>c</u>', '<b>a</b> <i>b</i> <u>c</u>'],
    ['a tag that is never closed', '<i>a\nb', '<i>a\nb</i>'],
    ['tags that cross', '<b><i>a</b></i>', '<b><i>a</i></b>'],
    ['fonts and scripts', '<font color="#f00">a</font><script src="x">alert(1)</script>', 'aalert(1)'],
    ['comparisons', '1 < 2 && 3 > 2 --> x', '1 &lt; 2 &amp;&amp; 3 &gt; 2 --&gt; x'],
    ['entities that WebVTT knows', '&lt;b&gt; &nbsp;&amp; &copy;', '&lt;b&gt; &nbsp;&amp; &amp;copy;'],
    ['overrides', String.raw`{\an8}oben{\i1} {curly}`, 'oben {curly}'],
    ['drawings', String.raw`vor{\p1}m 0 0 l 100 0 100 100{\p0}nach`, 'vornach'],
    ['a drawing that is never ended', String.raw`vor{\an5\p1}m 0 0 l 100 0`, 'vor'],
    ['a position, which is no drawing', String.raw`{\pos(10,20)}a`, 'a'],
    ['line breaks of its own', String.raw`a\Nb\hc`, 'a\nb\u00a0c'],
  ])('text: %s', (_, text, expected) => {
    expect(parseSrt(`1\n00:00:01,000 --> 00:00:02,000\n${text}\n`)[0]?.text).toBe(expected);
  });

  it('leaves out a cue whose times cannot be read, and spares the one before it', () => {
    const cues = parseSrt(
      '1\n00:00:01,000 --> 00:00:02,500\nx\n\n2\n00:00:0 --> bad\nfoo\n\n3\n00:00:05 --> 00:00:06\ny\n',
    );
    expect(cues.map(({ startMs, text }) => [startMs, text])).toEqual([
      [1000, 'x'],
      [5000, 'y'],
    ]);
  });

  it('never throws, and gives text that ends no cue', () => {
    const piece = fc.constantFrom(
      '00:00:01,000 --> 00:00:02,000\n',
      '\n',
      '1\n',
      'a',
      '<',
      '>',
      '{\\p1}',
      '{',
      '}',
      '&',
      '<b>',
      '</b>',
      '-->',
      '\0',
      '\r',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 40 }), (pieces) => {
        for (const { text } of parseSrt(pieces.join(''))) expect(text).not.toMatch(/^\s*$|\n\s*\n|-->|<(?!\/?[biu]>)/);
      }),
      { numRuns: 500 },
    );
  });

  it('takes no longer for hostile text', () => {
    // The time limit of a test is what a quadratic parser runs into.
    for (const piece of ['{\\p1', '<a<a', '{{{{', '\\p1\\p0', '<b>', '00:00:01,000 ', '[1:1]'.repeat(3)]) {
      expect(parseSrt(`1\n00:00:01,000 --> 00:00:02,000\n${piece.repeat(300_000)}`).length).toBeLessThan(2);
    }
  });
});
