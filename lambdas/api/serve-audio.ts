import { CuepointError } from '../core/errors.ts';
import { planResponse, type Representation } from '../core/http/response-plan.ts';
import type { Excerpt } from '../core/plan/excerpt.ts';
import type { ObjectStore, Signer } from '../core/ports.ts';
import { chunkKey, sourceCopyKey } from '../core/track/object-keys.ts';
import { type Answer, answerOf, failureOptions, type HttpRequest, merged } from './http-answer.ts';
import { isTooLarge, parsePace, redirect, redirectToDerived, signerFor } from './links.ts';
import type { ApiContext } from './ports.ts';
import { repeatedText } from './repeated-text.ts';
import { storePart } from './store-part.ts';
import { trackHeaders } from './track-headers.ts';
import { type PartQuery, partAsked, partBytesNow, readPart, trimHeaders, wholeTrack } from './track-part.ts';
import type { PlayableTrack } from './track-reader.ts';

/** Pointers follow the newest revision: a cache may keep them and must ask before it uses them (RFC 9111 section 5.2.2.4). */
const POINTER_HEADERS = { 'Cache-Control': 'public, no-cache' };

export type AudioQuery = PartQuery & {
  readonly delivery?: string | undefined;
  /** Of the link that is redirected to. */
  readonly maxBytesPerSecond?: string | undefined;
};

/**
 * The bytes of a track, or of the part that the query names, with everything HTTP asks of ranges and preconditions. What is
 * longer than the host can answer with becomes a redirect to one object with just these bytes, never a shorter answer.
 * Throws `invalid_parameter`, `range_not_satisfiable`, `answer_too_large`, `chunk_lost`.
 */
export async function serveAudio(
  context: ApiContext,
  request: HttpRequest,
  track: PlayableTrack,
  query?: AudioQuery,
): Promise<Answer> {
  const { revision } = track;
  const delivery = query?.delivery ?? 'body';
  if (delivery !== 'redirect' && delivery !== 'body') {
    throw new CuepointError(
      'invalid_parameter',
      `delivery is ${JSON.stringify(repeatedText(delivery))}; expected redirect, or body, which is the default`,
    );
  }
  const part = query ? await partAsked(context, track, query) : wholeTrack(track);
  const representation: Representation = {
    byteLength: part.byteLength,
    etag: part.etag,
    lastModifiedMs: Math.min(revision.lastModifiedMs, context.clock.now()),
    contentType: revision.format.mimeType,
  };
  const plan = planResponse(request, representation);
  if (delivery === 'redirect' && (plan.status === 200 || plan.status === 206)) {
    const signer = signerFor(context, request, parsePace(query?.maxBytesPerSecond));
    const location = await singleObject(context.media, signer, track, part.excerpt);
    if (location !== undefined) return redirect(location);
  }
  if (isTooLarge(context.config, plan)) {
    const headers = merged(trackHeaders(track), trimHeaders(part));
    return redirectToDerived(context, request, await storePart(context, track, part), headers);
  }
  const headers = merged(POINTER_HEADERS, trackHeaders(track), trimHeaders(part));
  if (plan.status === 206 && plan.kind === 'single') {
    const pieces = partBytesNow(context, track, part, plan.body);
    if (pieces) return { status: 206, headers: Object.assign(headers, plan.headers), body: { pieces } };
  }
  return answerOf(plan, (range) => readPart(context, track, part, range), {
    headers,
    ...failureOptions(context, request),
  });
}

/** URL of the one stored object whose bytes are the whole part, if there is one; a Range header then means the same there. */
async function singleObject(
  media: ObjectStore,
  signer: Signer,
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
