import {
  BAND_STARTS_HZ,
  FIRST_THIRD_OCTAVE,
  thirdOctaveEdgesHz,
  thirdOctaveMiddleHz,
} from '../../../lambdas/core/dsp/bands.ts';
import { readSteps } from '../../../lambdas/core/dsp/step-record.ts';
import { stepCount, stepStart } from '../../../lambdas/core/dsp/steps.ts';
import { analysed, joined, noiseFloats, seriesBytes, tones } from './signals.ts';

const power = (level: number | null): number => (level === null ? 0 : 10 ** (level / 10));
const sum = (levels: readonly (number | null)[]): number =>
  levels.reduce<number>((total, level) => total + power(level), 0);
const meanSquare = (signal: Float32Array): number => signal.reduce((total, x) => total + x * x, 0) / signal.length;

describe('the average spectrum', () => {
  // Noise that begins and ends at once, of lengths on and off the grid of frames.
  it.each([
    [48_000, 1, 48_000],
    [48_000, 2, 4096],
    [44_100, 3, 100_001],
    [8000, 2, 12_345],
    [192_000, 6, 50_000],
    [96_000, 1, 1],
    [11_025, 2, 600],
  ])('has the energy of the signal: %d Hz, %d channels, %d samples', (sampleRate, channels, samples) => {
    const signal = noiseFloats(samples * channels, 0.5);
    const { spectrumDb } = analysed({ sampleRate, channels }, signal).analysis;
    // Levels are rounded to a hundredth, and what lies below 18 Hz or above 89 kHz is not shown.
    const edges = thirdOctaveEdgesHz(sampleRate);
    const shown = ((edges.at(-1) ?? 0) - (edges[0] ?? 0)) / (sampleRate / 2);
    const lines = Math.abs(10 * Math.log10(sum(spectrumDb) / (meanSquare(signal) * shown)));
    expect(lines).toBeLessThan(samples < 1000 ? 0.2 : 0.05);
  });

  it('shows a tone in its third octave', () => {
    for (const n of [-10, -5, 0, 5, 10, 12]) {
      const { spectrumDb } = analysed(
        {},
        tones(3, 48_000, [{ hertz: thirdOctaveMiddleHz(n), peakDb: -20 }, null]),
      ).analysis;
      // Half the channels, and a sine has half the power of its peak.
      expect(spectrumDb[n - FIRST_THIRD_OCTAVE]).toBeCloseTo(-26.02, n < 0 ? 0 : 1);
      for (const [i, level] of spectrumDb.entries()) {
        if (Math.abs(i + FIRST_THIRD_OCTAVE - n) > 1) expect(level ?? -200).toBeLessThan(-50);
      }
    }
  });

  it('ends at half the rate', () => {
    expect(thirdOctaveEdgesHz(8000).at(-1)).toBe(4000);
    expect(thirdOctaveEdgesHz(48_000)).toHaveLength(32 + 1);
    expect(thirdOctaveEdgesHz(192_000).at(-1)).toBeCloseTo(89_125, 0);
    expect(thirdOctaveEdgesHz(48_000)[0]).toBeCloseTo(17.78, 2);
  });
});

describe('steps of 100 ms', () => {
  it.each([8000, 11_025, 44_100, 48_000, 96_000])('at %d Hz they tile time and do not drift', (sampleRate) => {
    expect(stepStart(0, sampleRate)).toBe(0);
    expect(stepStart(36_000, sampleRate)).toBe(3600 * sampleRate);
    for (const samples of [0, 1, stepStart(1, sampleRate), stepStart(1, sampleRate) + 1, 1_000_003]) {
      const steps = stepCount(samples, sampleRate);
      expect(stepStart(steps, sampleRate)).toBeGreaterThanOrEqual(samples);
      if (steps > 0) expect(stepStart(steps - 1, sampleRate)).toBeLessThan(samples);
    }
  });

  it.each([
    [48_000, 1],
    [48_000, 4800],
    [48_000, 4801],
    [44_100, 100_000],
    [11_025, 33_333],
    [8000, 8001],
    [192_000, 200_000],
  ])('there is one for each that has begun: %d Hz, %d samples', (sampleRate, samples) => {
    const { pieces, analysis } = analysed({ sampleRate, channels: 1 }, noiseFloats(samples, 0.25));
    const steps = readSteps(seriesBytes(pieces, 'steps'));
    expect(steps).toHaveLength(stepCount(samples, sampleRate));
    expect(analysis.series.find(({ name }) => name === 'steps')?.records).toBe(steps.length);
    // White noise has the same level everywhere, to the chance of so few samples.
    if (samples > 10_000)
      for (const { bandsDb } of steps) expect(10 * Math.log10(sum(bandsDb))).toBeCloseTo(-16.8, -0.3);
  });

  it('hold the band that a tone is in', () => {
    for (const [band, start] of BAND_STARTS_HZ.entries()) {
      const hertz = ((BAND_STARTS_HZ[band + 1] ?? 20_000) + start) / 2;
      const tone = { hertz, peakDb: -10 };
      const steps = readSteps(seriesBytes(analysed({}, tones(1, 48_000, [tone, tone])).pieces, 'steps'));
      const bands = steps[5]?.bandsDb ?? [];
      expect(Math.abs((bands[band] ?? 0) + 13.01)).toBeLessThan(0.6);
      for (const [other, level] of bands.entries()) if (other !== band) expect(level ?? -120).toBeLessThan(-28);
    }
  });

  it('follow what changes, by loudness and by bands', () => {
    const loud = tones(1, 48_000, [{ hertz: 997, peakDb: -10 }, null]);
    const quiet = tones(1, 48_000, [{ hertz: 997, peakDb: -50 }, null]);
    const steps = readSteps(seriesBytes(analysed({}, joined(loud, quiet, new Float32Array(96_000))).pieces, 'steps'));
    expect(steps).toHaveLength(30);
    expect(steps[4]?.loudnessLufs).toBeCloseTo(-13.01, 1);
    expect(steps[15]?.loudnessLufs).toBeCloseTo(-53.01, 1);
    expect(steps[25]).toEqual({ loudnessLufs: null, bandsDb: BAND_STARTS_HZ.map(() => null) });
    expect(Math.abs((steps[4]?.bandsDb[5] ?? 0) + 16.02)).toBeLessThan(0.5);
    expect(Math.abs((steps[15]?.bandsDb[5] ?? 0) + 56.02)).toBeLessThan(0.5);
  });

  it('are read whole or not at all', () => {
    expect(() => readSteps(new Uint8Array(14))).toThrow(RangeError);
  });
});
