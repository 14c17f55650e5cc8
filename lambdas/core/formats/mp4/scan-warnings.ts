import type { SourceWarning } from '../format.ts';
import type { Rest } from './file-layout.ts';
import type { Gap } from './fragments.ts';
import type { Movie } from './movie.ts';
import type { PacketColumns } from './packet-columns.ts';
import type { Timeline } from './timeline.ts';

/** What a scan came upon. */
export type Findings = {
  readonly movie: Movie;
  readonly packets: PacketColumns;
  readonly timeline: Timeline;
  /** Bytes of audio lie before the header. */
  readonly headerLast: boolean;
  /** The last box of the file would go on behind its end. */
  readonly cut: boolean;
  readonly rest: Rest;
  /** Samples that the tables count but do not place. */
  readonly unplacedCount: number;
  readonly gap: Gap | undefined;
  readonly astrayByte: number | undefined;
};

/** Durations that differ from what is decoded by more than this are not padding, nor rounding. */
const MAX_CLOCK_ERROR_SECONDS = 1;

/** What a person should know about a scanned MP4. */
export function scanWarnings(findings: Findings, byteLength: number): SourceWarning[] {
  const { movie, packets } = findings;
  const warnings: SourceWarning[] = [];
  if (findings.headerLast) {
    const message =
      'the header (moov) lies behind the audio, so players that read the file from its beginning must fetch its end first; nothing needs to be done, writing it with the header first (faststart) helps them';
    warnings.push({ code: 'moov_last', message });
  }
  if (movie.audioTracks > 1) {
    const message = `the file has ${movie.audioTracks} audio tracks, of which track ${movie.track.id} is served; to have another, copy it into a file of its own`;
    warnings.push({ code: 'several_tracks', message });
  }
  warnings.push(...endWarnings(findings, byteLength), ...damageWarnings(findings), ...timelineWarnings(findings));
  const { sampleRate } = movie.track.description.codec;
  const decodedSeconds = packets.decodedSamples / sampleRate;
  const clockSeconds = packets.ticks / movie.track.timescale;
  if (Math.abs(decodedSeconds - clockSeconds) > MAX_CLOCK_ERROR_SECONDS) {
    const message = `by its times the audio lasts ${clockSeconds.toFixed(3)} s, its packets hold ${decodedSeconds.toFixed(3)} s, which is what is served; if sound is missing or shifted, export the file again`;
    warnings.push({ code: 'wrong_total', message });
  }
  return warnings;
}

/** Why the packets end where they do. */
function endWarnings({ movie, packets, timeline, cut, rest }: Findings, byteLength: number): SourceWarning[] {
  const { timescale, statedTicks, description } = movie.track;
  const second = (timeline.totalSamples / description.codec.sampleRate).toFixed(3);
  const { stop } = packets;
  if (stop?.kind === 'description') {
    const message = `the codec's configuration changes at byte ${stop.startByte}, second ${second}; the timeline ends there; cut the file at that second, or convert it to one format, to have the rest`;
    return [{ code: 'sample_rate_change', message }];
  }
  if (cut) {
    const stated = statedTicks > 0 ? ` of ${(statedTicks / timescale).toFixed(3)}` : '';
    const message = `the file is cut, it ends at byte ${byteLength}; it plays up to second ${second}${stated}; upload the whole file`;
    return [{ code: 'truncated', message }];
  }
  const { laterFileByte } = rest;
  if (laterFileByte !== undefined) {
    const message = `another MP4 file begins at byte ${laterFileByte}; the timeline ends before it, at second ${second}; cut the file at that byte to have the rest`;
    return [{ code: 'later_stream', message }];
  }
  if (stop === undefined && rest.cut) {
    const message = `the file is cut, it ends at byte ${byteLength} inside its last box; all audio that its header names is there, it plays up to second ${second}; upload the whole file`;
    return [{ code: 'truncated', message }];
  }
  if (stop === undefined) return [];
  const message = `the file's tables place audio at bytes ${stop.startByte} to ${stop.endByte}, but it ends at byte ${byteLength}; it plays up to second ${second}; upload an intact copy to hear the rest`;
  return [{ code: 'damaged_packets', message }];
}

function damageWarnings({ movie, packets, timeline, unplacedCount, gap, astrayByte }: Findings): SourceWarning[] {
  const { timescale, description } = movie.track;
  const { sampleRate } = description.codec;
  const warn = (message: string): SourceWarning => ({ code: 'damaged_packets', message });
  const warnings: SourceWarning[] = [];
  if (packets.emptyCount > 0) {
    const seconds = (packets.emptyTicks / timescale).toFixed(3);
    warnings.push(
      warn(
        `${packets.emptyCount} packets (${seconds} s) have no bytes; they are left out, and what follows is heard earlier by that much; upload an intact copy if sound is missing`,
      ),
    );
  }
  if (unplacedCount > 0) {
    const second = (timeline.totalSamples / sampleRate).toFixed(3);
    warnings.push(
      warn(
        `the file's tables count ${unplacedCount} packets more than they place; it plays up to second ${second}; export the file again to hear the rest`,
      ),
    );
  }
  if (gap !== undefined) {
    const seconds = (gap.ticks / timescale).toFixed(3);
    const places = gap.count === 1 ? '1 place' : `${gap.count} places`;
    warnings.push(
      warn(
        `${seconds} s are missing between fragments in ${places}, the first at byte ${gap.byte}, second ${(gap.sample / sampleRate).toFixed(3)}; no silence is put there; upload an intact copy to hear them`,
      ),
    );
  }
  if (astrayByte !== undefined) {
    warnings.push(
      warn(
        `from byte ${astrayByte} on are no MP4 boxes; what lies there is not played, upload an intact copy if sound is missing`,
      ),
    );
  }
  return warnings;
}

function timelineWarnings({ timeline: { assumption, tagIgnored } }: Findings): SourceWarning[] {
  const warnings: SourceWarning[] = [];
  if (tagIgnored) {
    const message =
      'the iTunSMPB tag counts more samples than the file has packets for, so it is of other audio and is not followed; nothing needs to be done unless the beginning or the end is cut';
    warnings.push({ code: 'wrong_total', message });
  }
  switch (assumption) {
    case undefined:
      break;
    case 'untrimmed':
      warnings.push({
        code: 'timeline_assumed',
        message:
          "the file does not say how much its encoder put before and behind the audio (no edit list or iTunSMPB tag that fits), so nothing is trimmed in front; a short silence at the beginning is the encoder's",
      });
      break;
    case 'first-edit':
      warnings.push({
        code: 'timeline_assumed',
        message:
          'the edit list strings several stretches of the audio together; it is served from where the first begins to its end, without cuts; export the file to have them',
      });
      break;
  }
  return warnings;
}
