/**
 * HE-AAC in ADTS: the header speaks of the core coder only, and spectral band replication, which doubles the rate, is
 * found in fill elements (ISO/IEC 14496-3 sections 4.4.2.7 and 4.6.18, "implicit signalling").
 */
import { bitsAt } from './bits.ts';
import { FRAME_HEADER_BYTES, type FrameKind, frameByteLength, payloadOffset } from './frame-header.ts';

/** The highest core rate in use: twice it is 48 kHz. */
const MAX_CORE_RATE = 24_000;

const FRAMES_ASKED = 32;
/** Fewer say too little, either way. */
const LEAST_FRAMES = 4;
/** A wrong guess happens to one frame in sixty, and encoders have a fill element in every frame. */
const SHARE_BELIEVED = 0.75;

const FILL_ID = 6;
/** Count 15 says that eight more bits follow. */
const COUNT_ESCAPE = 15;
const MAX_FILL_BYTES = COUNT_ESCAPE - 1 + 0xff;
/** Fill elements of padding, behind the one in question, that are stepped over. */
const MAX_PADDING_ELEMENTS = 3;

const EXTENSION = { fill: 0, fillData: 1, replication: 13, replicationWithCrc: 14 } as const;

/**
 * True if the frames at the beginning of `bytes` carry band replication. To find a fill element from the front, all
 * of a frame would have to be decoded; so it is looked for from the back, where it stands before the end element, and
 * many frames are asked, since one may look so by chance.
 */
export function hasBandReplication(kind: FrameKind, bytes: Uint8Array): boolean {
  if (kind.sampleRate > MAX_CORE_RATE || kind.objectType !== 2) return false;
  let frames = 0;
  let carrying = 0;
  let at = 0;
  while (frames < FRAMES_ASKED && at + FRAME_HEADER_BYTES <= bytes.length) {
    const length = frameByteLength(kind.bits, bytes, at);
    if (length === 0 || at + length > bytes.length) break;
    const payload = bytes.subarray(at + payloadOffset(bytes, at), at + length);
    if (endsInReplication(payload)) carrying++;
    frames++;
    at += length;
  }
  return frames >= LEAST_FRAMES && carrying >= frames * SHARE_BELIEVED;
}

function endsInReplication(payload: Uint8Array): boolean {
  let endBit = endElementBit(payload);
  for (let padding = 0; padding <= MAX_PADDING_ELEMENTS; padding++) {
    let nextEndBit = -1;
    for (let byteLength = 0; byteLength <= MAX_FILL_BYTES; byteLength++) {
      const startBit = fillElementBit(payload, endBit, byteLength);
      if (startBit < 0) continue;
      const extension = byteLength === 0 ? EXTENSION.fill : bitsAt(payload, endBit - 8 * byteLength, 4);
      if (extension === EXTENSION.replication || extension === EXTENSION.replicationWithCrc) return true;
      const isPadding = extension === EXTENSION.fill || extension === EXTENSION.fillData;
      if (isPadding && nextEndBit < 0) nextEndBit = startBit;
    }
    if (nextEndBit < 0) return false;
    endBit = nextEndBit;
  }
  return false;
}

/** The first bit of the end element: three ones, padded with zeros to a byte. Anything else there is no harm. */
function endElementBit(payload: Uint8Array): number {
  const last = payload[payload.length - 1] ?? 0;
  const zeros = last === 0 ? 8 : 31 - Math.clz32(last & -last);
  return payload.length * 8 - zeros - 3;
}

/** The first bit of a fill element with `byteLength` bytes that ends at `endBit`; -1 if there is none. */
function fillElementBit(payload: Uint8Array, endBit: number, byteLength: number): number {
  const isLong = byteLength >= COUNT_ESCAPE;
  const startBit = endBit - 8 * byteLength - (isLong ? 15 : 7);
  if (startBit < 0 || bitsAt(payload, startBit, 3) !== FILL_ID) return -1;
  const count = bitsAt(payload, startBit + 3, 4);
  if (!isLong) return count === byteLength ? startBit : -1;
  // The escape counts on from 14.
  const isCounted = count === COUNT_ESCAPE && bitsAt(payload, startBit + 7, 8) === byteLength - COUNT_ESCAPE + 1;
  return isCounted ? startBit : -1;
}
