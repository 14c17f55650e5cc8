/** What a file that is not served may be, told from its first bytes, so that a person knows what they uploaded. */

type Signature = { readonly name: string; readonly at?: number; readonly bytes: string };

/** `bytes`: one character a byte. The more telling ones first. */
const SIGNATURES: readonly Signature[] = [
  { name: 'Ogg (Vorbis, Opus or FLAC inside)', bytes: 'OggS' },
  { name: 'MP4 or M4A (AAC or ALAC)', at: 4, bytes: 'ftyp' },
  { name: 'QuickTime or MP4', at: 4, bytes: 'moov' },
  { name: 'QuickTime or MP4', at: 4, bytes: 'mdat' },
  { name: 'WavPack', bytes: 'wvpk' },
  { name: 'ASF (WMA)', bytes: '\x30\x26\xb2\x75\x8e\x66\xcf\x11' },
  { name: 'AIFF', at: 8, bytes: 'AIFF' },
  { name: 'AIFF-C', at: 8, bytes: 'AIFC' },
  { name: 'WebM or Matroska', bytes: '\x1a\x45\xdf\xa3' },
  { name: 'AVI', at: 8, bytes: 'AVI ' },
  { name: 'Wave64', bytes: 'riff\x2e\x91\xcf\x11' },
  { name: 'RIFF without WAVE inside', bytes: 'RIFF' },
  { name: 'ADIF AAC', bytes: 'ADIF' },
  { name: "Monkey's Audio", bytes: 'MAC ' },
  { name: 'Musepack', bytes: 'MPCK' },
  { name: 'Musepack', bytes: 'MP+' },
  { name: 'True Audio', bytes: 'TTA1' },
  { name: 'Core Audio (CAF)', bytes: 'caff' },
  { name: 'Sun/NeXT audio (AU)', bytes: '.snd' },
  { name: 'DSD (DSF)', bytes: 'DSD ' },
  { name: 'DSD (DSDIFF)', bytes: 'FRM8' },
  { name: 'AMR', bytes: '#!AMR' },
  { name: 'MIDI', bytes: 'MThd' },
  { name: 'Flash video', bytes: 'FLV\x01' },
  { name: 'an MPEG program stream', bytes: '\x00\x00\x01\xba' },
  { name: 'a PDF document', bytes: '%PDF-' },
  { name: 'a ZIP archive', bytes: 'PK\x03\x04' },
  { name: 'a RAR archive', bytes: 'Rar!' },
  { name: 'a 7z archive', bytes: '7z\xbc\xaf\x27\x1c' },
  { name: 'a gzip archive', bytes: '\x1f\x8b' },
  { name: 'a JPEG picture', bytes: '\xff\xd8\xff' },
  { name: 'a PNG picture', bytes: '\x89PNG' },
];

const TRANSPORT_PACKET_BYTES = 188;
const SHOWN_BYTES = 16;

/** A predicate for the words "the file …". `bytes`: the first few hundred, tags left out. */
export function lookOf(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'ends behind its tags';
  const known = SIGNATURES.find((signature) => hasSignature(bytes, signature));
  if (known !== undefined) return `looks like ${known.name}`;
  if (isAdts(bytes)) return 'looks like ADTS AAC';
  if (bytes[0] === 0x47 && bytes[TRANSPORT_PACKET_BYTES] === 0x47) return 'looks like an MPEG transport stream';
  if (bytes.every((byte) => byte === 0)) return 'begins with nothing but zero bytes';
  if (isText(bytes)) return 'looks like text';
  const shown = Array.from(bytes.subarray(0, SHOWN_BYTES), (byte) => byte.toString(16).padStart(2, '0'));
  return `is of no known format (it begins with ${shown.join(' ')})`;
}

function hasSignature(bytes: Uint8Array, { at = 0, bytes: expected }: Signature): boolean {
  for (let i = 0; i < expected.length; i++) if (bytes[at + i] !== expected.charCodeAt(i)) return false;
  return true;
}

/** ISO/IEC 14496-3, 1.A.2.2: twelve sync bits, layer 0, a sampling frequency that is defined. */
function isAdts(bytes: Uint8Array): boolean {
  const [b0 = 0, b1 = 0, b2 = 0xff] = bytes;
  return b0 === 0xff && (b1 & 0xf6) === 0xf0 && ((b2 >> 2) & 15) < 13;
}

/** No control characters but tab and line ends; bytes of UTF-8 pass. */
function isText(bytes: Uint8Array): boolean {
  const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  if (utf16) return bytes.length % 2 === 0 && bytes.subarray(2).some((byte) => byte === 0);
  return isUtf8Text(bytes);
}

function isUtf8Text(bytes: Uint8Array): boolean {
  let continuation = 0;
  for (const byte of bytes) {
    if (continuation > 0) {
      if ((byte & 0xc0) !== 0x80) return false;
      continuation--;
    } else if (byte >= 0x80) {
      continuation = byte >= 0xf0 && byte < 0xf8 ? 3 : byte >= 0xe0 ? 2 : byte >= 0xc2 ? 1 : 0;
      if (continuation === 0 || byte >= 0xf8) return false;
    } else if (byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) return false;
  }
  // The window may end inside a character.
  return true;
}
