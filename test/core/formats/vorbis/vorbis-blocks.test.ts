import fc from 'fast-check';
import { parseVorbisIdentification } from '../../../../lambdas/core/formats/vorbis/identification-header.ts';
import { parseVorbisModes } from '../../../../lambdas/core/formats/vorbis/setup-header.ts';
import { overlapSamples, VorbisBlocks } from '../../../../lambdas/core/formats/vorbis/vorbis-blocks.ts';
import {
  type VorbisCodebook,
  type VorbisShape,
  vorbisIdentification,
  vorbisPacket,
  vorbisSetup,
} from '../../../support/vorbis-packets.ts';

function blocksOf(shape: VorbisShape): VorbisBlocks {
  const blocks = VorbisBlocks.parse(vorbisIdentification(shape), vorbisSetup(shape));
  if (blocks === null) throw new Error('the headers were refused');
  return blocks;
}

function changed(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = value;
  return copy;
}

describe('the identification header', () => {
  const packet = vorbisIdentification({ sampleRate: 8000, channels: 6, shortExponent: 6, longExponent: 13 });

  it('states rate, channels and the two block sizes', () => {
    const expected = { sampleRate: 8000, channels: 6, shortBlockSamples: 64, longBlockSamples: 8192 };
    expect(parseVorbisIdentification(packet)).toEqual(expected);
  });

  it('may have both sizes equal', () => {
    const equal = vorbisIdentification({ shortExponent: 9, longExponent: 9 });
    expect(parseVorbisIdentification(equal)).toMatchObject({ shortBlockSamples: 512, longBlockSamples: 512 });
  });

  it.each<[string, Uint8Array]>([
    ['a cut packet', packet.slice(0, 29)],
    ['the comment header', changed(packet, 0, 3)],
    ['another codec', changed(packet, 1, 0x56)],
    ['a version from the future', changed(packet, 7, 1)],
    ['no channels', changed(packet, 11, 0)],
    ['no rate', vorbisIdentification({ sampleRate: 0 })],
    ['blocks of 32 samples', vorbisIdentification({ shortExponent: 5 })],
    ['blocks of 16384 samples', vorbisIdentification({ longExponent: 14 })],
    ['short blocks that are longer', vorbisIdentification({ shortExponent: 11, longExponent: 8 })],
    ['no framing bit', changed(packet, 29, 0)],
  ])('%s: null', (_, bytes) => {
    expect(parseVorbisIdentification(bytes)).toBeNull();
  });
});

describe('the modes of a setup header', () => {
  it.each<[string, VorbisShape]>([
    ['one mode', { modes: [true] }],
    ['64 modes', { modes: Array.from({ length: 64 }, (_, i) => i % 3 === 0) }],
    ['sparse codewords', { codebooks: [{ dimensions: 2, entries: 99, lengths: 'sparse' }] }],
    ['ordered codewords', { codebooks: [{ dimensions: 2, entries: 99, lengths: 'ordered' }] }],
    ['ordered, a single codeword', { codebooks: [{ dimensions: 2, entries: 1, lengths: 'ordered' }] }],
    ['floor 0', { floors: [0, 1, 0] }],
    ['all residues', { residues: [2, 1, 0] }],
    ['submaps and coupling', { channels: 6, submaps: 3, couplingSteps: 2 }],
    ['mono', { channels: 1, submaps: 2 }],
    ['255 channels', { channels: 255, couplingSteps: 127 }],
  ])('are found behind %s', (_, shape) => {
    const { modes = [false, true], channels = 2 } = shape;
    expect(parseVorbisModes(vorbisSetup(shape), channels)).toEqual(modes);
  });

  it.each<[number, number, number]>([
    [1, 7, 7],
    [2, 48, 6],
    [2, 49, 7],
    [2, 50, 7],
    [3, 124, 4],
    [3, 125, 5],
    [3, 342, 6],
    [3, 343, 7],
    [4, 2401, 7],
    [5, 3125, 5],
    [12, 4095, 1],
    [12, 4096, 2],
    [300, 3, 1],
  ])(
    'are found behind a lattice of %d dimensions and %d entries, which has %d values',
    (dimensions, entries, values) => {
      const codebook: VorbisCodebook = {
        dimensions,
        entries,
        lengths: 'plain',
        lookup: { type: 1, valueBits: 5, values },
      };
      expect(parseVorbisModes(vorbisSetup({ codebooks: [codebook] }), 2)).toEqual([false, true]);
    },
  );

  it('are found whatever mixture precedes them', () => {
    const codebook = fc
      .record({
        dimensions: fc.integer({ min: 1, max: 8 }),
        entries: fc.integer({ min: 1, max: 40 }),
        lengths: fc.constantFrom('plain', 'sparse', 'ordered'),
        explicit: fc.boolean(),
        valueBits: fc.integer({ min: 1, max: 16 }),
      })
      .map(({ explicit, valueBits, ...book }): VorbisCodebook => {
        const values = book.entries * book.dimensions;
        return explicit ? { ...book, lookup: { type: 2, valueBits, values } } : book;
      });
    const shape = fc.record({
      channels: fc.integer({ min: 1, max: 9 }),
      modes: fc.array(fc.boolean(), { minLength: 1, maxLength: 9 }),
      codebooks: fc.array(codebook, { minLength: 1, maxLength: 4 }),
      floors: fc.array(fc.constantFrom<0 | 1>(0, 1), { minLength: 1, maxLength: 3 }),
      residues: fc.array(fc.constantFrom<0 | 1 | 2>(0, 1, 2), { minLength: 1, maxLength: 3 }),
      submaps: fc.integer({ min: 1, max: 4 }),
    });
    fc.assert(
      fc.property(shape, (shape) => {
        expect(parseVorbisModes(vorbisSetup(shape), shape.channels)).toEqual(shape.modes);
      }),
    );
  });

  const packet = vorbisSetup();

  it('are null for every packet that is cut', () => {
    for (let length = 0; length < packet.length; length++) {
      expect(parseVorbisModes(packet.slice(0, length), 2)).toBeNull();
    }
  });

  it.each<[string, Uint8Array]>([
    ['another header', changed(packet, 0, 3)],
    ['a codebook out of place', changed(packet, 8, 0x00)],
    ['no dimensions', vorbisSetup({ codebooks: [{ dimensions: 0, entries: 4, lengths: 'plain' }] })],
    ['no framing bit', vorbisSetup().map((byte, i) => (i === packet.length - 1 ? 0 : byte))],
  ])('are null for %s', (_, bytes) => {
    expect(parseVorbisModes(bytes, 2)).toBeNull();
  });

  it('are answered for noise at once', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 255 }), (noise, channels) => {
        const bytes = new Uint8Array([...vorbisSetup().slice(0, 11), ...noise]);
        expect(() => parseVorbisModes(bytes, channels)).not.toThrow();
      }),
    );
    const greedy = new Uint8Array([...vorbisSetup().slice(0, 7), 0xff, ...new Array(64).fill(0xff)]);
    expect(parseVorbisModes(greedy, 2)).toBeNull();
  });
});

describe('samples of packets', () => {
  it.each<[readonly boolean[]]>([[[true]], [[false, true]], [[true, false, true]], [new Array(64).fill(false)]])(
    'follow the mode that the first byte names, of %j',
    (modes) => {
      const blocks = blocksOf({ modes });
      for (const [mode, long] of modes.entries()) {
        expect(blocks.blockSamples(vorbisPacket(mode)[0])).toBe(long ? 2048 : 256);
      }
    },
  );

  it.each<[string, number | undefined]>([
    ['an empty packet', undefined],
    ['a header', 0x01],
    ['a mode that there is not', 3 << 1],
  ])('%s has none', (_, firstByte) => {
    expect(blocksOf({ modes: [true, false, true] }).blockSamples(firstByte)).toBe(0);
  });

  it('what comes out is a quarter of a block and of the one before; nothing for the first', () => {
    expect(overlapSamples(0, 2048)).toBe(0);
    expect(overlapSamples(2048, 256)).toBe(576);
    expect(overlapSamples(256, 2048)).toBe(576);
    expect(overlapSamples(2048, 2048)).toBe(1024);
    expect(overlapSamples(64, 64)).toBe(32);
    expect(overlapSamples(2048, 0)).toBe(0);
  });

  it('rate and channels are those of the identification header', () => {
    expect(blocksOf({ sampleRate: 22050, channels: 1 })).toMatchObject({ sampleRate: 22050, channels: 1 });
    expect(VorbisBlocks.parse(vorbisSetup(), vorbisSetup())).toBeNull();
    expect(VorbisBlocks.parse(vorbisIdentification(), vorbisIdentification())).toBeNull();
  });
});
