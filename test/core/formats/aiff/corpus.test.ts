import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { aiff } from '../../../../lambdas/core/formats/aiff/aiff.ts';
import { collectScan } from '../../../support/collect-scan.ts';
import { MemorySource } from '../../../support/memory-source.ts';

const corpus = process.env.CUEPOINT_CORPUS;

(corpus === undefined ? describe.skip : describe)('real AIFF files', () => {
  it('hungarian-dance-12s: samples as FFmpeg decodes them', async () => {
    const bytes = new Uint8Array(await readFile(join(corpus ?? '', 'hungarian-dance-12s.aiff')));
    const scan = await aiff.open(new MemorySource(bytes));
    if (scan === null) throw new Error('not recognised');
    const { format, summary } = await collectScan(scan, bytes.length);
    expect(format).toMatchObject({ codec: 'pcm_s16be', sampleRate: 44_100, channels: 2 });
    expect(summary).toMatchObject({ totalSamples: 529_200, audioStartByte: 54, warnings: [] });
  });
});
