/** A small FLAC encoder (RFC 9639): valid streams of every kind that a scanner must know, and the frames to break. */

export type Coding = 'constant' | 'verbatim' | 'fixed' | 'lpc';

export type FlacFrameOptions = {
  /** Samples per channel. */
  readonly samples: number;
  /** The coded number: of the frame, or of its first sample when `variable`. */
  readonly number: number;
  readonly variable?: boolean;
  readonly sampleRate?: number;
  readonly channels?: number;
  readonly bitsPerSample?: number;
  readonly coding?: Coding;
  /** Side channel: two channels as left and difference. */
  readonly leftSide?: boolean;
  /** Leave rate and width to STREAMINFO. */
  readonly terse?: boolean;
  readonly seed?: number;
};

export type FlacStreamOptions = Omit<FlacFrameOptions, 'samples' | 'number'> & {
  /** Samples of each frame, in order. */
  readonly blocks: readonly number[];
  /** Number of the first frame (or sample, when `variable`). */
  readonly firstNumber?: number;
  /** `false`: no STREAMINFO block. `totalSamples` is the true one unless stated. */
  readonly streamInfo?: false | { readonly totalSamples?: number; readonly sampleRate?: number };
  /** Further metadata blocks. */
  readonly metadata?: readonly { readonly type: number; readonly body: Uint8Array }[];
};

export type FlacStream = {
  readonly bytes: Uint8Array;
  readonly audioStartByte: number;
  /** First byte of every frame. */
  readonly frameBytes: readonly number[];
  readonly totalSamples: number;
};

const DEFAULTS = { sampleRate: 44100, channels: 2, bitsPerSample: 16 };

export function flacStream(options: FlacStreamOptions): FlacStream {
  const { blocks, firstNumber = 0, variable = false, coding } = options;
  const totalSamples = blocks.reduce((sum, samples) => sum + samples, 0);
  const parts = [metadataOf(options, totalSamples)];
  const audioStartByte = parts[0]?.length ?? 0;
  const frameBytes: number[] = [];
  let byte = audioStartByte;
  let number = firstNumber;
  for (const [i, samples] of blocks.entries()) {
    const frame = flacFrame({ seed: i + 1, ...options, samples, number, ...(coding && { coding }) });
    frameBytes.push(byte);
    parts.push(frame);
    byte += frame.length;
    number += variable ? samples : 1;
  }
  return { bytes: concat(...parts), audioStartByte, frameBytes, totalSamples };
}

export function flacFrame(options: FlacFrameOptions): Uint8Array {
  const { samples, bitsPerSample, channels, coding = 'verbatim' } = { ...DEFAULTS, ...options };
  const bits = new BitWriter();
  bits.bytes(flacFrameHeader(options));
  for (let channel = 0; channel < channels; channel++) {
    const width = bitsPerSample + (options.leftSide && channel === 1 ? 1 : 0);
    writeSubframe(bits, coding, width, flacSamples(samples, bitsPerSample, (options.seed ?? 1) * 8 + channel));
  }
  bits.align();
  bits.write(flacCrc16(bits.taken()), 16);
  return bits.taken();
}

/** The header alone, its CRC-8 included: by itself a false start of a frame. */
export function flacFrameHeader(options: FlacFrameOptions): Uint8Array {
  const { samples, number, variable, sampleRate, channels, bitsPerSample, terse } = { ...DEFAULTS, ...options };
  const bits = new BitWriter();
  bits.write(variable ? 0xfff9 : 0xfff8, 16);
  bits.write(samples > 256 ? 7 : 6, 4);
  const rateCode = terse ? 0 : sampleRate % 1000 === 0 && sampleRate < 256_000 ? 12 : sampleRate < 65536 ? 13 : 14;
  bits.write(rateCode, 4);
  bits.write(options.leftSide ? 8 : channels - 1, 4);
  bits.write(terse ? 0 : [8, 12, 0, 16, 20, 24, 32].indexOf(bitsPerSample) + 1, 3);
  bits.write(0, 1);
  bits.bytes(codedNumber(number));
  bits.write(samples - 1, samples > 256 ? 16 : 8);
  if (rateCode === 12) bits.write(sampleRate / 1000, 8);
  if (rateCode > 12) bits.write(rateCode === 13 ? sampleRate : sampleRate / 10, 16);
  bits.write(flacCrc8(bits.taken()), 8);
  return bits.taken();
}

/** What the frames of one seed hold: small numbers, so that every coding can express them. */
function flacSamples(count: number, bitsPerSample: number, seed: number): number[] {
  const half = Math.min(2 ** (bitsPerSample - 1), 2 ** 15);
  let state = seed * 2654435761 + 1;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 8) % half;
  });
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Bit by bit, as the specification has it: nothing to share with the tables under test. */
export function flacCrc8(bytes: Uint8Array): number {
  return bitwiseCrc(bytes, 8, 0x07);
}

export function flacCrc16(bytes: Uint8Array): number {
  return bitwiseCrc(bytes, 16, 0x8005);
}

function bitwiseCrc(bytes: Uint8Array, width: number, polynomial: number): number {
  const top = 1 << (width - 1);
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << (width - 8);
    for (let bit = 0; bit < 8; bit++) crc = (crc & top ? (crc << 1) ^ polynomial : crc << 1) & ((1 << width) - 1);
  }
  return crc;
}

function metadataOf(options: FlacStreamOptions, totalSamples: number): Uint8Array {
  const { streamInfo = {}, metadata = [] } = options;
  const first = streamInfo === false ? [] : [{ type: 0, body: streamInfoBody(options, streamInfo, totalSamples) }];
  const blocks = [...first, ...metadata];
  const parts = blocks.map(({ type, body }, i) => {
    const bits = new BitWriter();
    bits.write(i === blocks.length - 1 ? 1 : 0, 1);
    bits.write(type, 7);
    bits.write(body.length, 24);
    return concat(bits.taken(), body);
  });
  return concat(new Uint8Array([0x66, 0x4c, 0x61, 0x43]), ...parts);
}

function streamInfoBody(
  options: FlacStreamOptions,
  stated: { readonly totalSamples?: number; readonly sampleRate?: number },
  totalSamples: number,
): Uint8Array {
  const { sampleRate, channels, bitsPerSample, blocks } = { ...DEFAULTS, ...options };
  const bits = new BitWriter();
  const full = blocks.length > 1 ? blocks.slice(0, -1) : blocks;
  bits.write(Math.max(16, Math.min(...full)), 16);
  bits.write(Math.max(16, Math.max(...blocks)), 16);
  bits.write(0, 24);
  bits.write(0, 24);
  bits.write(stated.sampleRate ?? sampleRate, 20);
  bits.write(channels - 1, 3);
  bits.write(bitsPerSample - 1, 5);
  bits.write(0, 4);
  bits.write(stated.totalSamples ?? totalSamples, 32);
  // An MD5 that no decode can agree with, as a whole file's is to a chunk.
  for (let i = 0; i < 16; i++) bits.write(0xa5, 8);
  return bits.taken();
}

function writeSubframe(bits: BitWriter, coding: Coding, width: number, samples: readonly number[]): void {
  bits.write(0, 1);
  const first = samples[0] ?? 0;
  switch (coding) {
    case 'constant':
      bits.write(0, 7);
      bits.write(first, width);
      return;
    case 'verbatim':
      bits.write(1 << 1, 7);
      for (const sample of samples) bits.write(sample, width);
      return;
    case 'fixed':
      bits.write(9 << 1, 7);
      bits.write(first, width);
      break;
    case 'lpc':
      // One coefficient of 1: the same prediction as fixed order 1.
      bits.write(32 << 1, 7);
      bits.write(first, width);
      bits.write(1, 4);
      bits.write(0, 5);
      bits.write(1, 2);
      break;
  }
  writeResidual(
    bits,
    samples.slice(1).map((sample, i) => sample - (samples[i] ?? 0)),
    samples.length,
  );
}

/** Two partitions where the block can be halved: the second verbatim in 17 bits, the first Rice coded. */
function writeResidual(bits: BitWriter, residual: readonly number[], samples: number): void {
  const partitionOrder = samples % 2 === 0 && samples > 2 ? 1 : 0;
  const parameter = 11;
  const firstCount = (samples >> partitionOrder) - 1;
  bits.write(0, 2);
  bits.write(partitionOrder, 4);
  bits.write(parameter, 4);
  for (const value of residual.slice(0, firstCount)) {
    const folded = value >= 0 ? value * 2 : -value * 2 - 1;
    for (let zeros = folded >> parameter; zeros > 0; zeros--) bits.write(0, 1);
    bits.write(1, 1);
    bits.write(folded, parameter);
  }
  if (partitionOrder === 0) return;
  bits.write(15, 4);
  bits.write(17, 5);
  for (const value of residual.slice(firstCount)) bits.write(value, 17);
}

/** As UTF-8, extended to 36 bits. */
function codedNumber(number: number): Uint8Array {
  if (number < 0x80) return Uint8Array.of(number);
  let length = 2;
  while (number >= 2 ** (5 * length + 1)) length++;
  const bytes = new Uint8Array(length);
  let rest = number;
  for (let i = length - 1; i > 0; i--) {
    bytes[i] = 0x80 | (rest % 64);
    rest = Math.floor(rest / 64);
  }
  bytes[0] = ((0xff00 >> length) & 0xff) | rest;
  return bytes;
}

class BitWriter {
  readonly #bytes: number[] = [];
  #bits = 0;

  /** The lowest `width` bits of `value` (up to 33), the highest first. */
  write(value: number, width: number): void {
    for (let bit = width - 1; bit >= 0; bit--) {
      if (this.#bits % 8 === 0) this.#bytes.push(0);
      const one = Math.floor(value / 2 ** bit) & 1;
      this.#bytes[this.#bytes.length - 1] = (this.#bytes.at(-1) ?? 0) | (one << (7 - (this.#bits % 8)));
      this.#bits++;
    }
  }

  bytes(bytes: Uint8Array): void {
    for (const byte of bytes) this.write(byte, 8);
  }

  align(): void {
    this.#bits = this.#bytes.length * 8;
  }

  taken(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}
