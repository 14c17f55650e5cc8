/** Samples that lie in one chunk, blocks of the same length: what WAV and AIFF have in common. */
import type { PacketRun, ScanSummary, SourceWarning } from '../format.ts';
import type { Rest } from './chunk-reader.ts';

export type SampleData = {
  /** First byte of the first sample. */
  readonly dataStartByte: number;
  /** What the file says of its samples; `undefined` when it was written without knowing (streamed). */
  readonly declaredByteLength: number | undefined;
  /** What lies behind the chunks, if that is something. */
  readonly rest: Rest | undefined;
};

/** The blocks that are there. `blockByteLength`: one sample of every channel. */
export function blockRun(
  { dataStartByte, declaredByteLength }: SampleData,
  blockByteLength: number,
  byteLength: number,
): PacketRun {
  const available = Math.max(0, byteLength - dataStartByte);
  const dataByteLength = Math.min(declaredByteLength ?? available, available);
  const count = Math.floor(dataByteLength / blockByteLength);
  return { kind: 'run', startByte: dataStartByte, packetByteLength: blockByteLength, packetSamples: 1, count };
}

export async function* onePass(
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

/** What people should know of the samples: a file that is cut, of unstated length, with a rest, or with more behind it. */
export function dataWarnings(
  { dataStartByte, declaredByteLength, rest }: SampleData,
  run: PacketRun,
  { sampleRate, byteLength }: { readonly sampleRate: number; readonly byteLength: number },
): SourceWarning[] {
  if (declaredByteLength === undefined) {
    const message = `the header does not say how long the audio is, so it is served up to the end of the file, ${run.count} samples; write the file again if it ends in noise`;
    return [{ code: 'wrong_total', message }];
  }
  const seconds = (samples: number): string => (samples / sampleRate).toFixed(3);
  const dataEndByte = dataStartByte + declaredByteLength;
  if (dataEndByte > byteLength) {
    const declaredSamples = Math.floor(declaredByteLength / run.packetByteLength);
    const message = `the file is cut at byte ${byteLength} of ${dataEndByte}: it is playable up to second ${seconds(run.count)} of ${seconds(declaredSamples)}; upload the whole file`;
    return [{ code: 'truncated', message }];
  }
  return [...partialBlock(dataEndByte - endByte(run), run), ...restWarnings(rest, byteLength)];
}

function partialBlock(byteLength: number, { packetByteLength }: PacketRun): SourceWarning[] {
  if (byteLength <= 0) return [];
  const message = `the audio ends with ${byteLength} bytes that are no whole block of ${packetByteLength} bytes; they are not played, and nothing needs to be done`;
  return [{ code: 'partial_block', message }];
}

function restWarnings(rest: Rest | undefined, byteLength: number): SourceWarning[] {
  if (rest === undefined) return [];
  const { kind, startByte } = rest;
  if (kind === 'form') {
    const message = `another file begins at byte ${startByte}, behind the audio of the first; only the first is played: upload them one by one, or join them with an editor`;
    return [{ code: 'later_stream', message }];
  }
  const message = `bytes ${startByte} to ${byteLength - 1}, behind the audio, are no part of it; they stay in the last chunk, and nothing needs to be done`;
  return [{ code: 'junk_skipped', message }];
}

function endByte({ startByte, packetByteLength, count }: PacketRun): number {
  return startByte + packetByteLength * count;
}
