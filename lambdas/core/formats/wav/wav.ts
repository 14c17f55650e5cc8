/** WAV: PCM in RIFF, RF64 or BW64. */
import { CuepointError } from '../../errors.ts';
import type { ByteSource } from '../../ports.ts';
import type { Scan, SourceFormat } from '../format.ts';
import { skipId3v2 } from '../id3v2.ts';
import { blockRun, dataWarnings, onePass } from '../iff/block-run.ts';
import { parseFmtChunk } from './fmt-chunk.ts';
import { readRiff } from './riff.ts';
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
    const { byteLength } = source;
    const warnings = dataWarnings(layout, run, { sampleRate: format.sampleRate, byteLength });
    const { channelMask, ...described } = format;
    const speakers = channelMask === 0 ? {} : { channelMask };
    return {
      format: { container: 'wav', mimeType: 'audio/wav', extension: 'wav', ...described, ...speakers },
      init: wavHeader(format, 'unknown'),
      packets: () => onePass(run, warnings),
    };
  },
};
