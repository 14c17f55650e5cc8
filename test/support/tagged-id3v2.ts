/** ID3v2 tags frame by frame, in the versions and encodings that writers use, and as they get them wrong. */
import { concat } from './flac-stream.ts';

export type TextEncoding = 'latin1' | 'utf-16' | 'utf-16be' | 'utf-8';

const ENCODING_BYTES: Readonly<Record<TextEncoding, number>> = { latin1: 0, 'utf-16': 1, 'utf-16be': 2, 'utf-8': 3 };

export type Frame = {
  readonly id: string;
  readonly body: Uint8Array;
  /** What the header says instead of the body's length. */
  readonly statedBytes?: number;
  readonly flags?: readonly [number, number];
};

export type TagOptions = {
  readonly major?: 2 | 3 | 4;
  /** Zeros behind the frames, counted by the tag. */
  readonly paddingBytes?: number;
  /** Sizes of version 2.4 as plain numbers, as some writers have them. */
  readonly plainSizes?: boolean;
  readonly unsynchronised?: boolean;
  readonly footer?: boolean;
  /** What the header says instead of the true length. */
  readonly statedBytes?: number;
};

export function id3v2(frames: readonly Frame[], options: TagOptions = {}): Uint8Array {
  const { major = 4, paddingBytes = 0, unsynchronised = false, footer = false } = options;
  const plain = concat(...frames.map((frame) => frameBytes(frame, options)), new Uint8Array(paddingBytes));
  const body = unsynchronised ? withZeros(plain) : plain;
  const flags = (unsynchronised ? 0x80 : 0) | (footer ? 0x10 : 0);
  const fields = Uint8Array.from([major, 0, flags, ...syncsafe(options.statedBytes ?? body.length)]);
  const parts = [latin1('ID3'), fields, body];
  return concat(...parts, ...(footer ? [latin1('3DI'), fields] : []));
}

export function text(id: string, value: string, encoding: TextEncoding = 'utf-8'): Frame {
  return { id, body: concat(Uint8Array.of(ENCODING_BYTES[encoding]), encoded(value, encoding)) };
}

/** COMM and USLT. */
export function worded(id: string, value: string, encoding: TextEncoding = 'utf-8', description = ''): Frame {
  const head = [Uint8Array.of(ENCODING_BYTES[encoding]), latin1('deu'), ended(description, encoding)];
  return { id, body: concat(...head, encoded(value, encoding)) };
}

export function sylt(pieces: readonly (readonly [timeMs: number, text: string])[], timeFormat = 2, kind = 1): Frame {
  const parts = pieces.map(([timeMs, piece]) => concat(ended(piece, 'utf-8'), big(timeMs, 4)));
  const head = Uint8Array.from([3, ...latin1('eng'), timeFormat, kind, 0]);
  return { id: 'SYLT', body: concat(head, ...parts) };
}

export function chap(elementId: string, startMs: number, endMs: number, title?: string): Frame {
  const times = [startMs, endMs, 0xffffffff, 0xffffffff].map((value) => big(value, 4));
  const sub = title === undefined ? [] : [frameBytes(text('TIT2', title), {})];
  return { id: 'CHAP', body: concat(latin1(`${elementId}\0`), ...times, ...sub) };
}

/** `declared` is what the frame says the picture is, whatever its bytes are. */
export function apic(picture: Uint8Array, declared = 'image/jpeg', type = 3): Frame {
  return {
    id: 'APIC',
    body: concat(Uint8Array.of(0), latin1(`${declared}\0`), Uint8Array.of(type), latin1('cover\0'), picture),
  };
}

export function id3v1(title: string, artist: string, track = 0): Uint8Array {
  const bytes = concat(latin1('TAG'), new Uint8Array(125));
  bytes.set(latin1(title), 3);
  bytes.set(latin1(artist), 33);
  bytes[126] = track;
  bytes[127] = 255;
  return bytes;
}

export function latin1(value: string): Uint8Array {
  return Uint8Array.from(value, (character) => character.charCodeAt(0));
}

export function big(value: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => Math.floor(value / 256 ** (length - 1 - i)) % 256);
}

export function little(value: number, length: number): Uint8Array {
  return big(value, length).reverse();
}

function frameBytes(
  { id, body, statedBytes, flags = [0, 0] }: Frame,
  { major = 4, plainSizes }: TagOptions,
): Uint8Array {
  const size = statedBytes ?? body.length;
  if (major === 2) return concat(latin1(id), big(size, 3), body);
  const sizeBytes = major === 4 && !plainSizes ? Uint8Array.from(syncsafe(size)) : big(size, 4);
  return concat(latin1(id), sizeBytes, Uint8Array.from(flags), body);
}

function encoded(value: string, encoding: TextEncoding): Uint8Array {
  switch (encoding) {
    case 'latin1':
      return latin1(value);
    case 'utf-8':
      return new TextEncoder().encode(value);
    case 'utf-16':
      return concat(Uint8Array.of(0xff, 0xfe), new Uint8Array(Buffer.from(value, 'utf16le')));
    case 'utf-16be':
      return new Uint8Array(Buffer.from(value, 'utf16le').swap16());
  }
}

function ended(value: string, encoding: TextEncoding): Uint8Array {
  return concat(encoded(value, encoding), new Uint8Array(encoding.startsWith('utf-16') ? 2 : 1));
}

function syncsafe(value: number): number[] {
  return [21, 14, 7, 0].map((shift) => (value >> shift) & 0x7f);
}

function withZeros(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from([...bytes].flatMap((byte) => (byte === 0xff ? [byte, 0] : [byte])));
}
