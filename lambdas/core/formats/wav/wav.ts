/** WAV: PCM in RIFF, RF64 or BW64. */
import { CuepointError } from '../../errors.ts';
import type { ByteSource } from '../../ports.ts';
import type { PacketRun, Scan, ScanSummary, SourceFormat, SourceWarning } from '../format.ts';
import { skipId3v2 } from '../id3v2.ts';
import { parseFmtChunk } from './fmt-chunk.ts';
import { type RiffLayout, readRiff } from './riff.ts';
import { wavHeader } from './wav-header.ts';

/**
 * A packet is a block: one sample of every channel. All of them are one run, found by arithmetic; `bitsPerSample` is
 * the stored width, so that a block is `channels * bitsPerSample / 8` bytes.
 *
 * Throws `malformed_header`, `unsupported_codec` or `no_audio`, see `readRiff` and `parseFmtChunk`.
 */
export const wav: SourceFormat = {
  name: 'wav',
  async open(source: ByteSource): Promise<Scan | null> {
    const layout = await readRiff(source, await skipId3v2(source));
    if (layout === null) return null;
    const format = parseFmtChunk(layout.fmt);
    const blockByteLength = (format.bitsPerSample / 8) * format.channels;
    const run = blockRun(layout, blockByteLength, source.byteLength);
    if (run.count === 0) {
      throw new CuepointError(
        'no_audio',
        `the WAV file has a header but not one whole block of ${blockByteLength} bytes of audio; upload a file that has audio in it`,
      );
    }
    const warnings = layoutWarnings(layout, run, format.sampleRate, source.byteLength);
    const { channelMask, ...described } = format;
    const speakers = channelMask === 0 ? {} : { channelMask };
    return {
      format: { container: 'wav', mimeType: 'audio/wav', extension: 'wav', ...described, ...speakers },
      init: wavHeader(format, 'unknown'),
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

function blockRun(layout: RiffLayout, packetByteLength: number, byteLength: number): PacketRun {
  const available = Math.max(0, byteLength - layout.dataStartByte);
  const dataByteLength = Math.min(layout.declaredByteLength ?? available, available);
  const count = Math.floor(dataByteLength / packetByteLength);
  return { kind: 'run', startByte: layout.dataStartByte, packetByteLength, packetSamples: 1, count };
}

function endByte({ startByte, packetByteLength, count }: PacketRun): number {
  return startByte + packetByteLength * count;
}

function layoutWarnings(
  { dataStartByte, declaredByteLength }: RiffLayout,
  run: PacketRun,
  sampleRate: number,
  byteLength: number,
): SourceWarning[] {
  const seconds = (samples: number): string => (samples / sampleRate).toFixed(3);
  const dataEndByte = dataStartByte + (declaredByteLength ?? byteLength - dataStartByte);
  if (dataEndByte > byteLength) {
    const declaredSamples = Math.floor((declaredByteLength ?? 0) / run.packetByteLength);
    const message = `the file is cut at byte ${byteLength} of ${dataEndByte}: it is playable up to second ${seconds(run.count)} of ${seconds(declaredSamples)}; upload the whole file`;
    return [{ code: 'truncated', message }];
  }
  const warnings: SourceWarning[] = [];
  if (declaredByteLength === undefined) {
    const message = `the header does not say how long the audio is, so it is served up to the end of the file, ${run.count} samples; write the file again if it ends in noise`;
    warnings.push({ code: 'wrong_total', message });
  }
  const rest = dataEndByte - endByte(run);
  if (rest > 0) {
    const message = `the audio ends with ${rest} bytes that are no whole block of ${run.packetByteLength} bytes; they are not played, and nothing needs to be done`;
    warnings.push({ code: 'partial_block', message });
  }
  return warnings;
}
