import { CuepointError } from '../../errors.ts';
import type { ScanSummary, SourceWarning } from '../format.ts';
import type { Detection } from './detection.ts';
import type { FrameKind } from './frame-header.ts';
import type { WalkFindings } from './frame-walk.ts';

/**
 * The timeline and what is to be said about it, after the last packet. `limitByte`: where trailing tags begin.
 * Throws `no_audio` if no packet was found, or if encoder delay and padding leave nothing to hear.
 */
export function summarise(detection: Detection, findings: WalkFindings, limitByte: number): ScanSummary {
  const { info, audioStartByte } = detection;
  const leadInSamples = info?.leadInSamples ?? 0;
  const totalSamples = endSampleOf(detection, findings) - leadInSamples;
  if (totalSamples <= 0) {
    throw new CuepointError(
      'no_audio',
      `the file holds ${findings.packets} MPEG frame(s), which leave nothing to hear: upload the whole file again`,
    );
  }
  return {
    leadInSamples,
    totalSamples,
    audioStartByte,
    audioEndByte: findings.audioEndByte,
    warnings: warningsOf(detection, findings, limitByte, totalSamples),
  };
}

/**
 * Decoded samples before the padding. As FFmpeg has it, padding lies where the stated number of frames ends and is not
 * trimmed if no number is stated; so a file that is cut before loses none. Where there are more frames than stated it
 * is at the end if the count is merely wrong, and somewhere in the middle, out of a timeline's reach, if audio was
 * joined behind the bytes that the info frame speaks of.
 */
function endSampleOf({ kind, info, firstFrameByte }: Detection, findings: WalkFindings): number {
  const { packets, lostFrames, audioEndByte } = findings;
  const decodedSamples = packets * kind.samples;
  if (!info?.frames) return decodedSamples;
  const isJoined = info.byteLength ? firstFrameByte + info.byteLength < audioEndByte : false;
  const statedFrames = info.frames - lostFrames;
  if (packets > statedFrames) return isJoined ? decodedSamples : decodedSamples - info.tailSamples;
  return Math.min(decodedSamples, statedFrames * kind.samples - info.tailSamples);
}

function warningsOf(
  detection: Detection,
  findings: WalkFindings,
  limitByte: number,
  totalSamples: number,
): SourceWarning[] {
  const { kind, info } = detection;
  const { junk, change } = findings;
  const frames = findings.packets + findings.lostFrames;
  const endSecond = (totalSamples / kind.sampleRate).toFixed(3);
  const warnings: SourceWarning[] = [];
  const warn = (code: string, message: string) => warnings.push({ code, message });
  const truncated = isTruncated(detection, findings, limitByte);
  if (truncated) warn('truncated', `the file is cut at byte ${limitByte}: it plays up to second ${endSecond}`);
  if (info?.frames && info.frames !== frames && !truncated && change === null) {
    warn('wrong_total', `the file states ${info.frames} frames but holds ${frames}: the frames found are served`);
  }
  if (info === null && findings.bitratesDiffer) {
    warn('vbr_without_xing', 'the bitrate varies but no Xing or VBRI frame says so: players without an index misseek');
  }
  if (junk !== null) {
    warn(
      'junk_skipped',
      `${junk.byteLength} bytes that are not MPEG audio were skipped, first at byte ${junk.startByte}`,
    );
  }
  if (change !== null) {
    warn(
      'sample_rate_change',
      `at byte ${change.startByte}, second ${endSecond}, ${nameOf(kind)} becomes ${nameOf(change.kind)}: ` +
        'the track ends there; split the file to serve the rest',
    );
  }
  if (kind.layer === 3 && !info?.leadInSamples) {
    warn(
      'timeline_assumed',
      'the file does not state the delay and padding of its encoder: nothing is trimmed, and it may begin and end with a moment of silence',
    );
  }
  return warnings;
}

/** The last frame says so by itself; the info frame only if everything that it states about length is missing. */
function isTruncated({ info, firstFrameByte }: Detection, findings: WalkFindings, limitByte: number): boolean {
  if (findings.lastIsCut) return true;
  if (info === null || findings.change !== null) return false;
  const framesMissing = info.frames ? info.frames > findings.packets + findings.lostFrames : true;
  const bytesMissing = info.byteLength ? firstFrameByte + info.byteLength > limitByte : true;
  return framesMissing && bytesMissing;
}

function nameOf({ version, layer, sampleRate }: FrameKind): string {
  return `MPEG-${version} layer ${layer} at ${sampleRate} Hz`;
}
