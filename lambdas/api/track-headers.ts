import { contentDisposition } from '../core/http/content-disposition.ts';
import type { PlanHeaders } from '../core/http/response-plan.ts';
import type { PublishedRevision } from '../core/track/record.ts';
import type { PlayableTrack } from './track-reader.ts';
import { bitrateOf, durationSecondsOf } from './track-view.ts';

/** Revisions never change, so what is told of one is worked out once for as long as it is held. */
const known = new WeakMap<PublishedRevision, PlanHeaders>();

/** What a player may know of a track before it has read a byte of it, and the name to save it under (RFC 6266). */
export function trackHeaders({ path, revision }: Pick<PlayableTrack, 'path' | 'revision'>): PlanHeaders {
  const held = known.get(revision);
  if (held) return held;
  const { sampleRate, channels, codec } = revision.format;
  const headers: PlanHeaders = {
    'Content-Disposition': contentDisposition('inline', path.slice(path.lastIndexOf('/') + 1)),
    'Cuepoint-Revision': revision.revision,
    'Cuepoint-Duration': String(durationSecondsOf(revision)),
    'Cuepoint-Sample-Rate': String(sampleRate),
    'Cuepoint-Channels': String(channels),
    'Cuepoint-Bitrate': String(bitrateOf(revision)),
    'Cuepoint-Codec': codec,
  };
  known.set(revision, headers);
  return headers;
}
