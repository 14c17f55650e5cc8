import type { AiffFormat } from './comm-chunk.ts';
import { extendedOf } from './extended-float.ts';
import { SSND_FIELDS_BYTES } from './form.ts';

/** AIFF-C of 1990-05-23, the only version there is, as seconds since 1904. */
const AIFC_VERSION = 0xa2805140;

const CHUNK_HEADER_BYTES = 8;
const FORM_HEADER_BYTES = 12;
const VERSION_CHUNK_BYTES = 12;

/**
 * The size of SSND for samples that end with the file: just below 2 GiB, as writers put in that do not know it yet.
 * Readers take sizes as signed, too.
 */
const UNKNOWN_BYTES = 0x7ffff000;

/**
 * The bytes that make an AIFF file of samples of any number, AIFF-C where the codec needs a name: its sizes are those
 * of a file just below 2 GiB, and readers stop where the file does.
 */
export function aiffHeader(format: AiffFormat): Uint8Array {
  const isAifc = format.compression !== 'NONE';
  const version = isAifc ? chunk('FVER', uint32(AIFC_VERSION)) : [];
  const blockByteLength = (format.bitsPerSample / 8) * format.channels;
  const comm = chunk('COMM', [
    ...uint16(format.channels),
    ...uint32(Math.floor((UNKNOWN_BYTES - SSND_FIELDS_BYTES) / blockByteLength)),
    ...uint16(format.bitsPerSample),
    ...extendedOf(format.sampleRate),
    // The codec's name for people is a Pascal string; an empty one is its length and a pad byte.
    ...(isAifc ? [...ascii(format.compression), 0, 0] : []),
  ]);
  const ssnd = [...ascii('SSND'), ...uint32(UNKNOWN_BYTES), ...uint32(0), ...uint32(0)];
  const chunks = [...ascii(isAifc ? 'AIFC' : 'AIFF'), ...version, ...comm, ...ssnd];
  const formByteLength = chunks.length - SSND_FIELDS_BYTES + UNKNOWN_BYTES;
  return Uint8Array.from([...ascii('FORM'), ...uint32(formByteLength), ...chunks]);
}

/** The same header for so many samples per channel, in so many bytes; as it is when its fields cannot hold them. */
export function sizedAiffHeader(header: Uint8Array, samples: number, dataByteLength: number): Uint8Array {
  if (header.length + dataByteLength > 0xffffffff) return header;
  const sized = header.slice();
  const view = new DataView(sized.buffer);
  const isAifc = sized[11] === 'C'.charCodeAt(0);
  const commByte = FORM_HEADER_BYTES + (isAifc ? VERSION_CHUNK_BYTES : 0);
  view.setUint32(4, header.length - CHUNK_HEADER_BYTES + dataByteLength);
  view.setUint32(commByte + CHUNK_HEADER_BYTES + 2, samples);
  view.setUint32(header.length - SSND_FIELDS_BYTES - 4, SSND_FIELDS_BYTES + dataByteLength);
  return sized;
}

function chunk(id: string, body: number[]): number[] {
  return [...ascii(id), ...uint32(body.length), ...body];
}

function ascii(text: string): number[] {
  return Array.from(text, (character) => character.charCodeAt(0));
}

function uint16(value: number): number[] {
  return [(value >>> 8) & 0xff, value & 0xff];
}

function uint32(value: number): number[] {
  return [...uint16(value >>> 16), ...uint16(value & 0xffff)];
}
