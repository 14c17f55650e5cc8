import { CuepointError } from '../core/errors.ts';
import { byteExcerpt, type Excerpt, excerptSlice, timeExcerpt } from '../core/plan/excerpt.ts';
import type { ByteRange } from '../core/ports.ts';
import { parseByteRange, parseTimeQuery, type TimeQuery } from '../core/time.ts';
import { initKey, type PartName } from '../core/track/object-keys.ts';
import type { ApiContext } from './ports.ts';
import { readTrackBytes, trackBytesNow } from './track-bytes.ts';
import type { PlayableTrack } from './track-reader.ts';
import { etagOf } from './track-view.ts';

export type PartQuery = TimeQuery & { readonly bytes?: string | undefined; readonly ranges?: string | undefined };

/** A part of a track as one body. Without a name: all of it. */
export type TrackPart = {
  readonly name?: PartName;
  readonly excerpt: Excerpt;
  readonly byteLength: number;
  readonly etag: string;
};

type Stores = Pick<ApiContext, 'media' | 'sources' | 'copier' | 'log'>;

/** The bytes of the track as they are. */
export function wholeTrack({ revision }: PlayableTrack): TrackPart {
  const excerpt = byteExcerpt({ startByte: 0, endByte: revision.byteLength });
  return { excerpt, byteLength: revision.byteLength, etag: etagOf(revision) };
}

/** The query selects the representation; a Range header then selects within it. */
export async function partAsked(stores: Stores, track: PlayableTrack, query: PartQuery): Promise<TrackPart> {
  const { revision } = track;
  const { start, end, t, bytes, ranges } = query;
  if (ranges !== undefined || (bytes !== undefined && (start ?? end ?? t) !== undefined)) {
    throw new CuepointError(
      'invalid_parameter',
      'one part at a time: bytes, or start and end; several ranges are resolved by /chunks?ranges= and the Range header',
    );
  }
  if (bytes !== undefined) {
    const { startByte, endByte } = parseByteRange(bytes, revision.byteLength);
    return partNamed(stores, track, { unit: 'bytes', start: startByte, end: endByte });
  }
  const { sampleRate } = revision.format;
  const time = parseTimeQuery(query, { sampleRate, totalSamples: revision.totalSamples });
  if (time) return partNamed(stores, track, { unit: 'samples', start: time.startSample, end: time.endSample });
  return wholeTrack(track);
}

/** The part of that name, which must lie inside the track. Throws `time_range_unsupported`. */
export async function partNamed(stores: Stores, track: PlayableTrack, name: PartName): Promise<TrackPart> {
  const { revision } = track;
  const excerpt = await excerptOf(stores, track, name);
  return {
    name,
    excerpt,
    byteLength: excerpt.prefix.length + excerpt.endByte - excerpt.startByte,
    etag: `"${revision.revision}-${name.unit === 'bytes' ? 'b' : 's'}${name.start}-${name.end}"`,
  };
}

async function excerptOf(stores: Stores, track: PlayableTrack, { unit, start, end }: PartName): Promise<Excerpt> {
  switch (unit) {
    case 'bytes':
      return byteExcerpt({ startByte: start, endByte: end });
    case 'samples': {
      const laterInit = (firstChunk: number) => readInit(stores, track, firstChunk);
      return timeExcerpt(track.revision, track.index, { startSample: start, endSample: end }, laterInit);
    }
  }
}

async function readInit(
  { media }: Stores,
  { trackId, revision }: PlayableTrack,
  firstChunk: number,
): Promise<Uint8Array> {
  const byteLength = revision.laterInits?.find((later) => later.firstChunk === firstChunk)?.byteLength ?? 0;
  const init = new Uint8Array(byteLength);
  await media.read(initKey(trackId, revision.revision, firstChunk), 0, init);
  return init;
}

/** Bytes [startByte, endByte) of the part. */
export async function* readPart(
  stores: Stores,
  track: PlayableTrack,
  { excerpt }: TrackPart,
  range: ByteRange,
): AsyncGenerator<Uint8Array, void, undefined> {
  const slice = excerptSlice(excerpt, range);
  if (slice.prefix.length > 0) yield slice.prefix;
  yield* readTrackBytes(stores, track, slice.source);
}

/** The same at once, as `trackBytesNow` has them, where no bytes of our own belong to the range. */
export function partBytesNow(
  stores: Stores,
  track: PlayableTrack,
  { excerpt }: TrackPart,
  range: ByteRange,
): readonly Uint8Array[] | undefined {
  if (range.startByte < excerpt.prefix.length) return undefined;
  return trackBytesNow(stores, track, excerptSlice(excerpt, range).source);
}

/** What to cut from what a decoder makes of the part. */
export function trimHeaders({ excerpt: { trim } }: TrackPart): Record<string, string> {
  if (!trim) return {};
  return {
    'Cuepoint-Skip-Samples': String(trim.skipSamples),
    'Cuepoint-Take-Samples': String(trim.takeSamples),
  };
}
