/** Loudness of whole signals; the cases are those of EBU Tech 3341, table 1, and EBU Tech 3342, table 1. */
import { amplitude, analysed, joined, noiseFloats, type Tone, tones } from './signals.ts';

const RATE = 48_000;
const at = (peakDb: number): Tone => ({ hertz: 1000, peakDb });

/** A stereo sine of 1 kHz: seconds and level, one behind the other. */
const sines = (...parts: readonly (readonly [number, number])[]): Float32Array =>
  joined(...parts.map(([seconds, level]) => tones(seconds, RATE, [at(level), at(level)])));

describe('integrated loudness (EBU Tech 3341)', () => {
  const cases: [name: string, channels: number, signal: () => Float32Array, lufs: number][] = [
    ['1: 20 s at -23 dBFS', 2, () => sines([20, -23]), -23],
    ['2: 20 s at -33 dBFS', 2, () => sines([20, -33]), -33],
    ['3: what is 13 dB lower does not count', 2, () => sines([10, -36], [60, -23], [10, -36]), -23],
    ['4: nor what is at -72', 2, () => sines([10, -72], [10, -36], [60, -23], [10, -36], [10, -72]), -23],
    ['5: but what is 6 dB lower does', 2, () => sines([20, -26], [20.1, -20], [20, -26]), -23],
    ['6: five channels', 5, () => tones(20, RATE, [at(-28), at(-28), at(-24), at(-30), at(-30)]), -23],
  ];

  it.each(cases)('case %s', (_, channels, signal, lufs) => {
    const { loudness } = analysed({ channels }, signal()).analysis;
    expect(Math.abs((loudness.integratedLufs ?? 0) - lufs)).toBeLessThan(0.1);
    expect(loudness.unmeasured).toBeNull();
  });

  it('sees 0.2 LU of difference: the tolerance above is no wider than the standard means', () => {
    const { loudness } = analysed({}, sines([20, -22.8])).analysis;
    expect(Math.abs((loudness.integratedLufs ?? 0) + 23)).toBeGreaterThan(0.1);
  });

  it.each([8000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 88_200, 96_000, 192_000])(
    'is the same at %d Hz',
    (sampleRate) => {
      const { loudness } = analysed({ sampleRate }, tones(5, sampleRate, [at(-23), at(-23)])).analysis;
      expect(Math.abs((loudness.integratedLufs ?? 0) + 23)).toBeLessThan(0.05);
      expect(loudness.maxMomentaryLufs).toBeCloseTo(-23, 1);
      expect(loudness.maxShortTermLufs).toBeCloseTo(-23, 1);
    },
  );
});

describe('momentary and short-term loudness', () => {
  it('find the loudest 400 ms and the loudest 3 s (Tech 3341, cases 9 and 12)', () => {
    const { loudness } = analysed({}, sines([5, -50], [0.4, -10], [5, -50])).analysis;
    expect(loudness.maxMomentaryLufs).toBeCloseTo(-10, 1);
    expect(loudness.maxShortTermLufs).toBeCloseTo(-10 + 10 * Math.log10(0.4 / 3), 1);
  });

  it('of 3 s there is none in a shorter track', () => {
    const { loudness } = analysed({}, sines([2.9, -20])).analysis;
    expect(loudness.maxMomentaryLufs).toBeCloseTo(-20, 1);
    expect(loudness.maxShortTermLufs).toBeNull();
    expect(loudness.rangeLu).toBeNull();
  });
});

describe('loudness range (EBU Tech 3342)', () => {
  const cases: [string, readonly (readonly [number, number])[], number][] = [
    [
      '1',
      [
        [20, -20],
        [20, -30],
      ],
      10,
    ],
    [
      '2',
      [
        [20, -20],
        [20, -15],
      ],
      5,
    ],
    [
      '3',
      [
        [20, -40],
        [20, -20],
      ],
      20,
    ],
    [
      '4',
      [
        [20, -50],
        [20, -35],
        [20, -20],
        [20, -35],
        [20, -50],
      ],
      15,
    ],
  ];

  it.each(cases)('case %s', (_, parts, range) => {
    expect(Math.abs((analysed({}, sines(...parts)).analysis.loudness.rangeLu ?? 0) - range)).toBeLessThan(1);
  });
});

describe('channels', () => {
  const lufs = (channels: number, signal: Float32Array, channelMask?: number): number | null =>
    analysed({ channels, ...(channelMask === undefined ? {} : { channelMask }) }, signal).analysis.loudness
      .integratedLufs;
  const only = (channels: number, index: number): Float32Array =>
    tones(
      2,
      RATE,
      Array.from({ length: channels }, (_, channel) => (channel === index ? { hertz: 997, peakDb: -20 } : null)),
    );
  const ONE = -20 - 10 * Math.log10(2);
  const SIDE = ONE + 10 * Math.log10(1.41);

  it('mono counts once', () => {
    expect(lufs(1, only(1, 0))).toBeCloseTo(ONE, 1);
  });

  it.each([
    [0, ONE],
    [1, ONE],
    [2, ONE],
    [4, SIDE],
    [5, SIDE],
  ])('channel %d of 5.1', (channel, expected) => {
    expect(lufs(6, only(6, channel))).toBeCloseTo(expected, 2);
  });

  it('low-frequency effects do not count, but have peaks', () => {
    const { loudness, channels } = analysed({ channels: 6 }, only(6, 3)).analysis;
    expect(loudness).toMatchObject({ integratedLufs: null, unmeasured: 'below_gate' });
    expect(channels[3]?.truePeakDb).toBeCloseTo(-20, 1);
  });

  it('behind a pair at the sides, the pair at the back counts as if in front', () => {
    expect(lufs(8, only(8, 4))).toBeCloseTo(ONE, 2);
    expect(lufs(8, only(8, 6))).toBeCloseTo(SIDE, 2);
  });

  it('a mask says which is which', () => {
    const leftRightLow = 0b1011;
    expect(lufs(3, only(3, 2))).toBeCloseTo(ONE, 2);
    expect(lufs(3, only(3, 2), leftRightLow)).toBeNull();
    // One that names fewer than there are says nothing.
    expect(lufs(3, only(3, 2), 0b0011)).toBeCloseTo(ONE, 2);
  });
});

describe('what has no loudness', () => {
  const stereo = (seconds: number): Float32Array => noiseFloats(2 * Math.round(seconds * RATE), 0.5);
  const none = { integratedLufs: null, rangeLu: null, maxShortTermLufs: null };

  it.each([
    ['no sample', new Float32Array(0)],
    ['one sample', Float32Array.of(0.5, -0.5)],
    ['a sample less than 400 ms', stereo(0.4).subarray(0, 2 * (0.4 * RATE - 1))],
  ])('%s: too short', (_, signal) => {
    const { loudness } = analysed({}, signal).analysis;
    expect(loudness).toEqual({ ...none, maxMomentaryLufs: null, unmeasured: 'too_short' });
  });

  it('400 ms have one', () => {
    const { loudness } = analysed({}, stereo(0.4)).analysis;
    expect(loudness.integratedLufs).toBeCloseTo(loudness.maxMomentaryLufs ?? 0, 5);
    expect(loudness.unmeasured).toBeNull();
  });

  it('silence: below the gate', () => {
    const { loudness, channels, spectrumDb } = analysed({}, new Float32Array(2 * 5 * RATE)).analysis;
    expect(loudness).toEqual({ ...none, maxMomentaryLufs: null, unmeasured: 'below_gate' });
    expect(channels).toEqual(
      ['front-left', 'front-right'].map((speaker) => ({ speaker, samplePeakDb: null, truePeakDb: null })),
    );
    expect(new Set(spectrumDb)).toEqual(new Set([null]));
  });

  it('noise at -80 dB: below the gate, but it has a greatest momentary loudness', () => {
    const { loudness } = analysed({}, noiseFloats(2 * 5 * RATE, amplitude(-80))).analysis;
    expect(loudness).toMatchObject({ integratedLufs: null, unmeasured: 'below_gate' });
    expect(loudness.maxMomentaryLufs).toBeLessThan(-70);
  });

  it('a constant is as good as silence once it has begun', () => {
    const { loudness, channels } = analysed({}, new Float32Array(2 * 20 * RATE).fill(0.25)).analysis;
    // The step that it begins with is heard, and is all that is.
    expect(loudness.maxMomentaryLufs).toBeLessThan(-20);
    expect(channels[0]?.samplePeakDb).toBeCloseTo(20 * Math.log10(0.25), 9);
  });
});
