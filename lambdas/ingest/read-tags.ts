import type { ByteSource, ObjectStore, TagReader } from '../core/ports.ts';
import { chaptersOf, chaptersOfComments } from '../core/tags/chapters.ts';
import { cleanText } from '../core/tags/clean-text.ts';
import { chooseCover } from '../core/tags/cover.ts';
import { type TagExcerpt, tagExcerpt } from '../core/tags/excerpt/tag-excerpt.ts';
import { lyricsOf } from '../core/tags/lyrics.ts';
import { type TagObject, tagObjects } from '../core/tags/tag-objects.ts';
import { tagWarnings } from '../core/tags/tag-warnings.ts';
import type { FoundTags, TagSummary } from '../core/tags/tags.ts';
import { tagsOf } from '../core/tags/tags-of.ts';
import { DERIVED_CACHE_CONTROL } from '../core/track/derived-objects.ts';
import type { PublishedRevision } from '../core/track/record.ts';

type TaggedRevision = {
  readonly trackId: string;
  readonly published: PublishedRevision;
  readonly objects: readonly TagObject[];
};

const NOTHING_FOUND: FoundTags = {
  texts: {},
  numbers: {},
  pictures: [],
  lyrics: [],
  chapters: [],
  chapterComments: [],
};

/**
 * The revision with what the tags of its source say, and its cover, lyrics and chapters stored beside its chunks. Tags
 * that cannot be read end as a warning; throws only what reading the source or storing throws.
 */
export async function withTags(
  stores: { readonly media: ObjectStore; readonly tagReader?: TagReader },
  trackId: string,
  source: ByteSource,
  published: PublishedRevision,
): Promise<PublishedRevision> {
  if (stores.tagReader === undefined) return published;
  const tagged = await readTags(stores.tagReader, trackId, source, published);
  for (const { key, bytes, contentType } of tagged.objects) {
    await stores.media.put(
      key,
      { byteLength: bytes.length, parts: [bytes] },
      { contentType, cacheControl: DERIVED_CACHE_CONTROL },
    );
  }
  return tagged.published;
}

async function readTags(
  tagReader: TagReader,
  trackId: string,
  source: ByteSource,
  published: PublishedRevision,
): Promise<TaggedRevision> {
  const reading = watched(source);
  try {
    const excerpt = await tagExcerpt(reading.source, published);
    const { bytes, extension } = excerpt;
    const found = bytes.length > 0 ? await tagReader.read(bytes, extension) : NOTHING_FOUND;
    return taggedRevision(trackId, published, excerpt, found);
  } catch (error) {
    if (reading.hasFailed()) throw error;
    const failure = error instanceof Error ? error.message : String(error);
    const warnings = tagWarnings({ cover: undefined, hugePictures: [], failure: shortened(failure) });
    return { trackId, published: { ...published, warnings: [...published.warnings, ...warnings] }, objects: [] };
  }
}

function taggedRevision(
  trackId: string,
  published: PublishedRevision,
  { chapters: ofContainer, pictures, omissions }: TagExcerpt,
  found: FoundTags,
): TaggedRevision {
  const { revision, totalSamples, format } = published;
  const tags = tagsOf(found);
  const cover = chooseCover([...pictures, ...found.pictures]);
  const lyrics = lyricsOf(found.lyrics);
  const sets = [ofContainer, found.chapters, chaptersOfComments(found.chapterComments)];
  const chapters = chaptersOf(sets.find(({ length }) => length > 0) ?? [], totalSamples / format.sampleRate);
  const summary: TagSummary = {
    ...(Object.keys(tags).length > 0 && { tags }),
    ...(typeof cover === 'object' && { cover: cover.cover }),
    ...(lyrics && { hasLyrics: true }),
    ...(chapters.length > 0 && { hasChapters: true }),
  };
  const warnings = tagWarnings({
    cover,
    hugePictures: omissions.hugePictures,
    failure: found.failure === undefined ? cutReason(omissions) : shortened(found.failure),
  });
  return {
    trackId,
    published: { ...published, ...summary, warnings: [...published.warnings, ...warnings] },
    objects: tagObjects(trackId, revision, summary, {
      cover: typeof cover === 'object' ? cover : undefined,
      lyrics,
      chapters,
    }),
  };
}

function cutReason({ isCut }: TagExcerpt['omissions']): string | undefined {
  return isCut ? 'they are damaged, or longer than tags are' : undefined;
}

/** A library's words may hold anything that the file does. */
function shortened(message: string): string {
  return cleanText(message, { maxBytes: 200 }) || 'no reason is known';
}

/** Tells a source that cannot be read, which passes, from tags that cannot, which does not. */
function watched(source: ByteSource): { readonly source: ByteSource; hasFailed(): boolean } {
  let failed = false;
  return {
    source: {
      byteLength: source.byteLength,
      read: (startByte, target) =>
        source.read(startByte, target).catch((error: unknown) => {
          failed = true;
          throw error;
        }),
    },
    hasFailed: () => failed,
  };
}
