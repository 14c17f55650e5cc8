/**
 * audiowaveform's binary format: version 1 for one channel, version 2 for several, as audiowaveform itself writes them.
 *
 * Spec: https://github.com/bbc/audiowaveform/blob/master/doc/DataFormat.md. Little-endian:
 *
 *     0   i32  version          12  i32  samples per pixel
 *     4   u32  flags (1: 8 bits, 0: 16)   16  u32  length in pixels
 *     8   i32  sample rate      20  i32  channels (version 2 only)
 *
 * then least and greatest of each channel, pixel by pixel.
 */
import { pixelValue, type Waveform, type WaveformBits } from './waveform.ts';

export type WaveformVersion = 1 | 2;

const HEADER_BYTES = { 1: 20, 2: 24 } as const;
const FLAG_8_BITS = 1;

/** The version that audiowaveform would choose. */
export function usualVersion({ channels }: Pick<Waveform, 'channels'>): WaveformVersion {
  return channels === 1 ? 1 : 2;
}

export function waveformDatByteLength(length: number, channels: number, bits: WaveformBits, version: WaveformVersion) {
  return HEADER_BYTES[version] + (length * channels * 2 * bits) / 8;
}

/** Throws RangeError for version 1 of several channels, which it cannot hold. */
export function waveformDat(waveform: Waveform, bits: WaveformBits, version = usualVersion(waveform)): Uint8Array {
  const { sampleRate, samplesPerPixel, channels, length, data } = waveform;
  if (version === 1 && channels !== 1) throw new RangeError(`version 1 holds one channel, not ${channels}`);
  const bytes = new Uint8Array(waveformDatByteLength(length, channels, bits, version));
  const view = new DataView(bytes.buffer);
  view.setInt32(0, version, true);
  view.setUint32(4, bits === 8 ? FLAG_8_BITS : 0, true);
  view.setInt32(8, sampleRate, true);
  view.setInt32(12, samplesPerPixel, true);
  view.setUint32(16, length, true);
  if (version === 2) view.setInt32(20, channels, true);
  const start = HEADER_BYTES[version];
  for (let i = 0; i < data.length; i++) {
    const value = pixelValue(data[i] ?? 0, bits);
    if (bits === 8) view.setInt8(start + i, value);
    else view.setInt16(start + 2 * i, value, true);
  }
  return bytes;
}
