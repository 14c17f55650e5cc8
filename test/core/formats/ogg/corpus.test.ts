import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { scanned } from './scanned.ts';

const corpus = process.env.CUEPOINT_CORPUS;

/** Samples as `ogginfo`, `opusinfo` and FFmpeg count them. */
(corpus === undefined ? describe.skip : describe)('real Ogg files', () => {
  it.each([
    ['hungarian-dance.vorbis.ogg', 138, 0, 2_021_760],
    ['hungarian-dance.opus', 46, 312, 2_200_556],
  ])('%s: %i pages of audio, lead-in %i, %i samples', async (name, pages, leadInSamples, totalSamples) => {
    const { packets, summary } = await scanned(new Uint8Array(await readFile(join(corpus ?? '', name))));
    expect(packets).toHaveLength(pages);
    expect(summary).toMatchObject({ leadInSamples, totalSamples, warnings: [] });
  });
});
