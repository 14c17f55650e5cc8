/** What the scan of a track must know of its codec. */
export type CodecStream = {
  readonly codec: 'opus' | 'vorbis';
  /** Matroska's name of it. */
  readonly codecId: string;
  /** Hz; of what a decoder puts out. */
  readonly sampleRate: number;
  readonly channels: number;
  readonly leadInSamples: number;
  /** What a decoder is set up with; also a CodecPrivate. */
  readonly decoderConfig: Uint8Array;
  readonly codecDelayNs: number;
  /** SeekPreRoll as the codec's mapping asks for it in an init. */
  readonly seekPreRollNs: number;
  readonly preroll: PrerollNeed;
  /** A counter of its own for each pass: it may remember the frames before. */
  openCounter(): FrameCounter;
};

/**
 * Samples per channel that a decoder yields for the frame `bytes[from, to)`, asked for each frame in order; `null` when
 * it passes the frame over.
 */
export type FrameCounter = (bytes: Uint8Array, from: number, to: number) => number | null;

export type PrerollNeed = {
  /** What is counted over the packets of a preroll, and how much of it makes the next packet decode exactly. */
  readonly unit: 'samples' | 'frames';
  readonly least: number;
  /** True if a decoder yields nothing for the frame it begins with. */
  readonly firstFrameSilent: boolean;
};

const NS_PER_SECOND = 1e9;

export function samplesOfNs(ns: number, sampleRate: number): number {
  return Math.round((ns * sampleRate) / NS_PER_SECOND);
}
