/** ADTS streams frame by frame, with bodies that never look like a header. */

const SAMPLE_RATES = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
];

export type AdtsFrameSpec = {
  /** 1 Main, 2 LC (default), 3 SSR, 4 LTP. */
  readonly objectType?: 1 | 2 | 3 | 4;
  readonly sampleRate?: number;
  readonly channelConfiguration?: number;
  readonly mpeg2?: boolean;
  readonly crc?: boolean;
  readonly rawBlocks?: number;
  /** All that follows header and CRC; by default filler. */
  readonly payload?: Uint8Array;
  readonly payloadBytes?: number;
  /** What the header says instead of the frame's length. */
  readonly statedByteLength?: number;
};

export function adtsFrame(spec: AdtsFrameSpec = {}): Uint8Array {
  const { objectType = 2, sampleRate = 44_100, channelConfiguration = 2, rawBlocks = 1, payloadBytes = 60 } = spec;
  const payload = spec.payload ?? Uint8Array.from({ length: payloadBytes }, (_, index) => 0x21 + ((index * 7) % 0x50));
  const headerBytes = 7 + (spec.crc ? 2 * rawBlocks : 0);
  const frame = new Uint8Array(headerBytes + payload.length);
  frame.set(payload, headerBytes);
  const header = new BitString()
    .put(0xfff, 12)
    .put(spec.mpeg2 ? 1 : 0, 1)
    .put(0, 2)
    .put(spec.crc ? 0 : 1, 1)
    .put(objectType - 1, 2)
    .put(SAMPLE_RATES.indexOf(sampleRate) & 15, 4)
    .put(0, 1)
    .put(channelConfiguration, 3)
    .put(0, 4)
    .put(spec.statedByteLength ?? frame.length, 13)
    .put(0x7ff, 11)
    .put(rawBlocks - 1, 2);
  frame.set(header.bytes());
  return frame;
}

/** Bits, most significant first. */
export class BitString {
  readonly #bits: number[] = [];

  put(value: number, count: number): this {
    for (let bit = count - 1; bit >= 0; bit--) this.#bits.push((value >>> bit) & 1);
    return this;
  }

  putBytes(bytes: Iterable<number>): this {
    for (const byte of bytes) this.put(byte, 8);
    return this;
  }

  align(): this {
    while (this.#bits.length % 8 !== 0) this.#bits.push(0);
    return this;
  }

  /** Padded with zeros. */
  bytes(): Uint8Array {
    const bytes = new Uint8Array(Math.ceil(this.#bits.length / 8));
    this.#bits.forEach((bit, index) => {
      bytes[index >> 3] = (bytes[index >> 3] ?? 0) | (bit << (7 - (index & 7)));
    });
    return bytes;
  }
}

export type ProgramConfigSpec = {
  /** For each element whether it is a pair of channels. */
  readonly front?: readonly boolean[];
  readonly side?: readonly boolean[];
  readonly back?: readonly boolean[];
  readonly lowFrequency?: number;
  readonly data?: number;
  readonly coupling?: number;
  readonly mixdowns?: boolean;
  readonly comment?: string;
};

/** A raw data block that begins with a program config element, of LC at 44.1 kHz, and then holds filler. */
export function programConfigBlock(spec: ProgramConfigSpec): Uint8Array {
  return programConfigFields(new BitString().put(5, 3), spec).put(0x2a2a2a, 24).bytes();
}

/** The fields of the element, from wherever `bits` ends. */
export function programConfigFields(bits: BitString, spec: ProgramConfigSpec): BitString {
  const { front = [], side = [], back = [], lowFrequency = 0, data = 0, coupling = 0, comment = '' } = spec;
  bits.put(0, 4).put(1, 2).put(4, 4);
  for (const elements of [front, side, back]) bits.put(elements.length, 4);
  bits.put(lowFrequency, 2).put(data, 3).put(coupling, 4);
  if (spec.mixdowns) bits.put(1, 1).put(3, 4).put(1, 1).put(5, 4).put(1, 1).put(6, 3);
  else bits.put(0, 3);
  for (const isPair of [...front, ...side, ...back]) bits.put(isPair ? 1 : 0, 1).put(1, 4);
  for (let index = 0; index < lowFrequency + data; index++) bits.put(2, 4);
  for (let index = 0; index < coupling; index++) bits.put(0x13, 5);
  bits.align().put(comment.length, 8);
  return bits.putBytes(Array.from(comment, (character) => character.charCodeAt(0)));
}

/** A fill element: its extension type, and bytes of which the first four bits are that. */
export function putFill(bits: BitString, extension: number, byteLength: number): BitString {
  bits.put(6, 3);
  if (byteLength < 15) bits.put(byteLength, 4);
  else bits.put(15, 4).put(byteLength - 14, 8);
  if (byteLength === 0) return bits;
  return bits
    .put(extension, 4)
    .put(5, 4)
    .putBytes(new Uint8Array(byteLength - 1).fill(0x5a));
}
