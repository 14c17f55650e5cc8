import { openScan } from '../../../lambdas/core/formats/detect.ts';
import { concat, flacStream } from '../../support/flac-stream.ts';
import { MemorySource } from '../../support/memory-source.ts';
import { dataChunk, fmtChunk, wavFile } from '../../support/wav-file.ts';

/** A Layer III frame without side information or data: 128 kbit/s, 44.1 kHz, 417 bytes. */
const mp3Frame = concat(Uint8Array.of(0xff, 0xfb, 0x90, 0x64), new Uint8Array(413));
const id3 = concat(Uint8Array.of(0x49, 0x44, 0x33, 4, 0, 0, 0, 0, 0, 16), new Uint8Array(16));

describe('openScan', () => {
  it.each([
    ['wav', wavFile([fmtChunk(), dataChunk(40)])],
    ['flac', flacStream({ blocks: [64, 64] }).bytes],
    ['mp3', concat(...new Array(10).fill(mp3Frame))],
  ])('recognises %s by content', async (container, bytes) => {
    expect((await openScan(new MemorySource(bytes))).format.container).toBe(container);
    expect((await openScan(new MemorySource(concat(id3, bytes)))).format.container).toBe(container);
  });

  it('a file without bytes is empty', async () => {
    await expect(openScan(new MemorySource(new Uint8Array(0)))).rejects.toMatchObject({ code: 'empty_file' });
  });

  it.each([
    ['CAF', 'caff\0\x01', 'looks like Core Audio'],
    ['text', 'just a few words', 'looks like text'],
    ['noise', '\x01\x02\x03', 'begins with 01 02 03'],
  ])('%s is not served, and the message says what it is, what is served and what to do', async (_, begin, look) => {
    const bytes = Uint8Array.from(begin, (character) => character.charCodeAt(0));
    const error = await openScan(new MemorySource(bytes)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'unsupported_format', message: expect.stringContaining(look) });
    expect(error).toHaveProperty('message', expect.stringMatching(/MP3, .* and WMA are served: upload/));
  });

  it('looks behind ID3v2 tags', async () => {
    const tagged = concat(
      id3,
      Uint8Array.from('caff', (character) => character.charCodeAt(0)),
    );
    await expect(openScan(new MemorySource(tagged))).rejects.toThrow('looks like Core Audio');
  });

  it('what a format refuses is not tried as another', async () => {
    const adpcm = wavFile([fmtChunk({ tag: 2 }), dataChunk(40)]);
    await expect(openScan(new MemorySource(adpcm))).rejects.toMatchObject({ code: 'unsupported_codec' });
  });
});
