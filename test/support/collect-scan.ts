import type { Scan, ScanSummary } from '../../lambdas/core/formats/format.ts';

export type CollectedPacket = {
  readonly startByte: number;
  readonly samples: number;
  readonly prerollPackets: number;
  readonly prerollBytes?: number;
  readonly prerollSamples?: number;
};

export type CollectedFrame = { readonly startByte: number; readonly byteLength: number; readonly samples: number };

export type CollectedScan = {
  readonly format: Scan['format'];
  readonly init: Uint8Array;
  /** The packets of runs one by one, too. */
  readonly packets: readonly CollectedPacket[];
  readonly frames: readonly CollectedFrame[];
  readonly initChanges: readonly { readonly startByte: number; readonly init: Uint8Array }[];
  readonly summary: ScanSummary;
};

/** All that a scan tells; throws when it breaks what every scan promises, so that each test that scans checks it. */
export async function collectScan(scan: Scan, byteLength: number): Promise<CollectedScan> {
  const packets: CollectedPacket[] = [];
  const frames: CollectedFrame[] = [];
  const initChanges: { startByte: number; init: Uint8Array }[] = [];
  const batches = scan.packets();
  for (;;) {
    const step = await batches.next();
    if (step.done) {
      const collected = { format: scan.format, init: scan.init, packets, frames, initChanges, summary: step.value };
      assertPromises(collected, byteLength);
      return collected;
    }
    const batch = step.value;
    if (batch.kind === 'init') {
      initChanges.push({ startByte: batch.startByte, init: batch.init });
      continue;
    }
    if (batch.kind === 'run') {
      for (let i = 0; i < batch.count; i++) {
        const startByte = batch.startByte + i * batch.packetByteLength;
        packets.push({ startByte, samples: batch.packetSamples, prerollPackets: 0 });
      }
      continue;
    }
    for (let i = 0; i < batch.count; i++) {
      packets.push({
        startByte: batch.startByte[i] ?? Number.NaN,
        samples: batch.samples[i] ?? Number.NaN,
        prerollPackets: batch.prerollPackets[i] ?? Number.NaN,
        ...(batch.prerollBytes ? { prerollBytes: batch.prerollBytes[i] ?? Number.NaN } : {}),
        ...(batch.prerollSamples ? { prerollSamples: batch.prerollSamples[i] ?? Number.NaN } : {}),
      });
    }
    for (let i = 0; i < (batch.frames?.count ?? 0); i++) {
      frames.push({
        startByte: batch.frames?.startByte[i] ?? Number.NaN,
        byteLength: batch.frames?.byteLength[i] ?? Number.NaN,
        samples: batch.frames?.samples[i] ?? Number.NaN,
      });
    }
  }
}

function assertPromises({ format, packets, frames, initChanges, summary }: CollectedScan, byteLength: number): void {
  const fault = (message: string): never => {
    throw new Error(`the scan breaks a promise: ${message}`);
  };
  let last = -1;
  let decodedSamples = 0;
  for (const [i, { startByte, samples, prerollPackets, prerollBytes }] of packets.entries()) {
    if (!(startByte > last && startByte < byteLength)) fault(`a packet begins at ${startByte}, after one at ${last}`);
    if (!(samples >= 0 && prerollPackets >= 0)) fault(`a packet at ${startByte} has ${samples}, ${prerollPackets}`);
    const furthest = startByte - (packets[i - prerollPackets]?.startByte ?? 0);
    if (prerollBytes !== undefined && !(prerollBytes >= 0 && prerollBytes <= furthest)) {
      fault(`${prerollBytes} bytes of preroll in ${prerollPackets} packets before byte ${startByte}`);
    }
    last = startByte;
    decodedSamples += samples;
  }
  const { audioStartByte, audioEndByte, leadInSamples, totalSamples } = summary;
  if (!(audioStartByte <= audioEndByte && audioEndByte <= byteLength)) {
    fault(`audio from ${audioStartByte} to ${audioEndByte} of ${byteLength}`);
  }
  if (packets.length > 0 && last >= audioEndByte) fault(`audio ends at ${audioEndByte}, a packet begins at ${last}`);
  if (!(leadInSamples >= 0 && totalSamples >= 0 && leadInSamples + totalSamples <= decodedSamples)) {
    fault(`${leadInSamples} + ${totalSamples} samples out of ${decodedSamples}`);
  }
  let frameEnd = 0;
  for (const { startByte, byteLength: length } of frames) {
    if (startByte < frameEnd || startByte + length > byteLength) fault(`a frame at ${startByte}, ${length} bytes`);
    frameEnd = startByte + length;
  }
  if (frames.length > 0 !== (format.decoderConfig !== undefined)) fault('frames without decoderConfig, or the reverse');
  if (frames.length > 0 && frames.reduce((sum, frame) => sum + frame.samples, 0) !== decodedSamples) {
    fault('the samples of the frames are not those of the packets');
  }
  let lastInit = 0;
  for (const { startByte } of initChanges) {
    if (startByte <= lastInit || startByte >= byteLength) fault(`an init holds from byte ${startByte} on`);
    lastInit = startByte;
  }
}
