import type { IAudioMetadata, ICommonTagsResult, ITag } from 'music-metadata';
import type { TagReader } from '../../core/ports.ts';
import type { FoundChapter, FoundLyrics, FoundPicture, FoundTags } from '../../core/tags/tags.ts';

/** Fields with words, by the names that the containers give them. `common.lyrics` has lost their LRC stamps. */
const LYRICS_FIELDS: ReadonlySet<string> = new Set([
  '©lyr',
  'lyrics',
  'unsyncedlyrics',
  'unsynced lyrics',
  'syncedlyrics',
  'track:lyrics',
  'wm/lyrics',
  'wm/lyrics_synchronised',
  'uslt',
  'ult',
  'sylt',
]);

/** Names that writers use in whatever container (FFmpeg among them) and that the library does not map in each. */
const PLAIN_TEXTS: ReadonlyMap<string, keyof FoundTags['texts']> = new Map([
  ['album', 'album'],
  ['album_artist', 'albumArtist'],
  ['composer', 'composer'],
  ['comment', 'comment'],
]);
const PLAIN_DATES: ReadonlySet<string> = new Set(['date', 'date_released']);

const CHAPTER_FIELD = /^CHAPTER\d+(NAME)?$/i;

/** SYLT: 2 means milliseconds; 0 to 2 are kinds of words, the others chords, events and trivia. */
const MILLISECONDS = 2;
const LARGEST_KIND_OF_WORDS = 2;

type Found = Pick<IAudioMetadata, 'common' | 'native'>;

/** https://github.com/Borewit/music-metadata, on bytes in memory: it reads nothing itself. */
export class MusicMetadataTagReader implements TagReader {
  async read(bytes: Uint8Array, extension: string): Promise<FoundTags> {
    // Loaded on first need: most of what uses this code never meets a tag.
    const { parseBuffer } = await import('music-metadata');
    let found: Found | undefined;
    try {
      // The observer sees the result grow: what was found before a fault is kept.
      const observer = ({ metadata }: { metadata: Found }): void => {
        found = metadata;
      };
      found = await parseBuffer(
        bytes,
        { path: `tags.${extension}`, size: bytes.length },
        { duration: false, observer },
      );
      return foundTags(found);
    } catch (error) {
      return { ...foundTags(found), failure: error instanceof Error ? error.message : String(error) };
    }
  }
}

function foundTags(found: Found | undefined): FoundTags {
  const fields = Object.values(found?.native ?? {}).flat();
  const common = found?.common;
  return {
    texts: { ...plainTexts(fields), ...(common && textsOf(common)) },
    numbers: { ...plainNumbers(fields), ...(common && numbersOf(common)) },
    pictures: common?.picture?.flatMap(pictureOf) ?? [],
    lyrics: fields.flatMap(lyricsOf),
    chapters: fields.flatMap(chapterOf),
    chapterComments: fields.flatMap(({ id, value }): [string, string][] =>
      CHAPTER_FIELD.test(id) && typeof value === 'string' ? [[id.toUpperCase(), value]] : [],
    ),
  };
}

/** The first field of each plain name, for containers where the library knows other names only. */
function plainTexts(fields: readonly ITag[]): FoundTags['texts'] {
  const texts: Partial<Record<keyof FoundTags['texts'], string>> = {};
  for (const { id, value } of fields) {
    const field = PLAIN_TEXTS.get(plainName(id));
    if (field && typeof value === 'string') texts[field] ??= value;
  }
  return texts;
}

function plainNumbers(fields: readonly ITag[]): FoundTags['numbers'] {
  const date = fields.find(({ id }) => PLAIN_DATES.has(plainName(id)))?.value;
  const [year] = typeof date === 'string' ? (/^\d{4}/.exec(date) ?? []) : [];
  return year === undefined ? {} : { year: Number(year) };
}

/** Without what stands for the place of a field: `track:ALBUM` (Matroska), `TXXX:comment` (ID3v2). */
function plainName(id: string): string {
  return id.slice(id.lastIndexOf(':') + 1).toLowerCase();
}

function textsOf(common: ICommonTagsResult): FoundTags['texts'] {
  return defined({
    title: textOf(common.title),
    artist: listOf(common.artists) ?? textOf(common.artist),
    album: textOf(common.album),
    albumArtist: textOf(common.albumartist),
    composer: listOf(common.composer),
    genre: listOf(common.genre),
    // iTunes keeps numbers for itself in comments that it names.
    comment: textOf(common.comment?.find(({ descriptor }) => !descriptor?.startsWith('iTun'))?.text),
  });
}

function numbersOf({ track, disk, year }: ICommonTagsResult): FoundTags['numbers'] {
  return defined({
    track: numberOf(track.no),
    trackTotal: numberOf(track.of),
    disc: numberOf(disk.no),
    discTotal: numberOf(disk.of),
    year: numberOf(year),
  });
}

function pictureOf({ type, name, data }: { type?: string; name?: string; data: Uint8Array }): FoundPicture[] {
  const kind = textOf(type) ?? textOf(name);
  return data instanceof Uint8Array ? [{ bytes: data, ...(kind === undefined ? {} : { type: kind }) }] : [];
}

function lyricsOf({ id, value }: ITag): FoundLyrics[] {
  if (!LYRICS_FIELDS.has(id.toLowerCase())) return [];
  if (typeof value === 'string') return [{ kind: 'text', text: value }];
  if (!isObject(value)) return [];
  if (typeof value.text === 'string') return [{ kind: 'text', text: value.text }];
  const { syncText, timeStampFormat, contentType } = value;
  const isWords = typeof contentType === 'number' && contentType <= LARGEST_KIND_OF_WORDS;
  if (!Array.isArray(syncText) || timeStampFormat !== MILLISECONDS || !isWords) return [];
  const pieces = syncText.flatMap((piece: unknown) =>
    isObject(piece) && typeof piece.text === 'string' && typeof piece.timestamp === 'number'
      ? [{ timeMs: piece.timestamp, text: piece.text }]
      : [],
  );
  return [{ kind: 'synced', pieces }];
}

/** CHAP, as https://id3.org/id3v2-chapters-1.0 has it: times in milliseconds, the title in a frame of its own. */
function chapterOf({ id, value }: ITag): FoundChapter[] {
  if (id !== 'CHAP' || !isObject(value) || !isObject(value.info)) return [];
  const { startTime, endTime } = value.info;
  if (typeof startTime !== 'number') return [];
  const title: unknown = value.frames instanceof Map ? value.frames.get('TIT2') : undefined;
  return [
    {
      startSeconds: startTime / 1000,
      ...(typeof endTime === 'number' ? { endSeconds: endTime / 1000 } : {}),
      title: textOf(Array.isArray(title) ? title[0] : title) ?? '',
    },
  ];
}

/** The library's types promise more than files keep. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : undefined;
}

function listOf(values: unknown): string | undefined {
  const texts = Array.isArray(values) ? values.flatMap((value) => textOf(value) || []) : [];
  return texts.length > 0 ? [...new Set(texts)].join(', ') : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

type Gapless<Fields> = { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> };

function defined<Fields extends Record<string, unknown>>(fields: Fields): Gapless<Fields> {
  const kept: Gapless<Fields> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) Object.assign(kept, { [name]: value });
  }
  return kept;
}
