import fc from 'fast-check';
import { opusPacketSamples } from '../../../../lambdas/core/formats/opus/toc.ts';

const samplesOf = (...bytes: number[]): number | null => opusPacketSamples(Uint8Array.from(bytes), 0, bytes.length);

/** First byte: configuration, mono, code. */
const toc = (configuration: number, code: number): number => (configuration << 3) | code;

describe('opusPacketSamples', () => {
  it.each([
    ['SILK narrowband', 0, [480, 960, 1920, 2880]],
    ['SILK mediumband', 4, [480, 960, 1920, 2880]],
    ['SILK wideband', 8, [480, 960, 1920, 2880]],
    ['hybrid super-wideband', 12, [480, 960]],
    ['hybrid fullband', 14, [480, 960]],
    ['CELT narrowband', 16, [120, 240, 480, 960]],
    ['CELT wideband', 20, [120, 240, 480, 960]],
    ['CELT super-wideband', 24, [120, 240, 480, 960]],
    ['CELT fullband', 28, [120, 240, 480, 960]],
  ])('%s: one frame of each length', (_, first, expected) => {
    expect(expected.map((_, i) => samplesOf(toc(first + i, 0)))).toEqual(expected);
  });

  it.each([
    ['one frame', [toc(31, 0)], 960],
    ['two frames of one size', [toc(31, 1), 0, 0], 1920],
    ['two frames of two sizes', [toc(31, 2), 1, 0, 0], 1920],
    ['as many as counted', [toc(31, 3), 5], 4800],
    ['counted, with the padding and VBR flags set', [toc(31, 3), 0xc0 | 3], 2880],
    ['a stereo flag changes nothing', [toc(31, 0) | 4], 960],
    ['exactly 120 ms', [toc(31, 3), 6], 5760],
    ['48 frames of 2.5 ms', [toc(16, 3), 48], 5760],
    ['more than 120 ms', [toc(31, 3), 7], null],
    ['three frames of 60 ms', [toc(3, 3), 3], null],
    ['a count of none', [toc(31, 3), 0x80], null],
    ['a count that is missing', [toc(31, 3)], null],
    ['an empty packet', [], null],
  ])('%s', (_, bytes, expected) => {
    expect(samplesOf(...bytes)).toBe(expected);
  });

  it('looks at its own bytes only', () => {
    const bytes = Uint8Array.of(toc(0, 0), toc(31, 3), 2, toc(31, 3));
    expect(opusPacketSamples(bytes, 1, 3)).toBe(1920);
    expect(opusPacketSamples(bytes, 1, 2)).toBeNull();
    expect(opusPacketSamples(bytes, 3, 3)).toBeNull();
  });

  it('answers a length of up to 120 ms that 2.5 ms divide, or null, for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4 }), (bytes) => {
        const samples = opusPacketSamples(bytes, 0, bytes.length);
        expect(samples === null || (samples > 0 && samples <= 5760 && samples % 120 === 0)).toBe(true);
      }),
    );
  });
});
