/**
 * How well-known files end: status, then the code of the reason or of each warning. The table of docs/formats.md, as a
 * test.
 */
export const expectedTracks: Readonly<Record<string, string>> = {
  'flac-changing-samplerate.flac': 'playable sample_rate_change',
  'flac-no-streaminfo.flac': 'playable',
  'flac-no-total-samples.flac': 'playable',
  'flac-variable-blocksize.flac': 'playable',
  'hires-96k-24bit.wav': 'playable',
  'hungarian-dance-12s.aiff': 'playable',
  'hungarian-dance.adts.aac': 'playable timeline_assumed',
  'hungarian-dance.alac.m4a': 'playable moov_last',
  'hungarian-dance.cbr128.mp3': 'playable',
  'hungarian-dance.faststart.m4a': 'playable',
  'hungarian-dance.flac': 'playable',
  'hungarian-dance.hybrid.wv': 'playable',
  'hungarian-dance.mono22k.mp3': 'playable timeline_assumed',
  'hungarian-dance.moov-last.m4a': 'playable moov_last',
  'hungarian-dance.opus': 'playable',
  'hungarian-dance.vbr-no-xing.mp3': 'playable vbr_without_xing timeline_assumed',
  'hungarian-dance.vbr-v2-id3-cover.mp3': 'playable',
  'hungarian-dance.vorbis.ogg': 'playable',
  'hungarian-dance.wav': 'playable',
  'hungarian-dance.webm': 'playable',
  'hungarian-dance.wma': 'playable timeline_assumed',
  'hungarian-dance.wv': 'playable',
  'truncated.m4a': 'playable truncated',
  'truncated.mp3': 'playable truncated',
  'with-silences.flac': 'playable',
};
