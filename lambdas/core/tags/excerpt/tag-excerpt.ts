import type { AudioFormat } from '../../formats/format.ts';
import { skipId3v2 } from '../../formats/id3v2.ts';
import type { ByteSource } from '../../ports.ts';
import type { FoundChapter, FoundPicture } from '../tags.ts';
import { asfExcerpt } from './asf-excerpt.ts';
import { joined } from './bytes.ts';
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

/** What the scan of the source said. */
export type ScannedAudio = {
  readonly format: Pick<AudioFormat, 'container'>;
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
export async function tagExcerpt(source: ByteSource, audio: ScannedAudio): Promise<TagExcerpt> {
  const reader = new ExcerptReader(source);
  const { audioStartByte, audioEndByte } = audio;
  const startByte = await skipId3v2(source);
  const excerpt: MakeExcerpt = (extension, bytes, more = {}) => ({
    bytes,
    extension,
    chapters: [],
    pictures: [],
    ...more,
    omissions: reader.omissions,
  });
  switch (audio.format.container) {
    case 'flac':
      return excerptOfFlac(reader, startByte, excerpt);
    case 'wav':
      return excerpt('wav', await riffExcerpt(reader, startByte, audioEndByte));
    case 'aiff':
      return excerpt('aif', await aiffExcerpt(reader, startByte, audioEndByte));
    case 'ogg': {
      const { bytes, pictures } = await oggExcerpt(reader, startByte, audioStartByte);
      return excerpt('flac', bytes, { pictures });
    }
    case 'mp4': {
      const { bytes, chapters } = await mp4Excerpt(reader);
      return excerpt('m4a', bytes, { chapters });
    }
    case 'asf': {
      const { bytes, pictures } = await asfExcerpt(reader, startByte);
      return excerpt('wma', bytes, { pictures });
    }
    case 'matroska':
    case 'webm': {
      const { bytes, chapters } = await matroskaExcerpt(reader, startByte, audioEndByte);
      return excerpt('mka', bytes, { chapters });
    }
    // Bare frames with tags before and behind them: MPEG audio, ADTS, WavPack.
    default:
      return excerptOfFrames(reader, audioStartByte, excerpt);
  }
}

/** A FLAC file may have ID3v2 in front; alone it is read as what it is. */
async function excerptOfFlac(reader: ExcerptReader, startByte: number, excerpt: MakeExcerpt): Promise<TagExcerpt> {
  const leading = joined(...(await leadingTags(reader, startByte)));
  const { bytes, pictures } = await flacExcerpt(reader, startByte);
  if (bytes.length > 0) return excerpt('flac', joined(leading, bytes), { pictures });
  return excerpt('mp3', leading.length > 0 ? joined(leading, SILENT_FRAMES) : leading, { pictures });
}

async function excerptOfFrames(
  reader: ExcerptReader,
  audioStartByte: number,
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
