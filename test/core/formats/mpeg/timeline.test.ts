import { concatBytes, type InfoFrameSpec, id3v1Tag, infoFrame, MpegStream } from '../../../support/mpeg-stream.ts';
import { scanned, warningCodes, warningsOf } from './scanned.ts';

/** 20 frames of 417 bytes behind an info frame of 417 bytes: 8757 bytes, 23,040 decoded samples. */
const FRAMES = 20;
const BYTES = 21 * 417;
const DECODED = FRAMES * 1152;
const LAME: InfoFrameSpec = {
  writer: 'LAME',
  delaySamples: 576,
  paddingSamples: 1000,
  frames: FRAMES,
  byteLength: BYTES,
};
const LEAD_IN = 576 + 529;
const TAIL = 1000 - 529;

function file(info: InfoFrameSpec, frames = FRAMES): Uint8Array {
  return new MpegStream().add(infoFrame(info)).frame({}, frames).bytes();
}

describe('the timeline', () => {
  it.each<[string, Uint8Array, number, number, string[]]>([
    ['delay and padding', file(LAME), LEAD_IN, DECODED - LEAD_IN - TAIL, []],
    ['neither is stated', file({ frames: FRAMES }), 0, DECODED, []],
    ['less padding than decoder delay', file({ ...LAME, paddingSamples: 500 }), LEAD_IN, DECODED - LEAD_IN, []],
    [
      'no frame count',
      file({ writer: 'LAME', delaySamples: 576, paddingSamples: 1000, byteLength: BYTES }),
      LEAD_IN,
      DECODED - LEAD_IN,
      [],
    ],
    ['count too large, bytes right', file({ ...LAME, frames: 21 }), LEAD_IN, DECODED - LEAD_IN, ['wrong_total']],
    ['count too small, bytes right', file({ ...LAME, frames: 19 }), LEAD_IN, DECODED - LEAD_IN - TAIL, ['wrong_total']],
    [
      'count too small, no bytes',
      file({ writer: 'LAME', frames: 19, delaySamples: 576, paddingSamples: 1000 }),
      LEAD_IN,
      DECODED - LEAD_IN - TAIL,
      ['wrong_total'],
    ],
    ['audio joined behind', file(LAME, 30), LEAD_IN, 30 * 1152 - LEAD_IN, ['wrong_total']],
    ['count too small, VBRI', file({ mark: 'VBRI', frames: 19, byteLength: BYTES }), 0, DECODED, ['wrong_total']],
    ['five frames missing', file(LAME, 15), LEAD_IN, 15 * 1152 - LEAD_IN, ['truncated']],
    [
      'one missing, padding reaches further back',
      file({ ...LAME, paddingSamples: 2000 }, 19),
      LEAD_IN,
      DECODED - LEAD_IN - (2000 - 529),
      ['truncated'],
    ],
    ['missing, count only', file({ frames: FRAMES }, 15), 0, 15 * 1152, ['truncated']],
    ['missing, bytes only', file({ byteLength: BYTES }, 15), 0, 15 * 1152, ['truncated']],
    ['missing, VBRI', file({ mark: 'VBRI', frames: FRAMES, byteLength: BYTES }, 15), 0, 15 * 1152, ['truncated']],
    ['missing before a tag', concatBytes(file(LAME, 15), id3v1Tag()), LEAD_IN, 15 * 1152 - LEAD_IN, ['truncated']],
    ['bytes that count tags too', file({ ...LAME, byteLength: BYTES + 128 }), LEAD_IN, DECODED - LEAD_IN - TAIL, []],
    ['last frame cut', file(LAME).subarray(0, BYTES - 1), LEAD_IN, DECODED - LEAD_IN - TAIL, ['truncated']],
    [
      'last frame cut behind its header',
      file(LAME).subarray(0, BYTES - 413),
      LEAD_IN,
      DECODED - LEAD_IN - TAIL,
      ['truncated'],
    ],
  ])('%s', async (_name, bytes, leadInSamples, totalSamples, codes) => {
    const result = await scanned(bytes);
    expect(result.summary).toMatchObject({ leadInSamples, totalSamples });
    expect(warningCodes(result)).toEqual(codes);
  });

  it('ends before a frame of which less than the header is left', async () => {
    const { packets, summary } = await scanned(file(LAME).subarray(0, BYTES - 414));
    expect(packets.length).toBe(FRAMES - 1);
    expect(summary.audioEndByte).toBe(BYTES - 417);
  });

  it('ends a cut frame where the audio ends', async () => {
    const { summary } = await scanned(concatBytes(file(LAME).subarray(0, BYTES - 100), id3v1Tag()));
    expect(summary.audioEndByte).toBe(BYTES - 100);
    expect(summary.warnings[0]?.message).toBe(
      `the file is cut at byte ${BYTES - 100}: it plays up to second ${((DECODED - LEAD_IN - TAIL) / 44_100).toFixed(3)}`,
    );
  });
});

describe('junk in the middle', () => {
  it('takes one frame with it, and the stated length still ends where the padding begins', async () => {
    const whole = file(LAME);
    const cut = BYTES - 10 * 417;
    const bytes = concatBytes(whole.subarray(0, cut), Uint8Array.of(1, 2, 3), whole.subarray(cut));
    const result = await scanned(bytes);
    expect(result.packets.length).toBe(FRAMES - 1);
    expect(result.summary.totalSamples).toBe(DECODED - 1152 - LEAD_IN - TAIL);
    expect(warningCodes(result)).toEqual(['junk_skipped']);
  });
});

describe('delay and padding that are not stated', () => {
  it.each<[string, Uint8Array, boolean]>([
    ['no info frame', new MpegStream().frame({}, 20).bytes(), true],
    ['an info frame without them', file({ frames: FRAMES }), true],
    ['VBRI', file({ mark: 'VBRI', frames: FRAMES, byteLength: BYTES }), true],
    ['stated', file(LAME), false],
    ['Layer II, which has none', new MpegStream().frame({ layer: 2 }, 20).bytes(), false],
  ])('%s', async (_name, bytes, isAssumed) => {
    const { summary } = await scanned(bytes);
    expect(summary.warnings.some(({ code }) => code === 'timeline_assumed')).toBe(isAssumed);
  });
});

describe('bitrates that vary', () => {
  const frames = (...parts: Uint8Array[]) =>
    concatBytes(...parts, new MpegStream().frame({ kbps: 128 }, 5).frame({ kbps: 160 }, 5).bytes());

  it.each([
    ['without an info frame', frames(), ['vbr_without_xing']],
    ['with Xing', frames(infoFrame({ frames: 10 })), []],
    ['with VBRI', frames(infoFrame({ mark: 'VBRI', frames: 10 })), []],
    ['not at all, but padding does', new MpegStream().frame({}, 5).frame({ padded: true }, 5).bytes(), []],
  ])('%s', async (_name, bytes, codes) => {
    expect(warningCodes(await scanned(bytes))).toEqual(codes);
  });
});

describe('a change of sample rate, version or layer', () => {
  it.each([
    ['sample rate', { sampleRate: 48_000 }, 'MPEG-1 layer 3 at 48000 Hz'],
    ['version', { version: 2, sampleRate: 22_050, kbps: 64 }, 'MPEG-2 layer 3 at 22050 Hz'],
    ['layer', { layer: 2 }, 'MPEG-1 layer 2 at 44100 Hz'],
  ] as const)('%s: ends the track', async (_name, spec, name) => {
    const before = new MpegStream().frame({}, 10);
    const bytes = concatBytes(before.bytes(), new MpegStream().frame(spec, 10).bytes(), id3v1Tag());
    for (const blockBytes of [1000, undefined]) {
      const { packets, summary } = await scanned(bytes, blockBytes);
      expect(packets.length).toBe(10);
      expect(summary.audioEndByte).toBe(before.byteLength);
      expect(warningsOf({ summary })).toEqual([
        {
          code: 'sample_rate_change',
          message:
            `at byte ${before.byteLength}, second 0.261, MPEG-1 layer 3 at 44100 Hz becomes ${name}: ` +
            'the track ends there; split the file to serve the rest',
        },
      ]);
    }
  });

  it('is not believed of two frames', async () => {
    const bytes = new MpegStream().frame({}, 5).frame({ sampleRate: 48_000 }, 2).frame({}, 5).bytes();
    const result = await scanned(bytes);
    // The first one behind them is lost.
    expect(result.packets.length).toBe(9);
    expect(warningCodes(result)).toEqual(['junk_skipped']);
  });
});
