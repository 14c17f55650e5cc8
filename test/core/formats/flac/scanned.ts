import { openFlac } from '../../../../lambdas/core/formats/flac/flac.ts';
import type { AudioFormat, ScanSummary } from '../../../../lambdas/core/formats/format.ts';
import { MemorySource } from '../../../support/memory-source.ts';

export type ScannedFlac = {
  readonly format: AudioFormat;
  readonly init: Uint8Array;
  readonly packets: { startByte: number; samples: number; prerollPackets: number }[];
  readonly summary: ScanSummary;
};

/** All that a scan of the bytes tells. */
export async function scanned(bytes: Uint8Array, blockBytes?: number): Promise<ScannedFlac> {
  const scan = await openFlac(new MemorySource(bytes), blockBytes);
  if (scan === null) throw new Error('not recognised');
  const packets: ScannedFlac['packets'] = [];
  const batches = scan.packets();
  for (;;) {
    const step = await batches.next();
    if (step.done) return { format: scan.format, init: scan.init, packets, summary: step.value };
    if (step.value.kind === 'run') throw new Error('frames come one by one');
    const { count, startByte, samples, prerollPackets } = step.value;
    for (let i = 0; i < count; i++) {
      packets.push({
        startByte: startByte[i] ?? Number.NaN,
        samples: samples[i] ?? Number.NaN,
        prerollPackets: prerollPackets[i] ?? Number.NaN,
      });
    }
  }
}
