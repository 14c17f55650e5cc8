import type { DecoderConfig } from '../../ports.ts';
import type { SourceWarning } from '../format.ts';
import type { AsfHeader } from './header-object.ts';
import type { PacketWalk } from './packet-walk.ts';
import type { StretchLog } from './stretch-log.ts';

export type ScanFindings = {
  readonly walk: PacketWalk;
  readonly log: StretchLog;
  readonly incompleteObjects: number;
  readonly leadInSamples: number;
};

/** What a person should know about a scanned ASF file. */
export function scanWarnings(
  findings: ScanFindings,
  header: AsfHeader,
  config: DecoderConfig,
  byteLength: number,
): SourceWarning[] {
  const warnings = [timelineWarning(findings.leadInSamples)];
  if (header.streamCount > 1) {
    const message = `the file holds ${header.streamCount} streams, and the first one of audio is served; upload another one apart to have it, too`;
    warnings.push({ code: 'several_tracks', message });
  }
  const damage = damageWarning(findings);
  if (damage !== undefined) warnings.push(damage);
  const { log } = findings;
  if (log.inexact > 0) {
    const message = `at ${log.inexact} of ${log.packetCount} places where the audio may be cut, the codec carries over more than is fed before a chunk: the noise that it adds may differ there from a decode of the whole; nothing needs to be done`;
    warnings.push({ code: 'inexact_chunks', message });
  }
  const length = lengthWarning(findings, header, config, byteLength);
  if (length !== undefined) warnings.push(length);
  return warnings;
}

function timelineWarning(leadInSamples: number): SourceWarning {
  const convention =
    leadInSamples > 0
      ? `the first ${leadInSamples} samples are taken for it, as FFmpeg does, and none at the end`
      : 'nothing is taken for it, as FFmpeg does';
  const message = `Windows Media Audio does not say how much silence its encoder added: ${convention}; nothing needs to be done`;
  return { code: 'timeline_assumed', message };
}

function damageWarning({ walk, log, incompleteObjects }: ScanFindings): SourceWarning | undefined {
  const faults: string[] = [];
  if (walk.damagedPlaces > 0) {
    const places = walk.damagedPlaces === 1 ? '1 place' : `${walk.damagedPlaces} places`;
    faults.push(`no data packet stands in ${places}, the first at byte ${walk.firstDamagedByte}`);
  }
  if (incompleteObjects > 0) faults.push(`${incompleteObjects} codec packets are incomplete`);
  if (log.failedObjects > 0) faults.push(`${log.failedObjects} codec packets do not decode`);
  if (faults.length === 0) return undefined;
  const message = `the file is damaged: ${faults.join(', ')}; what cannot be decoded was left out, upload an intact copy to hear it`;
  return { code: 'damaged_packets', message };
}

function lengthWarning(
  { walk, log, leadInSamples }: ScanFindings,
  { declaredPackets, dataEndByte }: AsfHeader,
  { sampleRate }: DecoderConfig,
  byteLength: number,
): SourceWarning | undefined {
  if (dataEndByte !== undefined && dataEndByte > byteLength) {
    const second = ((log.totalSamples - leadInSamples) / sampleRate).toFixed(3);
    const message = `the file ends at byte ${byteLength} of ${dataEndByte}: it plays up to second ${second}; upload the whole file`;
    return { code: 'truncated', message };
  }
  if (declaredPackets === undefined || declaredPackets === walk.packetCount || walk.damagedPlaces > 0) return undefined;
  const message = `the data object declares ${declaredPackets} packets and holds ${walk.packetCount}, which is what is served; if sound is missing, upload the whole file`;
  return { code: 'wrong_total', message };
}
