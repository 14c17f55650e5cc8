import fc from 'fast-check';
import { Kernels } from '../../../lambdas/core/dsp/kernels.ts';
import { BLOCK_SAMPLES } from '../../../lambdas/core/dsp/sample-block.ts';
import { oversampling, TruePeakMeter } from '../../../lambdas/core/dsp/true-peak.ts';
import { analysed, joined, noiseFloats, type Tone, tones } from './signals.ts';

const truePeak = (sampleRate: number, signal: Float32Array): number =>
  analysed({ sampleRate, channels: 1 }, signal).analysis.channels[0]?.truePeakDb ?? Number.NaN;
/** A tone that comes and goes within 10 ms: one that is cut off has higher peaks where that happens. */
function faded(sampleRate: number, tone: Tone): Float32Array {
  const signal = tones(0.5, sampleRate, [tone]);
  const ramp = sampleRate / 100;
  return signal.map((value, i) => value * Math.min(1, i / ramp, (signal.length - i) / ramp));
}
const samplePeak = (sampleRate: number, signal: Float32Array): number =>
  analysed({ sampleRate, channels: 1 }, signal).analysis.channels[0]?.samplePeakDb ?? Number.NaN;

describe('of sines between whose samples the peak lies (EBU Tech 3341, cases 15 to 19)', () => {
  const cases: [string, number, number, number][] = [
    ['15: a quarter of the rate, on its peaks', 1 / 4, 0, -6],
    ['16: a quarter of the rate, half way between', 1 / 4, 45, -6],
    ['17: a sixth, 60°', 1 / 6, 60, -6],
    ['18: an eighth, 67.5°', 1 / 8, 67.5, -6],
    ['19: a quarter, above full scale', 1 / 4, 45, 3],
  ];

  it.each(cases)('case %s', (_, share, phaseDegrees, peakDb) => {
    for (const rate of [44_100, 48_000]) {
      const peak = truePeak(rate, faded(rate, { hertz: share * rate, peakDb, phaseDegrees }));
      expect(peak).toBeLessThan(peakDb + 0.2);
      expect(peak).toBeGreaterThan(peakDb - 0.4);
    }
  });

  it('which the samples themselves do not show', () => {
    const between = faded(48_000, { hertz: 12_000, peakDb: -6, phaseDegrees: 45 });
    expect(samplePeak(48_000, between)).toBeCloseTo(-9.01, 2);
  });
});

/**
 * The greatest magnitude of the band-limited signal that has these samples and zeros around them, at four points a sample: a
 * sum of whole sincs, one for each sample.
 */
function bandLimitedPeak(signal: Float32Array): number {
  let peak = 0;
  for (let point = -160; point < 4 * signal.length + 160; point++) {
    const at = point / 4;
    let value = 0;
    for (const [i, sample] of signal.entries()) {
      const turn = Math.PI * (at - i);
      value += turn === 0 ? sample : (sample * Math.sin(turn)) / turn;
    }
    peak = Math.max(peak, Math.abs(value));
  }
  return 20 * Math.log10(peak);
}

describe('of the same sines where they begin at once, which overshoots', () => {
  const amplitudeDb = 20 * Math.log10(0.5);
  const cases: [string, Tone, number][] = [
    ['15', { hertz: 12_000, peakDb: amplitudeDb, phaseDegrees: 0 }, -6.02],
    ['16', { hertz: 12_000, peakDb: amplitudeDb, phaseDegrees: 45 }, -5.92],
    ['17', { hertz: 8000, peakDb: amplitudeDb, phaseDegrees: 60 }, -5.6],
    ['18', { hertz: 6000, peakDb: amplitudeDb, phaseDegrees: 67.5 }, -5.29],
    ['19', { hertz: 12_000, peakDb: 20 * Math.log10(1.41), phaseDegrees: 45 }, 3.09],
  ];
  const fadedOut = (tone: Tone): Float32Array =>
    tones(0.02, 48_000, [tone]).map((value, i, { length }) => value * Math.min(1, (length - i) / (length / 2)));

  it.each(cases)('case %s reads what is there, band-limited', (_, tone, peakDb) => {
    const signal = fadedOut(tone);
    expect(Math.abs(bandLimitedPeak(signal) - peakDb)).toBeLessThan(0.02);
    expect(Math.abs(truePeak(48_000, signal) - peakDb)).toBeLessThan(0.02);
  });

  it('whatever silence comes before', () => {
    for (const [, tone, peakDb] of cases) {
      const signal = joined(new Float32Array(1234), fadedOut(tone));
      expect(Math.abs(truePeak(48_000, signal) - peakDb)).toBeLessThan(0.02);
    }
  });
});

it.each([
  [8000, 4],
  [48_000, 4],
  [95_999, 4],
  [96_000, 2],
  [191_999, 2],
  [192_000, 1],
])('at %d Hz it looks at %d points a sample', (sampleRate, factor) => {
  expect(oversampling(sampleRate)).toBe(factor);
  const signal = faded(sampleRate, { hertz: sampleRate / 4, peakDb: 0, phaseDegrees: 45 });
  expect(truePeak(sampleRate, signal)).toBeCloseTo(factor === 1 ? -3.01 : 0, 1);
});

/** By the definition, without passing anything over: the filter is found by measuring what a single 1 becomes. */
function peakByDefinition(signal: Float32Array): number {
  const reach = 12;
  const taps = (phase: number): number[] => {
    const bessel = (x: number): number => {
      let sum = 1;
      let term = 1;
      for (let k = 1; k < 50; k++) {
        term *= (x / 2 / k) ** 2;
        sum += term;
      }
      return sum;
    };
    const values = Array.from({ length: 2 * reach }, (_, i) => {
      const distance = Math.abs(phase + reach - 1 - i);
      const window = bessel(5 * Math.sqrt(Math.max(0, 1 - (distance / reach) ** 2)));
      return (Math.sin(Math.PI * distance) / (Math.PI * distance)) * window;
    });
    const sum = values.reduce((a, b) => a + b);
    return values.map((value) => value / sum);
  };
  let peak = 0;
  for (const value of signal) peak = Math.max(peak, Math.abs(value));
  for (const phase of [0.25, 0.5, 0.75]) {
    const filter = taps(phase);
    for (let n = -reach; n < signal.length + reach; n++) {
      let value = 0;
      for (const [i, tap] of filter.entries()) value += tap * (signal[n - reach + 1 + i] ?? 0);
      peak = Math.max(peak, Math.abs(value));
    }
  }
  return peak;
}

it('passes over only what cannot be a peak', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({ peak: fc.constantFrom(0, 0.001, 0.1, 0.3, 0.5, 0.9, 1), length: fc.integer({ min: 1, max: 300 }) }),
        {
          minLength: 1,
          maxLength: 12,
        },
      ),
      fc.integer(),
      (parts, seed) => {
        const signal = Float32Array.from(
          parts.flatMap(({ peak, length }, i) => [...noiseFloats(length, peak, seed + i)]),
        );
        const expected = 20 * Math.log10(peakByDefinition(signal));
        const ours = truePeak(48_000, signal);
        expect(Number.isNaN(ours) ? Number.NEGATIVE_INFINITY : ours).toBeCloseTo(expected, 4);
      },
    ),
  );
});

it('sees a peak at the very ends, and where blocks meet', () => {
  // Two equal samples with nothing beside them: higher between them.
  for (const at of [0, BLOCK_SAMPLES - 1, BLOCK_SAMPLES, 2 * BLOCK_SAMPLES - 1, 2998]) {
    const signal = new Float32Array(3000);
    signal.fill(1, at, at + 2);
    expect(truePeak(48_000, signal)).toBeCloseTo(20 * Math.log10(peakByDefinition(signal)), 4);
    expect(truePeak(48_000, signal)).toBeGreaterThan(1.5);
  }
});

it('needs no more of the memory than it says', () => {
  const kernels = new Kernels(TruePeakMeter.byteLength());
  const meter = new TruePeakMeter(kernels, 48_000);
  meter.addBlock(new Float32Array(BLOCK_SAMPLES).fill(0.5));
  expect(meter.samplePeak).toBe(0.5);
});
