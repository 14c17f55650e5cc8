import type { SourceWarning } from '../format.ts';
import type { Finding, FrameChain } from './frame-chain.ts';
import type { FrameHeader } from './frame-header.ts';
import type { StreamInfo } from './stream-info.ts';

/** What a person should know about a scanned FLAC file. `chain` has seen at least one frame. */
export function scanWarnings(
  chain: FrameChain,
  reference: FrameHeader,
  streamInfo: StreamInfo | undefined,
  byteLength: number,
): SourceWarning[] {
  const seconds = (sample: number): string => (sample / reference.sampleRate).toFixed(3);
  const place = ({ count, byte, sample }: Finding): string =>
    `${count === 1 ? '1 place' : `${count} places`}, the first at byte ${byte}, second ${seconds(sample)}`;
  const warnings: SourceWarning[] = [];
  if (chain.junk !== undefined) {
    const message = `bytes that are not FLAC frames were skipped in ${place(chain.junk)}; nothing needs to be done unless sound is missing there`;
    warnings.push({ code: 'junk_skipped', message });
  }
  if (chain.damaged !== undefined) {
    const message = `frames are damaged or missing in ${place(chain.damaged)}; what cannot be decoded was left out, upload an intact copy to hear it`;
    warnings.push({ code: 'damaged_frames', message });
  }
  if (chain.change !== undefined) warnings.push(changeWarning(chain.change.header, chain.change.startByte));
  if (chain.cutStartByte !== undefined) {
    const message = `the file is cut at byte ${byteLength}, inside a frame: it is playable up to second ${seconds(chain.totalSamples)}; upload the whole file`;
    warnings.push({ code: 'truncated', message });
  }
  const declared = streamInfo?.totalSamples ?? 0;
  const explained = chain.damaged !== undefined || chain.change !== undefined || chain.cutStartByte !== undefined;
  if (declared !== 0 && declared !== chain.totalSamples && !explained) {
    const message = `STREAMINFO declares ${declared} samples, the frames hold ${chain.totalSamples}, which is what is served; if sound is missing, upload the whole file`;
    warnings.push({ code: 'wrong_total', message });
  }
  return warnings;

  function changeWarning(header: FrameHeader, byte: number): SourceWarning {
    const at = `at byte ${byte}, second ${seconds(chain.totalSamples)}`;
    const remedy = 'the timeline ends there; cut the file at that byte, or convert it to one format, to have the rest';
    if (header.sampleRate !== reference.sampleRate || header.channels !== reference.channels) {
      const was = `${reference.sampleRate} Hz with ${reference.channels} channels`;
      const is = `${header.sampleRate} Hz with ${header.channels}`;
      return { code: 'sample_rate_change', message: `the audio changes from ${was} to ${is} ${at}; ${remedy}` };
    }
    const change = `from ${reference.bitsPerSample} to ${header.bitsPerSample} bits per sample`;
    return { code: 'bits_per_sample_change', message: `the audio changes ${change} ${at}; ${remedy}` };
  }
}
