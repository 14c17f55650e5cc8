import { openMpegAudio } from '../../../../lambdas/core/formats/mpeg/mpeg-audio.ts';
import { type CollectedScan, collectScan } from '../../../support/collect-scan.ts';
import { MemorySource } from '../../../support/memory-source.ts';

export type ScannedMpeg = CollectedScan & { readonly reads: number };

/** All that a scan of the bytes tells; null if they are not recognised. */
export async function scannedOrNull(bytes: Uint8Array, blockBytes?: number): Promise<ScannedMpeg | null> {
  const source = new MemorySource(bytes);
  const scan = await openMpegAudio(source, blockBytes);
  if (scan === null) return null;
  return { ...(await collectScan(scan, bytes.length)), reads: source.reads };
}

export async function scanned(bytes: Uint8Array, blockBytes?: number): Promise<ScannedMpeg> {
  const result = await scannedOrNull(bytes, blockBytes);
  if (result === null) throw new Error('not recognised');
  return result;
}

export function warningCodes({ summary }: ScannedMpeg): string[] {
  return summary.warnings.map(({ code }) => code);
}
