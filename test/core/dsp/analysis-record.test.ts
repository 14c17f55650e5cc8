import fc from 'fast-check';
import type { Analysis } from '../../../lambdas/core/dsp/analysis.ts';
import { decodeAnalysis, encodeAnalysis } from '../../../lambdas/core/dsp/analysis-record.ts';
import { BAND_COUNT, levelByte, levelOfByte, loudnessOfWord, loudnessWord } from '../../../lambdas/core/dsp/bands.ts';
import { SPEAKERS } from '../../../lambdas/core/dsp/speakers.ts';
import { analysed, noiseFloats } from './signals.ts';

const number = fc.double({ noNaN: true });
const level = fc.option(number);
const count = fc.nat();
const names = fc.constantFrom('steps', 'silences', 'waveform-0', 'waveform-1', 'waveform-2');

const analyses: fc.Arbitrary<Analysis> = fc.record({
  sampleRate: count,
  totalSamples: count,
  unusableSamples: count,
  undecodedSamples: fc.option(count),
  loudness: fc.record({
    integratedLufs: level,
    rangeLu: level,
    maxMomentaryLufs: level,
    maxShortTermLufs: level,
    unmeasured: fc.constantFrom(null, 'too_short', 'below_gate'),
  }),
  silences: fc.record({ thresholdDb: number, minimumMs: number }),
  channels: fc.array(fc.record({ speaker: fc.constantFrom(...SPEAKERS), samplePeakDb: level, truePeakDb: level }), {
    minLength: 1,
    maxLength: 8,
  }),
  spectrumDb: fc.array(level, { maxLength: 37 }),
  waveformSamplesPerPixel: fc.array(count, { maxLength: 3 }),
  series: fc.array(fc.record({ name: names, records: count, recordBytes: count }), { maxLength: 5 }),
});

it('comes back as it was', () => {
  fc.assert(fc.property(analyses, (analysis) => expect(decodeAnalysis(encodeAnalysis(analysis))).toEqual(analysis)));
});

it('is small', () => {
  expect(encodeAnalysis(analysed({}, noiseFloats(100_000)).analysis).length).toBeLessThan(600);
});

it('of format 1 does not tell how much was not decoded', () => {
  const { analysis } = analysed({}, noiseFloats(10_000));
  const bytes = encodeAnalysis(analysis);
  const at = 1 + 3 * 8;
  const old = Uint8Array.from([1, ...bytes.subarray(1, at), ...bytes.subarray(at + 8)]);
  expect(decodeAnalysis(old)).toEqual({ ...analysis, undecodedSamples: null });
});

describe('bytes that are none', () => {
  const bytes = encodeAnalysis(analysed({}, noiseFloats(10_000)).analysis);
  const changed = (at: number, value: number): Uint8Array =>
    Uint8Array.from(bytes, (byte, i) => (i === at ? value : byte));

  it.each([
    ['empty', new Uint8Array(0)],
    ['cut', bytes.subarray(0, bytes.length - 3)],
    ['too long', Uint8Array.from([...bytes, 0])],
    ['another format', changed(0, 3)],
    ['a reason that is none', changed(1 + 8 * 8, 7)],
    ['too many channels', changed(1 + 8 * 8 + 1 + 2 * 8 + 7, 0x7f)],
  ])('%s', (_, wrong) => {
    expect(() => decodeAnalysis(wrong)).toThrow(expect.objectContaining({ code: 'internal' }));
  });
});

describe('levels in bytes', () => {
  it('are off by a quarter of a decibel at most, from -120 to +7 dB', () => {
    for (let decibels = -120; decibels <= 7; decibels += 0.1) {
      expect(Math.abs((levelOfByte(levelByte(decibels)) ?? 0) - decibels)).toBeLessThanOrEqual(0.2501);
    }
    expect(levelOfByte(levelByte(null))).toBeNull();
    expect(levelOfByte(levelByte(-300))).toBeNull();
    expect(levelOfByte(levelByte(90))).toBe(7);
  });

  it('of loudness by a two-hundredth of an LU', () => {
    for (let lufs = -119; lufs <= 30; lufs += 0.0123) {
      expect(Math.abs((loudnessOfWord(loudnessWord(lufs)) ?? 0) - lufs)).toBeLessThanOrEqual(0.0051);
    }
    expect(loudnessOfWord(loudnessWord(null))).toBeNull();
    expect(loudnessOfWord(loudnessWord(-121))).toBeNull();
  });

  it('there are as many as bands', () => {
    expect(BAND_COUNT).toBe(11);
  });
});
