/** The beginning of a Matroska file, as small as players take it, for clusters cut out of another one. */
import type { CodecStream } from './codec-stream.ts';
import { ID } from './element-ids.ts';
import { AUDIO_TRACK } from './track-entry.ts';

/** All ones, in one byte: unknown (RFC 8794, section 6.2). */
const UNKNOWN_SIZE = 0xff;

/** Sizes take as many bytes in what is written here: enough for any CodecPrivate that is kept. */
const SIZE_BYTES = 4;
const SIZE_MARKER = 0x10000000;

const APPLICATION = 'cuepoint';

const SUBTITLE_TRACK = 17;
const PLAIN_TEXT = 'S_TEXT/UTF8';

export type InitTrack = {
  readonly docType: string;
  readonly trackNumber: number;
  /** Of the tracks whose blocks lie between. */
  readonly otherTrackNumbers: readonly number[];
  readonly timestampScaleNs: number;
  readonly stream: CodecStream;
};

/**
 * EBML header, Segment of unknown size, Info and Tracks; the clusters' bytes go right behind it. Other tracks are only
 * named: a block of a track that is not makes FFmpeg give up the cluster.
 */
export function initSegment({
  docType,
  trackNumber,
  otherTrackNumbers,
  timestampScaleNs,
  stream,
}: InitTrack): Uint8Array {
  const header = element(
    ID.EBML,
    element(ID.EBML_VERSION, unsigned(1)),
    element(ID.EBML_READ_VERSION, unsigned(1)),
    element(ID.EBML_MAX_ID_LENGTH, unsigned(4)),
    element(ID.EBML_MAX_SIZE_LENGTH, unsigned(8)),
    element(ID.DOC_TYPE, ascii(docType)),
    element(ID.DOC_TYPE_VERSION, unsigned(4)),
    element(ID.DOC_TYPE_READ_VERSION, unsigned(2)),
  );
  const info = element(
    ID.INFO,
    element(ID.TIMESTAMP_SCALE, unsigned(timestampScaleNs)),
    element(ID.MUXING_APP, ascii(APPLICATION)),
    element(ID.WRITING_APP, ascii(APPLICATION)),
  );
  const entry = element(
    ID.TRACK_ENTRY,
    element(ID.TRACK_NUMBER, unsigned(trackNumber)),
    element(ID.TRACK_UID, unsigned(trackNumber)),
    element(ID.TRACK_TYPE, unsigned(AUDIO_TRACK)),
    element(ID.CODEC_ID, ascii(stream.codecId)),
    element(ID.CODEC_DELAY, unsigned(stream.codecDelayNs)),
    element(ID.SEEK_PRE_ROLL, unsigned(stream.seekPreRollNs)),
    element(ID.CODEC_PRIVATE, stream.decoderConfig),
    element(
      ID.AUDIO,
      element(ID.SAMPLING_FREQUENCY, float(stream.sampleRate)),
      element(ID.CHANNELS, unsigned(stream.channels)),
    ),
  );
  const segment = concat([unsigned(ID.SEGMENT), Uint8Array.of(UNKNOWN_SIZE)]);
  return concat([header, segment, info, element(ID.TRACKS, entry, ...otherTrackNumbers.map(namedTrack))]);
}

/** Of a kind and codec that FFmpeg passes on without looking inside. */
function namedTrack(trackNumber: number): Uint8Array {
  return element(
    ID.TRACK_ENTRY,
    element(ID.TRACK_NUMBER, unsigned(trackNumber)),
    element(ID.TRACK_UID, unsigned(trackNumber)),
    element(ID.TRACK_TYPE, unsigned(SUBTITLE_TRACK)),
    element(ID.CODEC_ID, ascii(PLAIN_TEXT)),
  );
}

function element(id: number, ...body: readonly Uint8Array[]): Uint8Array {
  const bytes = concat(body);
  const size = new Uint8Array(SIZE_BYTES);
  new DataView(size.buffer).setUint32(0, SIZE_MARKER + bytes.length);
  return concat([unsigned(id), size, bytes]);
}

/** Big-endian, without leading zeros, at least one byte. */
function unsigned(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; rest > 0 || bytes.length === 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Uint8Array.from(bytes);
}

function float(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value);
  return bytes;
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
