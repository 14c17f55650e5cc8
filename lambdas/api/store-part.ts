import { CuepointError, hasCode } from '../core/errors.ts';
import type { ObjectBody } from '../core/ports.ts';
import { audioAttributes, copySource } from '../core/track/derived-objects.ts';
import { partKey, sourceCopyKey } from '../core/track/object-keys.ts';
import type { ApiContext } from './ports.ts';
import { openSourceCopy, readTrackBytes } from './track-bytes.ts';
import { readPart, type TrackPart } from './track-part.ts';
import type { PlayableTrack } from './track-reader.ts';

type Stores = Pick<ApiContext, 'media' | 'sources' | 'copier' | 'log'>;

/**
 * A part that is no whole source passes through here while the client waits, at some 60 MB a second: this takes a third of
 * the time that clients and CDNs allow.
 */
const MAX_PART_BYTES = 1024 ** 3;

/**
 * Makes an object of a part that is too long to be answered with, unless it is there, and gives its key. Two at once make
 * the same. Throws `answer_too_large`, and as `readTrackBytes` does.
 */
export async function storePart(stores: Stores, track: PlayableTrack, part: TrackPart): Promise<string> {
  const { trackId, revision } = track;
  const { prefix, startByte, endByte } = part.excerpt;
  const isWhole = prefix.length === 0 && startByte === 0 && endByte === revision.byteLength;
  if (part.name === undefined || isWhole) return storeSource(stores, track);
  const key = partKey(trackId, revision.revision, part.name, revision.format.extension);
  if ((await stores.media.head(key))?.byteLength === part.byteLength) return key;
  if (part.byteLength > MAX_PART_BYTES) {
    throw new CuepointError(
      'answer_too_large',
      `this part has ${part.byteLength} bytes; at most ${MAX_PART_BYTES} are put together for one request: ` +
        'ask for a shorter one, for all of the track, or for the chunks of this part',
    );
  }
  const parts = readPart(stores, track, part, { startByte: 0, endByte: part.byteLength });
  await putPart(stores, track, key, { byteLength: part.byteLength, parts });
  return key;
}

async function storeSource(stores: Stores, track: PlayableTrack): Promise<string> {
  const { trackId, revision } = track;
  const key = sourceCopyKey(trackId, revision.revision);
  if ((await stores.media.head(key))?.byteLength === revision.byteLength) return key;
  if (revision.location === 'windows') {
    // The copy is what this revision is made of, and is healed as such.
    await openSourceCopy(stores, track, { startByte: 0, endByte: 0 });
    return key;
  }
  if (await copied(stores, track)) return key;
  const { byteLength } = revision;
  await putPart(stores, track, key, {
    byteLength,
    parts: readTrackBytes(stores, track, { startByte: 0, endByte: byteLength }),
  });
  return key;
}

/** False where the store cannot copy, or the source is another by now: its chunks are still those of this revision. */
async function copied({ copier }: Stores, { trackId, path, revision }: PlayableTrack): Promise<boolean> {
  if (copier === undefined) return false;
  const to = { trackId, revision: revision.revision, format: revision.format };
  try {
    await copySource(copier, to, { key: path, version: revision.sourceVersion });
    return true;
  } catch (error) {
    if (hasCode(error, 'source_changed') || hasCode(error, 'source_missing')) return false;
    throw error;
  }
}

async function putPart({ media, log }: Stores, track: PlayableTrack, key: string, body: ObjectBody): Promise<void> {
  await media.put(key, body, audioAttributes(track.revision.format));
  log.info('part_stored', { trackId: track.trackId, key, byteLength: body.byteLength });
}
