import { CuepointError, hasCode } from '../core/errors.ts';
import type { Chunk } from '../core/index/page.ts';
import type { ByteRange, ByteSource, ObjectRead } from '../core/ports.ts';
import { copySource, type DerivedFrom, storeChunk, storeSourceCopy } from '../core/track/derived-objects.ts';
import { chunkKey, sourceCopyKey } from '../core/track/object-keys.ts';
import { objectSource } from '../core/track/source-bytes.ts';
import type { ApiContext } from './ports.ts';
import type { PlayableTrack } from './track-reader.ts';

type Stores = Pick<ApiContext, 'media' | 'sources' | 'copier' | 'log'>;

/**
 * Bytes [startByte, endByte) of the source, put together from the stored chunks. A chunk that is missing or short is made
 * again from the source and reported; when the source cannot supply it either, `chunk_lost` says which one it was.
 */
export async function* readTrackBytes(
  stores: Stores,
  track: PlayableTrack,
  { startByte, endByte }: ByteRange,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (endByte <= startByte) return;
  if (track.revision.location === 'windows') {
    yield* (await openSourceCopy(stores, track, { startByte, endByte })).body;
    return;
  }
  const held = track.index.heldChunkAtByte(startByte);
  if (held && endByte <= held.endByte) {
    const slice = { startByte: startByte - held.startByte, endByte: endByte - held.startByte };
    yield* (await openChunk(stores, track, held, slice)).body;
    return;
  }
  for await (const chunk of track.index.chunksInBytes(startByte, endByte)) {
    const slice = {
      startByte: Math.max(startByte, chunk.startByte) - chunk.startByte,
      endByte: Math.min(endByte, chunk.endByte) - chunk.startByte,
    };
    yield* (await openChunk(stores, track, chunk, slice)).body;
  }
}

/** What is longer is read as it is sent. */
const MAX_BYTES_NOW = 128 * 1024;

/** The same at once, in pieces, where it is short and lies in chunks that are known and at hand: most of what players ask for. */
export function trackBytesNow(
  { media }: Pick<Stores, 'media'>,
  { trackId, revision, index }: PlayableTrack,
  { startByte, endByte }: ByteRange,
): readonly Uint8Array[] | undefined {
  const { revision: name, location, format } = revision;
  if (media.getNow === undefined || location === 'windows' || endByte - startByte > MAX_BYTES_NOW) return undefined;
  const pieces: Uint8Array[] = [];
  for (let at = startByte; at < endByte; ) {
    const chunk = index.heldChunkAtByte(at);
    if (chunk === undefined) return undefined;
    const end = Math.min(endByte, chunk.endByte);
    const slice = { startByte: at - chunk.startByte, endByte: end - chunk.startByte };
    const key = chunkKey(trackId, name, chunk, format.extension);
    const piece = media.getNow(key, slice, chunk.endByte - chunk.startByte);
    if (piece === undefined) return undefined;
    pieces.push(piece);
    at = end;
  }
  return pieces;
}

/** `slice` (offsets within the chunk) of one chunk object, made again if need be. */
export function openChunk(stores: Stores, track: PlayableTrack, chunk: Chunk, slice: ByteRange): Promise<ObjectRead> {
  return openWhole(stores, track, slice, {
    key: chunkKey(track.trackId, track.revision.revision, chunk, track.revision.format.extension),
    byteLength: chunk.endByte - chunk.startByte,
    name: `chunk ${chunk.number} (bytes ${chunk.startByte} to ${chunk.endByte - 1} of the source)`,
    store: (from) => storeChunk(stores.media, from, chunk),
  });
}

/** `slice` of the copy of the source, made again if need be. */
export function openSourceCopy(stores: Stores, track: PlayableTrack, slice: ByteRange): Promise<ObjectRead> {
  const { media, copier } = stores;
  const from = { key: track.path, version: track.revision.sourceVersion };
  return openWhole(stores, track, slice, {
    key: sourceCopyKey(track.trackId, track.revision.revision),
    byteLength: track.revision.byteLength,
    name: 'the copy of the source',
    store: (derived) => (copier ? copySource(copier, derived, from) : storeSourceCopy(media, derived)),
  });
}

type Derived = {
  readonly key: string;
  readonly byteLength: number;
  /** What it is, for people. */
  readonly name: string;
  store(from: DerivedFrom): Promise<void>;
};

async function openWhole(
  stores: Stores,
  track: PlayableTrack,
  slice: ByteRange,
  derived: Derived,
): Promise<ObjectRead> {
  const found = await openIfWhole(stores, slice, derived);
  if (found) return found;
  await heal(stores, track, derived);
  const healed = await openIfWhole(stores, slice, derived);
  if (healed) return healed;
  throw new CuepointError('unavailable', `${derived.name} was made again and is gone at once; try again`);
}

async function openIfWhole(
  { media }: Stores,
  slice: ByteRange,
  { key, byteLength }: Derived,
): Promise<ObjectRead | undefined> {
  try {
    const read = await media.get(key, { range: slice });
    return read?.info.byteLength === byteLength ? read : undefined;
  } catch (error) {
    if (hasCode(error, 'range_not_satisfiable')) return undefined;
    throw error;
  }
}

async function heal(stores: Stores, track: PlayableTrack, derived: Derived): Promise<void> {
  const { trackId, path, revision } = track;
  const source = await unchangedSource(stores, track, derived.name);
  try {
    await derived.store({ trackId, revision: revision.revision, format: revision.format, source });
  } catch (error) {
    if (hasCode(error, 'source_changed') || hasCode(error, 'source_missing')) throw lost(track, derived.name, error);
    throw error;
  }
  stores.log.warn('derived_object_healed', { trackId, path, revision: revision.revision, key: derived.key });
}

async function unchangedSource(stores: Stores, track: PlayableTrack, name: string): Promise<ByteSource> {
  const info = await stores.sources.head(track.path);
  if (info?.version !== track.revision.sourceVersion) throw lost(track, name);
  return objectSource(stores.sources, info);
}

function lost(track: PlayableTrack, name: string, cause?: unknown): CuepointError {
  return new CuepointError(
    'chunk_lost',
    `${name} of track ${track.trackId} is missing from the store and its source was replaced or removed; ` +
      'upload the file again',
    { cause },
  );
}
