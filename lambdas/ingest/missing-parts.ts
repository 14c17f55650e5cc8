/** What of a published revision is gone from the stores. Each look is some requests a track. */
import { decodeAnalysis } from '../core/dsp/analysis-record.ts';
import type { ListedObject, ObjectStore } from '../core/ports.ts';
import { tagObjectKeys } from '../core/tags/tag-objects.ts';
import { analysisRecordKey, hasAllPieces } from '../core/track/analysis-objects.ts';
import { type FinishedAnalysis, forgetAnalysis } from '../core/track/analysis-state.ts';
import { chunkOfKey, chunksPrefix, initKey, packetTablesPrefix, sourceCopyKey } from '../core/track/object-keys.ts';
import type { PublishedRevision, TrackRecord } from '../core/track/record.ts';
import { updateTrack } from '../core/track/update.ts';
import type { IngestContext } from './ports.ts';

const LIST_PAGE = 1000;

type Stores = Pick<IngestContext, 'index' | 'media'>;

/**
 * True when something of the published revision is not there that requests cannot make again: a page of the index, a
 * packet table, a later init, a cover. With `chunks` also when a chunk is not (or the copy that chunks are windows of), which
 * requests to this service make again; links that lead to the store itself do not.
 */
export async function lacksParts(
  { index, media }: Stores,
  { trackId, published }: TrackRecord,
  { chunks }: { readonly chunks: boolean },
): Promise<boolean> {
  if (published === undefined) return false;
  const { revision, directory, laterInits = [], format, chunkCount } = published;
  for (let page = 0; page < directory.length; page++) {
    if (!(await index.getPage(trackId, revision, page))) return true;
  }
  const companions = [
    ...laterInits.map(({ firstChunk }) => initKey(trackId, revision, firstChunk)),
    ...Object.values(tagObjectKeys(trackId, revision, published)),
  ];
  for (const key of companions) if (!(await media.head(key))) return true;
  const tables = packetTablesPrefix(trackId, revision);
  if (format.decoderConfig !== undefined && (await count(media, tables, () => true)) !== chunkCount) return true;
  return chunks && (await lacksChunks(media, trackId, published));
}

async function lacksChunks(media: ObjectStore, trackId: string, published: PublishedRevision): Promise<boolean> {
  const { revision, byteLength, chunkCount } = published;
  switch (published.location) {
    case 'windows':
      return (await media.head(sourceCopyKey(trackId, revision)))?.byteLength !== byteLength;
    case 'objects':
      return (await count(media, chunksPrefix(trackId, revision), isWholeChunk)) !== chunkCount;
  }
}

function isWholeChunk({ key, byteLength }: ListedObject): boolean {
  const chunk = chunkOfKey(key);
  return chunk !== undefined && byteLength === chunk.endByte - chunk.startByte;
}

async function count(media: ObjectStore, prefix: string, counts: (object: ListedObject) => boolean): Promise<number> {
  let found = 0;
  let after: string | undefined;
  do {
    const page = await media.list({ prefix, limit: LIST_PAGE, ...(after === undefined ? {} : { after }) });
    found += page.objects.filter(counts).length;
    after = page.next;
  } while (after !== undefined);
  return found;
}

/** True when a piece of the analysis is not there. It is forgotten then, so that it is made anew. */
export async function lostAnalysis(
  { media, index }: Stores,
  trackId: string,
  { revision, generation, summary }: FinishedAnalysis,
): Promise<boolean> {
  const name = { trackId, revision, generation };
  if (await hasAllPieces(media, name, decodeAnalysis(summary).series)) return false;
  // Its record must go, too: what is whole but for a piece would be taken for an analysis that was not noted.
  await media.delete(analysisRecordKey(name));
  await updateTrack(index, trackId, (stored) => ({ record: forgetAnalysis(stored, revision) }));
  return true;
}
