import { contentDisposition } from '../core/http/content-disposition.ts';
import type { PlanHeaders } from '../core/http/response-plan.ts';
import { sidecarPrefix } from '../core/tags/subtitles/sidecar.ts';
import type { TrackRecord } from '../core/track/record.ts';
import { trackHeaders } from './track-headers.ts';

/**
 * What a file that goes with the audio tells of the track, as far as that can be played, and the name to save it under: the
 * audio's with another extension, such as `svg` or `en.vtt`.
 */
export function companionHeaders(
  { path, published }: Pick<TrackRecord, 'path' | 'published'>,
  extension: string,
): PlanHeaders {
  const name = `${sidecarPrefix(path.slice(path.lastIndexOf('/') + 1))}${extension}`;
  return {
    ...(published && trackHeaders({ path, revision: published })),
    'Content-Disposition': contentDisposition('inline', name),
  };
}
