import { CuepointError } from '../../errors.ts';
import type { ByteSource } from '../../ports.ts';
import { readBytes } from '../byte-window.ts';
import { CHAIN_FRAMES, chainAt, type FrameChain } from './frame-chain.ts';
import {
  bitrateIndex,
  channelCount,
  FRAME_HEADER_BYTES,
  type FrameKind,
  frameByteLength,
  frameKind,
  headerAt,
  MAX_FRAME_BYTES,
} from './frame-header.ts';
import { type InfoFrame, parseInfoFrame } from './info-frame.ts';

/** About a fifth of a second. */
const CHAIN_FRAMES_BEHIND_JUNK = 8;

/** Where almost every file has its first frame. */
const FIRST_LOOK_BYTES = 1 << 14;
/** Junk that may stand between tags and audio: padding outside its tag, the rest of a frame in a cut stream. */
const SEARCH_BYTES = 1 << 17;

/** Free-format frames: LAME writes up to 640 kbit/s, which at 8 kHz (Layer III, MPEG-2.5) are 5,760 bytes. */
const FREE_FORMAT_BYTES = { shortest: 24, longest: 8192 };
/** All but protection, padding, private bit and mode extension: a free-format stream keeps the rest. */
const FREE_FORMAT_MASK = 0xfffefccf | 0;

/** Beginnings of containers that may well hold MPEG frames, or bytes that look so, but are not ours. */
const FOREIGN_MARKS: readonly { readonly offset: number; readonly mark: string }[] = [
  ...['RIFF', 'RF64', 'FORM', 'fLaC', 'OggS', 'wvpk', 'caff', 'FLV\x01', 'MAC ', 'MPCK', 'TTA1'],
  ...['\x1a\x45\xdf\xa3', '\x30\x26\xb2\x75', '\x00\x00\x01\xba'],
]
  .map((mark) => ({ offset: 0, mark }))
  .concat({ offset: 4, mark: 'ftyp' });

/** Where the audio is and what its first frame says. */
export type Detection = {
  readonly kind: FrameKind;
  readonly channels: number;
  readonly info: InfoFrame | null;
  /** First frame of any sort, and first frame that is a packet. They differ by the info frame. */
  readonly firstFrameByte: number;
  readonly audioStartByte: number;
  /** True if bytes other than padding zeros stand between `startByte` and the first frame. */
  readonly junkBefore: boolean;
};

/**
 * Looks for MPEG audio in [startByte, endByte), from which tags are already excluded: null unless several consecutive
 * frames agree within the first 128 KiB. Throws `free_format_mpeg` if the frames agree but do not state their length.
 */
export async function detect(source: ByteSource, startByte: number, endByte: number): Promise<Detection | null> {
  const readHead = (byteLength: number) => readBytes(source, startByte, Math.min(byteLength, endByte - startByte));
  const first = await readHead(FIRST_LOOK_BYTES);
  if (isForeign(first)) return null;
  if (beginsStream(first, 0)) return describe(first, startByte, 0);
  const bytes = await readHead(SEARCH_BYTES + CHAIN_FRAMES_BEHIND_JUNK * MAX_FRAME_BYTES);
  const offset = findStream(bytes);
  if (offset >= 0) return describe(bytes, startByte, offset);
  refuseFreeFormat(bytes, startByte);
  return null;
}

function isForeign(bytes: Uint8Array): boolean {
  return FOREIGN_MARKS.some(({ offset, mark }) =>
    Array.from(mark).every((character, index) => bytes[offset + index] === character.charCodeAt(0)),
  );
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
  const chain = chainAt(bytes, offset, bytes.length);
  if (chain === null || isPeriodic(bytes, offset, chain)) return false;
  return chain.frames >= CHAIN_FRAMES || (chain.ending === 'cut' && chain.frames >= 2) || chain.ending === 'exact';
}

/**
 * More is asked for where the audio does not come first, because machine code, tables and pictures are full of short
 * chains: a longer chain, and a layer that is in use. Layer I, and Layer II in MPEG-2.5, exist in name only.
 */
function beginsStreamBehindJunk(bytes: Uint8Array, offset: number): boolean {
  const chain = chainAt(bytes, offset, bytes.length, CHAIN_FRAMES_BEHIND_JUNK);
  if (chain === null || !isInUse(chain.kind) || isPeriodic(bytes, offset, chain)) return false;
  return chain.frames >= CHAIN_FRAMES_BEHIND_JUNK || (chain.ending === 'exact' && chain.frames >= CHAIN_FRAMES);
}

function isInUse({ version, layer }: FrameKind): boolean {
  return layer === 3 || (layer === 2 && version !== 2.5);
}

/**
 * True if every frame of the chain holds another header of its kind: then the bytes repeat themselves with a period
 * that happens to divide a frame's length (a jump table, a constant in raw PCM) and no frame is meant.
 */
function isPeriodic(bytes: Uint8Array, offset: number, { kind, frames }: FrameChain): boolean {
  let at = offset;
  for (let frame = 0; frame < frames; frame++) {
    const end = at + frameByteLength(kind, headerAt(bytes, at));
    let inner = bytes.indexOf(0xff, at + 1);
    while (inner >= 0 && inner < end && frameByteLength(kind, headerAt(bytes, inner)) === 0) {
      inner = bytes.indexOf(0xff, inner + 1);
    }
    if (inner < 0 || inner >= end) return false;
    at = end;
  }
  return true;
}

function describe(bytes: Uint8Array, startByte: number, offset: number): Detection | null {
  const header = headerAt(bytes, offset);
  const kind = frameKind(header);
  if (kind === null) return null;
  const byteLength = frameByteLength(kind, header);
  const info = parseInfoFrame(bytes, offset, kind, byteLength);
  const audioOffset = info === null ? offset : offset + byteLength;
  const audioHeader = headerAt(bytes, audioOffset);
  return {
    kind,
    channels: channelCount(frameByteLength(kind, audioHeader) > 0 ? audioHeader : header),
    info,
    firstFrameByte: startByte + offset,
    audioStartByte: startByte + audioOffset,
    junkBefore: bytes.subarray(0, offset).some((byte) => byte !== 0),
  };
}

/**
 * Free format is looked for at the first byte only, and believed when frames of one length (give or take the padding)
 * follow each other to the end or up to four: its headers say too little to be searched for.
 */
function refuseFreeFormat(bytes: Uint8Array, startByte: number): void {
  const header = headerAt(bytes, 0);
  const kind = frameKind(header);
  if (kind === null || bitrateIndex(header) !== 0) return;
  const mark = header & FREE_FORMAT_MASK;
  const begins = (at: number) => (headerAt(bytes, at) & FREE_FORMAT_MASK) === mark;
  let length = FRAME_HEADER_BYTES;
  while (length <= FREE_FORMAT_BYTES.longest && length < bytes.length && !begins(length)) length++;
  if (length < FREE_FORMAT_BYTES.shortest || length > FREE_FORMAT_BYTES.longest || length >= bytes.length) return;
  const slotBytes = kind.layer === 1 ? 4 : 1;
  let at = length;
  for (let frames = 2; frames <= CHAIN_FRAMES; frames++) {
    const next = [length, length - slotBytes, length + slotBytes]
      .map((step) => at + step)
      .find((end) => end >= bytes.length || begins(end));
    if (next === undefined) return;
    if (next >= bytes.length) break;
    at = next;
  }
  throw new CuepointError(
    'free_format_mpeg',
    `the MPEG audio that begins at byte ${startByte} is in free format (its frames do not state a bitrate), ` +
      'which most players refuse: encode it again with a standard bitrate',
  );
}
