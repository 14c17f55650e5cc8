/**
 * The frame before the audio in which encoders state what follows: `Xing` or `Info` (Xing, LAME, Lavf), or `VBRI`
 * (Fraunhofer). It decodes to silence and belongs to no timeline.
 *
 * Layouts: Xing, "VBR header SDK"; LAME, http://gabriel.mp3-tech.org/mp3infotag.html; VBRI, Fraunhofer IIS.
 */
import { FRAME_HEADER_BYTES, type FrameKind, headerAt, sideInfoBytes } from './frame-header.ts';

/** Decoded samples by which any Layer III decoder lags behind: 528 of the filterbank and 1 by convention. */
const DECODER_DELAY_SAMPLES = 529;

const XING = 0x58696e67;
const INFO = 0x496e666f;
const VBRI = 0x56425249;
/** Writers that put delay and padding here; of others, these bytes mean something else or nothing. */
const DELAY_WRITERS: ReadonlySet<number> = new Set([
  0x4c414d45 /* LAME */, 0x4c617666 /* Lavf */, 0x4c617663 /* Lavc */,
]);

const XING_HAS_FRAMES = 1;
const XING_HAS_BYTES = 2;
const XING_HAS_TOC = 4;
const XING_HAS_QUALITY = 8;
const XING_TOC_BYTES = 100;
const LAME_DELAY_OFFSET = 21;
/** VBRI ignores how long the side information is: it stands where that of MPEG-1 stereo ends. */
const VBRI_OFFSET = FRAME_HEADER_BYTES + 32;

export type InfoFrame = {
  /** Audio frames that follow, this one not counted. */
  readonly frames?: number;
  /** Bytes from the beginning of this frame to the end of the last one. */
  readonly byteLength?: number;
  /** Decoded samples before the first audible one: encoder delay and decoder delay. 0 when not stated. */
  readonly leadInSamples: number;
  /** Decoded samples to drop at the end; the decoder's own lag has already swallowed a part of the padding. */
  readonly tailSamples: number;
};

/**
 * Reads the info frame that begins at `bytes[offset]` and is `byteLength` long; null if it is an ordinary frame. A tag
 * that states neither frames nor bytes is an ordinary frame too, as FFmpeg and so most players have it.
 */
export function parseInfoFrame(
  bytes: Uint8Array,
  offset: number,
  kind: FrameKind,
  byteLength: number,
): InfoFrame | null {
  if (kind.layer !== 3) return null;
  const frame = bytes.subarray(offset, offset + byteLength);
  // The CRC word, when there is one, does not move the tag: it then overlaps the side information.
  const tagOffset = FRAME_HEADER_BYTES + sideInfoBytes(kind.version, headerAt(frame, 0));
  const mark = headerAt(frame, tagOffset);
  if (mark === XING || mark === INFO) return parseXing(frame, tagOffset);
  return headerAt(frame, VBRI_OFFSET) === VBRI ? parseVbri(frame) : null;
}

function parseXing(frame: Uint8Array, tagOffset: number): InfoFrame | null {
  const flags = headerAt(frame, tagOffset + 4);
  let at = tagOffset + 8;
  const counts: { frames?: number; byteLength?: number } = {};
  if (flags & XING_HAS_FRAMES) {
    counts.frames = headerAt(frame, at) >>> 0;
    at += 4;
  }
  if (flags & XING_HAS_BYTES) {
    counts.byteLength = headerAt(frame, at) >>> 0;
    at += 4;
  }
  if (!counts.frames && !counts.byteLength) return null;
  if (flags & XING_HAS_TOC) at += XING_TOC_BYTES;
  if (flags & XING_HAS_QUALITY) at += 4;
  if (!DELAY_WRITERS.has(headerAt(frame, at)) || at + LAME_DELAY_OFFSET + 3 > frame.length) {
    return { ...counts, leadInSamples: 0, tailSamples: 0 };
  }
  const delayAndPadding = headerAt(frame, at + LAME_DELAY_OFFSET) >>> 8;
  return {
    ...counts,
    leadInSamples: (delayAndPadding >>> 12) + DECODER_DELAY_SAMPLES,
    tailSamples: Math.max(0, (delayAndPadding & 0xfff) - DECODER_DELAY_SAMPLES),
  };
}

function parseVbri(frame: Uint8Array): InfoFrame {
  const byteLength = headerAt(frame, VBRI_OFFSET + 10) >>> 0;
  const frames = headerAt(frame, VBRI_OFFSET + 14) >>> 0;
  return { frames, byteLength, leadInSamples: 0, tailSamples: 0 };
}
