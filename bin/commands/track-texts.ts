import type { TrackView } from '../../lambdas/api/track-view.ts';
import { formatTime } from '../../lambdas/core/time.ts';

export function durationText({ totalSamples, sampleRate }: TrackView): string {
  return totalSamples === undefined || sampleRate === undefined ? '' : formatTime(totalSamples, sampleRate);
}

export function formatText({ codec, sampleRate, channels, bitrate }: TrackView): string {
  if (codec === undefined) return '';
  return `${codec} ${sampleRate} Hz ${channels} ch ${Math.round((bitrate ?? 0) / 1000)} kbit/s`;
}

/** Names and values of the tags, in the order in which people read them. */
export function tagLines({ tags, links }: TrackView): [name: string, value: string][] {
  const { title, artist, album, albumArtist, composer, genre, year, comment } = tags;
  const numbered = (number: number | undefined, total: number | undefined): string =>
    number === undefined ? '' : `${number}${total === undefined ? '' : ` of ${total}`}`;
  const lines: [string, string | undefined][] = [
    ['title', title],
    ['artist', artist],
    ['album', album],
    ['album artist', albumArtist],
    ['track', numbered(tags.track, tags.trackTotal)],
    ['disc', numbered(tags.disc, tags.discTotal)],
    ['year', year?.toString()],
    ['genre', genre],
    ['composer', composer],
    ['comment', comment],
    ['cover', links.cover],
    ['lyrics', links.lyrics],
    ['chapters', links.chapters],
  ];
  return lines.map(([name, value]) => [name, value ?? '']);
}

/** How a track is cut, in words. */
export function chunkingText(chunking: NonNullable<TrackView['chunking']>): string {
  switch (chunking.strategy) {
    case 'duration':
      return `${chunking.targetSeconds} s each${chunking.insteadOf === undefined ? '' : ', instead of at silences'}`;
    case 'bytes':
      return `at most ${chunking.targetBytes} bytes each`;
    case 'silence':
      return `at silences, ${chunking.minChunkSeconds} to ${chunking.maxChunkSeconds} s each`;
  }
}

export function analysisLines({ analysis }: TrackView): [name: string, value: string][] {
  if (analysis === undefined) return [];
  const level = (value: number | null, unit: string): string =>
    value === null ? 'none' : `${value.toFixed(1)} ${unit}`;
  return [
    ['loudness', `${level(analysis.integratedLufs, 'LUFS')}, range ${level(analysis.rangeLu, 'LU')}`],
    ['peaks', `true ${level(analysis.truePeakDb, 'dB')}, sample ${level(analysis.samplePeakDb, 'dB')}`],
    ['silences', String(analysis.silences)],
  ];
}
