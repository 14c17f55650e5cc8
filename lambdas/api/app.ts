import { type Context, Hono } from 'hono';
import { cors } from 'hono/cors';
import { CuepointError, hasCode } from '../core/errors.ts';
import type { AccessRequest } from '../core/ports.ts';
import type { TrackRecord } from '../core/track/record.ts';
import { listTracks, parseLimit } from './list-tracks.ts';
import type { ApiContext } from './ports.ts';
import { problemResponse } from './problem-response.ts';
import { rangesAsked, rangesOfBody } from './range-queries.ts';
import { MAX_PLAN_CHUNKS, resolveRanges } from './resolve-chunks.ts';
import { serveAudio } from './serve-audio.ts';
import { serveDerived } from './serve-derived.ts';
import { serveSubtitles, subtitlesOf } from './serve-subtitles.ts';
import { type PlayableTrack, TrackReader } from './track-reader.ts';
import { type TrackView, trackView } from './track-view.ts';

/** A hundred ranges take a few kilobytes; more than this is no list of ranges. */
const MAX_BODY_BYTES = 64 * 1024;

const READ_ONLY = 'GET, HEAD, OPTIONS';

/**
 * The HTTP surface as one `fetch(Request): Response`, for every host. Each route asks the Authorizer before anything
 * else; every failure leaves as a problem document.
 */
export function createApp(context: ApiContext): Hono {
  const app = new Hono({ strict: false });
  const tracks = new TrackReader(context);

  app.use(accessLog(context));
  app.use(
    cors({
      origin: '*',
      allowMethods: ['GET', 'HEAD', 'POST', 'OPTIONS'],
      allowHeaders: [
        'Range',
        'If-Range',
        'If-Match',
        'If-None-Match',
        'If-Modified-Since',
        'If-Unmodified-Since',
        'Content-Type',
      ],
      exposeHeaders: [
        'Accept-Ranges',
        'Content-Length',
        'Content-Range',
        'ETag',
        'Location',
        'Retry-After',
        'Cuepoint-Revision',
        'Cuepoint-Skip-Samples',
        'Cuepoint-Take-Samples',
      ],
      maxAge: 86_400,
    }),
  );
  app.use(async (c, next) => {
    await next();
    c.res.headers.set('X-Content-Type-Options', 'nosniff');
  });

  app.get('/v1/tracks', async (c) => {
    await permit(context, c, { action: 'list' });
    return json(c, await listTracks(context, c.req.query()));
  });

  app.get('/v1/tracks/:id', async (c) => {
    const trackId = c.req.param('id');
    await permit(context, c, { action: 'read', trackId });
    return json(c, await wholeView(context, await tracks.record(trackId)));
  });

  app.get('/v1/tracks/:id/chunks', async (c) => {
    const track = await playable(c, c.req.param('id'));
    const asked = rangesAsked(track.revision, c.req.query(), c.req.header('range'));
    const queries = 'one' in asked ? [asked.one] : asked.many;
    const options = {
      limit: parseLimit(c.req.query('limit'), MAX_PLAN_CHUNKS, MAX_PLAN_CHUNKS),
      fromChunk: parseFrom(c.req.query('from')),
    };
    const plans = await resolveRanges(context.signer, track, queries, options);
    c.header('Vary', 'Range', { append: true });
    return json(c, 'one' in asked ? plans[0] : { track: track.trackId, revision: track.revision.revision, plans });
  });

  app.post('/v1/tracks/:id/:action{chunks:resolve}', async (c) => {
    const track = await playable(c, c.req.param('id'));
    const queries = rangesOfBody(track.revision, await jsonBody(c.req.raw));
    const options = { limit: MAX_PLAN_CHUNKS, fromChunk: 0 };
    const plans = await resolveRanges(context.signer, track, queries, options);
    return json(c, { track: track.trackId, revision: track.revision.revision, plans });
  });

  app.get('/v1/tracks/:id/audio', async (c) => {
    const track = await playable(c, c.req.param('id'));
    return serveAudio(context, c.req.raw, track, c.req.query());
  });

  app.get('/v1/tracks/:id/subtitles/:file', async (c) => {
    const trackId = c.req.param('id');
    await permit(context, c, { action: 'read', trackId });
    return serveSubtitles(context, c.req.raw, await tracks.record(trackId), c.req.param('file'));
  });

  app.get('/stream/*', async (c) => {
    const path = decodedPath(c.req.raw, '/stream/');
    const track = await playable(c, await tracks.idOfPath(path));
    return serveAudio(context, c.req.raw, track, c.req.query());
  });

  app.get('/d/*', async (c) => {
    const objectKey = decodedPath(c.req.raw, '/');
    await permit(context, c, { action: 'read', objectKey });
    return serveDerived(context, tracks, c.req.raw, objectKey);
  });

  // A route that exists, asked with a method it does not have (RFC 9110 section 15.5.6).
  app.all('/v1/tracks/:id/:action{chunks:resolve}', (c) => methodNotAllowed(c, 'POST, OPTIONS'));
  for (const path of [
    '/v1/tracks',
    '/v1/tracks/:id',
    '/v1/tracks/:id/chunks',
    '/v1/tracks/:id/audio',
    '/v1/tracks/:id/subtitles/:file',
    '/stream/*',
    '/d/*',
  ]) {
    app.all(path, (c) => methodNotAllowed(c, READ_ONLY));
  }

  app.notFound((c) => {
    const error = new CuepointError('not_found', 'there is nothing at this address; the tracks are at /v1/tracks');
    return problemResponse(error, { instance: pathOf(c) });
  });

  app.onError((error, c) => {
    if (!(error instanceof CuepointError) || hasCode(error, 'internal')) context.log.error('request_failed', { error });
    else if (hasCode(error, 'chunk_lost') || hasCode(error, 'unavailable'))
      context.log.warn('request_failed', { error });
    return problemResponse(error, { instance: pathOf(c) });
  });

  async function playable(c: Context, trackId: string): Promise<PlayableTrack> {
    await permit(context, c, { action: 'read', trackId });
    return tracks.playable(trackId);
  }

  return app;
}

/** A track with its subtitles, without them when the sources cannot be asked: what was ingested is served all the same. */
async function wholeView(context: ApiContext, record: TrackRecord): Promise<TrackView> {
  const subtitles = await subtitlesOf(context, record).catch((error: unknown) => {
    context.log.warn('subtitles_not_listed', { trackId: record.trackId, error });
    return [];
  });
  return { ...trackView(record), ...(subtitles.length > 0 ? { subtitles } : {}) };
}

function accessLog({ log, clock }: ApiContext) {
  return async (c: Context, next: () => Promise<void>): Promise<void> => {
    const startedAtMs = clock.now();
    await next();
    const range = c.req.header('range');
    log.info('request', {
      method: c.req.method,
      path: pathOf(c),
      ...(range === undefined ? {} : { range }),
      status: c.res.status,
      byteLength: Number(c.res.headers.get('Content-Length') ?? 0),
      elapsedMs: clock.now() - startedAtMs,
    });
  };
}

async function permit(
  { authorizer }: ApiContext,
  c: Context,
  access: Pick<AccessRequest, 'action' | 'trackId' | 'objectKey'>,
): Promise<void> {
  const range = c.req.header('range');
  const url = new URL(c.req.url);
  const decision = await authorizer.authorize({ ...access, url, ...(range === undefined ? {} : { range }) });
  if (!decision.allowed) throw new CuepointError(decision.code, decision.reason);
}

function pathOf(c: Context): string {
  return new URL(c.req.url).pathname;
}

/** What follows `prefix` in the URL's path, each segment percent-decoded as UTF-8. */
function decodedPath(request: Request, prefix: string): string {
  const { pathname } = new URL(request.url);
  try {
    return pathname.slice(prefix.length).split('/').map(decodeURIComponent).join('/');
  } catch (cause) {
    throw new CuepointError('not_found', 'the path is not percent-encoded UTF-8; encode each segment of it', { cause });
  }
}

function parseFrom(text: string | undefined): number {
  if (text === undefined) return 0;
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw new CuepointError('invalid_parameter', `from is ${JSON.stringify(text)}; expected the number of a chunk`);
}

async function jsonBody(request: Request): Promise<unknown> {
  const announced = Number(request.headers.get('content-length') ?? 0);
  const bytes = announced > MAX_BODY_BYTES ? undefined : await boundedBytes(request);
  if (bytes === undefined) {
    throw new CuepointError('body_too_large', `the body is longer than ${MAX_BODY_BYTES} bytes; ask for fewer ranges`);
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new CuepointError('invalid_body', 'the body is not JSON; send {"ranges": [{"start": 10, "end": 20}]}', {
      cause,
    });
  }
}

async function boundedBytes(request: Request): Promise<Uint8Array | undefined> {
  const bytes = new Uint8Array(MAX_BODY_BYTES);
  let length = 0;
  for await (const part of request.body ?? []) {
    if (length + part.length > MAX_BODY_BYTES) return undefined;
    bytes.set(part, length);
    length += part.length;
  }
  return bytes.subarray(0, length);
}

function json(c: Context, value: unknown): Response {
  c.header('Cache-Control', 'no-cache');
  return c.json(value);
}

function methodNotAllowed(c: Context, allow: string): Response {
  const error = new CuepointError(
    'method_not_allowed',
    `${c.req.method} is not allowed here; this address takes ${allow}`,
  );
  return problemResponse(error, { instance: pathOf(c), headers: { Allow: allow } });
}
