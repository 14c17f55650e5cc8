import type { FrameKind } from './frame-header.ts';

/** Places of one sort: where the first of them is, and how many there are or how many bytes they have. */
export type Finding = { readonly startByte: number; readonly amount: number };

/** What is known of a stream before it is walked. */
export type Stream = {
  readonly kind: FrameKind;
  /** Hz of what comes out of a decoder. */
  readonly sampleRate: number;
  /** Decoded samples per channel of one raw data block. */
  readonly blockSamples: number;
  readonly prerollPackets: number;
  /** Whether batches list the frames without their headers, as for decoders that are set up with a config. */
  readonly listsFrames: boolean;
  /** First byte of the first frame. */
  readonly audioStartByte: number;
  /** Where the audio ends, as trailing tags begin. */
  readonly limitByte: number;
  /** What stands before the first frame, if it is neither tag nor padding. */
  readonly junk: Finding | null;
};
