import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codesOf, scanned } from './scanned.ts';

const corpus = process.env.CUEPOINT_CORPUS;

/** Samples as `wvunpack -ss` and FFmpeg count them. */
(corpus === undefined ? describe.skip : describe)('real WavPack files', () => {
  it.each([
    ['hungarian-dance', 184, 2_021_760],
    ['hungarian-dance.hybrid', 184, 2_021_760],
  ])('%s: %i blocks, %i samples', async (name, blocks, totalSamples) => {
    const scan = await scanned(new Uint8Array(await readFile(join(corpus ?? '', `${name}.wv`))));
    expect(scan.packets.length).toBe(blocks);
    expect(scan.summary.totalSamples).toBe(totalSamples);
    expect(codesOf(scan)).toEqual([]);
  });
});
