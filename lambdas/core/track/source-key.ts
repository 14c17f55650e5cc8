import { isSidecarKey } from '../tags/subtitles/sidecar.ts';

/**
 * True for keys of sources that can become a track. Subtitles belong to the audio beside them, and a key that ends with a
 * slash is what consoles put to show an empty folder.
 */
export function canBeTrack(key: string): boolean {
  return !key.endsWith('/') && !isSidecarKey(key);
}
