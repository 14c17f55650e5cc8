import type { SourceWarning } from '../../../../lambdas/core/formats/format.ts';
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

/** But for `timeline_assumed`, which most made streams have, since they have no info frame: it has a test of its own. */
export function warningsOf({ summary }: Pick<ScannedMpeg, 'summary'>): SourceWarning[] {
  return summary.warnings.filter(({ code }) => code !== 'timeline_assumed');
}

export function warningCodes(result: Pick<ScannedMpeg, 'summary'>): string[] {
  return warningsOf(result).map(({ code }) => code);
}
