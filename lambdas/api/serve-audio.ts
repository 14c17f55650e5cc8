import { CuepointError } from '../core/errors.ts';
import { contentDisposition } from '../core/http/content-disposition.ts';
import { planResponse, type Representation } from '../core/http/response-plan.ts';
import { byteExcerpt, type Excerpt, excerptSlice, timeExcerpt } from '../core/plan/excerpt.ts';
import type { ByteRange, ObjectStore } from '../core/ports.ts';
import { parseByteRange, parseTimeRange } from '../core/time.ts';
import { chunkKey, initKey, sourceCopyKey } from '../core/track/object-keys.ts';
import { answer, failureOptions } from './http-answer.ts';
import type { ApiContext } from './ports.ts';
import { readTrackBytes } from './track-bytes.ts';
import type { PlayableTrack } from './track-reader.ts';
import { etagOf } from './track-view.ts';

/** Pointers follow the newest revision: a cache may keep them and must ask before it uses them (RFC 9111 section 5.2.2.4). */
const POINTER_CACHE_CONTROL = 'public, no-cache';

export type AudioQuery = {
  readonly start?: string | undefined;
  readonly end?: string | undefined;
  readonly bytes?: string | undefined;
  readonly ranges?: string | undefined;
  readonly delivery?: string | undefined;
};

/**
 * The bytes of a track, or of the part that the query names, with everything HTTP asks of ranges and preconditions.
 * Throws `invalid_parameter`, `range_not_satisfiable`, `chunk_lost`.
 */
export async function serveAudio(
  context: ApiContext,
  request: Request,
  track: PlayableTrack,
  query: AudioQuery,
): Promise<Response> {
  const { revision } = track;
  if (query.delivery !== undefined && query.delivery !== 'redirect' && query.delivery !== 'body') {
    throw new CuepointError(
      'invalid_parameter',
      `delivery is ${JSON.stringify(query.delivery)}; expected redirect, or body, which is the default`,
    );
  }
  const part = await excerptOf(context, track, query);
  const representation: Representation = {
    byteLength: part.excerpt.prefix.length + part.excerpt.endByte - part.excerpt.startByte,
    etag: part.etag,
    lastModifiedMs: Math.min(revision.lastModifiedMs, context.clock.now()),
    contentType: revision.format.mimeType,
  };
  const plan = planResponse(request, representation);
  if (query.delivery === 'redirect' && request.method === 'GET' && (plan.status === 200 || plan.status === 206)) {
    const location = await singleObject(context, track, part.excerpt);
    if (location !== undefined) {
      return new Response(null, {
        status: 307,
        headers: { Location: location, 'Cache-Control': 'no-store', 'Content-Length': '0' },
      });
    }
  }
  const read = async function* (range: ByteRange): AsyncGenerator<Uint8Array, void, undefined> {
    const slice = excerptSlice(part.excerpt, range);
    if (slice.prefix.length > 0) yield slice.prefix;
    yield* readTrackBytes(context, track, slice.source);
  };
  const headers = {
    'Cache-Control': POINTER_CACHE_CONTROL,
    'Content-Disposition': contentDisposition('inline', track.path.slice(track.path.lastIndexOf('/') + 1)),
    'Cuepoint-Revision': revision.revision,
    ...trimHeaders(part.excerpt),
  };
  return answer(plan, read, { headers, ...failureOptions(context, request) });
}

type Part = { readonly excerpt: Excerpt; readonly etag: string };

/** The query selects the representation; a Range header then selects within it. */
export async function excerptOf(
  { media }: Pick<ApiContext, 'media'>,
  track: PlayableTrack,
  { start, end, bytes, ranges }: Omit<AudioQuery, 'delivery'>,
): Promise<Part> {
  const { revision, index } = track;
  const { byteLength, totalSamples, format } = revision;
  if (ranges !== undefined || (bytes !== undefined && (start !== undefined || end !== undefined))) {
    throw new CuepointError(
      'invalid_parameter',
      'one part at a time: bytes, or start and end; several ranges are resolved by /chunks?ranges= and the Range header',
    );
  }
  if (bytes !== undefined) {
    const range = parseByteRange(bytes, byteLength);
    const etag = `"${revision.revision}-b${range.startByte}-${range.endByte}"`;
    return { excerpt: byteExcerpt(range), etag };
  }
  if (start !== undefined || end !== undefined) {
    const range = parseTimeRange(
      { ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) },
      { sampleRate: format.sampleRate, totalSamples },
    );
    const laterInit = (firstChunk: number) => readInit(media, track, firstChunk);
    const etag = `"${revision.revision}-s${range.startSample}-${range.endSample}"`;
    return { excerpt: await timeExcerpt(revision, index, range, laterInit), etag };
  }
  return { excerpt: byteExcerpt({ startByte: 0, endByte: byteLength }), etag: etagOf(revision) };
}

async function readInit(
  media: ObjectStore,
  { trackId, revision }: PlayableTrack,
  firstChunk: number,
): Promise<Uint8Array> {
  const byteLength = revision.laterInits?.find((later) => later.firstChunk === firstChunk)?.byteLength ?? 0;
  const init = new Uint8Array(byteLength);
  await media.read(initKey(trackId, revision.revision, firstChunk), 0, init);
  return init;
}

function trimHeaders({ trim }: Excerpt): Record<string, string> {
  if (!trim) return {};
  return {
    'Cuepoint-Skip-Samples': String(trim.skipSamples),
    'Cuepoint-Take-Samples': String(trim.takeSamples),
  };
}

/** URL of the one stored object whose bytes are the whole part, if there is one; a Range header then means the same there. */
async function singleObject(
  { media, signer }: ApiContext,
  { trackId, revision, index }: PlayableTrack,
  { prefix, startByte, endByte }: Excerpt,
): Promise<string | undefined> {
  if (prefix.length > 0) return undefined;
  if (startByte === 0 && endByte === revision.byteLength) {
    const key = sourceCopyKey(trackId, revision.revision);
    if (revision.location === 'windows' || (await media.head(key)) !== undefined)
      return (await signer.sign({ key })).url;
  }
  if (revision.location === 'windows') return undefined;
  const chunk = await index.chunkAtByte(startByte);
  if (chunk.startByte !== startByte || chunk.endByte !== endByte) return undefined;
  return (await signer.sign({ key: chunkKey(trackId, revision.revision, chunk, revision.format.extension) })).url;
}
