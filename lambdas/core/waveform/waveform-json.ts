/**
 * audiowaveform's JSON format, with its order of the members. Version 1 has no `channels` and holds one.
 *
 * Spec: https://github.com/bbc/audiowaveform/blob/master/doc/DataFormat.md
 */
import { pixelValue, type Waveform, type WaveformBits } from './waveform.ts';
import type { WaveformVersion } from './waveform-dat.ts';

/** Version 2 is what audiowaveform writes, for one channel too. Throws RangeError for version 1 of several channels. */
export function waveformJson(waveform: Waveform, bits: WaveformBits, version: WaveformVersion = 2): string {
  const { sampleRate, samplesPerPixel, channels, length, data } = waveform;
  if (version === 1 && channels !== 1) throw new RangeError(`version 1 holds one channel, not ${channels}`);
  return JSON.stringify({
    version,
    ...(version === 2 ? { channels } : {}),
    sample_rate: sampleRate,
    samples_per_pixel: samplesPerPixel,
    bits,
    length,
    data: Array.from(data, (value) => pixelValue(value, bits)),
  });
}
