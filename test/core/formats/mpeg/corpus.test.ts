import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { scanned, warningCodes } from './scanned.ts';

const corpus = process.env.CUEPOINT_CORPUS;

/** Samples as FFmpeg decodes them. */
(corpus === undefined ? describe.skip : describe)('real MPEG audio files', () => {
  it.each([
    ['hungarian-dance.cbr128', 1756, 2_021_760, []],
    ['hungarian-dance.mono22k', 1757, 1_012_032, []],
    ['hungarian-dance.vbr-no-xing', 1756, 2_022_912, ['vbr_without_xing']],
    ['hungarian-dance.vbr-v2-id3-cover', 1756, 2_021_760, []],
    ['truncated', 682, 784_559, ['truncated']],
  ])('%s: %i frames, %i samples', async (name, frames, totalSamples, codes) => {
    const result = await scanned(new Uint8Array(await readFile(join(corpus ?? '', `${name}.mp3`))));
    expect(result.packets.length).toBe(frames);
    expect(result.summary.totalSamples).toBe(totalSamples);
    expect(warningCodes(result)).toEqual(codes);
  });
});
