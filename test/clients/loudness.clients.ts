/**
 * Loudness, range and true peak beside those of FFmpeg's filter `ebur128`, of the same samples: signals of EBU Tech 3341 and
 * 3342, noise at all rates, and the files of CUEPOINT_CORPUS where it is set.
 */
import { readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { truePeakOf } from '../../lambdas/core/dsp/analysis.ts';
import { analysed, joined, noiseFloats, type Tone, tones } from '../core/dsp/signals.ts';
import { output } from '../support/programs.ts';

const MOST_LU = 0.1;
const MOST_PEAK_DB = 0.2;
/** The two round places in the sorted list of blocks differently. */
const MOST_RANGE_LU = 0.2;

type Measured = { integratedLufs: number; rangeLu: number; truePeakDb: number };
type Raw = { readonly sampleRate: number; readonly channels: number; readonly signal: Float32Array };

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cuepoint-loudness-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** What FFmpeg has measured by the last whole 100 ms; it says -70 LUFS where nothing is above the gate. */
async function measuredByFfmpeg({ sampleRate, channels, signal }: Raw): Promise<Measured> {
  const file = join(folder, 'signal.f32');
  await writeFile(file, new Uint8Array(signal.buffer, signal.byteOffset, signal.byteLength));
  const raw = ['-f', 'f32le', '-ar', `${sampleRate}`, '-ac', `${channels}`, '-i', file];
  const filters = 'ebur128=peak=true:metadata=1,ametadata=mode=print:file=-';
  const text = (await output('ffmpeg', '-v', 'error', ...raw, '-af', filters, '-f', 'null', '-')).toString();
  const last = (key: string): number => {
    const at = text.lastIndexOf(`lavfi.r128.${key}=`);
    return at < 0 ? Number.NaN : Number.parseFloat(text.slice(text.indexOf('=', at) + 1));
  };
  const peaks = Array.from({ length: channels }, (_, channel) => last(`true_peaks_ch${channel}`));
  return { integratedLufs: last('I'), rangeLu: last('LRA'), truePeakDb: 20 * Math.log10(Math.max(...peaks)) };
}

function expectClose({ sampleRate, channels, signal }: Raw, theirs: Measured): void {
  const { analysis } = analysed({ sampleRate, channels }, signal);
  const { integratedLufs, rangeLu } = analysis.loudness;
  const truePeakDb = truePeakOf(analysis) ?? Number.NEGATIVE_INFINITY;
  const ours = { integratedLufs: integratedLufs ?? -70, rangeLu: rangeLu ?? 0, truePeakDb };
  const difference = {
    lu: Math.abs(ours.integratedLufs - theirs.integratedLufs),
    rangeLu: Math.abs(ours.rangeLu - theirs.rangeLu),
    peakDb: Math.abs(ours.truePeakDb - theirs.truePeakDb),
  };
  expect(difference.lu).toBeLessThanOrEqual(MOST_LU);
  expect(difference.rangeLu).toBeLessThanOrEqual(MOST_RANGE_LU);
  expect(difference.peakDb).toBeLessThanOrEqual(MOST_PEAK_DB);
}

const at = (peakDb: number): Tone => ({ hertz: 1000, peakDb });
const sines = (...parts: readonly (readonly [number, number])[]): Raw => ({
  sampleRate: 48_000,
  channels: 2,
  signal: joined(...parts.map(([seconds, level]) => tones(seconds, 48_000, [at(level), at(level)]))),
});

/**
 * Noise whose level goes up and down by 24 dB, a second up, a second down. Samples are means of some, which leaves little
 * at half the rate, or beyond what is heard, as in any recording: up there, each interpolation has its own opinion.
 */
function programme(sampleRate: number, channels: number): Raw {
  const noise = noiseFloats(20 * sampleRate * channels, 0.9, sampleRate + channels);
  const width = Math.max(2, Math.round(sampleRate / 16_000));
  const signal = noise.map((_, i) => {
    let sum = 0;
    for (let back = 0; back < width; back++) sum += noise[i - back * channels] ?? 0;
    const seconds = i / channels / sampleRate;
    return (sum / width) * 10 ** (-1.2 * Math.abs((seconds % 2) - 1));
  });
  return { sampleRate, channels, signal };
}

/** Between its samples, higher than they are; it comes and goes slowly. */
function peakBetween(share: number, phaseDegrees: number, peakDb: number): Raw {
  const sampleRate = 48_000;
  const signal = tones(2, sampleRate, [{ hertz: share * sampleRate, peakDb, phaseDegrees }]);
  const ramp = sampleRate / 10;
  return {
    sampleRate,
    channels: 1,
    signal: signal.map((value, i) => value * Math.min(1, i / ramp, (signal.length - i) / ramp)),
  };
}

describe('EBU Tech 3341 and 3342', () => {
  const cases: [string, () => Raw][] = [
    ['3341, case 1', () => sines([20, -23])],
    ['3341, case 2', () => sines([20, -33])],
    ['3341, case 3', () => sines([10, -36], [60, -23], [10, -36])],
    ['3341, case 4', () => sines([10, -72], [10, -36], [60, -23], [10, -36], [10, -72])],
    ['3341, case 5', () => sines([20, -26], [20.1, -20], [20, -26])],
    [
      '3341, case 6',
      () => ({
        sampleRate: 48_000,
        channels: 5,
        signal: tones(20, 48_000, [at(-28), at(-28), at(-24), at(-30), at(-30)]),
      }),
    ],
    ['3341, case 15', () => peakBetween(1 / 4, 0, -6)],
    ['3341, case 16', () => peakBetween(1 / 4, 45, -6)],
    ['3341, case 17', () => peakBetween(1 / 6, 60, -6)],
    ['3341, case 18', () => peakBetween(1 / 8, 67.5, -6)],
    ['3341, case 19', () => peakBetween(1 / 4, 45, 3)],
    ['3342, case 1', () => sines([20, -20], [20, -30])],
    ['3342, case 2', () => sines([20, -20], [20, -15])],
    ['3342, case 3', () => sines([20, -40], [20, -20])],
    ['3342, case 4', () => sines([20, -50], [20, -35], [20, -20], [20, -35], [20, -50])],
  ];

  it.each(cases)('%s', async (_, make) => {
    const raw = make();
    expectClose(raw, await measuredByFfmpeg(raw));
  });

  it('the comparison sees half a decibel', async () => {
    const { integratedLufs, rangeLu, truePeakDb } = await measuredByFfmpeg(sines([5, -23]));
    const louder = sines([5, -22.5]);
    expect(() => expectClose(louder, { integratedLufs, rangeLu, truePeakDb: truePeakDb + 0.5 })).toThrow();
    expect(() => expectClose(louder, { integratedLufs: integratedLufs + 0.5, rangeLu, truePeakDb })).toThrow();
    expectClose(louder, { integratedLufs: integratedLufs + 0.5, rangeLu, truePeakDb: truePeakDb + 0.5 });
  });
});

describe('the tones of EBU Tech 3341, cases 15 to 19, that begin and end at once', () => {
  const sampleRate = 48_000;
  /** Share of the rate, phase, amplitude; what EBU expects, and what is at the beginning of the tone, band-limited. */
  const cases: [number, number, number, number, { expectedDb: number; onsetDb: number }][] = [
    [15, 1 / 4, 0, 0.5, { expectedDb: -6, onsetDb: -6.02 }],
    [16, 1 / 4, 45, 0.5, { expectedDb: -6, onsetDb: -5.92 }],
    [17, 1 / 6, 60, 0.5, { expectedDb: -6, onsetDb: -5.6 }],
    [18, 1 / 8, 67.5, 0.5, { expectedDb: -6, onsetDb: -5.29 }],
    [19, 1 / 4, 45, 1.41, { expectedDb: 3, onsetDb: 3.09 }],
  ];
  /** EBU Tech 3341, table 1. */
  const MOST_ABOVE_DB = 0.2;
  const MOST_BELOW_DB = 0.4;
  /** Where even a sum of whole sincs is beyond what EBU allows: the step itself, and no matter of the filter. */
  const OVERSHOOTING = [17, 18];

  const hard = (share: number, phaseDegrees: number, amplitude: number): Raw => {
    const peakDb = 20 * Math.log10(amplitude);
    const signal = tones(3, sampleRate, [{ hertz: share * sampleRate, peakDb, phaseDegrees }]);
    return { sampleRate, channels: 1, signal };
  };
  const peakOf = ({ channels, signal }: Raw): number =>
    truePeakOf(analysed({ sampleRate, channels }, signal).analysis) ?? Number.NEGATIVE_INFINITY;

  it.each(cases)('case %d behind silence, as FFmpeg has it', async (_, share, phaseDegrees, amplitude, { onsetDb }) => {
    const tone = hard(share, phaseDegrees, amplitude);
    const silence = new Float32Array(sampleRate / 2);
    const raw = { ...tone, signal: joined(silence, tone.signal, silence) };
    const theirs = await measuredByFfmpeg(raw);
    expectClose(raw, theirs);
    expect(Math.abs(theirs.truePeakDb - onsetDb)).toBeLessThan(0.02);
  });

  // FFmpeg's resampler begins with a mirror image of the first samples, so its peak there is of another signal.
  it.each(cases)(
    'case %d from the first sample on',
    (number, share, phaseDegrees, amplitude, { expectedDb, onsetDb }) => {
      const peakDb = peakOf(hard(share, phaseDegrees, amplitude));
      expect(Math.abs(peakDb - onsetDb)).toBeLessThan(0.02);
      const isAllowed = peakDb < expectedDb + MOST_ABOVE_DB && peakDb > expectedDb - MOST_BELOW_DB;
      expect(isAllowed).toBe(!OVERSHOOTING.includes(number));
    },
  );
});

describe('noise', () => {
  it.each([
    [8000, 1],
    [11_025, 2],
    [16_000, 1],
    [22_050, 1],
    [32_000, 2],
    [44_100, 2],
    [48_000, 6],
    [88_200, 2],
    [96_000, 2],
    [192_000, 2],
  ])('%d Hz, %d channels', async (sampleRate, channels) => {
    const raw = programme(sampleRate, channels);
    expectClose(raw, await measuredByFfmpeg(raw));
  });
});

const corpus = process.env.CUEPOINT_CORPUS;

/** FFmpeg cannot open it; the program `flac` decodes it. 16-bit mono. */
const BEYOND_FFMPEG = { file: 'flac-no-streaminfo.flac', sampleRate: 24_000 };
const TO_RAW = ['-s', '-d', '-c', '--force-raw-format', '--endian=little', '--sign=signed'];

async function decoded(file: string): Promise<Raw> {
  if (file.endsWith(BEYOND_FFMPEG.file)) {
    const samples = new Int16Array(Uint8Array.from(await output('flac', ...TO_RAW, file)).buffer);
    const signal = Float32Array.from(samples, (sample) => sample / 32_768);
    return { sampleRate: BEYOND_FFMPEG.sampleRate, channels: 1, signal };
  }
  const probe = [
    '-v',
    'error',
    '-select_streams',
    'a:0',
    '-of',
    'json',
    '-show_entries',
    'stream=sample_rate,channels',
  ];
  const { streams } = JSON.parse((await output('ffprobe', ...probe, file)).toString());
  const bytes = await output('ffmpeg', '-v', 'quiet', '-i', file, '-map', '0:a:0', '-f', 'f32le', '-');
  const signal = new Float32Array(Uint8Array.from(bytes).buffer);
  return { sampleRate: Number(streams[0].sample_rate), channels: streams[0].channels, signal };
}

(corpus ? describe : describe.skip)('the files of CUEPOINT_CORPUS', () => {
  const names = corpus ? readdirSync(corpus).filter((name) => !name.endsWith('.md')) : ['none'];

  it.each(names)('%s', async (name) => {
    const raw = await decoded(join(corpus ?? '', name));
    expectClose(raw, await measuredByFfmpeg(raw));
  });
});
