/**
 * Samples of all channels, one plane each, in blocks that begin at multiples of their length: whatever is computed block by
 * block then does not depend on how the samples arrived.
 */
import type { FieldReader, FieldWriter } from './byte-fields.ts';
import type { Kernels } from './kernels.ts';

/** Divides into groups of 8 and is divided by no transform that is shorter: a few fit into a processor's first cache. */
export const BLOCK_SAMPLES = 1024;
/** Peaks of groups tell where nothing is, so that one need not look at every sample again. */
export const GROUP_SAMPLES = 8;
export const BLOCK_GROUPS = BLOCK_SAMPLES / GROUP_SAMPLES;

const INT32_SCALE = 2 ** -31;
const INT16_MAX = 32_767;
const INT16_MIN = -32_768;
/** 180 dB above full scale: spectra of louder floats overflow. */
const LOUDEST = 1e9;
/** -200 dB: a quarter of the last of 32 bits. Quieter floats are slow to compute with, and spectra of them underflow. */
const QUIETEST = 1e-10;

export class SampleBlock {
  /** Samples as the codec gave them, ±1 at full scale; integers of more than 24 bits are rounded. */
  readonly planes: readonly Float32Array[];
  /**
   * The same as 16-bit integers, as audiowaveform takes them: the upper 16 bits of integers, floats times 32767 with the
   * fraction cut off, limited.
   */
  readonly shorts: readonly Int16Array[];
  /** How many samples are in it. */
  length = 0;
  /** Values that cannot be audio: no number, or beyond every level. Taken as 0. */
  unusable = 0;

  /** What it takes of the kernels' memory. */
  static byteLength(channels: number): number {
    return channels * BLOCK_SAMPLES * Float32Array.BYTES_PER_ELEMENT;
  }

  constructor(kernels: Kernels, channels: number) {
    this.planes = Array.from({ length: channels }, () => kernels.floats(BLOCK_SAMPLES));
    this.shorts = Array.from({ length: channels }, () => new Int16Array(BLOCK_SAMPLES));
  }

  get isFull(): boolean {
    return this.length === BLOCK_SAMPLES;
  }

  /** Takes samples from `start` on, as many as fit but none at or behind `end`; answers where it stopped. */
  fill(interleaved: Float32Array | Int32Array, start: number, end: number): number {
    const stop = Math.min(end, start + BLOCK_SAMPLES - this.length);
    const channels = this.planes.length;
    for (let channel = 0; channel < channels; channel++) {
      const plane = this.planes[channel];
      const shorts = this.shorts[channel];
      if (plane === undefined || shorts === undefined) continue;
      if (interleaved instanceof Int32Array) {
        placeIntegers(interleaved, start * channels + channel, channels, stop - start, plane, shorts, this.length);
      } else {
        const at = start * channels + channel;
        this.unusable += placeFloats(interleaved, at, channels, stop - start, plane, shorts, this.length);
      }
    }
    this.length += stop - start;
    return stop;
  }

  /** Zeros behind what is in it. */
  pad(): void {
    for (const plane of this.planes) plane.fill(0, this.length);
    for (const shorts of this.shorts) shorts.fill(0, this.length);
  }

  save(state: FieldWriter): void {
    state.f64(this.length).f64(this.unusable);
    for (const plane of this.planes) state.array(plane.subarray(0, this.length));
    for (const shorts of this.shorts) state.array(shorts.subarray(0, this.length));
  }

  restore(state: FieldReader): void {
    this.length = state.count(BLOCK_SAMPLES);
    this.unusable = state.f64();
    for (const plane of this.planes) state.array(plane.subarray(0, this.length));
    for (const shorts of this.shorts) state.array(shorts.subarray(0, this.length));
  }
}

// One loop for each kind of array: engines compile a loop that sees several kinds to slow code.

function placeIntegers(
  source: Int32Array,
  first: number,
  stride: number,
  count: number,
  plane: Float32Array,
  shorts: Int16Array,
  at: number,
): void {
  for (let i = 0, from = first; i < count; i++, from += stride) {
    const value = source[from] ?? 0;
    plane[at + i] = value * INT32_SCALE;
    shorts[at + i] = value >> 16;
  }
}

function placeFloats(
  source: Float32Array,
  first: number,
  stride: number,
  count: number,
  plane: Float32Array,
  shorts: Int16Array,
  at: number,
): number {
  let unusable = 0;
  for (let i = 0, from = first; i < count; i++, from += stride) {
    let value = source[from] ?? 0;
    const magnitude = Math.abs(value);
    if (!(magnitude <= LOUDEST)) {
      value = 0;
      unusable++;
    } else if (magnitude < QUIETEST) value = 0;
    plane[at + i] = value;
    const short = value * INT16_MAX;
    shorts[at + i] = short > INT16_MAX ? INT16_MAX : short < INT16_MIN ? INT16_MIN : short | 0;
  }
  return unusable;
}
