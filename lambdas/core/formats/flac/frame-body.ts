import type { FrameHeader } from './frame-header.ts';

/** Bound once: in a sandboxed context each look-up of a global costs more than reading the bits does. */
const { clz32 } = Math;

/**
 * The extent of a frame by its structure (RFC 9639, section 9.2): a byte length with the CRC-16; `cut` when `bytes` end
 * before the frame does; `invalid` when no decoder would decode it.
 *
 * `bytes` begin with the frame's header. The checksum is not looked at.
 */
export function frameBodyExtent(bytes: Uint8Array, header: FrameHeader): number | 'cut' | 'invalid' {
  const reader = new BitReader(bytes, header.headerByteLength);
  for (let channel = 0; channel < header.channels; channel++) {
    const bits = header.bitsPerSample + (channel === header.sideChannel ? 1 : 0);
    if (!skipSubframe(reader, header.samples, bits)) return reader.cut ? 'cut' : 'invalid';
  }
  const end = Math.ceil(reader.bit / 8) + 2;
  return end <= bytes.length ? end : 'cut';
}

class BitReader {
  readonly #bytes: Uint8Array;
  readonly #endBit: number;
  bit: number;

  constructor(bytes: Uint8Array, startByte: number) {
    this.#bytes = bytes;
    this.#endBit = bytes.length * 8;
    this.bit = startByte * 8;
  }

  get cut(): boolean {
    return this.bit > this.#endBit;
  }

  skip(bits: number): void {
    this.bit += bits;
  }

  /** The next 1 to 16 bits; zeros beyond the end. */
  read(bits: number): number {
    const at = this.bit >>> 3;
    const b = this.#bytes;
    const three = ((b[at] ?? 0) << 16) | ((b[at + 1] ?? 0) << 8) | (b[at + 2] ?? 0);
    const value = (three >>> (24 - (this.bit & 7) - bits)) & ((1 << bits) - 1);
    this.bit += bits;
    return value;
  }

  /** Counts zeros up to the next one and takes both. Runs over the end when no one comes. */
  unary(): number {
    const from = this.bit;
    let at = from >>> 3;
    let byte = (this.#bytes[at] ?? 0) & (0xff >> (from & 7));
    while (byte === 0 && ++at < this.#bytes.length) byte = this.#bytes[at] as number;
    this.bit = byte === 0 ? this.#endBit + 1 : at * 8 + clz32(byte) - 24 + 1;
    return this.bit - 1 - from;
  }
}

/** False: invalid, or the reader has run over the end. */
function skipSubframe(reader: BitReader, samples: number, sampleBits: number): boolean {
  if (reader.read(1) !== 0) return false;
  const type = reader.read(6);
  let bits = sampleBits;
  if (reader.read(1) === 1) bits -= reader.unary() + 1;
  if (bits < 1 || reader.cut) return false;
  if (type === 0) reader.skip(bits);
  else if (type === 1) reader.skip(bits * samples);
  else if (type >= 8 && type <= 12) return skipPredicted(reader, samples, bits, type - 8, false);
  else if (type >= 32) return skipPredicted(reader, samples, bits, type - 31, true);
  else return false;
  return !reader.cut;
}

function skipPredicted(reader: BitReader, samples: number, bits: number, order: number, linear: boolean): boolean {
  if (order > samples) return false;
  reader.skip(order * bits);
  if (linear) {
    const precision = reader.read(4) + 1;
    // 16 is forbidden; a negative shift (the top bit of five) is refused by every decoder.
    if (precision === 16 || reader.read(5) >= 16) return false;
    reader.skip(order * precision);
  }
  return skipResidual(reader, samples, order);
}

/** Rice partitions: a parameter each, or verbatim samples of a stated width where the parameter is all ones. */
function skipResidual(reader: BitReader, samples: number, order: number): boolean {
  const method = reader.read(2);
  if (method > 1) return false;
  const parameterBits = method === 0 ? 4 : 5;
  const verbatimParameter = (1 << parameterBits) - 1;
  const partitionOrder = reader.read(4);
  const partitionSamples = samples >> partitionOrder;
  if (partitionSamples << partitionOrder !== samples || partitionSamples < order) return false;
  for (let partition = 0; partition < 1 << partitionOrder; partition++) {
    const count = partitionSamples - (partition === 0 ? order : 0);
    const parameter = reader.read(parameterBits);
    if (parameter === verbatimParameter) reader.skip(count * reader.read(5));
    else {
      for (let i = 0; i < count && !reader.cut; i++) {
        reader.unary();
        reader.skip(parameter);
      }
    }
    if (reader.cut) return false;
  }
  return !reader.cut;
}
