import {
  type AdtsFrameSpec,
  adtsFrame,
  BitString,
  type ProgramConfigSpec,
  programConfigBlock,
  programConfigFields,
  putFill,
} from '../../../support/adts-stream.ts';
import { concatBytes } from '../../../support/mpeg-stream.ts';
import { scanned } from './scanned.ts';

describe('channels told by a program config element', () => {
  const headless: AdtsFrameSpec = { channelConfiguration: 0 };
  const rest = concatBytes(...Array.from({ length: 9 }, () => adtsFrame({ ...headless, crc: true })));

  it.each<[string, ProgramConfigSpec, number]>([
    ['2.1', { front: [true], lowFrequency: 1 }, 3],
    ['quad', { front: [true], back: [true] }, 4],
    ['three mono fronts, sides, rear', { front: [false, false, false], side: [true], back: [false] }, 6],
    [
      '22.2',
      { front: [false, true, true, true], side: [true, true, true], back: [true, true, false], lowFrequency: 2 },
      20,
    ],
    ['with all that is no channel', { front: [true], data: 3, coupling: 2, mixdowns: true, comment: 'Lavc' }, 2],
  ])('%s', async (_name, spec, channels) => {
    const first = adtsFrame({ ...headless, payload: programConfigBlock(spec) });
    const { format, init, frames, packets } = await scanned(concatBytes(first, rest));
    expect(format.channels).toBe(channels);
    expect(init.length).toBe(0);
    // Object type 2, rate index 4, channels 0, no flags, and the element from the first bit of the next byte on.
    expect(format.decoderConfig).toEqual(programConfigFields(new BitString().putBytes([0x12, 0x00]), spec).bytes());
    expect(frames[0]).toEqual({ startByte: 7, byteLength: first.length - 7, samples: 1024 });
    expect(frames[1]).toEqual({ startByte: first.length + 9, byteLength: 60, samples: 1024 });
    expect(frames.length).toBe(packets.length);
  });

  it.each<[string, AdtsFrameSpec]>([
    ['no such element', headless],
    ['an element that names no channel', { ...headless, payload: programConfigBlock({}) }],
    ['a cut element', { ...headless, payload: programConfigBlock({ front: [true], comment: 'long' }).subarray(0, 8) }],
  ])('%s is refused', async (_name, spec) => {
    const bytes = concatBytes(adtsFrame(spec), rest);
    await expect(scanned(bytes)).rejects.toMatchObject({ code: 'unsupported_codec' });
  });

  it('and with another configuration the element is not asked', async () => {
    const { format } = await scanned(adtsFrame({ payload: programConfigBlock({ front: [false] }) }));
    expect(format.channels).toBe(2);
    expect(format.decoderConfig).toBeUndefined();
  });
});

describe('band replication, which headers do not tell', () => {
  type Fill = readonly [extension: number, byteLength: number];

  /** Frames of differing lengths, so that the elements stand at all bits of a byte. */
  function stream(fills: readonly Fill[], spec: AdtsFrameSpec = {}, share = 1): Uint8Array {
    const frames = Array.from({ length: 40 }, (_, index) => {
      const bits = new BitString().put(0x2c, 8 + (index % 8)).putBytes(new Uint8Array(40).fill(0x47));
      if (index % 10 < share * 10) for (const [extension, byteLength] of fills) putFill(bits, extension, byteLength);
      return adtsFrame({ sampleRate: 22_050, ...spec, payload: bits.put(7, 3).bytes() });
    });
    return concatBytes(...frames);
  }

  const doubled = { sampleRate: 44_100, channels: 2, codecString: 'mp4a.40.5' };
  const plain = { sampleRate: 22_050, channels: 2, codecString: 'mp4a.40.2' };

  it.each<[string, Uint8Array, object]>([
    ['in a short fill element', stream([[13, 9]]), doubled],
    ['in a long one', stream([[13, 15]]), doubled],
    ['in the longest', stream([[13, 269]]), doubled],
    ['with CRC', stream([[14, 30]]), doubled],
    [
      'before padding',
      stream([
        [13, 20],
        [0, 12],
        [0, 0],
      ]),
      doubled,
    ],
    ['in nearly all frames', stream([[13, 20]], {}, 0.8), doubled],
    ['mono becomes stereo', stream([[13, 20]], { channelConfiguration: 1 }), { ...doubled, codecString: 'mp4a.40.29' }],
    ['padding only', stream([[0, 20]]), plain],
    ['dynamic range control', stream([[11, 20]]), plain],
    ['no fill element', stream([]), plain],
    ['in half of the frames', stream([[13, 20]], {}, 0.5), plain],
    ['at a rate that nobody doubles', stream([[13, 20]], { sampleRate: 44_100 }), { ...plain, sampleRate: 44_100 }],
    ['in Main', stream([[13, 20]], { objectType: 1 }), { ...plain, codecString: 'mp4a.40.1' }],
  ])('%s', async (_name, bytes, expected) => {
    const { format, packets } = await scanned(bytes);
    expect(format).toMatchObject(expected);
    const isDoubled = format.codecString === 'mp4a.40.5' || format.codecString === 'mp4a.40.29';
    expect(packets[0]?.samples).toBe(isDoubled ? 2048 : 1024);
    if (isDoubled) expect(packets.at(-1)?.prerollPackets).toBe(32);
  });
});
