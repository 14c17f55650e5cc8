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
  'hungarian-dance.cbr128.mp3': 'playable',
  'hungarian-dance.flac': 'playable',
  'hungarian-dance.mono22k.mp3': 'playable timeline_assumed',
  'hungarian-dance.vbr-no-xing.mp3': 'playable vbr_without_xing timeline_assumed',
  'hungarian-dance.vbr-v2-id3-cover.mp3': 'playable',
  'hungarian-dance.wav': 'playable',
  'truncated.mp3': 'playable truncated',
  'with-silences.flac': 'playable',
};
