import { cleanText } from './clean-text.ts';
import type { FoundTags, Tags } from './tags.ts';

/** No record or set of discs is longer; what is more is a mistake or a date. */
const MAX_NUMBER = 99_999;

/** The small tags of a file, fit for a record: bounded in size, free of nonsense. */
export function tagsOf({ texts, numbers }: FoundTags): Tags {
  return withoutGaps({
    title: textOf(texts.title),
    artist: textOf(texts.artist),
    album: textOf(texts.album),
    albumArtist: textOf(texts.albumArtist),
    composer: textOf(texts.composer),
    genre: textOf(texts.genre),
    comment: textOf(texts.comment),
    track: countOf(numbers.track),
    trackTotal: countOf(numbers.trackTotal),
    disc: countOf(numbers.disc),
    discTotal: countOf(numbers.discTotal),
    year: yearOf(numbers.year),
  });
}

function textOf(text: string | undefined): string | undefined {
  return text === undefined ? undefined : cleanText(text) || undefined;
}

function countOf(value: number | undefined): number | undefined {
  return value !== undefined && Number.isInteger(value) && value >= 1 && value <= MAX_NUMBER ? value : undefined;
}

function yearOf(value: number | undefined): number | undefined {
  return value !== undefined && Number.isInteger(value) && value >= 1000 && value <= 9999 ? value : undefined;
}

type Gapless<Fields> = { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> };

function withoutGaps<Fields extends Record<string, unknown>>(fields: Fields): Gapless<Fields> {
  const kept: Gapless<Fields> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) Object.assign(kept, { [name]: value });
  }
  return kept;
}
