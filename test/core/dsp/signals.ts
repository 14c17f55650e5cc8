import { type AnalysedAudio, Analyser } from '../../../lambdas/core/dsp/analyser.ts';
import type { Analysis } from '../../../lambdas/core/dsp/analysis.ts';
import type { SeriesName, SeriesPiece } from '../../../lambdas/core/dsp/series.ts';

/** Amplitude of a level in dB of full scale. */
export const amplitude = (decibels: number): number => 10 ** (decibels / 20);

export type Tone = { readonly hertz: number; readonly peakDb: number; readonly phaseDegrees?: number };

/** Interleaved: one tone a channel (`null`: silence), `seconds` long. */
export function tones(seconds: number, sampleRate: number, channels: readonly (Tone | null)[]): Float32Array {
  const samples = Math.round(seconds * sampleRate);
  const signal = new Float32Array(samples * channels.length);
  for (const [channel, tone] of channels.entries()) {
    if (tone === null) continue;
    const peak = amplitude(tone.peakDb);
    const turn = (2 * Math.PI * tone.hertz) / sampleRate;
    const phase = ((tone.phaseDegrees ?? 0) * Math.PI) / 180;
    for (let i = 0; i < samples; i++) signal[i * channels.length + channel] = peak * Math.sin(turn * i + phase);
  }
  return signal;
}

/** Noise between -`peak` and `peak`, the same for the same seed. */
export function noiseFloats(length: number, peak = 1, seed = 1): Float32Array {
  let state = seed >>> 0;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return peak * (state / 2 ** 31 - 1);
  });
}

export function joined(...parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export type Analysed = { readonly analysis: Analysis; readonly pieces: readonly SeriesPiece[] };

/** Of signals one behind the other. */
export function analysed(audio: Partial<AnalysedAudio>, ...signals: readonly (Float32Array | Int32Array)[]): Analysed {
  const analyser = new Analyser({ sampleRate: 48_000, channels: 2, expectedSamples: 0, ...audio });
  const pieces: SeriesPiece[] = [];
  for (const signal of signals) {
    analyser.accept(signal);
    pieces.push(...analyser.takePieces());
  }
  const analysis = analyser.finish();
  return { analysis, pieces: [...pieces, ...analyser.takePieces()] };
}

/** All bytes of a series. */
export function seriesBytes(pieces: readonly SeriesPiece[], name: SeriesName): Uint8Array {
  return Uint8Array.from(Buffer.concat(pieces.filter(({ series }) => series === name).map(({ bytes }) => bytes)));
}
