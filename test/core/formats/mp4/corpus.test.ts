import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { scanned, warningCodes } from './scanned.ts';

const corpus = process.env.CUEPOINT_CORPUS;

/** Packets as FFmpeg counts them; samples of the recording that was encoded. */
(corpus === undefined ? describe.skip : describe)('real MP4 files', () => {
  it.each([
    ['hungarian-dance.faststart', 1976, 1024, 2_021_760, []],
    ['hungarian-dance.moov-last', 1976, 1024, 2_021_760, ['moov_last']],
    ['hungarian-dance.alac', 494, 0, 2_021_760, ['moov_last']],
    ['truncated', 778, 1024, 795_648, ['truncated']],
  ])('%s: %i packets', async (name, packets, leadInSamples, totalSamples, warnings) => {
    const scan = await scanned(new Uint8Array(await readFile(join(corpus ?? '', `${name}.m4a`))));
    expect(scan.packets.length).toBe(packets);
    expect(scan.summary).toMatchObject({ leadInSamples, totalSamples });
    expect(warningCodes(scan)).toEqual(warnings);
  });
});
