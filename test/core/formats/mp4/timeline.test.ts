import { parseGaplessTag } from '../../../../lambdas/core/formats/mp4/gapless-tag.ts';
import { box } from '../../../support/mp4-boxes.ts';
import { aacEntry } from '../../../support/mp4-entries.ts';
import { gaplessItem, metaBox, mp4File, type TestMovie, type TestTrack } from '../../../support/mp4-file.ts';
import { scanned, warningCodes } from './scanned.ts';

/** 100 packets: 102,400 samples decoded. */
const sizes = new Array(100).fill(9);
const short = [...new Array(99).fill(1024), 400];
const shortEnd = 102_400 - 624;
/** An hour of the movie's clock at 1000 ticks a second is far beyond the audio. */
const beyond = 3_600_000;

/** Delay 2112, padding 500, the total that makes 100 packets of it. */
const tag = ' 00000000 00000840 000001F4 00000000000185CC 00000000 00000000 00000000 00000000';

function movie(track: Partial<TestTrack>, more: Partial<TestMovie> = {}): TestMovie {
  return { tracks: [{ sizes, ...track }], ...more };
}

function edit(startTicks: number, movieTicks: number, rate = 1) {
  return { startTicks, movieTicks, rate };
}

describe('what is believed', () => {
  // Lead-in and total; 2,300 ms are 101,430 samples.
  it.each<[string, TestMovie, number, number, string[]]>([
    ['nothing said', movie({}), 0, 102_400, ['timeline_assumed']],
    ['durations only', movie({ durations: short }), 0, shortEnd, ['timeline_assumed']],
    ['an edit to the end', movie({ edits: [edit(1024, 0)] }), 1024, 101_376, []],
    ['an edit that says there is nothing to trim', movie({ edits: [edit(0, 0)] }), 0, 102_400, []],
    ['an edit and durations', movie({ durations: short, edits: [edit(1024, beyond)] }), 1024, shortEnd - 1024, []],
    ['an edit rounded up', movie({ durations: short, edits: [edit(1024, 2285)] }), 1024, shortEnd - 1024, []],
    ['an edit rounded down', movie({ durations: short, edits: [edit(1024, 2284)] }), 1024, shortEnd - 1024, []],
    ['an edit that says less', movie({ edits: [edit(1024, 2000)] }), 1024, 88_200, []],
    ['an edit from the middle', movie({ edits: [edit(44_100, 1000)] }), 44_100, 44_100, []],
    [
      'an edit less by a sample',
      movie({ edits: [edit(1024, 101_375)] }, { movieTimescale: 44_100 }),
      1024,
      101_375,
      [],
    ],
    ['a movie without a clock', movie({ edits: [edit(1024, 2000)] }, { movieTimescale: 0 }), 1024, 101_376, []],
    ['empty edits before it', movie({ edits: [edit(-1, 500), edit(1024, 0)] }), 1024, 101_376, []],
    ['a dwell before it', movie({ edits: [edit(0, 500, 0), edit(1024, 0)] }), 1024, 101_376, []],
    ['empty edits only', movie({ edits: [edit(-1, 500)] }), 0, 102_400, ['timeline_assumed']],
    ['several edits', movie({ edits: [edit(1024, 500), edit(50_000, 500)] }), 1024, 101_376, ['timeline_assumed']],
    ['an edit behind the end', movie({ edits: [edit(102_400, 0)] }), 0, 102_400, ['timeline_assumed']],
    ['64-bit edits', movie({ edits: [edit(-1, 9), edit(1024, 2000)], wide: true }), 1024, 88_200, []],
    ['a tag', movie({}, { gaplessTag: tag }), 2112, 99_788, []],
    ['a tag before an edit', movie({ edits: [edit(1024, 1000)] }, { gaplessTag: tag }), 2112, 99_788, []],
    ['a tag of zeros', movie({}, { gaplessTag: ' 0 0 0 0' }), 0, 102_400, ['timeline_assumed']],
    [
      'a tag of longer audio',
      movie({ edits: [edit(1024, 0)] }, { gaplessTag: ' 00000000 00000840 00000000 0000000000F00000' }),
      1024,
      101_376,
      ['wrong_total'],
    ],
    [
      'another free-form tag in front',
      movie({}, { movieBoxes: [box('udta', metaBox(gaplessItem('x', 'iTunNORM'), gaplessItem(tag)))] }),
      2112,
      99_788,
      [],
    ],
    [
      'tags without version, as QuickTime has them',
      movie({}, { movieBoxes: [box('udta', box('meta', metaBox(gaplessItem(tag)).subarray(12)))] }),
      2112,
      99_788,
      [],
    ],
    ['a clock of milliseconds', movie({ timescale: 1000, durations: [23] }), 0, 102_400, ['timeline_assumed']],
    [
      'durations with a hole',
      movie({ durations: [1024, 1024, 90_000, 1024], edits: [edit(1024, 0)] }),
      1024,
      101_376,
      ['wrong_total'],
    ],
    ['durations of nothing', movie({ durations: [0], edits: [edit(0, 0)] }), 0, 102_400, ['wrong_total']],
  ])('%s', async (_, given, leadInSamples, totalSamples, warnings) => {
    const scan = await scanned(mp4File(given).bytes);
    expect(scan.summary).toMatchObject({ leadInSamples, totalSamples });
    expect(warningCodes(scan)).toEqual(warnings);
  });

  it.each([
    ['of the output', ' 0 00001080 000003E8 0000000000030B98', 4224],
    ['of the core', tag, 4224],
  ])('HE AAC: a tag in samples %s', async (_, gaplessTag, leadInSamples) => {
    const track = { sizes, timescale: 22050, entries: [aacEntry([0x2b, 0x92, 0x08, 0x00])] };
    const { summary } = await scanned(mp4File({ tracks: [track], gaplessTag }).bytes);
    expect(summary).toMatchObject({ leadInSamples, totalSamples: 199_576 });
  });

  it('HE AAC: an edit on the clock of the core', async () => {
    const entries = [aacEntry([0x2b, 0x92, 0x08, 0x00])];
    const track = { sizes, timescale: 22050, entries, edits: [edit(1024, 0)] };
    const { summary } = await scanned(mp4File({ tracks: [track] }).bytes);
    expect(summary).toMatchObject({ leadInSamples: 2048, totalSamples: 99 * 2048, warnings: [] });
  });
});

describe('the text of the tag', () => {
  it.each([
    ['whole', tag, { delaySamples: 2112, paddingSamples: 500, totalSamples: 99_788 }],
    ['without what follows', '0 1 2 3', { delaySamples: 1, paddingSamples: 2, totalSamples: 3 }],
    ['cut', '0 1 2', undefined],
    ['no numbers', '0 1 x 3', undefined],
    ['negative', '0 -1 2 3', undefined],
    ['a total of 0', '0 1 2 0', undefined],
    ['empty', '', undefined],
  ])('%s', (_, text, expected) => {
    expect(parseGaplessTag(text)).toEqual(expected);
  });
});
