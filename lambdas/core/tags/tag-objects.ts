/** The objects that are made of tags: under which keys, beside the chunks of their revision, and what is in them. */
import { revisionPrefix } from '../track/object-keys.ts';
import type { Chapter, Cover, Lyrics, TagSummary } from './tags.ts';

const JSON_TYPE = 'application/json';

export type TagObject = { readonly key: string; readonly bytes: Uint8Array; readonly contentType: string };

/** The keys that a revision with these tags has. Under `/d/` they are the URLs, too. */
export function tagObjectKeys(
  trackId: string,
  revision: string,
  { cover, hasLyrics, hasChapters }: TagSummary,
): { readonly cover?: string; readonly lyrics?: string; readonly chapters?: string } {
  const prefix = revisionPrefix(trackId, revision);
  return {
    ...(cover && { cover: `${prefix}cover.${cover.extension}` }),
    ...(hasLyrics && { lyrics: `${prefix}lyrics.json` }),
    ...(hasChapters && { chapters: `${prefix}chapters.json` }),
  };
}

export type TagContents = {
  readonly cover?: { readonly cover: Cover; readonly bytes: Uint8Array } | undefined;
  readonly lyrics?: Lyrics | undefined;
  readonly chapters: readonly Chapter[];
};

/** The same bytes whenever they are made of the same tags. */
export function tagObjects(
  trackId: string,
  revision: string,
  summary: TagSummary,
  { cover, lyrics, chapters }: TagContents,
): TagObject[] {
  const keys = tagObjectKeys(trackId, revision, summary);
  const objects: TagObject[] = [];
  if (keys.cover && cover) objects.push({ key: keys.cover, bytes: cover.bytes, contentType: cover.cover.mimeType });
  if (keys.lyrics && lyrics) objects.push({ key: keys.lyrics, bytes: jsonBytes(lyrics), contentType: JSON_TYPE });
  if (keys.chapters) objects.push({ key: keys.chapters, bytes: jsonBytes({ chapters }), contentType: JSON_TYPE });
  return objects;
}

function jsonBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}
