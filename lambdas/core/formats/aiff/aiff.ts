/** AIFF and AIFF-C: PCM, float and logarithmic samples in chunks (Apple, AIFF 1.3 of 1989, AIFF-C draft of 1991). */
import { CuepointError } from '../../errors.ts';
import type { ByteSource } from '../../ports.ts';
import type { PacketRun, Scan, SourceFormat, SourceWarning } from '../format.ts';
import { skipId3v2 } from '../id3v2.ts';
import { blockRun, dataWarnings, onePass } from '../iff/block-run.ts';
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
    const warnings = layoutWarnings(layout, run, statedSamples, {
      sampleRate: format.sampleRate,
      byteLength: source.byteLength,
    });
    return {
      format: { container: 'aiff', mimeType: 'audio/aiff', extension, ...described },
      init: aiffHeader(format),
      packets: () => onePass(run, warnings),
    };
  },
};

/** The data alone says what is served; a COMM chunk that states another number of samples is worth a word. */
function layoutWarnings(
  layout: AiffLayout,
  run: PacketRun,
  statedSamples: number,
  extent: { readonly sampleRate: number; readonly byteLength: number },
): SourceWarning[] {
  const warnings = dataWarnings(layout, run, extent);
  const isExplained = warnings.some(({ code }) => code === 'wrong_total' || code === 'truncated');
  if (isExplained || statedSamples === run.count) return warnings;
  const message = `the COMM chunk states ${statedSamples} samples, the SSND chunk holds ${run.count}, which is what is served; if sound is missing, export the file again`;
  return [{ code: 'wrong_total', message }, ...warnings];
}
