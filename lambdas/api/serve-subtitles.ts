import { CuepointError, hasCode } from '../core/errors.ts';
import { planResponse } from '../core/http/response-plan.ts';
import type { ByteRange, ListedObject, ObjectStore } from '../core/ports.ts';
import {
  canonicalLanguage,
  SIDECAR_KINDS,
  type SidecarKind,
  sidecarName,
  sidecarPrefix,
} from '../core/tags/subtitles/sidecar.ts';
import { toWebVtt } from '../core/tags/subtitles/to-web-vtt.ts';
import type { TrackRecord } from '../core/track/record.ts';
import { companionHeaders } from './companion-headers.ts';
import { answer, failureOptions } from './http-answer.ts';
import type { ApiContext } from './ports.ts';

/** Days of talk; what is longer is no subtitles. Read and converted for each request. */
const MAX_SIDECAR_BYTES = 2 * 2 ** 20;

/** As many as one request to S3 lists. */
const LISTED_KEYS = 1000;

/** Sources may be called `show.001.mp3` beside `show.mp3`: so many of them are looked through for languages. */
const MAX_LISTED_KEYS = 5000;

/** Changes when the same sidecar would be converted to other bytes. */
const CONVERSION = 1;

type Sidecar = { readonly language: string; readonly kind: SidecarKind; readonly object: ListedObject };

export type SubtitleView = { readonly lang: string; readonly url: string };

/** The subtitles that lie beside a track's source right now, by language. One listing of the sources, as a rule. */
export async function subtitlesOf(
  { sources }: Pick<ApiContext, 'sources'>,
  { trackId, path }: Pick<TrackRecord, 'trackId' | 'path'>,
): Promise<SubtitleView[]> {
  const sidecars = await sidecarsOf(sources, path);
  return [...sidecars.keys()].sort().map((lang) => ({ lang, url: `/v1/tracks/${trackId}/subtitles/${lang}.vtt` }));
}

/**
 * The subtitles of one language as WebVTT, converted from what lies beside the source now: they follow it without an
 * ingest. `not_found` when there are none, or nothing in them can be read.
 */
export async function serveSubtitles(
  context: ApiContext,
  request: Request,
  record: Pick<TrackRecord, 'path' | 'published'>,
  fileName: string,
): Promise<Response> {
  const language = canonicalLanguage(fileName.replace(/\.vtt$/i, ''));
  const sidecar = language === undefined ? undefined : (await sidecarsOf(context.sources, record.path)).get(language);
  if (sidecar === undefined || !/\.vtt$/i.test(fileName)) {
    throw new CuepointError(
      'not_found',
      'there are no such subtitles; the track lists those that it has, each at …/subtitles/{language}.vtt',
    );
  }
  const bytes = new TextEncoder().encode(await converted(context.sources, sidecar));
  const plan = planResponse(request, {
    byteLength: bytes.length,
    etag: `"${sidecar.object.version}-${CONVERSION}"`,
    lastModifiedMs: Math.min(sidecar.object.lastModifiedMs, context.clock.now()),
    contentType: 'text/vtt; charset=utf-8',
  });
  const read = async function* ({ startByte, endByte }: ByteRange): AsyncGenerator<Uint8Array, void, undefined> {
    yield bytes.subarray(startByte, endByte);
  };
  return answer(plan, read, {
    headers: { 'Cache-Control': 'public, no-cache', ...companionHeaders(record, `${sidecar.language}.vtt`) },
    ...failureOptions(context, request),
  });
}

/** One a language: of several the one that needs the least conversion, by the order of SIDECAR_KINDS. */
async function sidecarsOf(sources: ObjectStore, path: string): Promise<Map<string, Sidecar>> {
  const prefix = sidecarPrefix(path);
  const chosen = new Map<string, Sidecar>();
  for await (const object of objectsBeside(sources, prefix)) {
    const name = sidecarName(object.key, prefix);
    if (name === undefined) continue;
    const rival = chosen.get(name.language);
    if (rival === undefined || SIDECAR_KINDS.indexOf(name.kind) < SIDECAR_KINDS.indexOf(rival.kind)) {
      chosen.set(name.language, { ...name, object });
    }
  }
  return chosen;
}

/** What begins with the prefix: as much as is listed, and behind that the files whose whole names are known. */
async function* objectsBeside(sources: ObjectStore, prefix: string): AsyncGenerator<ListedObject, void, undefined> {
  let after: string | undefined;
  for (let listed = 0; listed < MAX_LISTED_KEYS; listed += LISTED_KEYS) {
    const { objects, next } = await sources.list({ prefix, limit: LISTED_KEYS, ...(after !== undefined && { after }) });
    yield* objects;
    if (next === undefined) return;
    after = next;
  }
  const known = await Promise.all(SIDECAR_KINDS.map((kind) => sources.head(`${prefix}${kind}`)));
  for (const object of known) if (object !== undefined) yield object;
}

async function converted(sources: ObjectStore, { object, kind }: Sidecar): Promise<string> {
  if (object.byteLength > MAX_SIDECAR_BYTES) {
    throw new CuepointError(
      'not_found',
      `these subtitles have ${object.byteLength} bytes; at most ${MAX_SIDECAR_BYTES} are served: split the file or make it smaller`,
    );
  }
  const bytes = new Uint8Array(object.byteLength);
  await sources.read(object.key, 0, bytes, { version: object.version }).catch((error: unknown) => {
    if (hasCode(error, 'source_missing')) throw new CuepointError('not_found', 'these subtitles were just removed');
    throw error;
  });
  const text = toWebVtt(bytes, kind);
  if (text !== undefined) return text;
  throw new CuepointError(
    'not_found',
    `nothing in these subtitles can be read as ${kind.toUpperCase()}; mend the file`,
  );
}
