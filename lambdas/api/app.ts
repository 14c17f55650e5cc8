import type { Context } from 'hono';
// With the one router that is small: a function that starts has to read all that it carries.
import { Hono } from 'hono/tiny';
import { CuepointError } from '../core/errors.ts';
import type { TrackRecord } from '../core/track/record.ts';
import { logFailure, logLine } from './access-line.ts';
import { analysisView } from './analysis-view.ts';
import { type ByteRoutes, createByteRoutes } from './byte-routes.ts';
import { methodNotAllowed, toResponse } from './http-answer.ts';
import { parsePace, signerFor } from './links.ts';
import { listTracks, parseLimit } from './list-tracks.ts';
import { permit } from './permit.ts';
import type { ApiContext } from './ports.ts';
import { problemResponse } from './problem-response.ts';
import { rangesAsked, rangesOfBody } from './range-queries.ts';
import { MAX_PLAN_CHUNKS, resolveRanges } from './resolve-chunks.ts';
import { API_ROUTES, allowOf, allows, routeOf } from './routes.ts';
import { serveSubtitles, subtitlesOf } from './serve-subtitles.ts';
import { serveWaveform, WAVEFORM_FILES } from './serve-waveform.ts';
import { timed } from './server-timing.ts';
import { preflightHeaders, sharedHeaders } from './shared-headers.ts';
import { type PlayableTrack, TrackReader } from './track-reader.ts';
import { type TrackView, trackView } from './track-view.ts';

/** A hundred ranges take a few kilobytes; more than this is no list of ranges. */
const MAX_BODY_BYTES = 64 * 1024;

/**
 * The HTTP surface as one `fetch(Request): Response`, for every host. Each route asks the Authorizer before anything
 * else; every failure leaves as a problem document.
 */
export function createApp(context: ApiContext): Hono {
  return createService(context).app;
}

/** `bytes` is what `app` answers with at the addresses of audio, for hosts that can send it better than a Response. */
export type Service = { readonly app: Hono; readonly bytes: ByteRoutes };

export function createService(context: ApiContext): Service {
  const app = new Hono({ strict: false });
  const tracks = new TrackReader(context);
  const bytes = createByteRoutes(context, tracks);

  app.use(async (c, next) => {
    const answer = bytes(c.req.raw);
    if (answer) return toResponse(await answer);
    const startedAtMs = performance.now();
    if (c.req.method === 'OPTIONS') {
      const response = optionsResponse(context, c);
      logResponse(context, c, response, startedAtMs);
      return response;
    }
    await next();
    for (const [name, value] of Object.entries(sharedHeaders(context.config, c.req.raw.headers))) {
      if (name === 'Vary') c.res.headers.append(name, value);
      else c.res.headers.set(name, value);
    }
    logResponse(context, c, c.res, startedAtMs);
    return undefined;
  });

  app.get('/v1/tracks', async (c) => {
    await permit(context, c.req.raw, new URL(c.req.url), { action: 'list' });
    return json(c, await listTracks(context, c.req.query()));
  });

  app.get('/v1/tracks/:id', async (c) => {
    const trackId = c.req.param('id');
    await permit(context, c.req.raw, new URL(c.req.url), { action: 'read', trackId });
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
    const signer = signerFor(context, c.req.raw, parsePace(c.req.query('maxBytesPerSecond')));
    const plans = await resolveRanges(signer, track, queries, options);
    c.header('Vary', 'Range', { append: true });
    return json(c, 'one' in asked ? plans[0] : { track: track.trackId, revision: track.revision.revision, plans });
  });

  app.post('/v1/tracks/:id/:action{chunks:resolve}', async (c) => {
    const track = await playable(c, c.req.param('id'));
    const { queries, maxBytesPerSecond } = rangesOfBody(track.revision, await jsonBody(c.req.raw));
    const options = { limit: MAX_PLAN_CHUNKS, fromChunk: 0 };
    const plans = await resolveRanges(signerFor(context, c.req.raw, maxBytesPerSecond), track, queries, options);
    return json(c, { track: track.trackId, revision: track.revision.revision, plans });
  });

  app.get('/v1/tracks/:id/subtitles/:file', (c) =>
    timed(
      () => readable(c),
      (record) => serveSubtitles(context, c.req.raw, record, c.req.param('file')),
    ),
  );

  app.get('/v1/tracks/:id/analysis', async (c) => json(c, await analysisView(context, await readable(c))));

  app.get('/v1/tracks/:id/:file{waveform\\.(?:dat|json|svg)}', (c) => {
    const file = WAVEFORM_FILES.find((name) => name === c.req.param('file')) ?? 'waveform.json';
    return timed(
      () => readable(c),
      (record) => serveWaveform(context, c.req.raw, record, file, c.req.query()),
    );
  });

  // A route that exists, asked with a method it does not have (RFC 9110 section 15.5.6). With one that it has, a request
  // comes here when its path is spelled as only the router reads it: a letter of `/stream/` as an escape.
  for (const route of API_ROUTES) {
    app.all(route.path, (c) => (allows(route, c.req.method) ? c.notFound() : methodNotAllowed(c, allowOf(route))));
  }

  app.notFound((c) => {
    const error = new CuepointError('not_found', 'there is nothing at this address; the tracks are at /v1/tracks');
    return problemResponse(error, { instance: pathOf(c) });
  });

  app.onError((error, c) => {
    logFailure(context.log, error);
    return problemResponse(error, { instance: pathOf(c) });
  });

  async function readable(c: Context): Promise<TrackRecord> {
    const trackId = c.req.param('id') ?? '';
    await permit(context, c.req.raw, new URL(c.req.url), { action: 'read', trackId });
    return tracks.record(trackId);
  }

  async function playable(c: Context, trackId: string): Promise<PlayableTrack> {
    await permit(context, c.req.raw, new URL(c.req.url), { action: 'read', trackId });
    return tracks.playable(trackId);
  }

  return { app, bytes };
}

/** A track with its subtitles, without them when the sources cannot be asked: what was ingested is served all the same. */
async function wholeView(context: ApiContext, record: TrackRecord): Promise<TrackView> {
  const subtitles = await subtitlesOf(context, record).catch((error: unknown) => {
    context.log.warn('subtitles_not_listed', { trackId: record.trackId, error });
    return [];
  });
  return { ...trackView(record), ...(subtitles.length > 0 ? { subtitles } : {}) };
}

/**
 * RFC 9110 section 9.3.7, and the preflight of Fetch, which passes where nothing lies as well: scripts may then read the 404.
 */
function optionsResponse({ config }: ApiContext, c: Context): Response {
  const route = routeOf(c);
  const allow: Record<string, string> = route ? { Allow: allowOf(route) } : {};
  return new Response(null, { status: 204, headers: { ...allow, ...preflightHeaders(config, c.req.raw.headers) } });
}

function logResponse({ log }: ApiContext, c: Context, response: Response, startedAtMs: number): void {
  const path = pathOf(c);
  const trackId = /^\/v1\/tracks\/([^/:]+)/.exec(path)?.[1];
  const bytesSent = c.req.method === 'HEAD' ? 0 : Number(response.headers.get('Content-Length') ?? 0);
  const access = { request: c.req.raw, path, trackId, startedAtMs };
  logLine(log, access, response.status, performance.now(), { bytesSent });
}

function pathOf(c: Context): string {
  return new URL(c.req.url).pathname;
}

function parseFrom(text: string | undefined): number {
  if (text === undefined) return 0;
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw new CuepointError(
    'invalid_parameter',
    `from is ${JSON.stringify(text.slice(0, 60))}; expected the number of a chunk`,
  );
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
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  c.header('Cache-Control', 'no-cache');
  c.header('Content-Type', 'application/json');
  // Also for HEAD, whose answer has no body that the length could be taken from.
  c.header('Content-Length', String(bytes.length));
  return c.body(bytes);
}
