import { canBeTrack } from '../../../lambdas/core/track/source-key.ts';

describe('canBeTrack', () => {
  it.each([
    ['a/talk.mp3', true],
    ['talk', true],
    ['a/vtt', true],
    ['a/talk.vtt', false],
    ['a/talk.de.SRT', false],
    ['a/', false],
    ['/', false],
  ])('%s: %s', (key, expected) => {
    expect(canBeTrack(key)).toBe(expected);
  });
});
