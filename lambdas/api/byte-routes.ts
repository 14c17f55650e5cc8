/** The addresses whose answers are bytes of audio, decided apart from the rest so that a host may send them its own way. */
import { CuepointError } from '../core/errors.ts';
import { logFailure, logLine } from './access-line.ts';
import { type Answer, type HttpRequest, problemAnswer } from './http-answer.ts';
import { permit } from './permit.ts';
import type { ApiContext } from './ports.ts';
import { type AudioQuery, serveAudio } from './serve-audio.ts';
import { serveDerived } from './serve-derived.ts';
import { serverTiming } from './server-timing.ts';
import { sharedHeaders } from './shared-headers.ts';
import type { TrackReader } from './track-reader.ts';

/** The whole answer to a GET or HEAD of such an address; `undefined` for every other request. Never rejects. */
export type ByteRoutes = (request: HttpRequest, url?: URL) => Promise<Answer> | undefined;

type Destination =
  | { readonly kind: 'track'; readonly trackId: string }
  | { readonly kind: 'stream' }
  | { readonly kind: 'derived' };

/** What became known on the way, for the log, for Server-Timing, and for whoever sends it. */
type Findings = { trackId?: string; foundAtMs?: number; maxBytesPerSecond?: number | undefined };

const AUDIO_PATH = /^\/v1\/tracks\/([^/]+)\/audio\/?$/;
const STREAM_PREFIX = '/stream/';

export function createByteRoutes(context: ApiContext, tracks: TrackReader): ByteRoutes {
  const routes = new Routes(context, tracks);
  return (request, url = new URL(request.url)) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return undefined;
    const destination = destinationOf(url.pathname);
    return destination && routes.answer(request, url, destination);
  };
}

function destinationOf(pathname: string): Destination | undefined {
  if (pathname.startsWith(STREAM_PREFIX)) return { kind: 'stream' };
  if (pathname.startsWith('/d/')) return { kind: 'derived' };
  const trackId = AUDIO_PATH.exec(pathname)?.[1];
  return trackId === undefined ? undefined : { kind: 'track', trackId };
}

class Routes {
  readonly #context: ApiContext;
  readonly #tracks: TrackReader;

  constructor(context: ApiContext, tracks: TrackReader) {
    this.#context = context;
    this.#tracks = tracks;
  }

  async answer(request: HttpRequest, url: URL, destination: Destination): Promise<Answer> {
    const { log, config } = this.#context;
    const startedAtMs = performance.now();
    const findings: Findings = {};
    let answer: Answer;
    try {
      answer = await this.#bytes(request, url, destination, findings);
    } catch (error) {
      logFailure(log, error);
      answer = problemAnswer(error, { instance: url.pathname });
    }
    const { status, headers } = answer;
    Object.assign(headers, sharedHeaders(config, request.headers));
    headers['Server-Timing'] = serverTiming(startedAtMs, findings.foundAtMs);
    const body = request.method === 'HEAD' ? null : answer.body;
    const { trackId, foundAtMs, maxBytesPerSecond } = findings;
    const access = { request, path: url.pathname, startedAtMs, trackId, foundAtMs };
    const answeredAtMs = performance.now();
    return {
      status,
      headers,
      body,
      maxBytesPerSecond,
      onEnd: (outcome) => logLine(log, access, status, answeredAtMs, outcome),
    };
  }

  async #bytes(request: HttpRequest, url: URL, destination: Destination, findings: Findings): Promise<Answer> {
    const context = this.#context;
    if (destination.kind === 'derived') {
      const objectKey = decodedPath(url.pathname, '/');
      findings.maxBytesPerSecond = (
        await permit(context, request, url, { action: 'read', objectKey })
      ).maxBytesPerSecond;
      findings.trackId = objectKey.split('/', 2)[1] ?? '';
      return serveDerived(context, this.#tracks, request, objectKey);
    }
    const trackId =
      destination.kind === 'track'
        ? decodedPath(destination.trackId, '')
        : await this.#tracks.idOfPath(decodedPath(url.pathname, STREAM_PREFIX));
    findings.trackId = trackId;
    await permit(context, request, url, { action: 'read', trackId });
    const track = this.#tracks.knownPlayable(trackId) ?? (await this.#tracks.playable(trackId));
    findings.foundAtMs = performance.now();
    return serveAudio(context, request, track, queryOf(url));
  }
}

const PARAMETERS = ['start', 'end', 't', 'bytes', 'ranges', 'delivery', 'maxBytesPerSecond'] as const;

/** `undefined`: there is none. */
function queryOf(url: URL): AudioQuery | undefined {
  if (url.search === '') return undefined;
  return Object.fromEntries(PARAMETERS.map((name) => [name, url.searchParams.get(name) ?? undefined]));
}

/** What follows `prefix` in the URL's path, each segment percent-decoded as UTF-8. */
function decodedPath(pathname: string, prefix: string): string {
  const rest = pathname.slice(prefix.length);
  if (!rest.includes('%')) return rest;
  try {
    return rest.split('/').map(decodeURIComponent).join('/');
  } catch (cause) {
    throw new CuepointError('not_found', 'the path is not percent-encoded UTF-8; encode each segment of it', { cause });
  }
}
