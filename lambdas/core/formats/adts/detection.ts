import type { ByteSource } from '../../ports.ts';
import { readBytes } from '../byte-window.ts';
import { CHAIN_BYTES, CHAIN_FRAMES, chainAt, type FrameChain } from './frame-chain.ts';
import { FRAME_HEADER_BYTES, type FrameKind, frameByteLength, frameKindAt, MAX_FRAME_BYTES } from './frame-header.ts';

/** About a fifth of a second. */
const CHAIN_FRAMES_BEHIND_JUNK = 8;

/** Junk that may stand between tags and audio: padding outside its tag, the rest of a frame in a stream joined late. */
const SEARCH_BYTES = 1 << 17;

/** Where the first frame is and what it says. */
export type Detection = {
  readonly kind: FrameKind;
  readonly firstFrameByte: number;
  /** True if bytes other than padding zeros stand before the first frame. */
  readonly junkBefore: boolean;
};

/**
 * Looks for ADTS frames in [startByte, endByte), from which tags are already excluded: null unless several consecutive
 * frames agree within the first 128 KiB. MPEG audio never passes, as its headers have other bits for the layer.
 */
export async function detect(source: ByteSource, startByte: number, endByte: number): Promise<Detection | null> {
  const readHead = (byteLength: number) => readBytes(source, startByte, Math.min(byteLength, endByte - startByte));
  const first = await readHead(CHAIN_BYTES);
  if (beginsStream(first, 0)) return describe(first, startByte, 0);
  const bytes = await readHead(SEARCH_BYTES + CHAIN_FRAMES_BEHIND_JUNK * MAX_FRAME_BYTES + FRAME_HEADER_BYTES);
  const offset = findStream(bytes);
  return offset < 0 ? null : describe(bytes, startByte, offset);
}

/** Offset of the first frame, -1 if there is none: behind padding first, then behind whatever else there may be. */
function findStream(bytes: Uint8Array): number {
  const paddingEnd = bytes.findIndex((byte) => byte !== 0);
  if (paddingEnd < 0) return -1;
  if (paddingEnd < SEARCH_BYTES && beginsStream(bytes, paddingEnd)) return paddingEnd;
  let offset = bytes.indexOf(0xff);
  while (offset >= 0 && offset < SEARCH_BYTES && !beginsStreamBehindJunk(bytes, offset)) {
    offset = bytes.indexOf(0xff, offset + 1);
  }
  return offset < SEARCH_BYTES ? offset : -1;
}

/** Fewer frames are believed only where the file has no room for more. */
function beginsStream(bytes: Uint8Array, offset: number): boolean {
  const chain = chainAt(bytes, offset, bytes.length, CHAIN_FRAMES);
  if (chain === null) return false;
  const enough = chain.frames >= CHAIN_FRAMES || (chain.ending === 'cut' && chain.frames >= 2);
  return (enough || chain.ending === 'exact') && !isPeriodic(bytes, offset, chain);
}

/** A longer chain is asked for where the audio does not come first: tables and pictures are full of short ones. */
function beginsStreamBehindJunk(bytes: Uint8Array, offset: number): boolean {
  const chain = chainAt(bytes, offset, bytes.length, CHAIN_FRAMES_BEHIND_JUNK);
  if (chain === null) return false;
  const enough = chain.frames >= CHAIN_FRAMES_BEHIND_JUNK || (chain.ending === 'exact' && chain.frames >= CHAIN_FRAMES);
  return enough && !isPeriodic(bytes, offset, chain);
}

/**
 * True if every frame of the chain holds another header of its kind: then the bytes repeat themselves with a period
 * that happens to divide a frame's length (a table, a constant in raw PCM) and no frame is meant.
 */
function isPeriodic(bytes: Uint8Array, offset: number, { kind, frames }: FrameChain): boolean {
  let at = offset;
  for (let frame = 0; frame < frames; frame++) {
    const end = at + frameByteLength(kind.bits, bytes, at);
    let inner = bytes.indexOf(0xff, at + 1);
    while (inner >= 0 && inner < end && frameByteLength(kind.bits, bytes, inner) === 0) {
      inner = bytes.indexOf(0xff, inner + 1);
    }
    if (inner < 0 || inner >= end) return false;
    at = end;
  }
  return true;
}

function describe(bytes: Uint8Array, startByte: number, offset: number): Detection | null {
  const kind = frameKindAt(bytes, offset);
  if (kind === null) return null;
  const junkBefore = bytes.subarray(0, offset).some((byte) => byte !== 0);
  return { kind, firstFrameByte: startByte + offset, junkBefore };
}
