import { frameKind, headerAt } from '../../../../lambdas/core/formats/mpeg/frame-header.ts';
import { parseInfoFrame } from '../../../../lambdas/core/formats/mpeg/info-frame.ts';
import { concatBytes, type InfoFrameSpec, infoFrame, junk, mpegFrame } from '../../../support/mpeg-stream.ts';

function parse(frame: Uint8Array) {
  const kind = frameKind(headerAt(frame, 0));
  return kind && parseInfoFrame(concatBytes(junk(5), frame, junk(50)), 5, kind, frame.length);
}

const LAME: InfoFrameSpec = { frames: 77, writer: 'LAME', delaySamples: 576, paddingSamples: 1000 };
const UNTRIMMED = { leadInSamples: 0, tailSamples: 0 };

describe('info frames', () => {
  it.each<[string, InfoFrameSpec, object | null]>([
    ['Xing with frames', { frames: 77 }, { frames: 77, ...UNTRIMMED }],
    ['Info with bytes', { mark: 'Info', byteLength: 9000 }, { byteLength: 9000, ...UNTRIMMED }],
    ['both, table and quality', { frames: 7, byteLength: 8, toc: true, quality: true }, { frames: 7, byteLength: 8 }],
    ['VBRI', { mark: 'VBRI', frames: 77, byteLength: 9000 }, { frames: 77, byteLength: 9000, ...UNTRIMMED }],
    ['VBRI, MPEG-2 mono', { mark: 'VBRI', version: 2, sampleRate: 22_050, channels: 1, frames: 7 }, { frames: 7 }],
    ['LAME', LAME, { frames: 77, leadInSamples: 1105, tailSamples: 471 }],
    ['Lavf', { ...LAME, writer: 'Lavf', toc: true }, { leadInSamples: 1105, tailSamples: 471 }],
    ['Lavc', { ...LAME, writer: 'Lavc', quality: true }, { leadInSamples: 1105, tailSamples: 471 }],
    [
      'padding that the decoder delay swallows',
      { ...LAME, paddingSamples: 529 },
      { leadInSamples: 1105, tailSamples: 0 },
    ],
    [
      'the largest values',
      { ...LAME, delaySamples: 4095, paddingSamples: 4095 },
      { leadInSamples: 4624, tailSamples: 3566 },
    ],
    ['a writer whose delay is not meant', { ...LAME, writer: 'GOGO' }, { frames: 77, ...UNTRIMMED }],
    ['MPEG-1 mono', { ...LAME, channels: 1 }, { leadInSamples: 1105 }],
    ['MPEG-2 stereo', { ...LAME, version: 2, sampleRate: 24_000 }, { leadInSamples: 1105 }],
    ['MPEG-2.5 mono', { ...LAME, version: 2.5, sampleRate: 8000, channels: 1, kbps: 64 }, { leadInSamples: 1105 }],
    ['with a CRC, which does not move the tag', { ...LAME, crc: true }, { leadInSamples: 1105 }],
    ['no counts at all', { writer: 'LAME', delaySamples: 576 }, null],
    ['counts of zero', { ...LAME, frames: 0, byteLength: 0 }, null],
  ])('%s', (_name, spec, expected) => {
    const info = parse(infoFrame(spec));
    if (expected === null) expect(info).toBeNull();
    else expect(info).toMatchObject(expected);
  });

  it('leave out a delay that lies beyond the frame', () => {
    const frame = infoFrame(LAME);
    const delayEnd = 4 + 32 + 8 + 4 + 24;
    expect(parse(frame.subarray(0, delayEnd))).toMatchObject({ leadInSamples: 1105 });
    expect(parse(frame.subarray(0, delayEnd - 1))).toMatchObject({ frames: 77, ...UNTRIMMED });
  });

  it('are not seen in ordinary frames, nor in other layers', () => {
    expect(parse(mpegFrame())).toBeNull();
    const layer2 = infoFrame({ ...LAME, layer: 2 });
    expect(parse(layer2)).toBeNull();
  });
});
