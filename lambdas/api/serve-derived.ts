import { CuepointError, hasCode } from '../core/errors.ts';
import { contentDisposition } from '../core/http/content-disposition.ts';
import { type PlanHeaders, planResponse } from '../core/http/response-plan.ts';
import type { ByteRange, ObjectInfo, ObjectRead } from '../core/ports.ts';
import { DERIVED_CACHE_CONTROL } from '../core/track/derived-objects.ts';
import { chunkKey, chunkOfKey, ownerOfKey, partKey, partOfKey, sourceCopyKey } from '../core/track/object-keys.ts';
import { type Answer, answerOf, failureOptions, type HttpRequest } from './http-answer.ts';
import { isTooLarge, redirectToDerived } from './links.ts';
import type { ApiContext } from './ports.ts';
import { storePart } from './store-part.ts';
import { openChunk } from './track-bytes.ts';
import { trackHeaders } from './track-headers.ts';
import { partAsked, partNamed, readPart, type TrackPart, trimHeaders } from './track-part.ts';
import type { PlayableTrack, TrackReader } from './track-reader.ts';
import { etagOf } from './track-view.ts';

/**
 * An object under `/d/`, whose URL is its key. What is missing and belongs to the published revision is made again, the
 * copy of the source and parts of it are put together from the chunks; anything else that is not there is `not_found`.
 * What is longer than the host can answer with is stored under its key, and then looked for there once more: whoever asks
 * here has not found it in the store.
 */
export async function serveDerived(
  context: ApiContext,
  tracks: TrackReader,
  request: HttpRequest,
  key: string,
): Promise<Answer> {
  const derived = isPlain(key)
    ? ((await storedObject(context, tracks, key)) ?? (await remadeObject(context, tracks, key)))
    : undefined;
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
  if (isTooLarge(context.config, plan)) {
    await derived.store?.();
    return redirectToDerived(context, request, key);
  }
  const headers = {
    'Cache-Control': derived.cacheControl ?? DERIVED_CACHE_CONTROL,
    ...(await headersOfKey(tracks, key)),
    ...derived.headers,
  };
  return answerOf(plan, derived.read, { headers, ...failureOptions(context, request) });
}

/** No key of ours has a segment of dots, and stores differ in what they make of one: some refuse the request. */
function isPlain(key: string): boolean {
  return key.split('/').every((segment) => segment !== '.' && segment !== '..');
}

type Derived = Pick<ObjectInfo, 'byteLength' | 'lastModifiedMs' | 'contentType' | 'cacheControl'> & {
  readonly headers?: Readonly<Record<string, string>>;
  read(range: ByteRange): AsyncIterable<Uint8Array>;
  /** Stores it under its key, where it is not. */
  store?(): Promise<unknown>;
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
  return (await remadePart(context, track, key)) ?? (await remadeChunk(context, track, key));
}

async function remadeChunk(context: ApiContext, track: PlayableTrack, key: string): Promise<Derived | undefined> {
  const { trackId, revision, index } = track;
  const named = chunkOfKey(key);
  if (named === undefined || named.number >= revision.chunkCount) return undefined;
  const chunk = await index.chunkAtByte(named.startByte);
  if (key !== chunkKey(trackId, revision.revision, chunk, revision.format.extension)) return undefined;
  const read = async function* (range: ByteRange): AsyncGenerator<Uint8Array, void, undefined> {
    yield* (await openChunk(context, track, chunk, range)).body;
  };
  return {
    byteLength: chunk.endByte - chunk.startByte,
    lastModifiedMs: revision.lastModifiedMs,
    contentType: revision.format.mimeType,
    read,
    // Opened, it is made again.
    store: () => openChunk(context, track, chunk, { startByte: 0, endByte: 0 }),
  };
}

async function remadePart(context: ApiContext, track: PlayableTrack, key: string): Promise<Derived | undefined> {
  const part = await partOf(context, track, key);
  if (part === undefined) return undefined;
  return {
    byteLength: part.byteLength,
    lastModifiedMs: track.revision.lastModifiedMs,
    contentType: track.revision.format.mimeType,
    headers: trimHeaders(part),
    read: (range) => readPart(context, track, part, range),
    store: () => storePart(context, track, part),
  };
}

/** The copy of the source, or what a key names of it; only under the one key that it has. */
async function partOf(context: ApiContext, track: PlayableTrack, key: string): Promise<TrackPart | undefined> {
  const { trackId, revision } = track;
  if (key === sourceCopyKey(trackId, revision.revision)) return partAsked(context, track, {});
  const name = partOfKey(key);
  if (name === undefined || key !== partKey(trackId, revision.revision, name, revision.format.extension)) {
    return undefined;
  }
  const length = name.unit === 'bytes' ? revision.byteLength : revision.totalSamples;
  const isAll = name.unit === 'bytes' && name.start === 0 && name.end === length;
  return name.start < name.end && name.end <= length && !isAll ? partNamed(context, track, name) : undefined;
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

/** What the track says of itself, as long as the key is of its newest revision; what is saved bears the key's name. */
async function headersOfKey(tracks: TrackReader, key: string): Promise<PlanHeaders> {
  const name = key.slice(key.lastIndexOf('/') + 1);
  const track = await ownerOf(tracks, key);
  const ofTrack = track ? trackHeaders(track) : {};
  if (track && key === sourceCopyKey(track.trackId, track.revision.revision)) return ofTrack;
  return { ...ofTrack, 'Content-Disposition': contentDisposition('inline', name) };
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
