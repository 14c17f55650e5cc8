import type { DecodedAudio, FrameDecoder } from '../../ports.ts';
import type { MediaObject } from './media-objects.ts';

/** What a decoder put out for one media object. */
export type Output = {
  /** Per channel. */
  readonly samples: number;
  /** Of the samples' values. */
  readonly fingerprint: number;
};

/** A stretch of data packets, a few of which are one packet of the scan: what was decoded from the objects that end in it. */
export type Stretch = {
  readonly startByte: number;
  /** Decoded samples before it. */
  readonly startSample: number;
  /** A chunk may begin with it. */
  readonly beginsPacket: boolean;
  samples: number;
  /** Of them, those of an object that begins before the stretch: a demuxer that starts with the stretch loses it. */
  spilledSamples: number;
  readonly objects: MediaObject[];
  objectBytes: number;
  /** Of its first objects, as many as are compared. */
  readonly outputs: Output[];
};

/** Objects whose output is compared: the first shows what came before them, the second that nothing was carried over. */
export const COMPARED_OBJECTS = 2;

export function newStretch(startByte: number, startSample: number, beginsPacket: boolean): Stretch {
  return {
    startByte,
    startSample,
    beginsPacket,
    samples: 0,
    spilledSamples: 0,
    objects: [],
    objectBytes: 0,
    outputs: [],
  };
}

/** Decodes one object; the fingerprint is 0 unless asked for. */
export async function outputOf(decoder: FrameDecoder, object: MediaObject, isCompared: boolean): Promise<Output> {
  const decoded = await decoder.decode(object.bytes);
  let samples = 0;
  for (const audio of decoded) samples += audio.samples;
  return { samples, fingerprint: isCompared ? fingerprintOf(decoded) : 0 };
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** FNV-1a over words instead of bytes: equal for equal bits, and hardly ever for others. */
function fingerprintOf(decoded: readonly DecodedAudio[]): number {
  let hash = FNV_OFFSET;
  for (const audio of decoded) {
    const samples = audio.interleaved();
    const words = new Uint32Array(samples.buffer, samples.byteOffset, samples.length);
    for (let i = 0; i < words.length; i++) hash = Math.imul(hash ^ (words[i] as number), FNV_PRIME);
  }
  return hash;
}
