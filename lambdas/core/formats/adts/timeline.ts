import type { ScanSummary, SourceWarning } from '../format.ts';
import type { FrameKind } from './frame-header.ts';
import type { WalkFindings } from './frame-walk.ts';
import type { Stream } from './stream.ts';

/** The timeline and what is to be said about it, after the last packet. */
export function summarise(stream: Stream, findings: WalkFindings): ScanSummary {
  return {
    leadInSamples: 0,
    totalSamples: findings.decodedSamples,
    audioStartByte: stream.audioStartByte,
    audioEndByte: findings.audioEndByte,
    warnings: warningsOf(stream, findings),
  };
}

function warningsOf({ kind, sampleRate, limitByte }: Stream, findings: WalkFindings): SourceWarning[] {
  const endSecond = (findings.decodedSamples / sampleRate).toFixed(3);
  const { junk, damaged, change } = findings;
  const warnings: SourceWarning[] = [];
  const warn = (code: string, message: string) => warnings.push({ code, message });
  warn(
    'timeline_assumed',
    'ADTS does not say which samples are encoder delay and padding, so none are trimmed: the track may begin and end with a few hundredths of a second of silence; serve the audio as M4A to be rid of them',
  );
  if (findings.isCut) {
    warn(
      'truncated',
      `the file ends at byte ${limitByte}, inside a frame; it plays up to second ${endSecond}: upload the whole file`,
    );
  }
  if (junk !== null) {
    warn(
      'junk_skipped',
      `${junk.amount} bytes that are neither AAC frames nor tags were skipped, first at byte ${junk.startByte}; nothing needs to be done unless sound is missing there`,
    );
  }
  if (damaged !== null) {
    warn(
      'damaged_frames',
      `bytes are missing from ${damaged.amount} frame(s), the first at byte ${damaged.startByte}; they were left out, upload an intact copy to hear them`,
    );
  }
  if (change !== null) {
    warn(
      'sample_rate_change',
      `at byte ${change.startByte}, second ${endSecond}, ${nameOf(kind)} becomes ${nameOf(change.kind)}: the track ends there; split the file to serve the rest`,
    );
  }
  return warnings;
}

function nameOf({ objectType, sampleRate, channels }: FrameKind): string {
  const layout = channels === 0 ? 'channels of its own arrangement' : `${channels} channel(s)`;
  return `AAC (object type ${objectType}) at ${sampleRate} Hz with ${layout}`;
}
