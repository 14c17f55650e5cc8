import { lookOf } from '../../../lambdas/core/formats/look-of-bytes.ts';

/** One character a byte. */
function bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

describe('what a file looks like', () => {
  it.each([
    ['OggS\0\x02', 'Ogg'],
    ['\0\0\0\x20ftypM4A ', 'MP4 or M4A'],
    ['\0\0\x10\0moov', 'QuickTime'],
    ['wvpk\x10\0', 'WavPack'],
    ['\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9', 'ASF (WMA)'],
    ['FORM\0\0\0\x10AIFFCOMM', 'AIFF'],
    ['FORM\0\0\0\x10AIFCFVER', 'AIFF-C'],
    ['\x1a\x45\xdf\xa3\x01', 'WebM or Matroska'],
    ['RIFF\0\0\0\0AVI LIST', 'AVI'],
    ['RIFF\0\0\0\0WEBPVP8 ', 'RIFF without WAVE'],
    ['\xff\xf1\x50\x80\x2e\x7f\xfc', 'ADTS AAC'],
    ['\xff\xf9\x4c\x80\x2e\x7f\xfc', 'ADTS AAC'],
    ['ADIF', 'ADIF AAC'],
    ['MAC \x96\x0f', "Monkey's Audio"],
    ['%PDF-1.7', 'a PDF document'],
    ['PK\x03\x04', 'a ZIP archive'],
    [`G${'\xff'.repeat(187)}G`, 'an MPEG transport stream'],
    ['#EXTM3U\nhttp://example.com/a.mp3\n', 'text'],
    ['<!DOCTYPE html>', 'text'],
    ['\xef\xbb\xbfna\xc3\xafve', 'text'],
    ['\xff\xfeh\0i\0', 'text'],
  ])('%j', (begin, name) => {
    expect(lookOf(bytes(begin))).toContain(`looks like ${name}`);
  });

  it('zeros are called zeros', () => {
    expect(lookOf(new Uint8Array(512))).toBe('begins with nothing but zero bytes');
  });

  it('nothing behind the tags is called that', () => {
    expect(lookOf(new Uint8Array(0))).toBe('ends behind its tags');
  });

  it.each([
    ['\x01\x02\xfe', '01 02 fe'],
    ['text, but \x07', '74 65 78 74 2c 20 62 75 74 20 07'],
    ['caf\xe9 in Latin-1', '63 61 66 e9'],
    ['\xff\xfb\x90\x64', 'ff fb 90 64'],
  ])('%j is shown in hex', (begin, hex) => {
    const look = lookOf(bytes(begin));
    expect(look).toContain('is of no known format');
    expect(look).toContain(hex);
  });
});
