import type { SourceWarning } from '../format.ts';
import type { ScanFindings } from './cluster-scan.ts';
import type { SegmentHeader } from './segment-header.ts';
import type { TrackBlocks } from './track-blocks.ts';
import { AUDIO_TRACK } from './track-entry.ts';

/**
 * Timestamps are rounded and a recorder's clock drifts; what differs by more is missing (a pause, silence that was not
 * sent), or is there twice.
 */
const TIMESTAMP_TOLERANCE_SECONDS = 1;

/** What a person should know about a scanned file. `blocks` has seen at least one. */
export function scanWarnings(
  { tracks, timestampScaleNs }: SegmentHeader,
  trackNumber: number,
  blocks: TrackBlocks,
  findings: ScanFindings,
  { sampleRate, byteLength }: { sampleRate: number; byteLength: number },
): SourceWarning[] {
  const seconds = (samples: number): string => (samples / sampleRate).toFixed(3);
  const playableUntil = seconds(blocks.decodedSamples);
  const warnings: SourceWarning[] = [];
  const audioTracks = tracks.filter(({ type }) => type === AUDIO_TRACK).length;
  if (audioTracks > 1) {
    const message = `the file has ${audioTracks} audio tracks, of which number ${trackNumber} is served; take the others out with mkvextract to have them, too`;
    warnings.push({ code: 'several_tracks', message });
  }
  const { damage, truncated, trailingByte, laterStreamByte } = findings;
  if (damage !== undefined) {
    const places = damage.count === 1 ? '1 place' : `${damage.count} places, the first`;
    const message = `blocks are damaged or missing in ${places} at byte ${damage.byte}, second ${seconds(damage.sample)}; what cannot be decoded was left out, upload an intact copy to hear it`;
    warnings.push({ code: 'damaged_packets', message });
  }
  if (truncated) {
    const message = `the file is cut: it ends at byte ${byteLength}, before what it announces; it plays up to second ${playableUntil}; upload the whole file`;
    warnings.push({ code: 'truncated', message });
  }
  if (trailingByte !== undefined) {
    const message = `bytes from ${trailingByte} to ${byteLength} follow the end of the Segment and are not played; nothing needs to be done unless sound is missing there`;
    warnings.push({ code: 'junk_skipped', message });
  }
  if (laterStreamByte !== undefined) {
    const message = `another Matroska stream begins at byte ${laterStreamByte}; the timeline ends there, at second ${playableUntil}: cut the file at that byte, or join the streams with mkvmerge, to have the rest`;
    warnings.push({ code: 'later_stream', message });
  }
  const missingSeconds = damage === undefined ? secondsMissing(blocks, timestampScaleNs, sampleRate) : 0;
  if (Math.abs(missingSeconds) > TIMESTAMP_TOLERANCE_SECONDS) {
    const differs = `${Math.abs(missingSeconds).toFixed(3)} seconds ${missingSeconds > 0 ? 'less' : 'more'}`;
    const message = `the blocks hold ${differs} audio than their timestamps span (pauses or missing blocks); what they hold is served, gaps are not filled with silence`;
    warnings.push({ code: 'wrong_total', message });
  }
  return warnings;
}

/** How much longer the timestamps say it takes from the first block to the last one than what is between them plays. */
function secondsMissing({ firstMark, lastMark }: TrackBlocks, timestampScaleNs: number, sampleRate: number): number {
  if (firstMark === undefined || lastMark === undefined) return 0;
  const spannedSeconds = ((lastMark.ticks - firstMark.ticks) * timestampScaleNs) / 1e9;
  return spannedSeconds - (lastMark.samples - firstMark.samples) / sampleRate;
}
