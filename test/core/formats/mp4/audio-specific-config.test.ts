import fc from 'fast-check';
import { parseAudioSpecificConfig } from '../../../../lambdas/core/formats/mp4/audio-specific-config.ts';

/** Fields of `[value, bits]`, most significant bit first, padded with zeros to whole bytes. */
function config(...fields: readonly (readonly [number, number])[]): Uint8Array {
  const bits = fields.map(([value, width]) => value.toString(2).padStart(width, '0')).join('');
  return Uint8Array.from(bits.match(/.{1,8}/g) ?? [], (byte) => Number.parseInt(byte.padEnd(8, '0'), 2));
}

const LC = [2, 5] as const;
const RATE_44 = [4, 4] as const;
const RATE_22 = [7, 4] as const;
const STEREO = [2, 4] as const;
const MONO = [1, 4] as const;
/** Frame length 1024, no core coder, no extension. */
const PLAIN = [0, 3] as const;

describe('what a decoder puts out', () => {
  it.each<[string, Uint8Array, object]>([
    ['LC', config(LC, RATE_44, STEREO, PLAIN), { objectType: 2, sampleRate: 44100, channels: 2, packetSamples: 1024 }],
    ['Main', config([1, 5], RATE_44, STEREO, PLAIN), { objectType: 1, packetSamples: 1024 }],
    ['960 samples', config(LC, RATE_44, MONO, [0b100, 3]), { channels: 1, packetSamples: 960 }],
    ['7.1', config(LC, [3, 4], [7, 4], PLAIN), { sampleRate: 48000, channels: 8 }],
    ['a rate in full', config(LC, [15, 4], [37800, 24], STEREO, PLAIN), { sampleRate: 37800 }],
    ['a core coder delay', config(LC, RATE_44, STEREO, [0b01, 2], [5, 14], [0, 1]), { packetSamples: 1024 }],
    [
      'HE, said in front',
      config([5, 5], RATE_22, STEREO, RATE_44, LC, PLAIN),
      { objectType: 5, sampleRate: 44100, coreSampleRate: 22050, packetSamples: 2048, bandReplication: 'yes' },
    ],
    [
      'HE v2, said in front',
      config([29, 5], RATE_22, MONO, RATE_44, LC, PLAIN),
      { objectType: 29, channels: 2, packetSamples: 2048 },
    ],
    [
      'HE, said behind',
      config(LC, RATE_22, STEREO, PLAIN, [0x2b7, 11], [5, 5], [1, 1], RATE_44),
      { objectType: 5, sampleRate: 44100, channels: 2, packetSamples: 2048, bandReplication: 'yes' },
    ],
    [
      'HE v2, said behind',
      config(LC, RATE_22, MONO, PLAIN, [0x2b7, 11], [5, 5], [1, 1], RATE_44, [0x548, 11], [1, 1]),
      { objectType: 29, sampleRate: 44100, channels: 2, packetSamples: 2048 },
    ],
    [
      'no HE, said behind',
      config(LC, RATE_44, STEREO, PLAIN, [0x2b7, 11], [5, 5], [0, 1]),
      { objectType: 2, sampleRate: 44100, packetSamples: 1024, bandReplication: 'no' },
    ],
    [
      'HE that does not double',
      config([5, 5], RATE_44, STEREO, RATE_44, LC, PLAIN),
      { objectType: 5, sampleRate: 44100, packetSamples: 1024 },
    ],
    ['HE of 960', config([5, 5], RATE_22, STEREO, RATE_44, LC, [0b100, 3]), { packetSamples: 1920 }],
  ])('%s', (_, bytes, expected) => {
    expect(parseAudioSpecificConfig(bytes)).toMatchObject(expected);
  });

  it('channels are counted where a program config element places them', () => {
    const program = [
      ...([
        [0, 4],
        [1, 2],
        [4, 4],
      ] as const),
      // Two front elements, a side, a back; an effects channel, one of data, one coupled.
      ...([
        [2, 4],
        [1, 4],
        [1, 4],
        [1, 2],
        [1, 3],
        [1, 4],
      ] as const),
      ...([
        [0, 1],
        [1, 1],
        [3, 4],
        [0, 1],
      ] as const),
      ...([
        [0, 1],
        [0, 4],
        [1, 1],
        [0, 4],
        [1, 1],
        [1, 4],
        [0, 1],
        [1, 4],
      ] as const),
      ...([
        [0, 4],
        [0, 4],
        [0, 5],
      ] as const),
    ] as const;
    // 16 bits stand in front; the comment begins on a byte.
    const used = 16 + program.reduce((sum, [, width]) => sum + width, 0);
    const padding = [0, (8 - (used % 8)) % 8] as const;
    const bytes = config(LC, RATE_44, [0, 4], PLAIN, ...program, ...(padding[1] > 0 ? [padding] : []), [1, 8], [65, 8]);
    expect(parseAudioSpecificConfig(bytes)).toMatchObject({ channels: 1 + 2 + 2 + 1 + 1 });
  });
});

describe('what is refused', () => {
  it.each<[string, Uint8Array, string, string]>([
    ['nothing', new Uint8Array(0), 'malformed_header', '0 bytes'],
    ['a cut one', config(LC), 'malformed_header', 'cut'],
    ['a reserved rate', config(LC, [13, 4], STEREO, PLAIN), 'malformed_header', 'no sample rate'],
    ['a program that is not there', config(LC, RATE_44, [0, 4], PLAIN), 'malformed_header', 'cut'],
    ['AAC LD', config([23, 5], RATE_44, STEREO, PLAIN), 'unsupported_codec', 'AAC LD'],
    ['AAC ELD, escaped', config([31, 5], [39 - 32, 6], RATE_44, STEREO, PLAIN), 'unsupported_codec', 'AAC ELD'],
    ['USAC', config([31, 5], [42 - 32, 6], RATE_44, STEREO, PLAIN), 'unsupported_codec', 'xHE-AAC'],
    ['a number nobody knows', config([10, 5], RATE_44, STEREO, PLAIN), 'unsupported_codec', 'object type 10'],
  ])('%s', (_, bytes, code, words) => {
    const parse = (): unknown => parseAudioSpecificConfig(bytes);
    expect(parse).toThrow(expect.objectContaining({ code, message: expect.stringContaining(words) }));
  });

  it('any bytes are parsed or refused in words', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        try {
          expect(parseAudioSpecificConfig(bytes).sampleRate).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toHaveProperty('name', 'CuepointError');
        }
      }),
    );
  });
});
