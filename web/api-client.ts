import type { TrackList } from '../lambdas/api/list-tracks.ts';
import type { PlanView } from '../lambdas/api/resolve-chunks.ts';
import type { TrackView } from '../lambdas/api/track-view.ts';

/** As many as the service gives at once. */
const TRACKS_PER_REQUEST = 1000;

/** All tracks in the order of their paths. Throws an Error whose message can be shown. */
export async function allTracks(): Promise<TrackView[]> {
  const tracks: TrackView[] = [];
  let cursor: string | undefined;
  do {
    const query = new URLSearchParams({
      limit: String(TRACKS_PER_REQUEST),
      ...(cursor === undefined ? {} : { cursor }),
    });
    const page: TrackList = await json(`/v1/tracks?${query}`);
    tracks.push(...page.tracks);
    cursor = page.next;
  } while (cursor !== undefined);
  return tracks;
}

/** At most `limit` chunks of a track from chunk `from` on. Throws as `allTracks` does. */
export async function someChunks(chunksLink: string, from: number, limit: number): Promise<PlanView> {
  return json(`${chunksLink}?${new URLSearchParams({ from: String(from), limit: String(limit) })}`);
}

/** All of a track's waveform, mixed to one channel; with at least so many samples a pixel. Throws as `allTracks` does. */
export async function waveformOf(
  waveformLink: string,
  samplesPerPixel: number,
): Promise<{ readonly length: number; readonly data: readonly number[] }> {
  return json(`${waveformLink}?${new URLSearchParams({ samples_per_pixel: String(samplesPerPixel) })}`);
}

/** The service's own answers are taken at their types: page and service are delivered together. */
async function json<Answer>(url: string): Promise<Answer> {
  const response = await fetch(url).catch((cause: unknown) => {
    throw new Error('The service does not answer; it may have been stopped.', { cause });
  });
  const body = await response.json().catch(() => undefined);
  if (response.ok && body) return body;
  const said = typeof body?.error === 'string' ? body.error : `it answered with status ${response.status}`;
  throw new Error(`The service could not do this: ${said}.`);
}
