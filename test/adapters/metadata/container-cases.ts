import { bytesToBase64 } from '../../../lambdas/core/base64.ts';
import {
  box,
  chapterTracks,
  chpl,
  flacFile,
  flacPicture,
  item,
  mp4With,
  picture,
  type TaggedFile,
  userData,
  vorbisComments,
} from '../../support/tagged-files.ts';
import { big } from '../../support/tagged-id3v2.ts';
import {
  asfFile,
  matroskaChapters,
  matroskaFile,
  matroskaPicture,
  matroskaTags,
  opusFile,
  vorbisFile,
} from '../../support/tagged-streams.ts';

import type { ContainerCase, Expected } from './container-case.ts';

const utf8 = (value: string): Uint8Array => new TextEncoder().encode(value);

const COMMENTS = [
  'TITLE=Träume 日本語 🎵',
  'ARTIST=Ärzte',
  'ARTIST=Gäste',
  'ALBUM=Süß',
  'ALBUMARTIST=Alle',
  'COMPOSER=Brahms',
  'GENRE=Klassik',
  'DATE=1998-05-06',
  'TRACKNUMBER=3',
  'TRACKTOTAL=12',
  'DISCNUMBER=1/2',
  'COMMENT=Schön',
  'LYRICS=[00:01.00]Eins\n[00:02.50]Zwei',
  'CHAPTER001=00:00:00.000',
  'CHAPTER001NAME=Anfang',
  'CHAPTER002=00:00:04.500',
];
const OF_COMMENTS: Expected = {
  tags: {
    title: 'Träume 日本語 🎵',
    artist: 'Ärzte, Gäste',
    album: 'Süß',
    albumArtist: 'Alle',
    composer: 'Brahms',
    genre: 'Klassik',
    comment: 'Schön',
    track: 3,
    trackTotal: 12,
    disc: 1,
    discTotal: 2,
    year: 1998,
  },
  cover: 'png',
  lyrics: {
    text: 'Eins\nZwei',
    synced: [
      { timeSeconds: 1, text: 'Eins' },
      { timeSeconds: 2.5, text: 'Zwei' },
    ],
  },
  chapters: [
    { startSeconds: 0, title: 'Anfang' },
    { startSeconds: 4.5, title: 'Chapter 2' },
  ],
};
const PICTURE_COMMENT = `METADATA_BLOCK_PICTURE=${bytesToBase64(flacPicture(picture('png')))}`;

/** Containers whose tags are comments, atoms, objects or elements. */
export const CONTAINER_CASES: readonly ContainerCase[] = [
  [
    'FLAC, comments and a picture block',
    flacFile([
      { type: 4, body: vorbisComments(COMMENTS) },
      { type: 6, body: flacPicture(picture('webp'), 4) },
      { type: 6, body: flacPicture(picture('png'), 3) },
    ]),
    OF_COMMENTS,
  ],
  ['Ogg Vorbis, comments with a picture', vorbisFile(vorbisComments([...COMMENTS, PICTURE_COMMENT])), OF_COMMENTS],
  ['Ogg Opus, comments with a picture', opusFile(vorbisComments([...COMMENTS, PICTURE_COMMENT])), OF_COMMENTS],
  [
    'Ogg Opus, a picture over several pages',
    opusFile(
      vorbisComments([...COMMENTS, `METADATA_BLOCK_PICTURE=${bytesToBase64(flacPicture(picture('png', 200_000)))}`]),
    ),
    OF_COMMENTS,
  ],
  ...[true, false].map(
    (moovFirst) =>
      [
        `MP4, moov ${moovFirst ? 'first' : 'last'}`,
        mp4With(
          [
            userData(
              [
                item('©nam', 1, utf8('Träume 🎵')),
                item('©ART', 1, utf8('Ärzte')),
                item('aART', 1, utf8('Alle')),
                item('©day', 1, utf8('1998-05-06T07:00:00Z')),
                item('trkn', 0, Uint8Array.of(0, 0, 0, 3, 0, 12, 0, 0)),
                item('©lyr', 1, utf8('Eins\nZwei')),
                item('covr', 13, picture('png')),
              ],
              chpl([
                [0, 'Anfang'],
                [4.5, 'Ende ä'],
              ]),
            ),
          ],
          { moovFirst },
        ),
        {
          tags: { title: 'Träume 🎵', artist: 'Ärzte', albumArtist: 'Alle', track: 3, trackTotal: 12, year: 1998 },
          cover: 'png',
          lyrics: { text: 'Eins\nZwei' },
          chapters: [
            { startSeconds: 0, title: 'Anfang' },
            { startSeconds: 4.5, title: 'Ende ä' },
          ],
        },
      ] as const,
  ),
  ...(
    [
      ['no ftyp', new Uint8Array(0)],
      ['a free box in front', box('free')],
    ] as const
  ).map(
    ([name, firstBox]) =>
      [
        `MP4, ${name}`,
        mp4With([userData([item('©nam', 1, utf8('Da'))])], { firstBox }),
        { tags: { title: 'Da' } },
      ] as const,
  ),
  [
    'MP4, a track of chapter titles',
    withChapterTrack([
      [1500, 'Anfang'],
      [2500, 'Ende ä'],
    ]),
    {
      tags: {},
      chapters: [
        { startSeconds: 0, endSeconds: 1.5, title: 'Anfang' },
        { startSeconds: 1.5, endSeconds: 4, title: 'Ende ä' },
      ],
    },
  ],
  [
    'ASF',
    asfFile(
      { title: 'Träume 日本', artist: 'Ärzte', comment: 'schön' },
      {
        'WM/AlbumTitle': 'Süß',
        'WM/Year': '1998',
        'WM/TrackNumber': '3',
        'WM/Lyrics': 'La la',
        'WM/Picture': asfPicture(picture('jpg')),
      },
    ),
    {
      tags: { title: 'Träume 日本', artist: 'Ärzte', album: 'Süß', comment: 'schön', track: 3, year: 1998 },
      cover: 'jpg',
      lyrics: { text: 'La la' },
    },
  ],
  ...[true, false].map(
    (isBefore) =>
      [
        `Matroska, tags ${isBefore ? 'before' : 'behind'} the clusters`,
        matroskaWith(isBefore, [
          matroskaTags({ TITLE: 'Träume', ARTIST: 'Ärzte', ALBUM: 'Süß', DATE_RELEASED: '1998', COMMENT: 'schön' }),
          matroskaChapters([
            [0, 2000, 'Eins'],
            [2000, 5000, 'Zwei ä'],
          ]),
          matroskaPicture(picture('jpg')),
        ]),
        {
          tags: { title: 'Träume', artist: 'Ärzte', album: 'Süß', comment: 'schön', year: 1998 },
          cover: 'jpg',
          chapters: [
            { startSeconds: 0, endSeconds: 2, title: 'Eins' },
            { startSeconds: 2, endSeconds: 5, title: 'Zwei ä' },
          ],
        },
      ] as const,
  ),
];

/** Titles at the beginning of the media, whose place is known once the tables are written. */
function withChapterTrack(chapters: readonly (readonly [ticks: number, title: string])[]): TaggedFile {
  const file = mp4With([...chapterTracks(chapters, 0).tracks, userData([], chpl([[1, 'not this one']]))]);
  const { tracks, samples } = chapterTracks(chapters, file.audioStartByte);
  const { bytes } = mp4With([...tracks, userData([], chpl([[1, 'not this one']]))]);
  bytes.set(samples, file.audioStartByte);
  return { ...file, bytes };
}

function asfPicture(bytes: Uint8Array): Uint8Array {
  const texts = Buffer.from('image/jpeg\0\0', 'utf16le');
  return Uint8Array.from([3, ...big(bytes.length, 4).reverse(), ...texts, ...bytes]);
}

function matroskaWith(isBefore: boolean, elements: readonly Uint8Array[]): TaggedFile {
  return isBefore ? matroskaFile(elements) : matroskaFile([], elements);
}
