/** AIFF and AIFF-C: PCM, float and logarithmic samples in chunks (Apple, AIFF 1.3 of 1989, AIFF-C draft of 1991). */
import { CuepointError } from '../../errors.ts';
import type { ByteSource } from '../../ports.ts';
import type { PacketRun, Scan, ScanSummary, SourceFormat, SourceWarning } from '../format.ts';
import { skipId3v2 } from '../id3v2.ts';
import { aiffHeader } from './aiff-header.ts';
import { parseCommChunk } from './comm-chunk.ts';
import { type AiffLayout, readForm } from './form.ts';

/**
 * A packet is a block: one sample of every channel. All of them are one run, found by arithmetic; `bitsPerSample` is
 * the stored width, so that a block is `channels * bitsPerSample / 8` bytes.
 *
 * Throws `malformed_header`, `unsupported_codec` or `no_audio`, see `readForm` and `parseCommChunk`.
 */
export const aiff: SourceFormat = {
  name: 'aiff',
  async open(source: ByteSource): Promise<Scan | null> {
    const layout = await readForm(source, await skipId3v2(source));
    if (layout === null) return null;
    const { format, statedSamples } = parseCommChunk(layout.comm, layout.isAifc);
    const blockByteLength = (format.bitsPerSample / 8) * format.channels;
    const run = blockRun(layout, blockByteLength, source.byteLength);
    if (run.count === 0) {
      throw new CuepointError(
        'no_audio',
        `the AIFF file has a header but not one whole block of ${blockByteLength} bytes of audio; upload a file that has audio in it`,
      );
    }
    const { compression: _, ...described } = format;
    const extension = layout.isAifc ? 'aifc' : 'aiff';
    const warnings = layoutWarnings(layout, run, statedSamples, format.sampleRate, source.byteLength);
    return {
      format: { container: 'aiff', mimeType: 'audio/aiff', extension, ...described },
      init: aiffHeader(format),
      packets: () => onePass(run, warnings),
    };
  },
};

async function* onePass(
  run: PacketRun,
  warnings: readonly SourceWarning[],
): AsyncGenerator<PacketRun, ScanSummary, undefined> {
  yield run;
  return {
    leadInSamples: 0,
    totalSamples: run.count,
    audioStartByte: run.startByte,
    audioEndByte: endByte(run),
    warnings,
  };
}

function blockRun(layout: AiffLayout, packetByteLength: number, byteLength: number): PacketRun {
  const available = Math.max(0, byteLength - layout.dataStartByte);
  const dataByteLength = Math.min(layout.declaredByteLength ?? available, available);
  const count = Math.floor(dataByteLength / packetByteLength);
  return { kind: 'run', startByte: layout.dataStartByte, packetByteLength, packetSamples: 1, count };
}

function endByte({ startByte, packetByteLength, count }: PacketRun): number {
  return startByte + packetByteLength * count;
}

function layoutWarnings(
  { dataStartByte, declaredByteLength }: AiffLayout,
  run: PacketRun,
  statedSamples: number,
  sampleRate: number,
  byteLength: number,
): SourceWarning[] {
  const seconds = (samples: number): string => (samples / sampleRate).toFixed(3);
  if (declaredByteLength === undefined) {
    const message = `the header does not say how long the audio is, so it is served up to the end of the file, ${run.count} samples; write the file again if it ends in noise`;
    return [{ code: 'wrong_total', message }];
  }
  const dataEndByte = dataStartByte + declaredByteLength;
  if (dataEndByte > byteLength) {
    const declaredSamples = Math.floor(declaredByteLength / run.packetByteLength);
    const message = `the file ends at byte ${byteLength} of ${dataEndByte}; it plays up to second ${seconds(run.count)} of ${seconds(declaredSamples)}: upload the whole file`;
    return [{ code: 'truncated', message }];
  }
  const warnings: SourceWarning[] = [];
  if (statedSamples !== run.count) {
    const message = `the COMM chunk states ${statedSamples} samples, the SSND chunk holds ${run.count}, which is what is served; if sound is missing, export the file again`;
    warnings.push({ code: 'wrong_total', message });
  }
  const rest = dataEndByte - endByte(run);
  if (rest > 0) {
    const message = `the audio ends with ${rest} bytes that are no whole block of ${run.packetByteLength} bytes; they are not played, and nothing needs to be done`;
    warnings.push({ code: 'partial_block', message });
  }
  return warnings;
}
