/** Sample entries of MP4 files, and what codecs keep in them. */
import { big, box, fullBox } from './mp4-boxes.ts';

export type EntryOptions = {
  readonly channels?: number;
  /** Hz, in the entry's 16.16 field. */
  readonly sampleRate?: number;
  /** QuickTime's longer forms. */
  readonly version?: 0 | 1 | 2;
};

export function soundEntry(type: string, children: readonly Uint8Array[], options: EntryOptions = {}): Uint8Array {
  const { channels = 2, sampleRate = 44100, version = 0 } = options;
  return box(
    type,
    [...big(0, 6), ...big(1, 2)],
    [...big(version, 2), ...big(0, 6), ...big(channels, 2), ...big(16, 2), ...big(0, 4), ...big(sampleRate, 2), 0, 0],
    big(0, version === 1 ? 16 : version === 2 ? 36 : 0),
    ...children,
  );
}

/** AAC LC, 44.1 kHz, stereo. */
export const LC_CONFIG: readonly number[] = [0x12, 0x10];

export function aacEntry(config: readonly number[] = LC_CONFIG, options: EntryOptions = {}): Uint8Array {
  return soundEntry('mp4a', [streamBox(0x40, config)], options);
}

export function streamBox(objectType: number, info: readonly number[], longSizes = false): Uint8Array {
  const size = (value: number): number[] => (longSizes ? [0x80, 0x80, 0x80, value] : [value]);
  const specific = [5, ...size(info.length), ...info];
  const config = [objectType, 0x15, ...big(0, 11), ...specific];
  const stream = [0, 1, 0, 4, ...size(config.length), ...config, 6, ...size(1), 2];
  return fullBox('esds', 0, 0, [3, ...size(stream.length), ...stream]);
}

export type CookieOptions = {
  readonly bitsPerSample?: number;
  readonly channels?: number;
  readonly sampleRate?: number;
};

/** ALAC's 24 bytes, with packets of 4096 samples. */
export function alacCookie({ bitsPerSample = 16, channels = 2, sampleRate = 44100 }: CookieOptions = {}): number[] {
  const coding = [0, bitsPerSample, 40, 10, 14, channels];
  return [...big(4096, 4), ...coding, ...big(255, 2), ...big(0, 4), ...big(0, 4), ...big(sampleRate, 4)];
}

/** The first bytes of an ALAC packet, which says how many samples it holds when that is less than 4096. */
export function alacPacket(byteLength: number, samples = 4096): Uint8Array {
  const partial = samples < 4096;
  const count = partial ? samples : 0;
  const head = [0x20, 0, (partial ? 0x10 : 0) | Math.floor(count / 2 ** 31), ...big((count * 2) % 2 ** 32, 4)];
  return Uint8Array.from({ length: byteLength }, (_, i) => head[i] ?? i & 0xff);
}

export function opusBox({ channels = 2, preSkip = 312, mapping = [0] as readonly number[] } = {}): Uint8Array {
  return box('dOps', [0, channels], big(preSkip, 2), big(44100, 4), big(-256, 2), mapping);
}
