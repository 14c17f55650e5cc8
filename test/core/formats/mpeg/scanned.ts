import type { AudioFormat, ScanSummary } from '../../../../lambdas/core/formats/format.ts';
import { openMpegAudio } from '../../../../lambdas/core/formats/mpeg/mpeg-audio.ts';
import { MemorySource } from '../../../support/memory-source.ts';

export type ScannedMpeg = {
  readonly format: AudioFormat;
  readonly packets: { startByte: number; samples: number; prerollPackets: number }[];
  readonly summary: ScanSummary;
  readonly reads: number;
};

/** All that a scan of the bytes tells; null if they are not recognised. */
export async function scannedOrNull(bytes: Uint8Array, blockBytes?: number): Promise<ScannedMpeg | null> {
  const source = new MemorySource(bytes);
  const scan = await openMpegAudio(source, blockBytes);
  if (scan === null) return null;
  const packets: ScannedMpeg['packets'] = [];
  const batches = scan.packets();
  for (;;) {
    const step = await batches.next();
    if (step.done) return { format: scan.format, packets, summary: step.value, reads: source.reads };
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

export async function scanned(bytes: Uint8Array, blockBytes?: number): Promise<ScannedMpeg> {
  const result = await scannedOrNull(bytes, blockBytes);
  if (result === null) throw new Error('not recognised');
  return result;
}

export function warningCodes({ summary }: ScannedMpeg): string[] {
  return summary.warnings.map(({ code }) => code);
}
