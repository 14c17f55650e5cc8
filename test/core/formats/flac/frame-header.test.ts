import {
  frameByteLimit,
  isContinuous,
  MAX_HEADER_BYTES,
  parseFrameHeader,
} from '../../../../lambdas/core/formats/flac/frame-header.ts';
import { type FlacFrameOptions, flacCrc8, flacFrame, flacFrameHeader } from '../../../support/flac-stream.ts';

/** A header of the given four bytes and what follows them, its CRC-8 appended. */
function sealed(...bytes: number[]): Uint8Array {
  return Uint8Array.of(...bytes, flacCrc8(Uint8Array.from(bytes)));
}

function parsed(options: FlacFrameOptions) {
  const header = parseFrameHeader(flacFrameHeader(options), 0, undefined);
  if (header === null) throw new Error('no header');
  return header;
}

describe('parseFrameHeader', () => {
  it.each<[string, FlacFrameOptions]>([
    ['44.1 kHz stereo', { samples: 4096, number: 7 }],
    ['kHz rate, 24 bits, mono', { samples: 100, number: 0, sampleRate: 96000, bitsPerSample: 24, channels: 1 }],
    [
      'tens of Hz, 8 channels, 32 bits',
      { samples: 65535, number: 1, sampleRate: 655350, channels: 8, bitsPerSample: 32 },
    ],
    ['the last number of one byte', { samples: 256, number: 0x7f }],
    ['the first number of two', { samples: 257, number: 0x80 }],
    ['the last number of a frame', { samples: 16, number: 2 ** 31 - 1 }],
    ['the last number of a sample', { samples: 16, number: 2 ** 36 - 1, variable: true }],
  ])('reads %s', (_, options) => {
    const bytes = flacFrameHeader(options);
    expect(parseFrameHeader(bytes, 0, undefined)).toEqual({
      headerByteLength: bytes.length,
      variable: options.variable ?? false,
      number: options.number,
      samples: options.samples,
      sampleRate: options.sampleRate ?? 44100,
      channels: options.channels ?? 2,
      sideChannel: -1,
      bitsPerSample: options.bitsPerSample ?? 16,
    });
    expect(bytes.length).toBeLessThanOrEqual(MAX_HEADER_BYTES);
  });

  it.each([
    [0x1, 192],
    [0x2, 576],
    [0x5, 4608],
    [0x8, 256],
    [0xc, 4096],
    [0xf, 32768],
  ])('block size code %i is %i samples', (code, samples) => {
    expect(parseFrameHeader(sealed(0xff, 0xf8, (code << 4) | 9, 0x18, 0), 0, undefined)?.samples).toBe(samples);
  });

  it.each([
    [8, 1],
    [9, 0],
    [10, 1],
  ])('channel assignment %i has its side in subframe %i', (code, sideChannel) => {
    const header = parseFrameHeader(sealed(0xff, 0xf8, 0xc9, (code << 4) | 8, 0), 0, undefined);
    expect(header).toMatchObject({ channels: 2, sideChannel });
  });

  it.each([
    ['a sync code of 13 bits', [0xff, 0xf0, 0xc9, 0x18, 0]],
    ['the reserved bit behind the sync code', [0xff, 0xfa, 0xc9, 0x18, 0]],
    ['the reserved block size', [0xff, 0xf8, 0x09, 0x18, 0]],
    ['the forbidden sample rate', [0xff, 0xf8, 0xcf, 0x18, 0]],
    ['a reserved channel assignment', [0xff, 0xf8, 0xc9, 0xb8, 0]],
    ['the reserved width', [0xff, 0xf8, 0xc9, 0x16, 0]],
    ['the reserved last bit', [0xff, 0xf8, 0xc9, 0x19, 0]],
    ['a number that begins with a continuation', [0xff, 0xf8, 0xc9, 0x18, 0x80]],
    ['a number whose continuation is none', [0xff, 0xf8, 0xc9, 0x18, 0xc2, 0x41]],
    ['a rate of 0 kHz', [0xff, 0xf8, 0xcc, 0x18, 0, 0]],
  ])('refuses %s', (_, bytes) => {
    expect(parseFrameHeader(sealed(...bytes), 0, undefined)).toBeNull();
  });

  it('refuses every header with one bit flipped', () => {
    const bytes = flacFrameHeader({ samples: 4096, number: 300 });
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = bytes.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(parseFrameHeader(flipped, 0, undefined)).toBeNull();
    }
  });

  it('refuses a header that the bytes end in', () => {
    const bytes = flacFrameHeader({ samples: 4096, number: 300 });
    for (let cut = 0; cut < bytes.length; cut++) {
      expect(parseFrameHeader(bytes.subarray(0, cut), 0, undefined)).toBeNull();
    }
  });

  it('asks STREAMINFO for what the header leaves out', () => {
    const bytes = flacFrameHeader({ samples: 4096, number: 0, terse: true });
    const defaults = { sampleRate: 12345, bitsPerSample: 20 };
    expect(parseFrameHeader(bytes, 0, defaults)).toMatchObject(defaults);
    expect(parseFrameHeader(bytes, 0, undefined)).toBeNull();
  });
});

describe('continuity', () => {
  it.each([
    ['the next frame', 5, 6, true],
    ['the same frame again', 5, 5, false],
    ['the one after the next', 5, 7, false],
    ['the next sample, as of variable blocks', 4096, 8192, true],
    ['a sample between', 4096, 8191, false],
  ])('%s', (_, number, next, continuous) => {
    const samples = 4096;
    expect(isContinuous(parsed({ samples, number }), parsed({ samples, number: next }))).toBe(continuous);
  });
});

it('the limit of a frame is beyond what storing its samples verbatim takes', () => {
  for (const options of [
    { samples: 16, number: 0, channels: 8, bitsPerSample: 32 },
    { samples: 1, number: 0, channels: 1, bitsPerSample: 8 },
    { samples: 4096, number: 0, leftSide: true },
  ]) {
    expect(frameByteLimit(parsed(options))).toBeGreaterThan(flacFrame(options).length * 1.5);
  }
});
