import {
  canonicalLanguage,
  isSidecarKey,
  sidecarName,
  sidecarPrefix,
} from '../../../../lambdas/core/tags/subtitles/sidecar.ts';

it.each([
  ['a/song.vtt', true],
  ['song.en.SRT', true],
  ['song.lrc', true],
  ['song.mp3', false],
  ['srt', false],
  ['.srt', false],
  ['a.srt/song.mp3', false],
  ['a/.vtt', false],
])('%s is a sidecar: %s', (key, expected) => {
  expect(isSidecarKey(key)).toBe(expected);
});

it.each([
  ['a/song.mp3', 'a/song.'],
  ['a.b/song', 'a.b/song.'],
  ['song.live.flac', 'song.live.'],
])('sidecars of %s begin with %s', (path, prefix) => {
  expect(sidecarPrefix(path)).toBe(prefix);
});

it.each([
  ['song.vtt', { language: 'und', kind: 'vtt' }],
  ['song.en.vtt', { language: 'en', kind: 'vtt' }],
  ['song.PT-br.srt', { language: 'pt-BR', kind: 'srt' }],
  ['song.zh_Hant_TW.LRC', { language: 'zh-Hant-TW', kind: 'lrc' }],
  ['song.director.vtt', undefined],
  ['song.en.forced.vtt', undefined],
  ['song.mp3', undefined],
  ['song.e n.vtt', undefined],
  ['other.vtt', undefined],
])('%s is %j', (key, expected) => {
  expect(sidecarName(key, 'song.')).toEqual(expected);
});

it.each([
  ['EN', 'en'],
  ['sr_latn', 'sr-Latn'],
  ['english', undefined],
  ['en-', undefined],
  ['', undefined],
])('language %s is %s', (text, expected) => {
  expect(canonicalLanguage(text)).toBe(expected);
});
