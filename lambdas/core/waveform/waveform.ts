/**
 * Waveforms: the least and the greatest sample of each pixel, as BBC's audiowaveform defines them.
 *
 * Spec: https://github.com/bbc/audiowaveform/blob/master/doc/DataFormat.md. Pixel p of a channel covers samples
 * [p · samplesPerPixel, (p + 1) · samplesPerPixel), the last one perhaps fewer. Samples are 16-bit integers; a single
 * channel made of several is the mean of their 16-bit samples, its fraction cut off.
 */
export type Waveform = {
  /** Hz, of the audio. */
  readonly sampleRate: number;
  readonly samplesPerPixel: number;
  readonly channels: number;
  /** Pixels a channel. */
  readonly length: number;
  /** Least and greatest of channel 0, of channel 1 …, pixel by pixel: 2 · channels · length values of 16 bits. */
  readonly data: Int16Array;
};

export type WaveformBits = 8 | 16;

/** Of 8 bits: a 256th, its fraction cut off, which is towards zero. */
export function pixelValue(value: number, bits: WaveformBits): number {
  return bits === 8 ? Math.trunc(value / 256) : value;
}

/** The one finest stored level is of 256 samples a pixel, audiowaveform's own default, unless a track is very long. */
const FINEST_SAMPLES_PER_PIXEL = 256;
/** 6.7 hours at 44.1 kHz: longer tracks begin coarser, so that what is stored is bounded (50 MB of stereo). */
const MOST_PIXELS = 2 ** 22;
/** Each stored level is so much coarser than the one before. */
const LEVEL_RATIO = 16;
export const STORED_LEVELS = 3;

/** Samples per pixel of the levels that are stored of a track of so many samples, finest first. */
export function storedLevels(totalSamples: number): number[] {
  let finest = FINEST_SAMPLES_PER_PIXEL;
  while (totalSamples / finest > MOST_PIXELS) finest *= 2;
  return Array.from({ length: STORED_LEVELS }, (_, level) => finest * LEVEL_RATIO ** level);
}

/**
 * Which lanes are stored: all channels mixed to one, then each channel by itself where there are several. Mixing comes
 * before taking the least and the greatest, so the one cannot be made of the others later.
 */
export function storedLanes(channels: number): number {
  return channels === 1 ? 1 : 1 + channels;
}
