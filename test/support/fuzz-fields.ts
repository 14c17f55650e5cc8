/** What the fields of formats are found by, and what they are set to. */

export type FuzzFormat =
  | 'adts'
  | 'aiff'
  | 'asf'
  | 'flac'
  | 'matroska'
  | 'mp4'
  | 'mpeg'
  | 'noise'
  | 'ogg'
  | 'wav'
  | 'wavpack';

type Marks = {
  /** Where the units of a stream begin: what is worth repeating, leaving out and exchanging. */
  readonly units: readonly Uint8Array[];
  /** Beside what lengths and counts lie. */
  readonly fields: readonly Uint8Array[];
};

const MARKS: Readonly<Record<FuzzFormat, Marks>> = {
  adts: { units: hex('fff1 fff9 fff0'), fields: [...hex('fff1 fff9 fff0'), ...text('ID3 APETAGEX TAG ADIF')] },
  aiff: { units: text('COMM SSND NAME ANNO'), fields: text('FORM AIFF COMM SSND NAME ANNO') },
  asf: {
    units: [...hex('820000 9107dcb7 a1dcab8c 3626b275')],
    fields: [...hex('820000 3026b275 3626b275 9107dcb7 a1dcab8c b503bf5f cba5e614 409e69f8')],
  },
  flac: { units: hex('fff8 fff9'), fields: [...hex('fff8 fff9'), ...text('fLaC ID3')] },
  matroska: {
    units: hex('1f43b675 a3 a0 e7 ec'),
    fields: hex(
      '1a45dfa3 18538067 1549a966 1654ae6b 1f43b675 1c53bb6b a3 a1 a0 ae e1 63a2 9f b5 75a2 2ad7b1 4282 d7 83',
    ),
  },
  mp4: {
    units: text('moof mdat trak moov free udta'),
    fields: text(
      'ftyp moov mdat trak mdia minf stbl stsd stts stsc stsz stz2 stco co64 mdhd mvhd tkhd hdlr elst edts mp4a alac fLaC Opus esds dOps dfLa moof traf tfhd tfdt trun trex mvex udta meta ilst ----',
    ),
  },
  mpeg: {
    units: hex('fffb fffa fff3 fff2 ffe3 fffd'),
    fields: [...hex('fffb fffa fff3 fffd'), ...text('ID3 TAG APETAGEX LYRICSBEGIN LYRICS200 Xing Info VBRI LAME')],
  },
  noise: { units: [], fields: [] },
  ogg: { units: text('OggS'), fields: text('OggS OpusHead OpusTags vorbis BCV FLAC fLaC') },
  wav: { units: text('data fmt LIST'), fields: text('RIFF RF64 WAVE fmt data ds64 LIST') },
  wavpack: { units: text('wvpk'), fields: text('wvpk APETAGEX TAG') },
};

/** How far before and behind its mark a field may begin. */
const REACH_BYTES = { before: 8, behind: 40 } as const;

export function unitMarks(format: FuzzFormat): readonly Uint8Array[] {
  return MARKS[format].units;
}

export function fieldMarks(format: FuzzFormat): readonly Uint8Array[] {
  return MARKS[format].fields;
}

/** Offsets from a mark at which fields are tried. */
export const FIELD_OFFSETS = { from: -REACH_BYTES.before, to: REACH_BYTES.behind } as const;

/** Lengths and counts that break arithmetic, most of all at the edges of what 8 to 64 bits can say. */
export const EXTREMES: readonly bigint[] = [
  ...[0n, 1n, 2n, 3n, 7n, 8n, 16n, 0x7fn, 0x80n, 0xffn, 0x100n, 0x7fffn, 0x8000n, 0xffffn, 0x1_0000n],
  ...[0x20_0000n, 0x1000_0000n, 0x7fff_ffffn, 0x8000_0000n, 0xffff_fff0n, 0xffff_ffffn, 0x1_0000_0000n],
  ...[2n ** 53n - 1n, 2n ** 53n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n],
  // EBML: sizes of eight bytes, unknown and largest; ID3v2: the largest of seven bits a byte.
  ...[0x01ff_ffff_ffff_ffffn, 0x01ff_ffff_ffff_fffen, 0x7f7f_7f7fn],
];

function text(words: string): Uint8Array[] {
  return words.split(' ').map((word) => Uint8Array.from(word, (letter) => letter.charCodeAt(0)));
}

function hex(words: string): Uint8Array[] {
  return words.split(' ').map((word) => Uint8Array.from(word.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)));
}
