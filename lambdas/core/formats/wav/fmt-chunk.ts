/** WAVEFORMAT, WAVEFORMATEX and WAVEFORMATEXTENSIBLE: https://learn.microsoft.com/windows/win32/api/mmreg */
import { CuepointError } from '../../errors.ts';

export type PcmFormat = {
  /** FFmpeg's name: `pcm_s16le`, `pcm_f32le`, `pcm_alaw` … */
  readonly codec: string;
  /** Hz. */
  readonly sampleRate: number;
  readonly channels: number;
  /** Of the container: a sample of 20 valid bits stored in three bytes has 24. */
  readonly bitsPerSample: number;
  /** Which speaker each channel is for; 0 when the file does not say. */
  readonly channelMask: number;
};

export const FORMAT_TAG = { pcm: 0x0001, float: 0x0003, alaw: 0x0006, mulaw: 0x0007, extensible: 0xfffe } as const;

/** Bytes 2–15 of the sub-format GUIDs that stand for a 16-bit format tag, which bytes 0–1 are. */
export const SUB_FORMAT_TAIL = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];

const EXTENSIBLE_BYTES = 40;

/** By format tag: the codec for each container width. */
const CODECS: Readonly<Record<number, Readonly<Record<number, string>>>> = {
  [FORMAT_TAG.pcm]: { 8: 'pcm_u8', 16: 'pcm_s16le', 24: 'pcm_s24le', 32: 'pcm_s32le' },
  [FORMAT_TAG.float]: { 32: 'pcm_f32le', 64: 'pcm_f64le' },
  [FORMAT_TAG.alaw]: { 8: 'pcm_alaw' },
  [FORMAT_TAG.mulaw]: { 8: 'pcm_mulaw' },
};

const OTHER_NAMES: Readonly<Record<number, string>> = {
  2: 'Microsoft ADPCM',
  17: 'IMA ADPCM',
  32: 'Yamaha ADPCM',
  49: 'GSM 6.10',
  69: 'G.726',
  80: 'MPEG layer 1 or 2',
  85: 'MP3',
  146: 'AC-3 over S/PDIF',
  255: 'AAC',
  352: 'WMA 1',
  353: 'WMA 2',
  354: 'WMA Pro',
  355: 'WMA Lossless',
  5648: 'AAC',
  8192: 'AC-3',
  8193: 'DTS',
  22127: 'Vorbis',
  28751: 'Opus',
  61868: 'FLAC',
};

/**
 * The sample format from the body of a fmt chunk (at least 14 bytes). Throws `unsupported_codec` for anything but
 * PCM, IEEE float, A-law and µ-law, `malformed_header` when the fields contradict each other.
 */
export function parseFmtChunk(body: Uint8Array): PcmFormat {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const outerTag = view.getUint16(0, true);
  const channels = view.getUint16(2, true);
  const sampleRate = view.getUint32(4, true);
  const blockByteLength = view.getUint16(12, true);
  // The oldest form of the chunk ends before this field.
  const statedBits = body.length >= 16 ? view.getUint16(14, true) : 0;
  const extended = outerTag === FORMAT_TAG.extensible && body.length >= EXTENSIBLE_BYTES;
  const tag = extended ? subFormatTag(view) : outerTag;
  const widths = CODECS[tag];
  if (widths === undefined) throw unsupported(tag);
  if (channels === 0 || sampleRate === 0) {
    throw malformed(`${channels} channels at ${sampleRate} Hz`);
  }
  const bitsPerSample = containerBits(channels, blockByteLength, statedBits);
  const codec = widths[bitsPerSample];
  if (codec === undefined) throw unsupported(tag, bitsPerSample);
  const channelMask = extended ? view.getUint32(20, true) : 0;
  return { codec, sampleRate, channels, bitsPerSample, channelMask };
}

/** The block decides how wide a sample is stored; the stated bits may be fewer. */
function containerBits(channels: number, blockByteLength: number, statedBits: number): number {
  const stated = Math.ceil(statedBits / 8) * 8;
  if (blockByteLength === 0 && stated > 0) return stated;
  const bits = (blockByteLength / channels) * 8;
  if (blockByteLength === 0 || !Number.isInteger(bits / 8) || stated > bits) {
    throw malformed(`${channels} channels of ${statedBits} bits in blocks of ${blockByteLength} bytes`);
  }
  return bits;
}

/** The format tag that the sub-format stands for; of a GUID that stands for none, the extensible tag itself. */
function subFormatTag(view: DataView): number {
  const standard = SUB_FORMAT_TAIL.every((byte, i) => view.getUint8(26 + i) === byte);
  return standard ? view.getUint16(24, true) : FORMAT_TAG.extensible;
}

function malformed(contradiction: string): CuepointError {
  return new CuepointError(
    'malformed_header',
    `the WAV file's fmt chunk says ${contradiction}, which cannot be; export the file again`,
  );
}

function unsupported(tag: number, bits?: number): CuepointError {
  const hex = `0x${tag.toString(16).padStart(4, '0')}`;
  const known = OTHER_NAMES[tag] ?? (tag === FORMAT_TAG.extensible ? 'an unknown sub-format' : undefined);
  const name = known === undefined ? hex : `${hex} (${known})`;
  const what = bits === undefined ? `format ${name}` : `samples of ${bits} bits in format ${hex}`;
  return new CuepointError(
    'unsupported_codec',
    `the WAV file holds ${what}; PCM of 8 to 32 bits, float of 32 or 64, A-law and µ-law are served: convert it to one of them, or to FLAC or MP3`,
  );
}
