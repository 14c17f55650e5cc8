import fc from 'fast-check';
import { readSilences, type Silence } from '../../../lambdas/core/dsp/silence-record.ts';
import type { SilenceOptions } from '../../../lambdas/core/dsp/silences.ts';
import { amplitude, analysed, joined, noiseFloats, seriesBytes, tones } from './signals.ts';

const RATE = 8000;

function silencesOf(signal: Float32Array, channels: number, silences: SilenceOptions, sampleRate = RATE): Silence[] {
  return readSilences(seriesBytes(analysed({ sampleRate, channels, silences }, signal).pieces, 'silences'));
}

/** The definition, sample by sample. */
function byDefinition(signal: Float32Array, channels: number, { thresholdDb, minimumMs }: SilenceOptions): Silence[] {
  const threshold = Math.fround(amplitude(thresholdDb));
  const minimum = Math.ceil((minimumMs * RATE) / 1000);
  const silences: Silence[] = [];
  let startSample = 0;
  for (let i = 0; i <= signal.length / channels; i++) {
    const frame = signal.subarray(i * channels, (i + 1) * channels);
    if (frame.length > 0 && frame.every((x) => Math.abs(x) <= threshold)) continue;
    if (i - startSample >= minimum) silences.push({ startSample, endSample: i });
    startSample = i + 1;
  }
  return silences;
}

it('are found to the sample, wherever they lie', () => {
  const parts = fc.array(
    fc.record({ length: fc.integer({ min: 1, max: 1500 }), peak: fc.constantFrom(0, 0.0009, 0.002, 0.9) }),
    { minLength: 1, maxLength: 12 },
  );
  let found = 0;
  fc.assert(
    fc.property(
      parts,
      fc.integer({ min: 1, max: 3 }),
      fc.constantFrom(20, 25.3, 100),
      (lengths, channels, minimumMs) => {
        const signal = joined(...lengths.map(({ length, peak }, i) => noiseFloats(length * channels, peak, i + 1)));
        const options = { thresholdDb: -60, minimumMs };
        const expected = byDefinition(signal, channels, options);
        found += expected.length;
        expect(silencesOf(signal, channels, options)).toEqual(expected);
      },
    ),
  );
  expect(found).toBeGreaterThan(50);
});

describe('the threshold', () => {
  const quiet = { thresholdDb: -40, minimumMs: 100 };
  const at = (level: number): Float32Array => new Float32Array(RATE).fill(level);

  it('belongs to the silence', () => {
    const level = Math.fround(amplitude(-40));
    expect(silencesOf(at(level), 1, quiet)).toEqual([{ startSample: 0, endSample: RATE }]);
    expect(silencesOf(at(level * 1.0001), 1, quiet)).toEqual([]);
  });

  it('is for every channel', () => {
    const left = tones(1, RATE, [{ hertz: 100, peakDb: -20, phaseDegrees: 45 }, null]);
    expect(silencesOf(left, 2, quiet)).toEqual([]);
    expect(silencesOf(new Float32Array(2 * RATE), 2, quiet)).toEqual([{ startSample: 0, endSample: RATE }]);
  });
});

it('are cut by a single loud sample, and end with the track', () => {
  const signal = new Float32Array(3 * RATE);
  signal[RATE] = -1;
  expect(silencesOf(signal, 1, { thresholdDb: -60, minimumMs: 500 })).toEqual([
    { startSample: 0, endSample: RATE },
    { startSample: RATE + 1, endSample: 3 * RATE },
  ]);
});

it.each([
  [{ thresholdDb: 0, minimumMs: 500 }, '0 dB'],
  [{ thresholdDb: Number.NaN, minimumMs: 500 }, 'NaN dB'],
  [{ thresholdDb: -60, minimumMs: 1 }, '1 ms'],
  [{ thresholdDb: -60, minimumMs: 1e9 }, '1000000000 ms'],
])('refuses %j', (silences, named) => {
  const refused = () => analysed({ silences });
  expect(refused).toThrow(expect.objectContaining({ code: 'invalid_parameter' }));
  expect(refused).toThrow(named);
});

it('are read whole or not at all', () => {
  expect(() => readSilences(new Uint8Array(24))).toThrow(RangeError);
});
