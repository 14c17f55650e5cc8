/** The stored levels and what is made of them, against the definition; the definition is written out here once more. */
import fc from 'fast-check';
import { Analyser } from '../../../lambdas/core/dsp/analyser.ts';
import type { SeriesName } from '../../../lambdas/core/dsp/series.ts';
import {
  planWaveform,
  resampleWaveform,
  type WaveformLanes,
  type WaveformQuery,
} from '../../../lambdas/core/waveform/stored-waveform.ts';
import { storedLevels, type Waveform } from '../../../lambdas/core/waveform/waveform.ts';
import { WaveformBuilder } from '../../../lambdas/core/waveform/waveform-builder.ts';
import { noiseFloats, seriesBytes } from '../dsp/signals.ts';

/** Interleaved 16-bit samples that wander, so that pixels differ from each other. */
function shorts(samples: number, channels: number, seed: number): Int16Array {
  const noise = noiseFloats(samples * channels, 1, seed);
  return Int16Array.from(noise, (value, i) => Math.round(value * (500 + ((i * 7) % 32_000))));
}

const justified = (samples: Int16Array): Int32Array => Int32Array.from(samples, (value) => value << 16);

/** Least and greatest of each pixel, straight from the samples. */
function byDefinition(samples: Int16Array, channels: number, samplesPerPixel: number, lanes: WaveformLanes): number[] {
  const total = samples.length / channels;
  const data: number[] = [];
  for (let start = 0; start < total; start += samplesPerPixel) {
    const frames = Array.from({ length: Math.min(samplesPerPixel, total - start) }, (_, i) => [
      ...samples.subarray((start + i) * channels, (start + i + 1) * channels),
    ]);
    const shown =
      lanes === 'split' && channels > 1
        ? Array.from({ length: channels }, (_, channel) => frames.map((frame) => frame[channel] ?? 0))
        : [frames.map((frame) => Math.trunc(frame.reduce((sum, value) => sum + value, 0) / channels))];
    for (const values of shown) data.push(Math.min(...values), Math.max(...values));
  }
  return data;
}

/** The same from a finer waveform, as audiowaveform goes through it; what is left over belongs to the last pixel. */
function rescaled(input: readonly number[], channels: number, from: number, to: number, length: number): number[] {
  const pixels = input.length / (2 * channels);
  const data: number[] = [];
  for (let pixel = 0; pixel < length; pixel++) {
    const start = Math.floor((pixel * to) / from);
    const end = pixel === length - 1 ? pixels : Math.floor(((pixel + 1) * to) / from);
    for (let channel = 0; channel < channels; channel++) {
      const least: number[] = [];
      const greatest: number[] = [];
      for (let i = start; i < end; i++) {
        least.push(input[2 * (i * channels + channel)] ?? 0);
        greatest.push(input[2 * (i * channels + channel) + 1] ?? 0);
      }
      data.push(Math.min(...least), Math.max(...greatest));
    }
  }
  return data;
}

type Stored = {
  readonly levels: readonly number[];
  readonly totalSamples: number;
  readonly channels: number;
  read(level: number, startRecord: number, endRecord: number): Uint8Array;
};

function stored(samples: Int32Array | Float32Array, channels: number): Stored {
  const totalSamples = samples.length / channels;
  const analyser = new Analyser({ sampleRate: 44_100, channels, expectedSamples: totalSamples });
  analyser.accept(samples);
  const analysis = analyser.finish();
  const pieces = analyser.takePieces();
  const names: SeriesName[] = ['waveform-0', 'waveform-1', 'waveform-2'];
  const bytes = names.map((name) => seriesBytes(pieces, name));
  return {
    levels: analysis.waveformSamplesPerPixel,
    totalSamples,
    channels,
    read(level, startRecord, endRecord) {
      const size = analysis.series.find(({ name }) => name === names[level])?.recordBytes ?? 0;
      return bytes[level]?.subarray(startRecord * size, endRecord * size) ?? new Uint8Array(0);
    },
  };
}

function waveformOf(track: Stored, query: WaveformQuery, lanes: WaveformLanes = 'mixed'): Waveform {
  const plan = planWaveform(query, track.levels, track.totalSamples);
  const bytes = track.read(plan.level, plan.startRecord, plan.endRecord);
  return resampleWaveform(plan, bytes, { sampleRate: 44_100, channels: track.channels }, lanes);
}

describe('at multiples of the finest level', () => {
  it('every pixel is least and greatest of its very samples', () => {
    const zooms = fc.constantFrom(256, 512, 768, 1024, 2560, 4096, 8192, 65_536, 131_072);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30_000 }),
        fc.integer({ min: 1, max: 4 }),
        zooms,
        fc.nat(),
        (samples, channels, zoom, seed) => {
          const signal = shorts(samples, channels, seed);
          const track = stored(justified(signal), channels);
          for (const lanes of ['mixed', 'split'] as const) {
            const waveform = waveformOf(track, { samplesPerPixel: zoom }, lanes);
            expect([...waveform.data]).toEqual(byDefinition(signal, channels, zoom, lanes));
            expect(waveform.length).toBe(Math.ceil(samples / zoom));
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('and one sample that is moved to the next pixel shows', () => {
    const signal = new Int16Array(2048);
    signal[255] = 1000;
    const moved = new Int16Array(2048);
    moved[256] = 1000;
    const ours = [...waveformOf(stored(justified(signal), 1), { samplesPerPixel: 256 }).data];
    expect(ours).toEqual([0, 1000, ...new Array(14).fill(0)]);
    expect(ours).not.toEqual(byDefinition(moved, 1, 256, 'mixed'));
  });
});

it('at other zooms it is what audiowaveform makes of the level', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 30_000 }),
      fc.integer({ min: 257, max: 5000 }),
      fc.nat(),
      (samples, zoom, seed) => {
        const signal = shorts(samples, 2, seed);
        const track = stored(justified(signal), 2);
        const { storedSamplesPerPixel } = planWaveform({ samplesPerPixel: zoom }, track.levels, samples);
        const level = byDefinition(signal, 2, storedSamplesPerPixel, 'split');
        expect([...waveformOf(track, { samplesPerPixel: zoom }, 'split').data]).toEqual(
          rescaled(level, 2, storedSamplesPerPixel, zoom, Math.ceil(samples / zoom)),
        );
      },
    ),
    { numRuns: 60 },
  );
});

describe('ranges', () => {
  it('are cut out of the whole, on its grid, and put together are the whole', () => {
    const signal = shorts(30_000, 2, 5);
    const track = stored(justified(signal), 2);
    fc.assert(
      fc.property(fc.nat(30_000), fc.nat(30_000), fc.integer({ min: 256, max: 6000 }), (a, b, samplesPerPixel) => {
        const [startSample, endSample] = [Math.min(a, b), Math.max(a, b)];
        const whole = waveformOf(track, { samplesPerPixel });
        const part = waveformOf(track, { samplesPerPixel, startSample, endSample });
        const from = Math.floor(startSample / samplesPerPixel);
        expect([...part.data]).toEqual([...whole.data.subarray(2 * from, 2 * (from + part.length))]);
        if (startSample < endSample) {
          expect((from + part.length) * samplesPerPixel).toBeGreaterThanOrEqual(endSample);
        } else expect(part.length).toBe(0);
      }),
    );
  });

  it('need no more of what is stored than they show', () => {
    const levels = storedLevels(44_100 * 3600);
    const plan = planWaveform(
      { samplesPerPixel: 4096, startSample: 44_100 * 600, endSample: 44_100 * 660 },
      levels,
      44_100 * 3600,
    );
    expect(plan).toMatchObject({ level: 1, storedSamplesPerPixel: 4096 });
    expect(plan.endRecord - plan.startRecord).toBe(plan.endPixel - plan.startPixel);
    const overview = planWaveform({ samplesPerPixel: 158_760 }, levels, 44_100 * 3600);
    expect(overview.level).toBe(1);
    expect(overview.endPixel).toBe(1000);
  });

  const levels = [256, 4096, 65_536];

  it.each([
    [{ samplesPerPixel: 255 }, 'invalid_parameter'],
    [{ samplesPerPixel: 256.5 }, 'invalid_parameter'],
    [{ samplesPerPixel: Number.NaN }, 'invalid_parameter'],
    [{ samplesPerPixel: 2 ** 31 }, 'invalid_parameter'],
    [{ samplesPerPixel: 256, startSample: -1 }, 'range_not_satisfiable'],
    [{ samplesPerPixel: 256, startSample: 1001 }, 'range_not_satisfiable'],
    [{ samplesPerPixel: 256, startSample: 20, endSample: 10 }, 'range_not_satisfiable'],
    [{ samplesPerPixel: 256, startSample: Number.NaN }, 'range_not_satisfiable'],
  ])('%j is refused', (query, code) => {
    expect(() => planWaveform(query, levels, 1000)).toThrow(expect.objectContaining({ code }));
  });

  it('what was not read is missed', () => {
    const plan = planWaveform({ samplesPerPixel: 256 }, levels, 1000);
    expect(() => resampleWaveform(plan, new Uint8Array(4), { sampleRate: 44_100, channels: 1 }, 'mixed')).toThrow(
      RangeError,
    );
  });
});

describe('samples of 16 bits', () => {
  const of = (samples: Int32Array | Float32Array, channels = 1, lanes: WaveformLanes = 'mixed'): number[] => [
    ...waveformOf(stored(samples, channels), { samplesPerPixel: 256 }, lanes).data,
  ];

  it('are the upper ones of integers', () => {
    expect(of(Int32Array.of(0x7fffffff, -1))).toEqual([-1, 32_767]);
    expect(of(Int32Array.of(-0x80000000, 0xffff))).toEqual([-32_768, 0]);
  });

  it('are floats times 32767, towards zero, limited', () => {
    expect(of(Float32Array.of(1, -1))).toEqual([-32_767, 32_767]);
    expect(of(Float32Array.of(1.5, -1.5))).toEqual([-32_768, 32_767]);
    expect(of(Float32Array.of(0.00004, -0.00004))).toEqual([-1, 1]);
    expect(of(Float32Array.of(0.00003, -0.00003))).toEqual([0, 0]);
  });

  it('are mixed before they are compared, towards zero', () => {
    const loud = 20_000 << 16;
    // Each channel is loud, both together are silent.
    expect(of(Int32Array.of(loud, -loud), 2)).toEqual([0, 0]);
    expect(of(Int32Array.of(loud, -loud), 2, 'split')).toEqual([20_000, 20_000, -20_000, -20_000]);
    expect(of(Int32Array.of(-3 << 16, 0, 3 << 16, 0), 2)).toEqual([-1, 1]);
    expect(of(Int32Array.of(100 << 16, 200 << 16, 301 << 16), 3)).toEqual([200, 200]);
  });
});

it('what is stored of a very long track begins coarser', () => {
  expect(storedLevels(0)).toEqual([256, 4096, 65_536]);
  expect(storedLevels(44_100 * 3600 * 6)).toEqual([256, 4096, 65_536]);
  expect(storedLevels(44_100 * 3600 * 100)).toEqual([4096, 65_536, 1_048_576]);
});

it('the builder makes any other zoom as well', () => {
  const signal = shorts(5000, 1, 9);
  for (const zoom of [2, 3, 100, 255]) {
    const data: number[] = [];
    const builder = new WaveformBuilder([zoom], 1, (_, pixel) => data.push(...pixel));
    builder.addBlock([signal.subarray(0, 777)], 777);
    builder.addBlock([signal.subarray(777)], signal.length - 777);
    builder.finish();
    expect(data).toEqual(byDefinition(signal, 1, zoom, 'mixed'));
  }
});
