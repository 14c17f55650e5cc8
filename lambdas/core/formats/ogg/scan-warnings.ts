import type { SourceWarning } from '../format.ts';
import type { Finding, Findings } from './findings.ts';
import { sameAudio } from './link-headers.ts';
import type { OggAudio } from './mapping.ts';

/** Where the timeline ends because what follows is not of its kind; `audio` where that is served. */
export type Change = { readonly startByte: number; readonly audio: OggAudio | undefined };

export type ScanResult = {
  readonly audio: OggAudio;
  /** Served audio streams that lie beside the track. */
  readonly otherTracks: number;
  /** Where bytes or pages without headers come before the first link. */
  readonly headlessByteLength: number;
  readonly findings: Findings;
  /** Links that became the timeline. */
  readonly links: number;
  readonly change: Change | undefined;
  /** The file ends inside a page, or with a whole page that is not marked as the last. */
  readonly cut: 'in_page' | 'after_page' | undefined;
  readonly leadInSamples: number;
  readonly totalSamples: number;
  readonly byteLength: number;
};

/** What a person should know about a scanned Ogg file. */
export function scanWarnings(result: ScanResult): SourceWarning[] {
  const { audio, findings, byteLength, links, otherTracks, headlessByteLength, change } = result;
  const warnings: SourceWarning[] = [];
  const warn = (code: string, message: string): void => {
    warnings.push({ code, message });
  };
  const seconds = (samples: number): string => (samples / audio.sampleRate).toFixed(3);
  const end = seconds(result.totalSamples);
  const place = ({ count, byte, sample }: Finding): string => {
    const second = seconds(Math.max(0, sample - result.leadInSamples));
    return `${count === 1 ? '1 place' : `${count} places`}, the first at byte ${byte}, second ${second}`;
  };
  if (otherTracks > 0) {
    warn(
      'several_tracks',
      `the file holds ${otherTracks + 1} audio tracks side by side, the first is served; extract the others to have them`,
    );
  }
  if (headlessByteLength > 0) {
    warn(
      'junk_skipped',
      `the first ${headlessByteLength} bytes are not played, no stream begins before; nothing needs to be done unless sound is missing there`,
    );
  }
  if (findings.junk !== undefined) {
    warn(
      'junk_skipped',
      `bytes that are not Ogg pages were skipped in ${place(findings.junk)}; no page is missing there, and nothing needs to be done`,
    );
  }
  if (findings.pages !== undefined) {
    warn(
      'damaged_pages',
      `pages are damaged or missing in ${place(findings.pages)}; what was on them was left out, upload an intact copy to hear it`,
    );
  }
  if (findings.packets !== undefined) {
    warn(
      'damaged_packets',
      `packets that cannot be decoded were left out in ${place(findings.packets)}; upload an intact copy to hear them`,
    );
  }
  if (links > 1) {
    warn(
      'links_joined',
      `the file is ${links} streams one after the other; they are served as one, nothing needs to be done`,
    );
  }
  if (change !== undefined) warnings.push(changeWarning(audio, change, end));
  if (result.cut === 'in_page') {
    warn(
      'truncated',
      `the file ends at byte ${byteLength}, inside a page: it plays up to second ${end}; upload the whole file`,
    );
  } else if (result.cut === 'after_page') {
    warn(
      'truncated',
      `the file ends at byte ${byteLength} without a last page: it plays up to second ${end}; if sound is missing, upload the whole file`,
    );
  }
  return warnings;
}

function changeWarning(from: OggAudio, { startByte, audio: to }: Change, end: string): SourceWarning {
  const at = `at byte ${startByte}, second ${end}`;
  const remedy = 'the timeline ends there; cut the file at that byte, or convert it to one format, to have the rest';
  if (to !== undefined && sameAudio(to, from)) {
    const message = `the streams that follow ${at} are more than can be joined; cut the file at that byte to have the rest`;
    return { code: 'links_left_out', message };
  }
  if (to !== undefined && described(to) === described(from)) {
    const change = `from ${from.bitsPerSample} to ${to.bitsPerSample} bits per sample`;
    return { code: 'bits_per_sample_change', message: `the audio changes ${change} ${at}; ${remedy}` };
  }
  const is = to === undefined ? 'a codec that is not served' : described(to);
  return { code: 'sample_rate_change', message: `the audio changes from ${described(from)} to ${is} ${at}; ${remedy}` };
}

function described({ codec, sampleRate, channels }: OggAudio): string {
  return `${codec} of ${sampleRate} Hz and ${channels} ${channels === 1 ? 'channel' : 'channels'}`;
}
