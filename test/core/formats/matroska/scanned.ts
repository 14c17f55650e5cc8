import { openMatroska } from '../../../../lambdas/core/formats/matroska/matroska.ts';
import { type CollectedScan, collectScan } from '../../../support/collect-scan.ts';
import type { Mark } from '../../../support/matroska-file.ts';
import { MemorySource } from '../../../support/memory-source.ts';

/** All that a scan of the bytes tells. */
export async function scanned(bytes: Uint8Array, blockBytes?: number): Promise<CollectedScan> {
  const scan = await openMatroska(new MemorySource(bytes), blockBytes);
  if (scan === null) throw new Error('not recognised');
  return collectScan(scan, bytes.length);
}

export function startBytes(items: readonly { readonly startByte: number }[]): number[] {
  return items.map(({ startByte }) => startByte);
}

/** Where the builder put the frames, as a scan tells it. */
export function places(items: readonly (Mark | { startByte: number; byteLength: number })[]): number[][] {
  return items.map((item) => [item.startByte, 'endByte' in item ? item.endByte - item.startByte : item.byteLength]);
}

export function codesOf({ summary }: CollectedScan): string[] {
  return summary.warnings.map(({ code }) => code);
}

/** What scanning the bytes fails with. */
export async function failure(bytes: Uint8Array): Promise<unknown> {
  return scanned(bytes).then(
    () => 'no failure',
    (error: unknown) => error,
  );
}
