import { openAdts } from '../../../../lambdas/core/formats/adts/adts.ts';
import { type CollectedScan, collectScan } from '../../../support/collect-scan.ts';
import { MemorySource } from '../../../support/memory-source.ts';

export type ScannedAdts = CollectedScan & { readonly reads: number };

/** All that a scan of the bytes tells; null if they are not recognised. */
export async function scannedOrNull(bytes: Uint8Array, blockBytes?: number): Promise<ScannedAdts | null> {
  const source = new MemorySource(bytes);
  const scan = await openAdts(source, blockBytes);
  if (scan === null) return null;
  return { ...(await collectScan(scan, bytes.length)), reads: source.reads };
}

export async function scanned(bytes: Uint8Array, blockBytes?: number): Promise<ScannedAdts> {
  const result = await scannedOrNull(bytes, blockBytes);
  if (result === null) throw new Error('not recognised');
  return result;
}

/** But for the one that every ADTS file gets. */
export function warningCodes({ summary }: ScannedAdts): string[] {
  return summary.warnings.map(({ code }) => code).filter((code) => code !== 'timeline_assumed');
}
