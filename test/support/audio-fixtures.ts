import { wavHeader } from '../../lambdas/core/formats/wav/wav-header.ts';

/** Deterministic noise: every byte differs from its neighbours, so that a byte in the wrong place shows. */
export function noise(byteLength: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(byteLength);
  let state = seed;
  for (let i = 0; i < byteLength; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** A stereo 16-bit WAV at `sampleRate` (8 kHz: 32 kB a second). */
export function wavFile(seconds: number, { seed = 1, sampleRate = 8000 } = {}): Uint8Array {
  const data = noise(Math.round(seconds * sampleRate) * 4, seed);
  const header = wavHeader({ sampleRate, channels: 2, codec: 'pcm_s16le', bitsPerSample: 16 }, data.length);
  return Buffer.concat([header, data]);
}
