import { CuepointError } from '../../lambdas/core/errors.ts';
import type { DecodedAudio, Decoder, DecoderConfig, FrameDecoder } from '../../lambdas/core/ports.ts';

const FRAME_SAMPLES = 512;
const MAX_CHANNELS = 8;

/**
 * Stands in for native decoders, for any bytes whatever: what comes out depends on the frame and on the one before it,
 * some frames give nothing, and some do not decode.
 */
export class FuzzDecoder implements Decoder {
  async open({ channels, sampleRate, blockAlign = 0, codec }: DecoderConfig): Promise<FrameDecoder> {
    if (channels < 1 || channels > MAX_CHANNELS || blockAlign < 1) {
      throw new CuepointError(
        'unsupported_codec',
        `${codec} of ${channels} channels cannot be decoded; upload another`,
      );
    }
    let previous = 0;
    let failedFrames = 0;
    const audio = (value: number): DecodedAudio => ({
      samples: FRAME_SAMPLES,
      channels,
      sampleRate,
      interleaved: () => new Int32Array(FRAME_SAMPLES * channels).fill(value),
    });
    return {
      async decode(frame) {
        const own = frame.reduce((sum, byte) => (Math.imul(sum, 31) + byte) | 0, 7);
        const overlapped = own ^ previous;
        previous = own;
        if (frame[0] === 0xff) {
          failedFrames++;
          return [];
        }
        return frame[0] === 0xfe ? [] : [audio(overlapped)];
      },
      flush: async () => (previous === 0 ? [] : [audio(previous)]),
      get failedFrames() {
        return failedFrames;
      },
      close() {},
    };
  }
}
