import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openMpegAudio } from '../../../../lambdas/core/formats/mpeg/mpeg-audio.ts';
import { MemorySource } from '../../../support/memory-source.ts';
import { scanned, scannedOrNull, warningCodes } from './scanned.ts';

const corpus = process.env.CUEPOINT_CORPUS;

(corpus === undefined ? describe.skip : describe)('real files', () => {
  const read = async (name: string) => new Uint8Array(await readFile(join(corpus ?? '', name)));

  it('ADTS: frames and samples as FFmpeg decodes them', async () => {
    const bytes = await read('hungarian-dance.adts.aac');
    const result = await scanned(bytes);
    expect(result.packets.length).toBe(1976);
    expect(result.summary.totalSamples).toBe(2_023_424);
    expect(warningCodes(result)).toEqual([]);
    expect(await openMpegAudio(new MemorySource(bytes))).toBeNull();
  });

  it('nothing else is ADTS', async () => {
    const others = (await readdir(corpus ?? '')).filter((name) => !name.endsWith('.aac'));
    expect(others.length).toBeGreaterThan(5);
    for (const name of others) expect([name, await scannedOrNull(await read(name))]).toEqual([name, null]);
  });
});
