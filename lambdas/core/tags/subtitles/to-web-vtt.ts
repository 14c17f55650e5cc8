import type { Cue } from './cue.ts';
import { decodeText } from './decode-text.ts';
import { cuesOfLrc } from './lrc.ts';
import type { SidecarKind } from './sidecar.ts';
import { parseSrt } from './srt.ts';
import { isWebVtt, parseWebVtt, writeWebVtt } from './web-vtt.ts';

/** A subtitle file as WebVTT. What cannot be read of it is left out; `undefined` when that is all of it. */
export function toWebVtt(bytes: Uint8Array, kind: SidecarKind): string | undefined {
  const text = decodeText(bytes);
  // Files are renamed more often than converted.
  const isVtt = isWebVtt(text);
  const cues = isVtt ? parseWebVtt(text) : cuesOf(text, kind);
  return cues.length > 0 || isVtt ? writeWebVtt(cues) : undefined;
}

function cuesOf(text: string, kind: SidecarKind): Cue[] {
  switch (kind) {
    case 'vtt':
      return parseWebVtt(text);
    case 'srt':
      return parseSrt(text);
    case 'lrc':
      return cuesOfLrc(text);
  }
}
