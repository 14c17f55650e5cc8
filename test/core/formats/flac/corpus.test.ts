import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { scanned } from './scanned.ts';

const corpus = process.env.CUEPOINT_CORPUS;

/** Frames and samples as `flac -t` and FFmpeg count them. */
(corpus === undefined ? describe.skip : describe)('real FLAC files', () => {
  it.each([
    ['flac-no-streaminfo', 18, 69_743, []],
    ['flac-no-total-samples', 83, 336_410, []],
    ['flac-variable-blocksize', 337, 1_101_528, []],
    ['hungarian-dance', 439, 2_021_760, []],
    ['with-silences', 470, 2_162_880, []],
    ['flac-changing-samplerate', 40, 163_840, ['sample_rate_change']],
  ])('%s: %i frames, %i samples', async (name, frames, totalSamples, warnings) => {
    const { packets, summary } = await scanned(new Uint8Array(await readFile(join(corpus ?? '', `${name}.flac`))));
    expect(packets.length).toBe(frames);
    expect(summary.totalSamples).toBe(totalSamples);
    expect(summary.warnings.map(({ code }) => code)).toEqual(warnings);
  });
});
