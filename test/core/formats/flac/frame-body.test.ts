import { frameBodyExtent } from '../../../../lambdas/core/formats/flac/frame-body.ts';
import { type FrameHeader, parseFrameHeader } from '../../../../lambdas/core/formats/flac/frame-header.ts';
import { type Coding, concat, flacFrame } from '../../../support/flac-stream.ts';

function headerOf(frame: Uint8Array): FrameHeader {
  const header = parseFrameHeader(frame, 0, undefined);
  if (header === null) throw new Error('no header');
  return header;
}

const CODINGS: Coding[] = ['constant', 'verbatim', 'fixed', 'lpc'];

describe('frameBodyExtent', () => {
  describe.each(CODINGS)('%s', (coding) => {
    it.each([
      ['stereo', {}],
      ['left and side', { leftSide: true }],
      ['24 bits, mono', { bitsPerSample: 24, channels: 1 }],
      ['20 bits, 3 channels', { bitsPerSample: 20, channels: 3 }],
      ['an odd block', { samples: 99 }],
    ])('%s: finds the end whatever follows', (_, options) => {
      const frame = flacFrame({ samples: 256, number: 3, coding, ...options });
      expect(frameBodyExtent(frame, headerOf(frame))).toBe(frame.length);
      expect(frameBodyExtent(concat(frame, new Uint8Array(50).fill(0xff)), headerOf(frame))).toBe(frame.length);
    });

    it('says that a shortened frame is cut', () => {
      const frame = flacFrame({ samples: 64, number: 3, coding });
      const header = headerOf(frame);
      for (let cut = header.headerByteLength; cut < frame.length; cut++) {
        expect(frameBodyExtent(frame.subarray(0, cut), header)).toBe('cut');
      }
    });
  });

  it.each([
    ['a subframe that begins with a one', 0x80],
    ['a reserved subframe type', 0x04],
    ['a fixed predictor of order 5', 0x1a],
  ])('refuses %s', (_, firstByte) => {
    const frame = flacFrame({ samples: 64, number: 3, coding: 'fixed' });
    frame[headerOf(frame).headerByteLength] = firstByte;
    expect(frameBodyExtent(frame, headerOf(frame))).toBe('invalid');
  });

  it('refuses more wasted bits than a sample has', () => {
    const frame = flacFrame({ samples: 64, number: 3, coding: 'verbatim' });
    frame.set([0x03, 0x00, 0x00, 0x01], headerOf(frame).headerByteLength);
    expect(frameBodyExtent(frame, headerOf(frame))).toBe('invalid');
  });
});
