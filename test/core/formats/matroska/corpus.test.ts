import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { scanned } from './scanned.ts';

const corpus = process.env.CUEPOINT_CORPUS;

/** Frames and samples as FFmpeg counts them. */
(corpus === undefined ? describe.skip : describe)('real WebM files', () => {
  it.each([['hungarian-dance', 10, 2293, 312, 2_200_556]])(
    '%s: %i clusters, %i frames, %i + %i samples',
    async (name, clusters, frames, leadInSamples, totalSamples) => {
      const scan = await scanned(new Uint8Array(await readFile(join(corpus ?? '', `${name}.webm`))));
      expect(scan.packets.length).toBe(clusters);
      expect(scan.frames.length).toBe(frames);
      expect(scan.summary).toMatchObject({ leadInSamples, totalSamples, warnings: [] });
    },
  );
});
