import { IndexWriter } from '../core/index/index-writer.ts';
import { tagObjectKeys } from '../core/tags/tag-objects.ts';
import { chunkOfKey, chunksPrefix, initKey, packetTableKey } from '../core/track/object-keys.ts';
import type { PublishedRevision } from '../core/track/record.ts';
import { readManifest } from './manifest.ts';
import type { IngestContext } from './ports.ts';
import type { RevisionTarget } from './revision-builder.ts';

const LIST_PAGE = 1000;

/**
 * Rebuilds the index of a revision from the names of its chunk objects, without touching the source: after a
 * lost index, or a crash between storing and publishing. `undefined` unless every chunk is there and whole, with
 * its packet table, and so is all else that the revision points to.
 */
export async function adoptRevision(
  context: IngestContext,
  { trackId, revision, source }: RevisionTarget,
): Promise<PublishedRevision | undefined> {
  const { media, index } = context;
  const manifest = await readManifest(media, { trackId, revision });
  if (manifest === undefined || manifest.location !== 'objects') return undefined;

  const companions = [
    ...Object.values(tagObjectKeys(trackId, revision, manifest)),
    ...(manifest.laterInits ?? []).map(({ firstChunk }) => initKey(trackId, revision, firstChunk)),
  ];
  for (const key of companions) if ((await media.head(key)) === undefined) return undefined;

  const writer = new IndexWriter();
  let nextByte = 0;
  let nextSample = 0;
  let after: string | undefined;
  do {
    const prefix = chunksPrefix(trackId, revision);
    const page = await media.list({ prefix, limit: LIST_PAGE, ...(after === undefined ? {} : { after }) });
    for (const { key, byteLength } of page.objects) {
      const chunk = chunkOfKey(key);
      const fits =
        chunk?.number === writer.chunkCount &&
        chunk.startByte === nextByte &&
        chunk.startSample === nextSample &&
        byteLength === chunk.endByte - chunk.startByte;
      if (!fits) return undefined;
      const isTabled = manifest.format.decoderConfig !== undefined;
      if (isTabled && !(await media.head(packetTableKey(trackId, revision, chunk.number)))) return undefined;
      nextByte = chunk.endByte;
      nextSample = chunk.endSample;
      for (const { pageNumber, bytes } of writer.append(chunk))
        await index.putPage(trackId, revision, pageNumber, bytes);
    }
    after = page.next;
  } while (after !== undefined);

  if (writer.chunkCount !== manifest.chunkCount || nextByte !== source.byteLength) return undefined;
  for (const { pageNumber, bytes } of writer.finish()) await index.putPage(trackId, revision, pageNumber, bytes);
  return { ...manifest, directory: [...writer.directory], publishedAtMs: context.clock.now() };
}
