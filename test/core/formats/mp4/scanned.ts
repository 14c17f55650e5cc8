import { openMp4 } from '../../../../lambdas/core/formats/mp4/mp4.ts';
import { type CollectedScan, collectScan } from '../../../support/collect-scan.ts';
import { MemorySource } from '../../../support/memory-source.ts';

/** All that a scan of the bytes tells. */
export async function scanned(bytes: Uint8Array, blockBytes?: number): Promise<CollectedScan> {
  const scan = await openMp4(new MemorySource(bytes), blockBytes);
  if (scan === null) throw new Error('not recognised');
  return collectScan(scan, bytes.length);
}

export function warningCodes({ summary }: CollectedScan): string[] {
  return summary.warnings.map(({ code }) => code);
}
