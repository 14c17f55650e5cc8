import { openWavPack } from '../../../../lambdas/core/formats/wavpack/wavpack.ts';
import { type CollectedScan, collectScan } from '../../../support/collect-scan.ts';
import { MemorySource } from '../../../support/memory-source.ts';

/** All that a scan of the bytes tells. */
export async function scanned(bytes: Uint8Array, blockBytes?: number): Promise<CollectedScan> {
  const scan = await openWavPack(new MemorySource(bytes), blockBytes);
  if (scan === null) throw new Error('not recognised');
  return collectScan(scan, bytes.length);
}

/** The codes of the warnings, in order. */
export function codesOf({ summary }: CollectedScan): string[] {
  return summary.warnings.map(({ code }) => code);
}
