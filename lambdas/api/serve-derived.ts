import { CuepointError, hasCode } from '../core/errors.ts';
import { planResponse } from '../core/http/response-plan.ts';
import type { ByteRange, ObjectInfo, ObjectRead } from '../core/ports.ts';
import { DERIVED_CACHE_CONTROL } from '../core/track/derived-objects.ts';
import { chunkKey, chunkOfKey, ownerOfKey, sourceCopyKey } from '../core/track/object-keys.ts';
import { answer, failureOptions } from './http-answer.ts';
import type { ApiContext } from './ports.ts';
import { openChunk, readTrackBytes } from './track-bytes.ts';
import type { PlayableTrack, TrackReader } from './track-reader.ts';
import { etagOf } from './track-view.ts';

/**
 * An object under `/d/`, whose URL is its key. What is missing and belongs to the published revision is made again, the
 * copy of the source is put together from the chunks; anything else that is not there is `not_found`.
 */
export async function serveDerived(
  context: ApiContext,
  tracks: TrackReader,
  request: Request,
  key: string,
): Promise<Response> {
  const derived = (await storedObject(context, tracks, key)) ?? (await remadeObject(context, tracks, key));
  if (derived === undefined) {
    throw new CuepointError(
      'not_found',
      'there is no such object; ask the track for its links, they are of its newest revision',
    );
  }
  const plan = planResponse(request, {
    byteLength: derived.byteLength,
    etag: await etagOfKey(key),
    lastModifiedMs: Math.min(derived.lastModifiedMs, context.clock.now()),
    contentType: derived.contentType,
  });
  const headers = { 'Cache-Control': derived.cacheControl ?? DERIVED_CACHE_CONTROL };
  return answer(plan, derived.read, { headers, ...failureOptions(context, request) });
}

type Derived = Pick<ObjectInfo, 'byteLength' | 'lastModifiedMs' | 'contentType' | 'cacheControl'> & {
  read(range: ByteRange): AsyncIterable<Uint8Array>;
};

async function storedObject(context: ApiContext, tracks: TrackReader, key: string): Promise<Derived | undefined> {
  const { media } = context;
  const info = await media.head(key);
  if (info === undefined || info.byteLength !== (await lengthOf(tracks, key, info))) return undefined;
  const read = async function* (range: ByteRange): AsyncGenerator<Uint8Array, void, undefined> {
    if (range.endByte > range.startByte)
      yield* (await opened(media.get(key, { range, version: info.version }), key)).body;
  };
  return { ...info, read };
}

/** How long the object has to be: what is shorter was cut, and is made again. Its own length where nobody can tell. */
async function lengthOf(tracks: TrackReader, key: string, info: ObjectInfo): Promise<number> {
  const chunk = chunkOfKey(key);
  if (chunk) return chunk.endByte - chunk.startByte;
  const track = await ownerOf(tracks, key);
  const isCopy = track && key === sourceCopyKey(track.trackId, track.revision.revision);
  return isCopy ? track.revision.byteLength : info.byteLength;
}

async function remadeObject(context: ApiContext, tracks: TrackReader, key: string): Promise<Derived | undefined> {
  const track = await ownerOf(tracks, key);
  if (track === undefined) return undefined;
  const { trackId, revision, index } = track;
  const { lastModifiedMs } = revision;
  const contentType = revision.format.mimeType;
  if (key === sourceCopyKey(trackId, revision.revision)) {
    return {
      byteLength: revision.byteLength,
      lastModifiedMs,
      contentType,
      read: (range) => readTrackBytes(context, track, range),
    };
  }
  const named = chunkOfKey(key);
  if (named === undefined || named.number >= revision.chunkCount) return undefined;
  const chunk = await index.chunkAtByte(named.startByte);
  if (key !== chunkKey(trackId, revision.revision, chunk, revision.format.extension)) return undefined;
  const read = async function* (range: ByteRange): AsyncGenerator<Uint8Array, void, undefined> {
    yield* (await openChunk(context, track, chunk, range)).body;
  };
  return { byteLength: chunk.endByte - chunk.startByte, lastModifiedMs, contentType, read };
}

/** The track, if `key` belongs to its published revision. */
async function ownerOf(tracks: TrackReader, key: string): Promise<PlayableTrack | undefined> {
  const owner = ownerOfKey(key);
  if (owner === undefined) return undefined;
  try {
    const track = await tracks.playable(owner.trackId);
    return track.revision.revision === owner.revision ? track : undefined;
  } catch (error) {
    const absent = ['track_not_found', 'track_gone', 'track_ingesting', 'track_failed'] as const;
    if (absent.some((code) => hasCode(error, code))) return undefined;
    throw error;
  }
}

async function opened(read: Promise<ObjectRead | undefined>, key: string): Promise<ObjectRead> {
  const found = await read;
  if (found) return found;
  throw new CuepointError('source_missing', `${key} was removed while it was being read`);
}

/**
 * The key is the version: under one key there are never two different bodies. The copy of the source has the ETag that
 * the pointer to it has, so that a download begun there resumes here.
 */
async function etagOfKey(key: string): Promise<string> {
  const owner = ownerOfKey(key);
  if (owner && key === sourceCopyKey(owner.trackId, owner.revision)) return etagOf(owner);
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(key));
  return `"${Array.from(new Uint8Array(hash, 0, 16), (byte) => byte.toString(16).padStart(2, '0')).join('')}"`;
}
