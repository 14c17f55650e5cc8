import { CuepointError } from '../errors.ts';
import type { TrackIndex } from '../ports.ts';
import type { TrackRecord } from './record.ts';

/** Writers of one track are few; whoever loses this often is in a loop that must end in words. */
const MAX_TRIES = 20;

/**
 * Reads a track's record, lets `decide` make the next one, and stores it by compare-and-set; asks again with the newer
 * record when another writer was first. A decision without a record writes nothing.
 */
export async function updateTrack<
  Decision extends { readonly outcome?: string; readonly record?: TrackRecord | undefined },
>(index: TrackIndex, trackId: string, decide: (stored: TrackRecord | undefined) => Decision): Promise<Decision> {
  for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
    const decision = decide(await index.get(trackId));
    if (decision.record === undefined || (await index.put(decision.record))) return decision;
  }
  throw new CuepointError(
    'unavailable',
    `track ${trackId} was changed by others ${MAX_TRIES} times in a row; try again`,
  );
}
