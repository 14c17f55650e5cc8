/** The COMM chunk of AIFF (Apple, version 1.3, 1989) and AIFF-C (Apple, draft of 1991-08-26). */
import { CuepointError } from '../../errors.ts';
import { EXTENDED_BYTES, extendedAt } from './extended-float.ts';

export type AiffFormat = {
  /** FFmpeg's name: `pcm_s16be`, `pcm_f32be`, `pcm_alaw` … */
  readonly codec: string;
  /** Hz, rounded: old Macintosh rates are fractions. */
  readonly sampleRate: number;
  readonly channels: number;
  /** As stored: a sample of 20 bits takes three bytes and has 24. */
  readonly bitsPerSample: number;
  /** AIFF-C's name of the codec; `NONE` in AIFF. */
  readonly compression: string;
};

export type CommChunk = { readonly format: AiffFormat; readonly statedSamples: number };

const AIFF_BYTES = 18;
/** With the four characters of the codec; the name for people that follows is not asked. */
const AIFC_BYTES = 22;
/** The most that is looked at. */
export const COMM_BYTES = AIFC_BYTES;

const MAX_SAMPLE_RATE = 0xffffffff;

type Coding = { readonly codec: string; readonly bitsPerSample: number };

/** Where the stated bits decide about the width: by its bytes. */
const BIG_ENDIAN = ['pcm_s8', 'pcm_s16be', 'pcm_s24be', 'pcm_s32be'];
const LITTLE_ENDIAN = ['pcm_s8', 'pcm_s16le', 'pcm_s24le', 'pcm_s32le'];
const WIDTHS_OF: Readonly<Record<string, readonly string[]>> = {
  NONE: BIG_ENDIAN,
  twos: BIG_ENDIAN,
  sowt: LITTLE_ENDIAN,
  'raw ': ['pcm_u8'],
};

/** Where the codec does, whatever number of bits is stated beside it. */
const CODING_OF: Readonly<Record<string, Coding>> = {
  in24: { codec: 'pcm_s24be', bitsPerSample: 24 },
  in32: { codec: 'pcm_s32be', bitsPerSample: 32 },
  fl32: { codec: 'pcm_f32be', bitsPerSample: 32 },
  FL32: { codec: 'pcm_f32be', bitsPerSample: 32 },
  fl64: { codec: 'pcm_f64be', bitsPerSample: 64 },
  FL64: { codec: 'pcm_f64be', bitsPerSample: 64 },
  alaw: { codec: 'pcm_alaw', bitsPerSample: 8 },
  ALAW: { codec: 'pcm_alaw', bitsPerSample: 8 },
  ulaw: { codec: 'pcm_mulaw', bitsPerSample: 8 },
  ULAW: { codec: 'pcm_mulaw', bitsPerSample: 8 },
};

const OTHER_NAMES: Readonly<Record<string, string>> = {
  ACE2: 'ACE 2:1',
  ACE8: 'ACE 8:3',
  ADP4: 'Intel DVI ADPCM',
  G722: 'G.722',
  'GSM ': 'GSM 6.10',
  ima4: 'IMA ADPCM 4:1',
  MAC3: 'MACE 3:1',
  MAC6: 'MACE 6:1',
  QDMC: 'QDesign Music',
  QDM2: 'QDesign Music 2',
  Qclp: 'QCELP',
  '23ni': 'little-endian PCM of 32 bits',
  '42ni': 'little-endian PCM of 24 bits',
};

/**
 * The sample format from the body of a COMM chunk, of which COMM_BYTES at most are asked. Throws `unsupported_codec` for
 * codecs that are not served, `malformed_header` for a cut chunk and for values that no audio has.
 */
export function parseCommChunk(body: Uint8Array, isAifc: boolean): CommChunk {
  if (body.length < (isAifc ? AIFC_BYTES : AIFF_BYTES)) throw cutComm(body.length);
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const channels = view.getUint16(0);
  const statedSamples = view.getUint32(2);
  const statedBits = view.getUint16(6);
  const sampleRate = Math.round(extendedAt(body, 8));
  if (channels === 0 || !(sampleRate >= 1 && sampleRate <= MAX_SAMPLE_RATE)) {
    const rate = Number.isFinite(sampleRate) ? `${sampleRate} Hz` : 'a rate that is no number';
    throw malformed(`says ${channels} channels at ${rate}, which cannot be; export the file again`);
  }
  const codecOffset = 8 + EXTENDED_BYTES;
  const compression = isAifc ? String.fromCharCode(...body.subarray(codecOffset, codecOffset + 4)) : 'NONE';
  return {
    format: { ...coding(compression, statedBits), sampleRate, channels, compression },
    statedSamples,
  };
}

function coding(compression: string, statedBits: number): Coding {
  const fixed = CODING_OF[compression];
  if (fixed !== undefined) return fixed;
  const widths = WIDTHS_OF[compression];
  if (widths === undefined) throw unsupported(`the codec ${nameOf(compression)}`);
  if (statedBits === 0) throw malformed('says samples of 0 bits, which cannot be; export the file again');
  const bytes = Math.ceil(statedBits / 8);
  const codec = widths[bytes - 1];
  if (codec === undefined) throw unsupported(`samples of ${statedBits} bits (${nameOf(compression)})`);
  return { codec, bitsPerSample: 8 * bytes };
}

/** The four characters may be any bytes. */
function nameOf(compression: string): string {
  const isPrintable = /^[\x20-\x7e]{4}$/.test(compression);
  const hex = Array.from(compression, (character) => character.charCodeAt(0).toString(16).padStart(2, '0')).join('');
  const shown = isPrintable ? `'${compression}'` : `0x${hex}`;
  const known = OTHER_NAMES[compression];
  return known === undefined ? shown : `${shown}, ${known}`;
}

export function cutComm(byteLength: number): CuepointError {
  return malformed(
    `ends after ${byteLength} bytes, so its sample format is unknown; upload the whole file, or export it again`,
  );
}

function malformed(fault: string): CuepointError {
  return new CuepointError('malformed_header', `the AIFF file's COMM chunk ${fault}`);
}

function unsupported(what: string): CuepointError {
  return new CuepointError(
    'unsupported_codec',
    `the AIFF file holds ${what}; PCM of 8 to 32 bits, float of 32 or 64, A-law and µ-law are served: convert it to one of them, or to FLAC`,
  );
}
