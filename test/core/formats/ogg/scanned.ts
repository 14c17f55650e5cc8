import { openOgg } from '../../../../lambdas/core/formats/ogg/ogg.ts';
import { type CollectedScan, collectScan } from '../../../support/collect-scan.ts';
import { MemorySource } from '../../../support/memory-source.ts';

/** All that a scan of the bytes tells. */
export async function scanned(bytes: Uint8Array, blockBytes?: number): Promise<CollectedScan> {
  const scan = await openOgg(new MemorySource(bytes), blockBytes);
  if (scan === null) throw new Error('not recognised');
  return collectScan(scan, bytes.length);
}

export function codes({ summary }: CollectedScan): string[] {
  return summary.warnings.map(({ code }) => code);
}

export function decodedSamples({ packets }: Pick<CollectedScan, 'packets'>): number {
  return packets.reduce((sum, { samples }) => sum + samples, 0);
}
