import { aiffWith, apeV2, infoList, mp3File, picture, wavPackWith, wavWith } from '../../support/tagged-files.ts';
import { apic, chap, id3v1, id3v2, latin1, sylt, text, worded } from '../../support/tagged-id3v2.ts';

import type { ContainerCase } from './container-case.ts';

const utf8 = (value: string): Uint8Array => new TextEncoder().encode(value);

const ID3_CHAPTERS = [chap('b', 2000, 5000, 'Zwei'), chap('a', 0, 2000)];
const OF_ID3_CHAPTERS = [
  { startSeconds: 0, endSeconds: 2, title: 'Chapter 1' },
  { startSeconds: 2, endSeconds: 5, title: 'Zwei' },
];

/** Containers whose tags are ID3v2, APEv2 or chunks. */
export const FRAME_CASES: readonly ContainerCase[] = [
  [
    'MP3, ID3v2.3 in UTF-16 with lyrics, chapters and a cover',
    mp3File([
      id3v2(
        [
          text('TIT2', 'Träume 🎵', 'utf-16'),
          text('TPE1', 'Ärzte', 'latin1'),
          text('TALB', 'Süß', 'utf-16'),
          text('TRCK', '3/12', 'latin1'),
          text('TYER', '1998', 'latin1'),
          text('TCON', '(17)', 'latin1'),
          worded('COMM', 'Schön', 'utf-16'),
          worded('USLT', 'Eins\nZwei', 'utf-16'),
          apic(picture('jpg')),
        ],
        { major: 3, paddingBytes: 2000 },
      ),
    ]),
    {
      tags: {
        title: 'Träume 🎵',
        artist: 'Ärzte',
        album: 'Süß',
        genre: 'Rock',
        comment: 'Schön',
        track: 3,
        trackTotal: 12,
        year: 1998,
      },
      cover: 'jpg',
      lyrics: { text: 'Eins\nZwei' },
    },
  ],
  [
    'MP3, ID3v2.4 with UTF-8 and big-endian UTF-16, timed lyrics and chapters, against ID3v1',
    mp3File(
      [
        id3v2([
          text('TIT2', '日本語', 'utf-16be'),
          text('TPE2', 'Все'),
          text('TDRC', '2001-02-03'),
          text('TPOS', '1/2'),
          sylt([
            [1000, 'Eins'],
            [2500, 'Zwei'],
          ]),
          ...ID3_CHAPTERS,
        ]),
      ],
      [id3v1('Nihongo', 'Someone', 7)],
    ),
    {
      tags: { title: '日本語', artist: 'Someone', albumArtist: 'Все', track: 7, disc: 1, discTotal: 2, year: 2001 },
      lyrics: {
        text: 'Eins\nZwei',
        synced: [
          { timeSeconds: 1, text: 'Eins' },
          { timeSeconds: 2.5, text: 'Zwei' },
        ],
      },
      chapters: OF_ID3_CHAPTERS,
    },
  ],
  [
    'MP3, ID3v2.2',
    mp3File([
      id3v2([text('TT2', 'Alt', 'latin1'), text('TP1', 'Müller', 'latin1'), text('TYE', '1987', 'latin1')], {
        major: 2,
      }),
    ]),
    { tags: { title: 'Alt', artist: 'Müller', year: 1987 } },
  ],
  [
    'MP3, an APEv2 tag and ID3v1 behind the audio, a cover that looks like audio',
    mp3File(
      [],
      [
        apeV2([
          { key: 'Title', value: utf8('Träume') },
          { key: 'Cover Art (Front)', value: concatName('x.jpg', picture('jpg', 3000)), isBinary: true },
        ]),
        id3v1('Traeume', 'Aerzte'),
      ],
    ),
    { tags: { title: 'Träume', artist: 'Aerzte' }, cover: 'jpg' },
  ],
  [
    'MP3, ID3v2 with a footer behind the audio',
    mp3File([], [id3v2([text('TIT2', 'Hinten')], { footer: true })]),
    { tags: { title: 'Hinten' } },
  ],
  [
    'WAV, LIST/INFO in UTF-8 and in Latin-1',
    wavWith([
      infoList({ INAM: utf8('Träume 🎵'), IART: latin1('\xc4rzte'), IPRD: latin1('Album'), ICRD: latin1('1998') }),
    ]),
    { tags: { title: 'Träume 🎵', artist: 'Ärzte', album: 'Album', year: 1998 } },
  ],
  [
    'WAV, an ID3 chunk with chapters and a cover',
    wavWith([{ id: 'id3 ', body: id3v2([text('TIT2', 'Träume'), apic(picture('gif')), ...ID3_CHAPTERS]) }]),
    { tags: { title: 'Träume' }, cover: 'gif', chapters: OF_ID3_CHAPTERS },
  ],
  [
    'RF64, a placeholder for the size of the samples',
    wavWith([infoList({ INAM: latin1('Lang') })], { form: 'RF64', statedDataBytes: 0xffffffff }),
    { tags: { title: 'Lang' } },
  ],
  [
    'AIFF, an ID3 chunk',
    aiffWith([{ id: 'ID3 ', body: id3v2([text('TIT2', 'Träume'), apic(picture('jpg'))]) }]),
    { tags: { title: 'Träume' }, cover: 'jpg' },
  ],
  [
    'AIFF, text chunks of its own',
    aiffWith([
      { id: 'NAME', body: utf8('Träume') },
      { id: 'AUTH', body: latin1('Brahms') },
      { id: 'ANNO', body: utf8('schön') },
    ]),
    { tags: { title: 'Träume', artist: 'Brahms', comment: 'schön' } },
  ],
  [
    'WavPack, APEv2',
    wavPackWith(
      apeV2([
        { key: 'Title', value: utf8('Träume') },
        { key: 'Year', value: utf8('1998') },
        { key: 'Track', value: utf8('3/12') },
      ]),
    ),
    { tags: { title: 'Träume', track: 3, trackTotal: 12, year: 1998 } },
  ],
];

function concatName(name: string, bytes: Uint8Array): Uint8Array {
  return Uint8Array.from([...latin1(`${name}\0`), ...bytes]);
}
