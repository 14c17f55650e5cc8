import { openAsf } from '../../../../lambdas/core/formats/asf/asf.ts';
import { type CollectedScan, collectScan } from '../../../support/collect-scan.ts';
import { MemorySource } from '../../../support/memory-source.ts';
import { type Behaviour, OverlappingDecoder } from './overlapping-decoder.ts';

export const BLOCK_ALIGN = 50;

/** All that a scan of the bytes tells. Throws unless all decoders are closed afterwards. */
export async function scanned(
  bytes: Uint8Array,
  { blockBytes, behaviour }: { blockBytes?: number; behaviour?: Behaviour } = {},
): Promise<CollectedScan> {
  const decoder = new OverlappingDecoder(behaviour);
  const scan = await openAsf(new MemorySource(bytes), { decoder }, blockBytes);
  if (scan === null) throw new Error('not recognised');
  const outcome = await collectScan(scan, bytes.length).catch((error: unknown) => ({ error }));
  if (decoder.opened !== decoder.closed) throw new Error(`${decoder.opened} opened, ${decoder.closed} closed`);
  if ('error' in outcome) throw outcome.error;
  return outcome;
}

/** The codes of the warnings, in order, but for the one that every ASF file has. */
export function codesOf({ summary }: CollectedScan): string[] {
  return summary.warnings.map(({ code }) => code).filter((code) => code !== 'timeline_assumed');
}

/** `count` objects of so many pieces, all different, each piece of so many frames. */
export function objectsOf(count: number, pieces = 1, frames = 1): { bytes: Uint8Array }[] {
  return Array.from({ length: count }, (_, number) => {
    const bytes = Uint8Array.from({ length: pieces * BLOCK_ALIGN }, (_, i) => (number * 37 + i * 11) & 0x7f);
    for (let piece = 0; piece < pieces; piece++) bytes[piece * BLOCK_ALIGN] = frames;
    return { bytes };
  });
}
