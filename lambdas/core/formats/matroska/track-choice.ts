import { CuepointError } from '../../errors.ts';
import type { ByteSource } from '../../ports.ts';
import { readBytes } from '../byte-window.ts';
import type { CodecStream } from './codec-stream.ts';
import { MAX_OPUS_HEAD_BYTES, opusStream } from './opus-stream.ts';
import type { DocType, SegmentHeader } from './segment-header.ts';
import { AUDIO_TRACK, type TrackEntry } from './track-entry.ts';
import { readVorbisStream } from './vorbis-stream.ts';

const SERVED_CODECS: ReadonlySet<string> = new Set(['A_OPUS', 'A_VORBIS']);

/**
 * The audio track that is served: the first of a served codec that is enabled and default, else enabled, else any.
 * Throws `no_audio` (no audio track), `drm_protected` or `unsupported_codec` (none that can be served).
 */
export function chooseTrack({ tracks, docType }: SegmentHeader): TrackEntry {
  const audio = tracks.filter(({ type }) => type === AUDIO_TRACK);
  const served = audio.filter(isServed);
  const chosen =
    served.find(({ enabled, isDefault }) => enabled && isDefault) ?? served.find(({ enabled }) => enabled) ?? served[0];
  if (chosen !== undefined) return chosen;
  const [refused] = audio;
  if (refused === undefined) {
    throw new CuepointError(
      'no_audio',
      `the ${docType} file has ${tracks.length} tracks and none is audio; upload a file that has audio in it`,
    );
  }
  throw refusal(audio.find(({ codecId }) => SERVED_CODECS.has(codecId)) ?? refused, docType);
}

function isServed({ codecId, encoding }: TrackEntry): boolean {
  return SERVED_CODECS.has(codecId) && encoding === 'none';
}

function refusal({ codecId, encoding, number }: TrackEntry, docType: DocType): CuepointError {
  if (encoding === 'encrypted') {
    return new CuepointError(
      'drm_protected',
      `the audio track ${number} of the ${docType} file is encrypted; upload a file without protection`,
    );
  }
  if (!SERVED_CODECS.has(codecId)) {
    return new CuepointError(
      'unsupported_codec',
      `the audio in the ${docType} file is ${shownCodec(codecId)}; A_OPUS and A_VORBIS are served: convert it to Opus, FLAC or MP3`,
    );
  }
  return new CuepointError(
    'unsupported_codec',
    `the ${codecId} track ${number} of the ${docType} file is compressed once more (ContentCompression); write it again with mkvmerge --compression -1:none`,
  );
}

/** It may be any bytes. */
function shownCodec(codecId: string): string {
  return /^[\x20-\x7e]+$/.test(codecId) ? `"${codecId}"` : 'of a codec whose name is not text';
}

/** What its CodecPrivate says. Throws `malformed_header` when that is missing, cut, or no decoder would take it. */
export async function readCodecStream(source: ByteSource, track: TrackEntry): Promise<CodecStream> {
  const { codecPrivate, codecDelayNs, codecId } = track;
  let stream: CodecStream | null = null;
  if (codecPrivate !== undefined && codecId === 'A_VORBIS') {
    stream = await readVorbisStream(source, codecPrivate, codecDelayNs);
  } else if (codecPrivate !== undefined) {
    const byteLength = Math.min(codecPrivate.endByte - codecPrivate.bodyByte, MAX_OPUS_HEAD_BYTES);
    stream = opusStream(await readBytes(source, codecPrivate.bodyByte, byteLength), codecDelayNs);
  }
  if (stream !== null) return stream;
  const found = codecPrivate === undefined ? 'no CodecPrivate' : 'a CodecPrivate that no decoder takes';
  throw new CuepointError(
    'malformed_header',
    `the ${codecId} track ${track.number} has ${found}, so it cannot be decoded; upload the whole file, or convert it again`,
  );
}
