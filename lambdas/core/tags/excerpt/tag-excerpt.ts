import { skipId3v2 } from '../../formats/id3v2.ts';
import type { ByteSource } from '../../ports.ts';
import type { FoundChapter, FoundPicture } from '../tags.ts';
import { asfExcerpt, isAsf } from './asf-excerpt.ts';
import { ascii, joined } from './bytes.ts';
import { ExcerptReader, type Omissions } from './excerpt-reader.ts';
import { flacExcerpt } from './flac-excerpt.ts';
import { id3v2Excerpt } from './id3v2-excerpt.ts';
import { aiffExcerpt, riffExcerpt } from './iff-excerpt.ts';
import { matroskaExcerpt } from './matroska-excerpt.ts';
import { mp4Excerpt } from './mp4-excerpt.ts';
import { oggExcerpt } from './ogg-excerpt.ts';
import { trailingTags } from './trailing-tags.ts';

/** The parts of a file that hold tags, as a small file of the same container (or of one that carries the same tags). */
export type TagExcerpt = {
  /** Empty when there is nothing to read. */
  readonly bytes: Uint8Array;
  readonly extension: string;
  /** Chapters that the container keeps in places of its own. */
  readonly chapters: readonly FoundChapter[];
  /** Pictures that were read already. */
  readonly pictures: readonly FoundPicture[];
  readonly omissions: Readonly<Omissions>;
};

export type AudioBounds = {
  /** The first byte of the first packet, and the byte after the last one. */
  readonly audioStartByte: number;
  readonly audioEndByte: number;
};

type MakeExcerpt = (
  extension: string,
  bytes: Uint8Array,
  more?: Partial<Pick<TagExcerpt, 'chapters' | 'pictures'>>,
) => TagExcerpt;

const MAX_LEADING_TAGS = 8;

/**
 * Four frames of MPEG audio, all zeros. Readers of tags look for audio behind ID3v2, and in a cover that looks like it
 * they would get lost; after these they go on to the tags at the end.
 */
const SILENT_FRAME_BYTES = 417;
const SILENT_FRAMES = joined(
  ...Array.from({ length: 4 }, () =>
    joined(Uint8Array.of(0xff, 0xfb, 0x90, 0x40), new Uint8Array(SILENT_FRAME_BYTES - 4)),
  ),
);

/**
 * Reads what is about tags of a source, at most MAX_EXCERPT_BYTES and a few kilobytes per field, however large the file
 * is and whatever its lengths claim.
 */
export async function tagExcerpt(source: ByteSource, bounds: AudioBounds): Promise<TagExcerpt> {
  const reader = new ExcerptReader(source);
  const { audioStartByte, audioEndByte } = bounds;
  const startByte = await skipId3v2(source);
  const head = (await reader.look(startByte, 16)).slice();
  const excerpt: MakeExcerpt = (extension, bytes, more = {}) => ({
    bytes,
    extension,
    chapters: [],
    pictures: [],
    ...more,
    omissions: reader.omissions,
  });
  switch (containerOf(head)) {
    case 'flac':
      return excerptOfFlac(reader, startByte, excerpt);
    case 'riff':
      return excerpt('wav', await riffExcerpt(reader, startByte, audioEndByte));
    case 'aiff':
      return excerpt('aif', await aiffExcerpt(reader, startByte, audioEndByte));
    case 'ogg': {
      const pages = await oggExcerpt(reader, startByte, audioStartByte);
      return excerpt('ogg', pages ?? new Uint8Array(0));
    }
    case 'mp4': {
      const { bytes, chapters } = await mp4Excerpt(reader);
      return excerpt('m4a', bytes, { chapters });
    }
    case 'asf': {
      const { bytes, pictures } = await asfExcerpt(reader, startByte);
      return excerpt('wma', bytes, { pictures });
    }
    case 'matroska': {
      const { bytes, chapters } = await matroskaExcerpt(reader, startByte, audioEndByte);
      return excerpt('mka', bytes, { chapters });
    }
    case 'bare':
      return excerptOfFrames(reader, bounds, excerpt);
  }
}

type Container = 'flac' | 'riff' | 'aiff' | 'ogg' | 'mp4' | 'asf' | 'matroska' | 'bare';

/** `bare`: frames with tags before and behind them (MPEG audio, ADTS, WavPack). */
function containerOf(head: Uint8Array): Container {
  const mark = ascii(head, 0, 4);
  if (mark === 'fLaC') return 'flac';
  if (mark === 'RIFF' || mark === 'RF64' || mark === 'BW64') return 'riff';
  if (mark === 'FORM') return 'aiff';
  if (mark === 'OggS') return 'ogg';
  if (ascii(head, 4, 4) === 'ftyp') return 'mp4';
  if (isAsf(head)) return 'asf';
  return mark === '\x1a\x45\xdf\xa3' ? 'matroska' : 'bare';
}

/** A FLAC file may have ID3v2 in front; alone it is read as what it is. */
async function excerptOfFlac(reader: ExcerptReader, startByte: number, excerpt: MakeExcerpt): Promise<TagExcerpt> {
  const leading = joined(...(await leadingTags(reader, startByte)));
  const blocks = await flacExcerpt(reader, startByte);
  if (blocks.length > 0) return excerpt('flac', joined(leading, blocks));
  return excerpt('mp3', leading.length > 0 ? joined(leading, SILENT_FRAMES) : leading);
}

async function excerptOfFrames(
  reader: ExcerptReader,
  { audioStartByte }: AudioBounds,
  excerpt: MakeExcerpt,
): Promise<TagExcerpt> {
  const leading = await leadingTags(reader, audioStartByte);
  const { id3v2, ape, id3v1 } = await trailingTags(reader, audioStartByte);
  const parts = [...leading, ...id3v2, ape, id3v1];
  const isEmpty = parts.every(({ length }) => length === 0);
  return excerpt('mp3', isEmpty ? new Uint8Array(0) : joined(...leading, ...id3v2, SILENT_FRAMES, ape, id3v1));
}

async function leadingTags(reader: ExcerptReader, endByte: number): Promise<Uint8Array[]> {
  const tags: Uint8Array[] = [];
  let at = 0;
  for (let count = 0; count < MAX_LEADING_TAGS; count++) {
    const tag = await id3v2Excerpt(reader, at, endByte);
    if (tag === undefined) break;
    tags.push(tag.bytes);
    at += tag.storedBytes;
  }
  return tags;
}
