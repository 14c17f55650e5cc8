import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadDecoder } from '../../../../lambdas/adapters/codec/node-av-decoder.ts';
import { openAsf } from '../../../../lambdas/core/formats/asf/asf.ts';
import { collectScan } from '../../../support/collect-scan.ts';
import { MemorySource } from '../../../support/memory-source.ts';
import { codesOf } from './scanned.ts';

const corpus = process.env.CUEPOINT_CORPUS;

/** Samples as FFmpeg counts them. */
(corpus === undefined ? describe.skip : describe)('real ASF files', () => {
  it('hungarian-dance.wma: 2,021,376 samples', async () => {
    const decoder = await loadDecoder();
    if (decoder === undefined) return;
    const bytes = new Uint8Array(await readFile(join(corpus ?? '', 'hungarian-dance.wma')));
    const scan = await openAsf(new MemorySource(bytes), { decoder });
    if (scan === null) throw new Error('not recognised');
    const collected = await collectScan(scan, bytes.length);
    expect(collected.summary).toMatchObject({ leadInSamples: 4096, totalSamples: 2_021_376 });
    expect(codesOf(collected)).toEqual([]);
  });
});
