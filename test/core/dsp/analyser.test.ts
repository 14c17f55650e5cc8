import fc from 'fast-check';
import { type AnalysedAudio, Analyser } from '../../../lambdas/core/dsp/analyser.ts';
import { truePeakOf } from '../../../lambdas/core/dsp/analysis.ts';
import { decodeAnalysis, encodeAnalysis } from '../../../lambdas/core/dsp/analysis-record.ts';
import { PIECE_RECORDS, pieceWindows, type SeriesPiece } from '../../../lambdas/core/dsp/series.ts';
import { type Analysed, analysed, noiseFloats, seriesBytes, tones } from './signals.ts';

const SERIES = ['steps', 'silences', 'waveform-0', 'waveform-1', 'waveform-2'] as const;

/** Loud and quiet by turns, so that there is something of everything. */
function signalOf(samples: number, channels: number, seed: number): Float32Array {
  return noiseFloats(samples * channels, 0.8, seed).map((value, i) =>
    Math.floor(i / channels / 3000) % 3 === 2 ? 0 : value,
  );
}

const audio = (channels: number, sampleRate: number): AnalysedAudio => ({
  sampleRate,
  channels,
  expectedSamples: 20_000,
  silences: { thresholdDb: -60, minimumMs: 50 },
});

/** Jest compares bytes one by one, which takes minutes. */
const areSame = (ours: Uint8Array, theirs: Uint8Array): boolean => Buffer.compare(ours, theirs) === 0;

/** To the bit. */
function expectSame(ours: Analysed, theirs: Analysed): void {
  expect(ours.analysis).toEqual(theirs.analysis);
  expect(areSame(encodeAnalysis(ours.analysis), encodeAnalysis(theirs.analysis))).toBe(true);
  const different = SERIES.filter((name) => !areSame(seriesBytes(ours.pieces, name), seriesBytes(theirs.pieces, name)));
  expect(different).toEqual([]);
}

const cases = fc.record({
  channels: fc.integer({ min: 1, max: 5 }),
  sampleRate: fc.constantFrom(8000, 11_025, 44_100, 96_000, 192_000),
  samples: fc.integer({ min: 0, max: 20_000 }),
  cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 }),
  seed: fc.integer(),
});

describe('results do not depend', () => {
  it('on how samples are divided among calls', () => {
    fc.assert(
      fc.property(cases, ({ channels, sampleRate, samples, cuts, seed }) => {
        const signal = signalOf(samples, channels, seed);
        const ends = [...cuts.map((cut) => Math.floor(cut * samples)).sort((a, b) => a - b), samples];
        const analyser = new Analyser(audio(channels, sampleRate));
        const pieces: SeriesPiece[] = [];
        let start = 0;
        for (const [i, end] of ends.entries()) {
          // By a part of the whole, or by an array of its own.
          if (i % 2 === 0) analyser.accept(signal, start, end);
          else analyser.accept(signal.slice(start * channels, end * channels));
          start = end;
          pieces.push(...analyser.takePieces());
        }
        expect(analyser.totalSamples).toBe(samples);
        const analysis = analyser.finish();
        pieces.push(...analyser.takePieces());
        expectSame({ analysis, pieces }, analysed(audio(channels, sampleRate), signal));
      }),
      { numRuns: 40 },
    );
  });

  it('on interruptions', () => {
    fc.assert(
      fc.property(cases, ({ channels, sampleRate, samples, cuts, seed }) => {
        const signal = signalOf(samples, channels, seed);
        const ends = [...cuts.map((cut) => Math.floor(cut * samples)).sort((a, b) => a - b), samples];
        let analyser = new Analyser(audio(channels, sampleRate));
        const pieces: SeriesPiece[] = [];
        let start = 0;
        for (const end of ends) {
          analyser.accept(signal, start, end);
          start = end;
          pieces.push(...analyser.takePieces());
          const state = analyser.save();
          analyser = Analyser.restore(state);
          expect(areSame(analyser.save(), state)).toBe(true);
        }
        const analysis = analyser.finish();
        pieces.push(...analyser.takePieces());
        expectSame({ analysis, pieces }, analysed(audio(channels, sampleRate), signal));
      }),
      { numRuns: 40 },
    );
  });

  it('on the kind of samples, but for the waveform, which has its own rule for floats', () => {
    const integers = Int32Array.from(noiseFloats(96_000, 1, 7), (value) => Math.round(value * 32_767) << 16);
    const floats = Float32Array.from(integers, (value) => value / 2 ** 31);
    const ours = analysed({}, integers);
    const theirs = analysed({}, floats);
    expect(ours.analysis).toEqual(theirs.analysis);
    expect(areSame(seriesBytes(ours.pieces, 'steps'), seriesBytes(theirs.pieces, 'steps'))).toBe(true);
    expect(areSame(seriesBytes(ours.pieces, 'waveform-0'), seriesBytes(theirs.pieces, 'waveform-0'))).toBe(false);
  });
});

it('a difference of one sample shows: the comparisons above can fail', () => {
  const signal = signalOf(20_000, 2, 1);
  const other = Float32Array.from(signal);
  other[777] = 0.99;
  const ours = analysed(audio(2, 44_100), signal);
  const theirs = analysed(audio(2, 44_100), other);
  expect(areSame(encodeAnalysis(ours.analysis), encodeAnalysis(theirs.analysis))).toBe(false);
  expect(areSame(seriesBytes(ours.pieces, 'waveform-0'), seriesBytes(theirs.pieces, 'waveform-0'))).toBe(false);
});

describe('a saved analysis', () => {
  const analyser = new Analyser(audio(2, 48_000));
  analyser.accept(signalOf(20_000, 2, 3));
  const state = analyser.save();

  it.each([
    ['cut', state.subarray(0, state.length - 1)],
    ['with something behind it', Uint8Array.from([...state, 0])],
    ['of another format', Uint8Array.from(state, (byte, i) => (i === 0 ? 99 : byte))],
    ['of nothing', new Uint8Array(0)],
    ['of a rate that nothing has', Uint8Array.from(state, (byte, i) => (i > 0 && i < 9 ? 0 : byte))],
  ])('that is %s is refused', (_, bytes) => {
    expect(() => Analyser.restore(bytes)).toThrow(expect.objectContaining({ code: 'internal' }));
  });

  it('keeps where speakers are', () => {
    const masked = new Analyser({ ...audio(3, 48_000), channelMask: 0b1011 });
    expect(
      Analyser.restore(masked.save())
        .finish()
        .channels.map(({ speaker }) => speaker),
    ).toEqual(['front-left', 'front-right', 'low-frequency']);
  });

  it('has no pieces in it: they must have been taken', () => {
    const long = new Analyser({ sampleRate: 8000, channels: 1, expectedSamples: 0 });
    long.accept(new Float32Array(256 * PIECE_RECORDS));
    expect(() => long.save()).toThrow('pieces');
    expect(long.takePieces()).toHaveLength(1);
    expect(long.save().length).toBeLessThan(1_000_000);
  });
});

describe('pieces', () => {
  it('are whole, numbered, and all there is', () => {
    const seconds = 1100;
    const { analysis, pieces } = analysed({ sampleRate: 8000, channels: 1 }, noiseFloats(seconds * 8000, 0.1));
    for (const { name, records, recordBytes } of analysis.series) {
      const own = pieces.filter(({ series }) => series === name);
      expect(own.map(({ number }) => number)).toEqual(own.map((_, number) => number));
      expect(own.reduce((sum, piece) => sum + piece.records, 0)).toBe(records);
      for (const piece of own) expect(piece.bytes.length).toBe(piece.records * recordBytes);
      for (const piece of own.slice(0, -1)) expect(piece.records).toBe(PIECE_RECORDS);
    }
    expect(pieces.filter(({ series }) => series === 'waveform-0')).toHaveLength(3);
    expect(analysis.series).toContainEqual({ name: 'steps', records: seconds * 10, recordBytes: 13 });
  });

  it('are found by the numbers of their records', () => {
    const record = fc.nat(5 * PIECE_RECORDS);
    fc.assert(
      fc.property(record, record, fc.integer({ min: 1, max: 20 }), (a, b, recordBytes) => {
        const [start, end] = [Math.min(a, b), Math.max(a, b)];
        const windows = pieceWindows(start, end, recordBytes);
        let next = start * recordBytes;
        for (const { number, startByte, endByte } of windows) {
          const pieceStart = number * PIECE_RECORDS * recordBytes;
          expect(pieceStart + startByte).toBe(next);
          expect(endByte).toBeLessThanOrEqual(PIECE_RECORDS * recordBytes);
          next = pieceStart + endByte;
        }
        expect(next).toBe(end * recordBytes);
      }),
    );
    expect(pieceWindows(PIECE_RECORDS - 1, PIECE_RECORDS + 2, 4)).toEqual([
      { number: 0, startByte: 4 * (PIECE_RECORDS - 1), endByte: 4 * PIECE_RECORDS },
      { number: 1, startByte: 0, endByte: 8 },
    ]);
  });
});

describe('samples that are no audio', () => {
  it('are taken as silence and counted, and leave no trace in any number', () => {
    const signal = noiseFloats(96_000, 0.5, 5);
    const clean = Float32Array.from(signal);
    for (const [i, value] of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e30, -3e38].entries()) {
      signal[1000 + 777 * i] = value;
      clean[1000 + 777 * i] = 0;
    }
    const ours = analysed({}, signal);
    const theirs = analysed({}, clean);
    expect(ours.analysis.unusableSamples).toBe(5);
    expectSame({ ...ours, analysis: { ...ours.analysis, unusableSamples: 0 } }, theirs);
  });

  it('however loud the rest is, every level is a number', () => {
    const { analysis } = analysed({}, noiseFloats(96_000, 1e9, 5));
    expect(truePeakOf(analysis)).toBeGreaterThan(175);
    expect(JSON.stringify(analysis)).not.toMatch(/NaN|Infinity/);
    for (const level of analysis.spectrumDb) expect(Number.isFinite(level)).toBe(true);
    expect(Number.isFinite(analysis.loudness.integratedLufs)).toBe(true);
  });

  it.each([1, 2, 100, 1023, 1024, 1025])('%d samples have whatever can be said of them', (samples) => {
    const { analysis, pieces } = analysed({ channels: 1 }, new Float32Array(samples).fill(0.5));
    expect(analysis.channels[0]?.samplePeakDb).toBeCloseTo(-6.02, 2);
    expect(analysis.loudness.unmeasured).toBe('too_short');
    expect(analysis.totalSamples).toBe(samples);
    expect(analysis.series.map(({ records }) => records)).toEqual([1, 0, Math.ceil(samples / 256), 1, 1]);
    expect(pieces.map(({ series }) => series)).toEqual(['steps', 'waveform-0', 'waveform-1', 'waveform-2']);
    expect(JSON.stringify(analysis)).not.toMatch(/NaN|Infinity/);
  });

  it('none at all are an analysis, too', () => {
    const { analysis, pieces } = analysed({});
    expect(analysis.totalSamples).toBe(0);
    expect(pieces).toEqual([]);
    expect(decodeAnalysis(encodeAnalysis(analysis))).toEqual(analysis);
  });
});

describe('what is refused', () => {
  it.each([
    ['no channels', { channels: 0 }],
    ['nine channels', { channels: 9 }],
    ['a rate of nothing', { sampleRate: 0 }],
    ['a rate that is no number', { sampleRate: Number.NaN }],
    ['a rate between two numbers', { sampleRate: 44_100.5 }],
  ])('%s', (_, wrong) => {
    expect(() => analysed(wrong)).toThrow(RangeError);
  });

  it('samples that are not there', () => {
    const analyser = new Analyser(audio(2, 48_000));
    expect(() => analyser.accept(new Float32Array(7))).toThrow(RangeError);
    expect(() => analyser.accept(new Float32Array(8), 0, 5)).toThrow(RangeError);
    expect(() => analyser.accept(new Float32Array(8), -1, 2)).toThrow(RangeError);
    analyser.accept(new Float32Array(8), 4, 4);
    expect(analyser.totalSamples).toBe(0);
  });

  it('going on after the end', () => {
    const analyser = new Analyser(audio(1, 48_000));
    analyser.finish();
    expect(() => analyser.accept(new Float32Array(1))).toThrow('finished');
    expect(() => analyser.finish()).toThrow('finished');
    expect(() => analyser.save()).toThrow('finished');
  });
});

it('a mono tone through it all', () => {
  const { analysis } = analysed({ channels: 1 }, tones(4, 48_000, [{ hertz: 997, peakDb: -20 }]));
  expect(analysis.loudness.integratedLufs).toBeCloseTo(-23.01, 1);
  expect(analysis.loudness.rangeLu).toBeCloseTo(0, 1);
  expect(truePeakOf(analysis)).toBeCloseTo(-20, 1);
  expect(analysis.channels[0]?.speaker).toBe('front-centre');
});
