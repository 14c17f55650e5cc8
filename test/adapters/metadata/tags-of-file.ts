import { MusicMetadataTagReader } from '../../../lambdas/adapters/metadata/music-metadata-tag-reader.ts';
import type { SourceWarning } from '../../../lambdas/core/formats/format.ts';
import type { ObjectBody, ObjectStore } from '../../../lambdas/core/ports.ts';
import type { Chapter, Cover, Lyrics, Tags } from '../../../lambdas/core/tags/tags.ts';
import { withTags } from '../../../lambdas/ingest/read-tags.ts';
import { MemorySource } from '../../support/memory-source.ts';
import { overridden } from '../../support/overridden.ts';
import type { TaggedFile } from '../../support/tagged-files.ts';
import { publishedRevision } from '../../support/track-record.ts';

export type FileTags = {
  readonly tags: Tags;
  readonly cover?: Cover;
  readonly coverBytes?: Uint8Array;
  readonly lyrics?: Lyrics;
  readonly chapters?: readonly Chapter[];
  readonly warnings: readonly SourceWarning[];
  readonly reads: number;
};

/** What an ingest makes of the tags of a file, and stores of them. */
export async function tagsOfFile(file: TaggedFile): Promise<FileTags> {
  const stored = new Map<string, Uint8Array>();
  const media = overridden<ObjectStore>({} as ObjectStore, {
    put: async (key: string, body: ObjectBody) => {
      const parts: Uint8Array[] = [];
      for await (const part of body.parts) parts.push(part.slice());
      stored.set(key, Buffer.concat(parts));
      return { key, byteLength: body.byteLength, version: '1', lastModifiedMs: 0, contentType: '', metadata: {} };
    },
  });
  const source = new MemorySource(file.bytes);
  const { container, audioStartByte, audioEndByte } = file;
  const format = { ...publishedRevision().format, container };
  const revision = publishedRevision({ format, audioStartByte, audioEndByte, warnings: [] });
  const published = await withTags({ media, tagReader: new MusicMetadataTagReader() }, 'T', source, revision);
  const json = (key: string) => {
    const bytes = stored.get(`d/T/r1/${key}`);
    return bytes && JSON.parse(new TextDecoder().decode(bytes));
  };
  const { tags = {}, cover, warnings } = published;
  const lyrics: Lyrics | undefined = json('lyrics.json');
  const chapters: readonly Chapter[] | undefined = json('chapters.json')?.chapters;
  expect([published.hasLyrics, published.hasChapters]).toEqual([lyrics && true, chapters && true]);
  const coverBytes = cover && stored.get(`d/T/r1/cover.${cover.extension}`);
  return {
    tags,
    warnings,
    reads: source.reads,
    ...(cover && { cover }),
    ...(coverBytes && { coverBytes }),
    ...(lyrics && { lyrics }),
    ...(chapters && { chapters }),
  };
}
