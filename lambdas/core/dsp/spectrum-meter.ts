/**
 * Spectra over time: energies in bands step by step, and the average spectrum of all.
 *
 * Frames overlap by half, centred on multiples of half their length; silence surrounds the track. The window is Vorbis's
 * (Vorbis I, section 4.3.1), whose squares sum to 1 over frames: the energies of all frames together are that of the track,
 * to the last sample, and what falls into no neighbouring line is 80 dB down a few lines away.
 */
import { BAND_COUNT, BAND_STARTS_HZ, BandFilter, thirdOctaveEdgesHz } from './bands.ts';
import type { FieldReader, FieldWriter } from './byte-fields.ts';
import { LEAST_TRANSFORM, PowerSpectrum } from './fourier.ts';
import type { Kernels } from './kernels.ts';
import { stepStart } from './steps.ts';

/** Frames are at most so long: two or three are centred in each step. */
const LONGEST_FRAME_MS = 95;

/** Told of each step in order: mean square in each band, the mean of all channels. Not to be kept. */
export type BandListener = (meanSquares: Float64Array) => void;

export class SpectrumMeter {
  readonly #sampleRate: number;
  readonly #channels: number;
  readonly #hop: number;
  readonly #kernels: Kernels;
  readonly #window: Float32Array;
  readonly #spectrum: PowerSpectrum;
  readonly #bandFilter: BandFilter;
  readonly #listener: BandListener;
  /** The last two half frames of each channel. */
  readonly #halves: readonly Float32Array[];
  readonly #power: Float64Array;
  readonly #bands = new Float64Array(BAND_COUNT);

  readonly #totalPower: Float64Array;
  readonly #stepBands = new Float64Array(BAND_COUNT);
  /** The sum of the squared windows that belong to the step, as far as they lie in the track. */
  #stepWeight = 0;
  #step = 0;
  /** How much of the second half is filled. */
  #filled = 0;
  /** Where the second half begins, which is the centre of the frame. */
  #centre = 0;

  /** What it takes of the kernels' memory. */
  static byteLength(sampleRate: number, channels: number): number {
    const length = frameLength(sampleRate);
    return PowerSpectrum.byteLength(length) + Float32Array.BYTES_PER_ELEMENT * length * (1 + channels);
  }

  constructor(kernels: Kernels, sampleRate: number, channels: number, listener: BandListener) {
    this.#kernels = kernels;
    this.#sampleRate = sampleRate;
    this.#channels = channels;
    this.#listener = listener;
    const length = frameLength(sampleRate);
    this.#hop = length / 2;
    this.#window = kernels.floats(length);
    for (let i = 0; i < length; i++) {
      this.#window[i] = Math.sin((Math.PI / 2) * Math.sin((Math.PI * (i + 0.5)) / length) ** 2);
    }
    this.#spectrum = new PowerSpectrum(kernels, length);
    const lines = length / 2 + 1;
    this.#bandFilter = new BandFilter([...BAND_STARTS_HZ, sampleRate / 2], sampleRate / length, lines);
    this.#halves = Array.from({ length: channels }, () => kernels.floats(length));
    this.#power = new Float64Array(lines);
    this.#totalPower = new Float64Array(lines);
  }

  /** Takes samples of all channels: the first `length` of each plane. */
  addBlock(planes: readonly Float32Array[], length: number): void {
    for (let taken = 0; taken < length; ) {
      const count = Math.min(length - taken, this.#hop - this.#filled);
      for (let channel = 0; channel < this.#channels; channel++) {
        const plane = planes[channel];
        const halves = this.#halves[channel];
        if (plane !== undefined && halves !== undefined) {
          halves.set(plane.subarray(taken, taken + count), this.#hop + this.#filled);
        }
      }
      taken += count;
      this.#filled += count;
      if (this.#filled === this.#hop) this.#frame(this.#centre === 0 ? this.#hop / 2 : this.#hop, this.#centre);
    }
  }

  /** To be called once after the last sample; `totalSamples`: how many there were. Tells of the steps that are left. */
  finish(totalSamples: number): void {
    if (totalSamples === 0) return;
    while (this.#centre < totalSamples + this.#hop) {
      const centre = this.#centre;
      let weight = 0;
      for (let i = 0; i < this.#window.length; i++) {
        const sample = centre - this.#hop + i;
        if (sample >= 0 && sample < totalSamples) weight += (this.#window[i] ?? 0) ** 2;
      }
      for (const halves of this.#halves) halves.fill(0, this.#hop + this.#filled);
      this.#filled = this.#hop;
      this.#frame(weight, Math.min(centre, totalSamples - 1));
    }
    this.#tell();
  }

  /** The mean square in each third octave, the mean of all channels and of the whole track. */
  thirdOctaves(totalSamples: number): Float64Array {
    const edges = thirdOctaveEdgesHz(this.#sampleRate);
    const sums = new Float64Array(edges.length - 1);
    new BandFilter(edges, this.#sampleRate / this.#window.length, this.#totalPower.length).add(this.#totalPower, sums);
    return sums.map((sum) => (totalSamples === 0 ? 0 : sum / totalSamples));
  }

  save(state: FieldWriter): void {
    state.array(this.#totalPower).array(this.#stepBands);
    state.f64(this.#stepWeight).f64(this.#step).f64(this.#filled).f64(this.#centre);
    for (const halves of this.#halves) state.array(halves);
  }

  restore(state: FieldReader): void {
    state.array(this.#totalPower);
    state.array(this.#stepBands);
    this.#stepWeight = state.f64();
    this.#step = state.f64();
    this.#filled = state.count(this.#hop);
    this.#centre = state.f64();
    for (const halves of this.#halves) state.array(halves);
  }

  /** A frame whose halves are full; it counts for the step that holds `sample`. */
  #frame(weight: number, sample: number): void {
    while (sample >= stepStart(this.#step + 1, this.#sampleRate)) this.#tell();
    for (let channel = 0; channel < this.#channels; channel += 2) {
      this.#windowed(channel, this.#spectrum.re);
      this.#windowed(channel + 1, this.#spectrum.im);
      this.#spectrum.add();
    }
    this.#spectrum.take(this.#power, 1 / (this.#window.length * this.#channels));
    for (let line = 0; line < this.#power.length; line++) {
      this.#totalPower[line] = (this.#totalPower[line] ?? 0) + (this.#power[line] ?? 0);
    }
    this.#bandFilter.add(this.#power, this.#stepBands);
    this.#stepWeight += weight;
    for (const halves of this.#halves) halves.copyWithin(0, this.#hop);
    this.#filled = 0;
    this.#centre += this.#hop;
  }

  #tell(): void {
    for (let band = 0; band < BAND_COUNT; band++) {
      this.#bands[band] = this.#stepWeight > 0 ? (this.#stepBands[band] ?? 0) / this.#stepWeight : 0;
    }
    this.#listener(this.#bands);
    this.#stepBands.fill(0);
    this.#stepWeight = 0;
    this.#step++;
  }

  #windowed(channel: number, target: Float32Array): void {
    const halves = this.#halves[channel];
    // The last of an odd number of channels has no partner.
    if (halves === undefined) target.fill(0);
    else {
      const { byteOffset, byteLength } = halves;
      this.#kernels.run.multiply(byteOffset, this.#window.byteOffset, target.byteOffset, byteLength);
    }
  }
}

function frameLength(sampleRate: number): number {
  return Math.max(LEAST_TRANSFORM, 2 ** Math.floor(Math.log2((sampleRate * LONGEST_FRAME_MS) / 1000)));
}
