import type { ObjectStore, TrackIndex } from '../core/ports.ts';
import { manifestKey, revisionPrefix, savedAnalysisKey } from '../core/track/object-keys.ts';
import { isRevisionInUse } from '../core/track/transitions.ts';

/** Objects deleted between two looks at whether somebody has come to need them. */
const BATCH = 100;

type Stores = { readonly media: ObjectStore; readonly index: TrackIndex };

/**
 * Deletes all that was derived for one revision, as long as no record uses it: the record is asked before every batch,
 * since the same source may come back, and with it the same revision. Idempotent. Answers how many objects there were.
 */
export async function discardRevision({ media, index }: Stores, trackId: string, revision: string): Promise<number> {
  const isFree = async (): Promise<boolean> => !isRevisionInUse(await index.get(trackId), revision);
  if (!(await isFree())) return 0;
  // The manifest first: without it nobody takes what is left of the chunks for a whole revision.
  await media.delete(manifestKey(trackId, revision));
  await media.delete(savedAnalysisKey(trackId, revision));
  let deleted = 0;
  let after: string | undefined;
  do {
    const prefix = revisionPrefix(trackId, revision);
    const page = await media.list({ prefix, limit: BATCH, ...(after === undefined ? {} : { after }) });
    if (!(await isFree())) return deleted;
    for (const { key } of page.objects) await media.delete(key);
    deleted += page.objects.length;
    after = page.next;
  } while (after !== undefined);
  if (await isFree()) await index.deletePages(trackId, revision);
  return deleted;
}
