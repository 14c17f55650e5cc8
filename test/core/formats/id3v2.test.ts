import { id3v2Length, skipId3v2 } from '../../../lambdas/core/formats/id3v2.ts';
import { MemorySource } from '../../support/memory-source.ts';
import { ascii, concatBytes, id3v2Header, id3v2Tag } from '../../support/mpeg-stream.ts';

describe('skipId3v2', () => {
  it.each([
    ['nothing', new Uint8Array(0), 0],
    ['no tag', ascii('fLaC is not a tag'), 0],
    ['half a header', ascii('ID3\x04\0\0'), 0],
    ['one tag', concatBytes(id3v2Tag(300), ascii('fLaC')), 310],
    ['a tag with a footer', concatBytes(id3v2Tag(300, { footer: true }), ascii('fLaC')), 320],
    [
      'three in a row',
      concatBytes(id3v2Tag(5), id3v2Tag(0), id3v2Tag(1000, { footer: true }), ascii('x')),
      15 + 10 + 1020,
    ],
    ['a tag that claims more than there is', concatBytes(id3v2Header(5000), new Uint8Array(50)), 60],
    [
      'a size with a high bit, which is not syncsafe',
      concatBytes(ascii('ID3\x04\0\0\0\0\x80\0'), new Uint8Array(50)),
      0,
    ],
    ['a version that cannot be', concatBytes(ascii('ID3\xff\0\0\0\0\0\0'), new Uint8Array(50)), 0],
  ])('%s', async (_name, bytes, expected) => {
    expect(await skipId3v2(new MemorySource(bytes))).toBe(expected);
  });

  it('does not read a tag of 200 MB', async () => {
    let bytesRead = 0;
    const header = id3v2Header(200_000_000);
    const source = {
      byteLength: 300_000_000,
      read: async (startByte: number, target: Uint8Array) => {
        bytesRead += target.length;
        if (startByte === 0) target.set(header.subarray(0, target.length));
      },
    };
    expect(await skipId3v2(source)).toBe(200_000_010);
    expect(bytesRead).toBe(20);
  });

  it('gives up on a file of nothing but tags in bounded time', async () => {
    const source = new MemorySource(concatBytes(...Array.from({ length: 5000 }, () => id3v2Header(0))));
    await skipId3v2(source);
    expect(source.reads).toBeLessThan(100);
  });
});

describe('id3v2Length', () => {
  it('reads a footer, which mirrors the header, only when asked for one', () => {
    const tag = id3v2Tag(500, { footer: true });
    expect(id3v2Length(tag, tag.length - 10, '3DI')).toBe(520);
    expect(id3v2Length(tag, tag.length - 10)).toBe(0);
  });
});
