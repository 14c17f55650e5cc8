import { bitrate, byteSize, channels, clockTime, counted, sampleRate } from '../../web/wording.ts';

describe('clockTime', () => {
  it.each([
    [0, 0, '0:00'],
    [59.999, 0, '0:59'],
    [60, 0, '1:00'],
    [3599.9996, 3, '59:59.999'],
    [3600, 0, '1:00:00'],
    [36_061.5, 1, '10:01:01.5'],
    // 441 samples at 44.1 kHz: the quotient is a hair below 0.010.
    [0.01 - Number.EPSILON, 3, '0:00.010'],
    [0.0099, 3, '0:00.009'],
  ])('%p s with %p decimals is %s', (seconds, decimals, text) => {
    expect(clockTime(seconds, decimals)).toBe(text);
  });
});

describe('byteSize', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.00 kB'],
    [12_345, '12.3 kB'],
    [123_456, '123 kB'],
    [999_499, '999 kB'],
    [999_500, '1.00 MB'],
    [5e15, '5000 TB'],
  ])('%p is %s', (bytes, text) => {
    expect(byteSize(bytes)).toBe(text);
  });
});

describe('the facts of a track', () => {
  it.each([
    [sampleRate(44_100), '44.1 kHz'],
    [sampleRate(8000), '8 kHz'],
    [sampleRate(11_025), '11.025 kHz'],
    [channels(1), 'mono'],
    [channels(2), 'stereo'],
    [channels(6), '6 channels'],
    [bitrate(1_411_200), '1411 kbit/s'],
    [counted(0, 'track'), '0 tracks'],
    [counted(1, 'track'), '1 track'],
    [counted(1234, 'chunk'), '1,234 chunks'],
  ])('%s', (text, expected) => {
    expect(text).toBe(expected);
  });
});
