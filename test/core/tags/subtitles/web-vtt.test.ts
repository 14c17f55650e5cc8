import fc from 'fast-check';
import { toWebVtt } from '../../../../lambdas/core/tags/subtitles/to-web-vtt.ts';
import { parseWebVtt, writeWebVtt } from '../../../../lambdas/core/tags/subtitles/web-vtt.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('WebVTT', () => {
  it('comes out as it went in, less what is no cue', () => {
    const text = `WEBVTT - Titel

NOTE
nothing

STYLE
::cue { color: red }

first
00:01.000 --> 00:02.500 align:start line:0 evil:1
<v Anna>Hallo</v>
Welt

00:00:00.500 --> 01:00:00.000
früher
`;
    expect(writeWebVtt(parseWebVtt(text))).toBe(
      'WEBVTT\n\n00:00:00.500 --> 01:00:00.000\nfrüher\n\n' +
        '00:00:01.000 --> 00:00:02.500 align:start line:0\n<v Anna>Hallo</v>\nWelt\n',
    );
  });

  it('reads again what it has written', () => {
    const cue = fc.record({
      startMs: fc.nat(400_000_000),
      lengthMs: fc.integer({ min: 1, max: 100_000 }),
      text: fc.stringMatching(/^[a-zäß日 &;]{0,20}[a-z]$/),
    });
    fc.assert(
      fc.property(fc.array(cue, { maxLength: 30 }), (drawn) => {
        const cues = drawn
          .map(({ startMs, lengthMs, text }) => ({ startMs, endMs: startMs + lengthMs, text: text.trim() }))
          .sort((a, b) => a.startMs - b.startMs || a.endMs - b.endMs);
        expect(parseWebVtt(writeWebVtt(cues)).map(({ startMs, endMs }) => [startMs, endMs])).toEqual(
          cues.map(({ startMs, endMs }) => [startMs, endMs]),
        );
      }),
    );
  });
});

const SRT = '1\n00:00:01,000 --> 00:00:02,000\nGrüße\n';
const AS_VTT = 'WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nGrüße\n';

describe('toWebVtt', () => {
  it.each([
    ['UTF-8', utf8(SRT)],
    ['UTF-8 with a byte order mark', utf8(`\ufeff${SRT}`)],
    ['UTF-16', new Uint8Array(Buffer.from(`\ufeff${SRT}`, 'utf16le'))],
    ['UTF-16, big-endian', new Uint8Array(Buffer.from(`\ufeff${SRT}`, 'utf16le').swap16())],
    ['UTF-16 without a mark', new Uint8Array(Buffer.from(SRT, 'utf16le'))],
    ['Latin-1', new Uint8Array(Buffer.from(SRT, 'latin1'))],
    ['old line ends', utf8(SRT.replaceAll('\n', '\r'))],
  ])('reads %s', (_, bytes) => {
    expect(toWebVtt(bytes, 'srt')).toBe(AS_VTT);
  });

  it.each([
    ['SubRip without a signature called .vtt', AS_VTT.slice(8), 'vtt', AS_VTT],
    ['WebVTT called .srt', AS_VTT, 'srt', AS_VTT],
    ['WebVTT without a cue', 'WEBVTT\n', 'vtt', 'WEBVTT\n'],
    ['LRC', '[00:01.00]Grüße\n[00:02.00]\n', 'lrc', AS_VTT],
  ] as const)('takes %s', (_, text, kind, expected) => {
    expect(toWebVtt(utf8(text), kind)).toBe(expected);
  });

  it.each(['vtt', 'srt', 'lrc'] as const)('finds nothing in what is no .%s', (kind) => {
    expect(toWebVtt(utf8('no subtitles at all'), kind)).toBeUndefined();
    expect(toWebVtt(new Uint8Array(0), kind)).toBeUndefined();
  });

  const seconds = (i: number): string => `${Math.floor(i / 3600)}:${Math.floor(i / 60) % 60}:${i % 60}`;
  const manyCues = (count: number, text: string): string =>
    Array.from({ length: count }, (_, i) => `${seconds(i)} --> ${seconds(i + 1)}\n${text}\n`).join('');

  it.each(['vtt', 'srt'] as const)('takes 20,000 cues of a .%s, with no line between them either', (kind) => {
    const cues = toWebVtt(utf8(manyCues(30_000, 'a')), kind)
      ?.split('\n\n')
      .slice(1);
    expect([cues?.length, cues?.at(-1)]).toEqual([20_000, '05:33:19.000 --> 05:33:20.000\na\n']);
  });

  it.each([
    ['vtt', 'ä'.repeat(5000), 'ä'.repeat(2048)],
    ['srt', `<i>${'ä'.repeat(5000)}</i>`, `<i>${'ä'.repeat(2046)}</i>`],
    ['lrc', 'ä'.repeat(5000), 'ä'.repeat(2048)],
  ] as const)('cuts the text of a cue at 4 KiB: .%s', (kind, text, expected) => {
    const timing = kind === 'lrc' ? '[00:00.00]' : '0:0 --> 0:5\n';
    expect(toWebVtt(utf8(timing + text), kind)).toBe(`WEBVTT\n\n00:00:00.000 --> 00:00:05.000\n${expected}\n`);
  });

  it.each(['vtt', 'srt'] as const)('ends at 4 MiB of text: .%s', (kind) => {
    const cues = toWebVtt(utf8(manyCues(1500, kind === 'srt' ? '&'.repeat(4000) : 'x'.repeat(4000))), kind);
    expect(cues?.length).toBeLessThan(4.5 * 2 ** 20);
    expect(cues?.length).toBeGreaterThan(3.9 * 2 ** 20);
  });

  it('never throws', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom('vtt' as const, 'srt' as const, 'lrc' as const),
        (bytes, kind) => {
          expect(toWebVtt(bytes, kind) ?? 'WEBVTT').toMatch(/^WEBVTT/);
        },
      ),
    );
  });
});
