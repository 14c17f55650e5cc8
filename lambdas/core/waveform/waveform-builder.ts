/** Makes the stored levels of a waveform from 16-bit samples, in one pass. */
import type { FieldReader, FieldWriter } from '../dsp/byte-fields.ts';
import { storedLanes } from './waveform.ts';

const INT16_MAX = 32_767;
const INT16_MIN = -32_768;

/**
 * Told of each pixel of each level, in order: least and greatest of each lane, all lanes one behind the other. Not to be
 * kept.
 */
export type PixelListener = (level: number, pixel: Int16Array) => void;

/** A pixel of one level under way. */
class LevelPixel {
  readonly values: Int16Array;
  /** Samples in it, of the finest level; pixels of the level before, of the others. */
  parts = 0;

  constructor(lanes: number) {
    this.values = new Int16Array(2 * lanes);
    this.clear();
  }

  clear(): void {
    this.parts = 0;
    for (let i = 0; i < this.values.length; i += 2) {
      this.values[i] = INT16_MAX;
      this.values[i + 1] = INT16_MIN;
    }
  }

  add(finer: Int16Array): void {
    for (let i = 0; i < finer.length; i += 2) {
      this.values[i] = Math.min(this.values[i] ?? 0, finer[i] ?? 0);
      this.values[i + 1] = Math.max(this.values[i + 1] ?? 0, finer[i + 1] ?? 0);
    }
    this.parts++;
  }
}

export class WaveformBuilder {
  readonly #samplesPerPixel: readonly number[];
  readonly #channels: number;
  readonly #levels: readonly LevelPixel[];
  readonly #listener: PixelListener;

  /** `samplesPerPixel`: of each level, each a multiple of the one before. */
  constructor(samplesPerPixel: readonly number[], channels: number, listener: PixelListener) {
    this.#samplesPerPixel = samplesPerPixel;
    this.#channels = channels;
    this.#listener = listener;
    this.#levels = samplesPerPixel.map(() => new LevelPixel(storedLanes(channels)));
  }

  /** Takes the first `length` samples of each channel. */
  addBlock(channels: readonly Int16Array[], length: number): void {
    const pixel = this.#levels[0];
    if (pixel === undefined) return;
    const full = this.#samplesPerPixel[0] ?? 1;
    for (let start = 0; start < length; ) {
      const end = Math.min(length, start + full - pixel.parts);
      this.#addSamples(channels, start, end, pixel.values);
      pixel.parts += end - start;
      start = end;
      if (pixel.parts === full) this.#complete(0, pixel);
    }
  }

  /** Completes the pixels under way with what is in them. */
  finish(): void {
    for (const [level, pixel] of this.#levels.entries()) if (pixel.parts > 0) this.#complete(level, pixel);
  }

  save(state: FieldWriter): void {
    for (const { values, parts } of this.#levels) state.array(values).f64(parts);
  }

  restore(state: FieldReader): void {
    for (const pixel of this.#levels) {
      state.array(pixel.values);
      pixel.parts = state.f64();
    }
  }

  #addSamples(channels: readonly Int16Array[], start: number, end: number, values: Int16Array): void {
    let at = 0;
    if (this.#channels > 1) {
      addMix(channels, start, end, values);
      at += 2;
    }
    for (const samples of channels) {
      let least = values[at] ?? 0;
      let greatest = values[at + 1] ?? 0;
      for (let i = start; i < end; i++) {
        const sample = samples[i] ?? 0;
        if (sample < least) least = sample;
        if (sample > greatest) greatest = sample;
      }
      values[at] = least;
      values[at + 1] = greatest;
      at += 2;
    }
  }

  #complete(level: number, pixel: LevelPixel): void {
    this.#listener(level, pixel.values);
    const coarser = this.#levels[level + 1];
    if (coarser !== undefined) {
      coarser.add(pixel.values);
      const ratio = (this.#samplesPerPixel[level + 1] ?? 1) / (this.#samplesPerPixel[level] ?? 1);
      if (coarser.parts === ratio) this.#complete(level + 1, coarser);
    }
    pixel.clear();
  }
}

/** The least and greatest sum decide: cutting off the fraction of their mean keeps the order. */
function addMix(channels: readonly Int16Array[], start: number, end: number, values: Int16Array): void {
  const [left, right] = channels;
  let least = Number.MAX_SAFE_INTEGER;
  let greatest = Number.MIN_SAFE_INTEGER;
  if (channels.length === 2 && left !== undefined && right !== undefined) {
    for (let i = start; i < end; i++) {
      const sum = (left[i] ?? 0) + (right[i] ?? 0);
      if (sum < least) least = sum;
      if (sum > greatest) greatest = sum;
    }
  } else {
    for (let i = start; i < end; i++) {
      let sum = 0;
      for (const samples of channels) sum += samples[i] ?? 0;
      if (sum < least) least = sum;
      if (sum > greatest) greatest = sum;
    }
  }
  values[0] = Math.min(values[0] ?? 0, Math.trunc(least / channels.length));
  values[1] = Math.max(values[1] ?? 0, Math.trunc(greatest / channels.length));
}
