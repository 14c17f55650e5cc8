import type { TrackView } from '../../lambdas/api/track-view.ts';
import { formatTime } from '../../lambdas/core/time.ts';

export function durationText({ totalSamples, sampleRate }: TrackView): string {
  return totalSamples === undefined || sampleRate === undefined ? '' : formatTime(totalSamples, sampleRate);
}

export function formatText({ codec, sampleRate, channels, bitrate }: TrackView): string {
  if (codec === undefined) return '';
  return `${codec} ${sampleRate} Hz ${channels} ch ${Math.round((bitrate ?? 0) / 1000)} kbit/s`;
}
