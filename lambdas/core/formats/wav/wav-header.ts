import { FORMAT_TAG, SUB_FORMAT_TAIL } from './fmt-chunk.ts';

export type WavFormat = {
  /** Hz. */
  readonly sampleRate: number;
  readonly channels: number;
  /** FFmpeg's name: `pcm_u8`, `pcm_s16le`, `pcm_f32le`, `pcm_alaw` … */
  readonly codec: string;
  /** Of the container: a multiple of 8. */
  readonly bitsPerSample: number;
  readonly channelMask?: number;
};

const MAX_UINT32 = 0xffffffff;
const DS64_BODY_BYTES = 28;
const EXTENSION_BYTES = 22;

/**
 * The bytes that make a WAV file of `dataByteLength` bytes of samples: RIFF, RF64 (EBU Tech 3306) when 32 bits do not
 * hold its size. `unknown`: all sizes are all ones, which readers take as "to the end".
 *
 * The size in the RIFF chunk counts header and samples, no pad byte: bodies made of this header end with their last
 * sample, and readers take an odd end of file.
 *
 * Throws `RangeError` for a codec that is not PCM, or a length that is not a whole number of blocks.
 */
export function wavHeader(format: WavFormat, dataByteLength: number | 'unknown'): Uint8Array {
  const blockByteLength = (format.bitsPerSample / 8) * format.channels;
  if (dataByteLength !== 'unknown' && (dataByteLength < 0 || dataByteLength % blockByteLength !== 0)) {
    throw new RangeError(`${dataByteLength} bytes are no whole number of blocks of ${blockByteLength} bytes`);
  }
  const fmt = chunk('fmt ', fmtBody(format, blockByteLength));
  const blocks = dataByteLength === 'unknown' ? MAX_UINT32 : dataByteLength / blockByteLength;
  // For all but integer PCM the fact chunk (length in samples) is mandatory.
  const fact = formatTag(format.codec) === FORMAT_TAG.pcm ? [] : chunk('fact', uint32(Math.min(blocks, MAX_UINT32)));
  const described = [...fmt, ...fact];

  const riffByteLength = dataByteLength === 'unknown' ? MAX_UINT32 : 4 + described.length + 8 + dataByteLength;
  if (dataByteLength === 'unknown' || riffByteLength < MAX_UINT32) {
    const dataSize = dataByteLength === 'unknown' ? MAX_UINT32 : dataByteLength;
    return joined('RIFF', uint32(riffByteLength), [], described, uint32(dataSize));
  }
  const wideByteLength = riffByteLength + 8 + DS64_BODY_BYTES;
  const ds64 = chunk('ds64', [...uint64(wideByteLength), ...uint64(dataByteLength), ...uint64(blocks), ...uint32(0)]);
  return joined('RF64', uint32(MAX_UINT32), ds64, described, uint32(MAX_UINT32));
}

function joined(form: string, size: number[], ds64: number[], described: number[], dataSize: number[]): Uint8Array {
  return Uint8Array.from([
    ...ascii(form),
    ...size,
    ...ascii('WAVE'),
    ...ds64,
    ...described,
    ...ascii('data'),
    ...dataSize,
  ]);
}

/**
 * Extensible where Microsoft's rules ask for it: more than two channels, more than 16 bits of integer PCM, or speakers
 * that the plain form does not imply.
 */
function fmtBody(format: WavFormat, blockByteLength: number): number[] {
  const { channels, sampleRate, bitsPerSample, channelMask = 0 } = format;
  const tag = formatTag(format.codec);
  const impliedMask = channels === 1 ? 0x4 : 0x3;
  const extensible =
    channels > 2 ||
    (tag === FORMAT_TAG.pcm && bitsPerSample > 16) ||
    (channelMask !== 0 && channelMask !== impliedMask);
  const fields = [
    ...uint16(extensible ? FORMAT_TAG.extensible : tag),
    ...uint16(channels),
    ...uint32(sampleRate),
    ...uint32(Math.min(sampleRate * blockByteLength, MAX_UINT32)),
    ...uint16(blockByteLength),
    ...uint16(bitsPerSample),
  ];
  if (extensible) {
    const extension = [...uint16(bitsPerSample), ...uint32(channelMask), ...uint16(tag), ...SUB_FORMAT_TAIL];
    return [...fields, ...uint16(EXTENSION_BYTES), ...extension];
  }
  return tag === FORMAT_TAG.pcm ? fields : [...fields, ...uint16(0)];
}

function formatTag(codec: string): number {
  switch (codec) {
    case 'pcm_u8':
    case 'pcm_s16le':
    case 'pcm_s24le':
    case 'pcm_s32le':
      return FORMAT_TAG.pcm;
    case 'pcm_f32le':
    case 'pcm_f64le':
      return FORMAT_TAG.float;
    case 'pcm_alaw':
      return FORMAT_TAG.alaw;
    case 'pcm_mulaw':
      return FORMAT_TAG.mulaw;
    default:
      throw new RangeError(`no WAV header for codec ${codec}`);
  }
}

function chunk(id: string, body: number[]): number[] {
  return [...ascii(id), ...uint32(body.length), ...body];
}

function ascii(text: string): number[] {
  return Array.from(text, (character) => character.charCodeAt(0));
}

function uint16(value: number): number[] {
  return [value & 0xff, (value >>> 8) & 0xff];
}

function uint32(value: number): number[] {
  return [...uint16(value & 0xffff), ...uint16(value >>> 16)];
}

function uint64(value: number): number[] {
  return [...uint32(value % 2 ** 32), ...uint32(Math.floor(value / 2 ** 32))];
}
