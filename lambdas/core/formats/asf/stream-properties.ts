/** Stream Properties Object (ASF specification, section 3.3) and the WAVEFORMATEX in it (section 9.1). */
import { GUID, guidAt } from './guids.ts';

export type AudioStream = {
  /** 1 to 127; what payloads are marked with. */
  readonly number: number;
  readonly encrypted: boolean;
  readonly waveFormat: WaveFormat;
  readonly spread: Spread | undefined;
  /** The whole object, as it stands in the file. */
  readonly object: Uint8Array;
};

export type WaveFormat = {
  readonly formatTag: number;
  readonly channels: number;
  /** Hz. */
  readonly sampleRate: number;
  readonly bytesPerSecond: number;
  /** Bytes of a codec packet; a media object holds one or more of them. */
  readonly blockAlign: number;
  readonly bitsPerSample: number;
  readonly extradata: Uint8Array;
};

/** How the bytes of a media object are scattered over `span` virtual packets (section 3.3, audio spread). */
export type Spread = {
  readonly span: number;
  readonly packetByteLength: number;
  readonly chunkByteLength: number;
};

const TYPE_OFFSET = 24;
const CORRECTION_TYPE_OFFSET = 40;
const TYPE_BYTES_OFFSET = 64;
const FLAGS_OFFSET = 72;
const TYPE_DATA_OFFSET = 78;
const NUMBER_MASK = 0x7f;
const ENCRYPTED = 0x8000;

const WAVE_FORMAT_BYTES = 16;
const WAVE_FORMAT_EX_BYTES = 18;
const SPREAD_BYTES = 5;

/** `undefined` when the stream is not audio; `null` when the object is too short for what it must hold. */
export function parseStreamProperties(object: Uint8Array): AudioStream | undefined | null {
  if (object.length < TYPE_DATA_OFFSET) return null;
  if (guidAt(object, TYPE_OFFSET) !== GUID.audioMedia) return undefined;
  const view = new DataView(object.buffer, object.byteOffset, object.length);
  const correctionOffset = TYPE_DATA_OFFSET + view.getUint32(TYPE_BYTES_OFFSET, true);
  if (correctionOffset > object.length) return null;
  const waveFormat = parseWaveFormat(object.subarray(TYPE_DATA_OFFSET, correctionOffset));
  if (waveFormat === null) return null;
  const flags = view.getUint16(FLAGS_OFFSET, true);
  const isSpread = guidAt(object, CORRECTION_TYPE_OFFSET) === GUID.audioSpread;
  return {
    number: flags & NUMBER_MASK,
    encrypted: (flags & ENCRYPTED) !== 0,
    waveFormat,
    spread: isSpread ? parseSpread(object.subarray(correctionOffset)) : undefined,
    object,
  };
}

function parseWaveFormat(bytes: Uint8Array): WaveFormat | null {
  if (bytes.length < WAVE_FORMAT_BYTES) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const extraBytes = bytes.length < WAVE_FORMAT_EX_BYTES ? 0 : view.getUint16(WAVE_FORMAT_BYTES, true);
  return {
    formatTag: view.getUint16(0, true),
    channels: view.getUint16(2, true),
    sampleRate: view.getUint32(4, true),
    bytesPerSecond: view.getUint32(8, true),
    blockAlign: view.getUint16(12, true),
    bitsPerSample: view.getUint16(14, true),
    extradata: bytes.slice(WAVE_FORMAT_EX_BYTES, WAVE_FORMAT_EX_BYTES + extraBytes),
  };
}

/** A span of one packet scatters nothing; sizes that do not divide are ignored, as FFmpeg does. */
function parseSpread(bytes: Uint8Array): Spread | undefined {
  if (bytes.length < SPREAD_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const span = view.getUint8(0);
  const packetByteLength = view.getUint16(1, true);
  const chunkByteLength = view.getUint16(3, true);
  const isEven = chunkByteLength > 0 && packetByteLength > chunkByteLength && packetByteLength % chunkByteLength === 0;
  return span > 1 && isEven ? { span, packetByteLength, chunkByteLength } : undefined;
}
