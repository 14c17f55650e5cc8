/**
 * Analyses decoded audio in one pass, in memory that does not grow with it: loudness, peaks, spectrum, silences, waveform.
 * What grows with the track leaves in pieces (`takePieces`); what is under way can be saved and carried on elsewhere.
 *
 * Samples are of the timeline: lead-in and padding are the caller's to leave out. The results are the same, to the bit,
 * however the samples are divided among calls, and whether the analysis was interrupted or not.
 */

import { hasCode } from '../errors.ts';
import { storedLanes, storedLevels } from '../waveform/waveform.ts';
import { WaveformBuilder } from '../waveform/waveform-builder.ts';
import type { Analysis } from './analysis.ts';
import { FieldReader, FieldWriter } from './byte-fields.ts';
import { amplitudeDecibels, powerDecibels } from './decibels.ts';
import { KWeightingFilter } from './k-weighting.ts';
import { Kernels } from './kernels.ts';
import { LoudnessMeter } from './loudness-meter.ts';
import { BLOCK_GROUPS, SampleBlock } from './sample-block.ts';
import { type SeriesPiece, SeriesWriter } from './series.ts';
import { SILENCE_BYTES, writeSilence } from './silence-record.ts';
import { checkSilenceOptions, DEFAULT_SILENCES, SilenceDetector, type SilenceOptions } from './silences.ts';
import { channelWeights, MAX_CHANNELS, type Speaker, speakersOf } from './speakers.ts';
import { SpectrumMeter } from './spectrum-meter.ts';
import { STEP_BYTES, writeStep } from './step-record.ts';
import { stepStart } from './steps.ts';
import { TruePeakMeter } from './true-peak.ts';

/** What is analysed. */
export type AnalysedAudio = {
  /** Hz. */
  readonly sampleRate: number;
  readonly channels: number;
  /** As WAVE_FORMAT_EXTENSIBLE numbers speakers; absent: the usual ones of so many channels. */
  readonly channelMask?: number;
  /** About how long it is, per channel: only how fine the waveform begins depends on it. */
  readonly expectedSamples: number;
  readonly silences?: SilenceOptions;
};

const SAMPLE_RATE = { least: 1000, most: 768_000 };
const STATE_FORMAT = 1;
const WAVEFORM_SERIES = ['waveform-0', 'waveform-1', 'waveform-2'] as const;
/** A loudness that a step has before its bands are known: at most half a frame later. */
const MAX_WAITING_STEPS = 8;

export class Analyser {
  readonly #audio: AnalysedAudio;
  readonly #silences: SilenceOptions;
  readonly #speakers: readonly Speaker[];
  readonly #weights: readonly number[];
  readonly #levels: readonly number[];

  readonly #block: SampleBlock;
  readonly #filter: KWeightingFilter;
  readonly #meter = new LoudnessMeter();
  readonly #truePeaks: readonly TruePeakMeter[];
  readonly #spectrum: SpectrumMeter;
  readonly #silenceDetector: SilenceDetector;
  readonly #waveform: WaveformBuilder;

  readonly #stepSeries = new SeriesWriter('steps', STEP_BYTES);
  readonly #silenceSeries = new SeriesWriter('silences', SILENCE_BYTES);
  readonly #waveformSeries: readonly SeriesWriter[];
  #pieces: SeriesPiece[] = [];

  /** The step under way. */
  #step = 0;
  /** Mean powers of the steps whose bands are still to come. */
  #waitingPowers: number[] = [];
  #totalSamples = 0;
  #finished = false;

  readonly #loudestGroups = new Float32Array(BLOCK_GROUPS);

  /** Throws RangeError for a rate or a number of channels that nothing has, `invalid_parameter` for odd silences. */
  constructor(audio: AnalysedAudio) {
    const { sampleRate, channels } = audio;
    if (!(sampleRate >= SAMPLE_RATE.least && sampleRate <= SAMPLE_RATE.most) || !Number.isInteger(sampleRate)) {
      throw new RangeError(`${sampleRate} Hz, where ${SAMPLE_RATE.least} to ${SAMPLE_RATE.most} Hz can be analysed`);
    }
    this.#audio = audio;
    this.#silences = audio.silences ?? DEFAULT_SILENCES;
    checkSilenceOptions(this.#silences);
    this.#speakers = speakersOf(channels, audio.channelMask);
    this.#weights = channelWeights(this.#speakers);
    this.#levels = storedLevels(audio.expectedSamples);
    const kernels = new Kernels(kernelBytes(sampleRate, channels));
    this.#block = new SampleBlock(kernels, channels);
    this.#filter = new KWeightingFilter(kernels, sampleRate, channels);
    this.#truePeaks = Array.from({ length: channels }, () => new TruePeakMeter(kernels, sampleRate));
    this.#spectrum = new SpectrumMeter(kernels, sampleRate, channels, (bands) => this.#storeStep(bands));
    this.#silenceDetector = new SilenceDetector(sampleRate, this.#silences, (start, end) =>
      this.#storeSilence(start, end),
    );
    this.#waveformSeries = WAVEFORM_SERIES.map((name) => new SeriesWriter(name, 4 * storedLanes(channels)));
    this.#waveform = new WaveformBuilder(this.#levels, channels, (level, pixel) => this.#storePixel(level, pixel));
  }

  /** Samples per channel that were taken in. */
  get totalSamples(): number {
    return this.#totalSamples + this.#block.length;
  }

  /**
   * Takes samples [startSample, endSample) of interleaved ones, as a decoder gives them: integers left-justified in 32
   * bits, or floats. Not kept.
   */
  accept(interleaved: Float32Array | Int32Array, startSample = 0, endSample?: number): void {
    if (this.#finished) throw new Error('the analysis is finished');
    const end = endSample ?? interleaved.length / this.#audio.channels;
    if (!Number.isInteger(end) || startSample < 0 || end * this.#audio.channels > interleaved.length) {
      throw new RangeError(
        `samples ${startSample} to ${end} of ${interleaved.length} values in ${this.#audio.channels} channels`,
      );
    }
    for (let at = startSample; at < end; ) {
      at = this.#block.fill(interleaved, at, end);
      if (this.#block.isFull) this.#analyseBlock();
    }
  }

  /**
   * To be called once, after the last samples; the last pieces can be taken afterwards. `undecodedSamples`: those of them that
   * are silence because nothing could be decoded.
   */
  finish(undecodedSamples = 0): Analysis {
    if (this.#finished) throw new Error('the analysis is finished');
    if (this.#block.length > 0) this.#analyseBlock();
    this.#finished = true;
    const { sampleRate } = this.#audio;
    const total = this.#totalSamples;
    const inStep = total - stepStart(this.#step, sampleRate);
    // What is left is no whole step: it has a loudness of its own, and is part of no block.
    if (inStep > 0) this.#waitingPowers.push(this.#filter.takeSquares(this.#weights) / inStep);
    this.#spectrum.finish(total);
    this.#silenceDetector.finish();
    this.#waveform.finish();
    for (const meter of this.#truePeaks) meter.finish();
    const series = [this.#stepSeries, this.#silenceSeries, ...this.#waveformSeries];
    const counts = series.map(({ name, records, recordBytes }) => ({ name, records, recordBytes }));
    for (const writer of series) this.#keep(writer.finish());
    return {
      sampleRate,
      totalSamples: total,
      unusableSamples: this.#block.unusable,
      undecodedSamples,
      loudness: this.#meter.loudness(),
      channels: this.#truePeaks.map((meter, channel) => ({
        speaker: this.#speakers[channel] ?? 'front-centre',
        samplePeakDb: amplitudeDecibels(meter.samplePeak),
        truePeakDb: amplitudeDecibels(meter.truePeak),
      })),
      spectrumDb: Array.from(this.#spectrum.thirdOctaves(total), hundredths),
      silences: this.#silences,
      waveformSamplesPerPixel: this.#levels,
      series: counts,
    };
  }

  /** The pieces that were completed since they were last taken: to be called after each `accept`, to be stored. */
  takePieces(): SeriesPiece[] {
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces;
  }

  /** Everything that is under way; pieces must have been taken. At most about a megabyte. */
  save(): Uint8Array {
    if (this.#finished) throw new Error('the analysis is finished');
    if (this.#pieces.length > 0) throw new Error(`${this.#pieces.length} pieces are to be taken first`);
    const { sampleRate, channels, channelMask, expectedSamples } = this.#audio;
    const state = new FieldWriter()
      .u8(STATE_FORMAT)
      .f64(sampleRate)
      .f64(channels)
      .optional(channelMask ?? null);
    state.f64(expectedSamples).f64(this.#silences.thresholdDb).f64(this.#silences.minimumMs);
    for (const part of this.#parts()) part.save(state);
    state.f64(this.#step).f64(this.#totalSamples);
    state.f64(this.#waitingPowers.length).array(Float64Array.from(this.#waitingPowers));
    return state.finish();
  }

  /** An analysis that goes on where the saved one was. Throws `internal` when the bytes are no such state. */
  static restore(bytes: Uint8Array): Analyser {
    const state = new FieldReader(bytes, 'saved analysis');
    const format = state.u8();
    if (format !== STATE_FORMAT) throw state.damaged(`its format is ${format}, not ${STATE_FORMAT}`);
    const sampleRate = state.count(SAMPLE_RATE.most);
    const channels = state.count(MAX_CHANNELS);
    const channelMask = state.optional();
    const expectedSamples = state.f64();
    const silences = { thresholdDb: state.f64(), minimumMs: state.f64() };
    const mask = channelMask === null ? {} : { channelMask };
    try {
      const analyser = new Analyser({ sampleRate, channels, expectedSamples, silences, ...mask });
      analyser.#restore(state);
      return analyser;
    } catch (error) {
      // What cannot be analysed was never saved.
      throw hasCode(error, 'internal') ? error : state.damaged(`${sampleRate} Hz, ${channels} channels`);
    }
  }

  #restore(state: FieldReader): void {
    for (const part of this.#parts()) part.restore(state);
    this.#step = state.f64();
    this.#totalSamples = state.f64();
    const powers = new Float64Array(state.count(MAX_WAITING_STEPS));
    state.array(powers);
    this.#waitingPowers = [...powers];
    state.end();
  }

  #parts(): readonly { save(state: FieldWriter): void; restore(state: FieldReader): void }[] {
    return [
      this.#block,
      this.#filter,
      this.#meter,
      ...this.#truePeaks,
      this.#spectrum,
      this.#silenceDetector,
      this.#waveform,
      this.#stepSeries,
      this.#silenceSeries,
      ...this.#waveformSeries,
    ];
  }

  #analyseBlock(): void {
    const block = this.#block;
    block.pad();
    this.#loudestGroups.fill(0);
    for (const [channel, plane] of block.planes.entries()) {
      const groups = this.#truePeaks[channel]?.addBlock(plane);
      if (groups === undefined) continue;
      for (let group = 0; group < BLOCK_GROUPS; group++) {
        const peak = groups[group] ?? 0;
        if (peak > (this.#loudestGroups[group] ?? 0)) this.#loudestGroups[group] = peak;
      }
    }
    this.#silenceDetector.addBlock(block.planes, this.#loudestGroups, block.length);
    this.#waveform.addBlock(block.shorts, block.length);
    this.#addLoudness(block.planes, block.length);
    this.#spectrum.addBlock(block.planes, block.length);
    this.#totalSamples += block.length;
    block.length = 0;
  }

  #addLoudness(planes: readonly Float32Array[], length: number): void {
    const { sampleRate } = this.#audio;
    for (let start = 0; start < length; ) {
      const stepEnd = stepStart(this.#step + 1, sampleRate);
      const end = Math.min(length, stepEnd - this.#totalSamples);
      this.#filter.addSquares(planes, start, end);
      start = end;
      if (this.#totalSamples + end < stepEnd) continue;
      const samples = stepEnd - stepStart(this.#step, sampleRate);
      const energy = this.#filter.takeSquares(this.#weights);
      this.#meter.addStep(energy, samples);
      this.#waitingPowers.push(energy / samples);
      this.#step++;
    }
  }

  #storeStep(bands: Float64Array): void {
    const power = this.#waitingPowers.shift() ?? 0;
    this.#keep(this.#stepSeries.append((view, offset) => writeStep(view, offset, power, bands)));
  }

  #storeSilence(startSample: number, endSample: number): void {
    const silence = { startSample, endSample };
    this.#keep(this.#silenceSeries.append((view, offset) => writeSilence(view, offset, silence)));
  }

  #storePixel(level: number, pixel: Int16Array): void {
    const piece = this.#waveformSeries[level]?.append((view, offset) => {
      for (let i = 0; i < pixel.length; i++) view.setInt16(offset + 2 * i, pixel[i] ?? 0, true);
    });
    this.#keep(piece);
  }

  #keep(piece: SeriesPiece | undefined): void {
    if (piece !== undefined) this.#pieces.push(piece);
  }
}

/** A level to a hundredth of a decibel, of a mean square. */
function hundredths(meanSquare: number): number | null {
  const level = powerDecibels(meanSquare);
  return level === null ? null : Math.round(level * 100) / 100;
}

function kernelBytes(sampleRate: number, channels: number): number {
  return (
    SampleBlock.byteLength(channels) +
    KWeightingFilter.byteLength(channels) +
    TruePeakMeter.byteLength() * channels +
    SpectrumMeter.byteLength(sampleRate, channels)
  );
}
