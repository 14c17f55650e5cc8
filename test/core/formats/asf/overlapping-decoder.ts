import type { DecodedAudio, Decoder, DecoderConfig, FrameDecoder } from '../../../../lambdas/core/ports.ts';

/** As the WMA decoders at 8 kHz put them out. */
export const FRAME_SAMPLES = 512;
/** A piece that begins with it does not decode. */
export const BAD_PIECE = 0xff;

export type Behaviour = {
  /** The first frame after a start is kept back, as WMA Pro does. */
  readonly skipsFirst?: boolean;
  /** Frames after which the noise that is added begins anew; no noise when absent. */
  readonly noisePeriodFrames?: number;
};

/**
 * Decodes pieces of `blockAlign` bytes, as many frames of each as its first byte says. What comes out depends on the
 * piece, on the one before it (overlap), and on how many frames came before (noise); the last half comes with `flush`.
 */
export class OverlappingDecoder implements Decoder {
  readonly #behaviour: Behaviour;
  opened = 0;
  closed = 0;
  decodedObjects = 0;

  constructor(behaviour: Behaviour = {}) {
    this.#behaviour = behaviour;
  }

  async open({ blockAlign = 1, channels, sampleRate }: DecoderConfig): Promise<FrameDecoder> {
    this.opened++;
    const { skipsFirst = false, noisePeriodFrames = 1 } = this.#behaviour;
    let overlap = 0;
    let frames = 0;
    let failedFrames = 0;
    let isFirst = true;
    const audio = (value: number): DecodedAudio => ({
      samples: FRAME_SAMPLES,
      channels,
      sampleRate,
      interleaved: () => new Int32Array(FRAME_SAMPLES * channels).fill(value),
    });
    const decodePiece = (piece: Uint8Array): DecodedAudio[] => {
      const [count = 0] = piece;
      if (count === BAD_PIECE) {
        failedFrames++;
        return [];
      }
      const out: DecodedAudio[] = [];
      for (let i = 0; i < count; i++) {
        if (!(isFirst && skipsFirst)) out.push(audio(hash(piece, overlap + (frames % noisePeriodFrames))));
        isFirst = false;
        overlap = hash(piece, i);
        frames++;
      }
      return out;
    };
    return {
      decode: async (object) => {
        this.decodedObjects++;
        const out: DecodedAudio[] = [];
        for (let at = 0; at + blockAlign <= object.length; at += blockAlign) {
          out.push(...decodePiece(object.subarray(at, at + blockAlign)));
        }
        return out;
      },
      flush: async () => (isFirst ? [] : [audio(overlap)]),
      get failedFrames() {
        return failedFrames;
      },
      close: () => {
        this.closed++;
      },
    };
  }
}

function hash(bytes: Uint8Array, seed: number): number {
  return bytes.reduce((sum, byte) => (Math.imul(sum, 31) + byte) | 0, seed + 7);
}
