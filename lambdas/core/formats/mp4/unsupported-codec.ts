/** Codecs that MP4 and QuickTime files hold and that are not served, by the names people know them by. */
import { CuepointError } from '../../errors.ts';

/** By the type of the sample entry. */
const ENTRY_NAMES: Readonly<Record<string, string>> = {
  'ac-3': 'AC-3 (Dolby Digital)',
  'ec-3': 'E-AC-3 (Dolby Digital Plus)',
  'ac-4': 'AC-4',
  mlpa: 'Dolby TrueHD',
  dtsc: 'DTS',
  dtsh: 'DTS-HD',
  dtsl: 'DTS-HD lossless',
  dtse: 'DTS Express',
  mha1: 'MPEG-H 3D Audio',
  mhm1: 'MPEG-H 3D Audio',
  samr: 'AMR narrowband',
  sawb: 'AMR wideband',
  sawp: 'AMR wideband plus',
  sevc: 'EVRC',
  sqcp: 'QCELP',
  Qclp: 'QCELP',
  '.mp3': 'MP3',
  'ms\0U': 'MP3',
  lpcm: 'uncompressed PCM',
  ipcm: 'uncompressed PCM',
  fpcm: 'uncompressed PCM',
  sowt: 'uncompressed PCM',
  twos: 'uncompressed PCM',
  in24: 'uncompressed PCM',
  in32: 'uncompressed PCM',
  fl32: 'uncompressed PCM',
  fl64: 'uncompressed PCM',
  'raw ': 'uncompressed PCM',
  NONE: 'uncompressed PCM',
  alaw: 'A-law',
  ulaw: 'µ-law',
  ima4: 'IMA ADPCM',
  'ms\0\x11': 'IMA ADPCM',
  'ms\0\x02': 'Microsoft ADPCM',
  MAC3: 'MACE',
  MAC6: 'MACE',
  QDM2: 'QDesign Music 2',
  QDMC: 'QDesign Music',
  agsm: 'GSM',
  spex: 'Speex',
};

/** By the object type indication of an `mp4a` entry's stream: https://mp4ra.org, "object types". */
const STREAM_NAMES: Readonly<Record<number, string>> = {
  105: 'MP3 (MPEG-2 audio)',
  107: 'MP3 (MPEG-1 audio)',
  165: 'AC-3 (Dolby Digital)',
  166: 'E-AC-3 (Dolby Digital Plus)',
  169: 'DTS',
  170: 'DTS-HD',
  171: 'DTS-HD lossless',
  172: 'DTS Express',
  173: 'Opus',
  221: 'Vorbis',
  225: 'QCELP',
};

/** `type`: four characters. */
export function unsupportedEntry(type: string): CuepointError<'unsupported_codec'> {
  const shown = type.replace(
    /[^\x20-\x7e]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
  return unsupported(ENTRY_NAMES[type], `"${shown}"`);
}

export function unsupportedStream(objectTypeIndication: number): CuepointError<'unsupported_codec'> {
  return unsupported(STREAM_NAMES[objectTypeIndication], `object type 0x${objectTypeIndication.toString(16)}`);
}

function unsupported(name: string | undefined, code: string): CuepointError<'unsupported_codec'> {
  const what = name === undefined ? `of the unknown codec ${code}` : `${name} (${code})`;
  return new CuepointError(
    'unsupported_codec',
    `the MP4's audio is ${what}; AAC, ALAC, FLAC and Opus are served: convert it to one of these`,
  );
}
