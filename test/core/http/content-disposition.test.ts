import fc from 'fast-check';
import { contentDisposition } from '../../../lambdas/core/http/content-disposition.ts';

/** A reader of its own: RFC 6266 §4.1 with the quoted-string of RFC 9110 §5.6.4 and the ext-value of RFC 8187 §3.2. */
function read(header: string): { type: string; fallback: string; filename: string } {
  const match =
    /^(inline|attachment); filename="([^"\\]*)"(?:; filename\*=UTF-8''((?:[A-Za-z0-9!#$&+.^_`|~-]|%[0-9A-F]{2})+))?$/.exec(
      header,
    );
  if (match === null) throw new Error(`not a Content-Disposition that every client reads: ${header}`);
  const fallback = match[2] ?? '';
  return { type: match[1] ?? '', fallback, filename: match[3] === undefined ? fallback : decodeURIComponent(match[3]) };
}

describe('contentDisposition', () => {
  it.each<[name: string, filename: string, header: string]>([
    ['plain ASCII', 'track 01.mp3', 'inline; filename="track 01.mp3"'],
    ['accents', 'Für Elise.flac', `inline; filename="Fur Elise.flac"; filename*=UTF-8''F%C3%BCr%20Elise.flac`],
    ['another script', '春.ogg', `inline; filename="_.ogg"; filename*=UTF-8''%E6%98%A5.ogg`],
    ['beyond the basic plane', '🎵.wav', `inline; filename="_.wav"; filename*=UTF-8''%F0%9F%8E%B5.wav`],
    ['quotes', 'say "hi".mp3', `inline; filename="say 'hi'.mp3"; filename*=UTF-8''say%20%22hi%22.mp3`],
    ['a percent sign', '50%20.mp3', `inline; filename="50_20.mp3"; filename*=UTF-8''50%2520.mp3`],
    ['an apostrophe and brackets', "it's (1).mp3", `inline; filename="it's (1).mp3"`],
    ['a path', '../../etc/passwd', 'inline; filename=".._.._etc_passwd"'],
    ['a path of Windows', 'C:\\a.mp3', 'inline; filename="C:_a.mp3"'],
    ['a header of its own', 'a\r\nSet-Cookie: b.mp3', 'inline; filename="a__Set-Cookie: b.mp3"'],
    ['a direction override', 'a\u202e3pm.exe', 'inline; filename="a_3pm.exe"'],
    ['a lone surrogate', 'a\ud800b', `inline; filename="a_b"; filename*=UTF-8''a%EF%BF%BDb`],
    ['a slash that only looks like one', 'a\uff0fb', `inline; filename="a_b"; filename*=UTF-8''a%EF%BC%8Fb`],
    ['nothing', '', 'inline; filename="_"'],
    ['the folder above', '..', 'inline; filename="_"'],
    ['only marks', '\u0301', `inline; filename="_"; filename*=UTF-8''%CC%81`],
  ])('%s: %j', (_name, filename, header) => {
    expect(contentDisposition('inline', filename)).toBe(header);
  });

  it('says attachment when asked to', () => {
    expect(contentDisposition('attachment', 'a.mp3')).toBe('attachment; filename="a.mp3"');
  });

  const unsafe = /[\p{Cc}\p{Cs}/\\\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

  it('is one safe header line whatever the name, and gives back names that are safe', () => {
    const name = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), fc.string());
    const lone = fc.tuple(name, fc.integer({ min: 0xd800, max: 0xdfff }), name);
    fc.assert(
      fc.property(
        fc.oneof(
          name,
          lone.map(([a, unit, b]) => a + String.fromCharCode(unit) + b),
        ),
        (filename) => {
          const header = contentDisposition('attachment', filename);
          expect(header).toMatch(/^[\x20-\x7e]+$/);
          const back = read(header);
          expect(back.filename).not.toMatch(unsafe);
          expect(back.fallback).not.toMatch(/[%"\\/]/);
          expect(['', '.', '..']).not.toContain(back.filename);
          const kept = filename.trim();
          if (!unsafe.test(filename) && !/[\u200e\u200f\u061c]/.test(filename) && !/^\.{0,2}$/.test(kept)) {
            expect(back.filename).toBe(kept);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('is judged by a reader that refuses what it should', () => {
    expect(() => read('inline; filename="a"b"')).toThrow('not a Content-Disposition');
    expect(() => read('inline; filename="a"; filename*=UTF-8\'\'a b')).toThrow('not a Content-Disposition');
    expect(() => read('inline; filename="a\\"')).toThrow('not a Content-Disposition');
  });
});
