/**
 * Frames of lossless codecs, each with the samples that it must decode to: made here, bit by bit, without an encoder.
 * Samples are interleaved; integers are left-justified in 32 bits, as the Decoder port has them.
 *
 * Spec: RFC 9639 (FLAC), https://macosforge.github.io/alac/ (ALAC), https://wiki.xiph.org/OggPCM (what PCM is).
 */
import type { DecoderConfig } from '../../lambdas/core/ports.ts';
import { concat, flacCrc16, flacFrameHeader } from '../support/flac-stream.ts';

export type CodecFrame = {
  readonly config: DecoderConfig;
  readonly frame: Uint8Array;
  readonly samples: Int32Array | Float32Array;
};

const NO_EXTRADATA = new Uint8Array(0);

type Shape = { readonly channels: number; readonly samples: number; readonly bits: number };

/** Left-justified integers that use every bit of their width: the extremes first, then noise. */
function integerSamples({ channels, samples, bits }: Shape): Int32Array {
  const extremes = [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1, 0, -1, 1];
  let state = 7;
  return Int32Array.from({ length: channels * samples }, (_, i) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (extremes[i] ?? state >> (32 - bits)) << (32 - bits);
  });
}

/** Little endian, or 8 bits with zero at 128; `planar`: first all samples of the first channel. */
export function pcmFrame(codec: string, shape: Shape, planar = false): CodecFrame {
  const { channels, bits } = shape;
  const samples = integerSamples(shape);
  const bytes: number[] = [];
  for (let i = 0; i < samples.length; i++) {
    const from = planar ? (i % shape.samples) * channels + Math.floor(i / shape.samples) : i;
    const value = ((samples[from] ?? 0) >> (32 - bits)) + (bits === 8 ? 128 : 0);
    for (let shift = 0; shift < bits; shift += 8) bytes.push((value >> shift) & 0xff);
  }
  return {
    config: { codec, sampleRate: 48_000, channels, extradata: NO_EXTRADATA, bitsPerSample: bits },
    frame: Uint8Array.from(bytes),
    samples,
  };
}

/** 32 or 64 bits, beyond full scale too. The values fit floats, so that doubles lose nothing. */
export function floatFrame(bits: 32 | 64): CodecFrame {
  const samples = Float32Array.of(0, -0.25, 1.5, 1e-30, 0.1, -3e4, 1 / 3, -0.999_999_94);
  const frame = new Uint8Array((samples.length * bits) / 8);
  const view = new DataView(frame.buffer);
  for (const [i, sample] of samples.entries()) {
    if (bits === 32) view.setFloat32(i * 4, sample, true);
    else view.setFloat64(i * 8, sample, true);
  }
  return {
    config: { codec: `pcm_f${bits}le`, sampleRate: 96_000, channels: 2, extradata: NO_EXTRADATA },
    frame,
    samples,
  };
}

/** A FLAC frame of verbatim subframes. `bits`: 16 or 24. */
export function flacCodecFrame(shape: Shape): CodecFrame {
  const { channels, bits } = shape;
  const sampleRate = 48_000;
  const samples = integerSamples(shape);
  const header = flacFrameHeader({ samples: shape.samples, number: 0, sampleRate, channels, bitsPerSample: bits });
  const writer = new BitString();
  for (let channel = 0; channel < channels; channel++) {
    writer.write(0b0000_0010, 8);
    for (let i = channel; i < samples.length; i += channels) writer.write((samples[i] ?? 0) >> (32 - bits), bits);
  }
  const body = concat(header, writer.bytes());
  const crc = flacCrc16(body);
  return {
    config: { codec: 'flac', sampleRate, channels, extradata: streamInfo(shape, sampleRate), bitsPerSample: bits },
    frame: concat(body, Uint8Array.of(crc >> 8, crc & 0xff)),
    samples,
  };
}

function streamInfo({ channels, samples, bits }: Shape, sampleRate: number): Uint8Array {
  const writer = new BitString();
  writer.write(samples, 16).write(samples, 16).write(0, 24).write(0, 24);
  writer
    .write(sampleRate, 20)
    .write(channels - 1, 3)
    .write(bits - 1, 5);
  writer.write(0, 4).write(samples, 32);
  return concat(writer.bytes(), new Uint8Array(16));
}

const ALAC_SINGLE = 0;
const ALAC_PAIR = 1;
const ALAC_END = 7;

/** An ALAC frame whose one element is not compressed. `channels`: 1 or 2; `bits`: 16, 20 or 24. */
export function alacCodecFrame(shape: Shape): CodecFrame {
  const { channels, bits } = shape;
  const sampleRate = 44_100;
  const samples = integerSamples(shape);
  const writer = new BitString();
  writer.write(channels === 2 ? ALAC_PAIR : ALAC_SINGLE, 3);
  // Instance and unused bits; then: states its length, no shifted-off bytes, is not compressed.
  writer.write(0, 16).write(0b1_00_1, 4).write(shape.samples, 32);
  for (const sample of samples) writer.write(sample >> (32 - bits), bits);
  writer.write(ALAC_END, 3);
  return {
    config: { codec: 'alac', sampleRate, channels, extradata: magicCookie(shape, sampleRate), bitsPerSample: bits },
    frame: writer.bytes(),
    samples,
  };
}

/** As MP4 stores it: a box `alac`, version and flags, then the cookie. */
function magicCookie({ channels, samples, bits }: Shape, sampleRate: number): Uint8Array {
  const writer = new BitString();
  writer.write(36, 32).write(0x61_6c_61_63, 32).write(0, 32);
  writer.write(samples, 32).write(0, 8).write(bits, 8).write(40, 8).write(10, 8).write(14, 8).write(channels, 8);
  writer.write(255, 16).write(0, 32).write(0, 32).write(sampleRate, 32);
  return writer.bytes();
}

/** Bits in a row, the highest of each value first; the last byte is filled with zeros. */
class BitString {
  readonly #bits: number[] = [];

  /** The lowest `width` (up to 32) bits of `value`. */
  write(value: number, width: number): this {
    for (let bit = width - 1; bit >= 0; bit--) this.#bits.push((value >> bit) & 1);
    return this;
  }

  bytes(): Uint8Array {
    const bytes = new Uint8Array(Math.ceil(this.#bits.length / 8));
    for (const [i, bit] of this.#bits.entries()) bytes[i >> 3] = (bytes[i >> 3] ?? 0) | (bit << (7 - (i & 7)));
    return bytes;
  }
}
