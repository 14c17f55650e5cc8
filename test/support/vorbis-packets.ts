/** Vorbis packets (Vorbis I) for scanners: headers of every shape a decoder takes, audio packets that only name a mode. */

export type VorbisShape = {
  readonly sampleRate?: number;
  readonly channels?: number;
  /** Powers of two: 8 is a block of 256 samples. */
  readonly shortExponent?: number;
  readonly longExponent?: number;
  /** For each mode, whether its blocks are long. */
  readonly modes?: readonly boolean[];
  readonly codebooks?: readonly VorbisCodebook[];
  readonly floors?: readonly (0 | 1)[];
  readonly residues?: readonly (0 | 1 | 2)[];
  readonly submaps?: number;
  readonly couplingSteps?: number;
};

export type VorbisCodebook = {
  readonly dimensions: number;
  readonly entries: number;
  readonly lengths: 'plain' | 'sparse' | 'ordered';
  readonly lookup?: { readonly type: 1 | 2; readonly valueBits: number; readonly values: number };
};

const DEFAULTS = {
  sampleRate: 44100,
  channels: 2,
  shortExponent: 8,
  longExponent: 11,
  modes: [false, true],
  codebooks: [{ dimensions: 1, entries: 4, lengths: 'plain' }] as readonly VorbisCodebook[],
  floors: [1] as readonly (0 | 1)[],
  residues: [0] as readonly (0 | 1 | 2)[],
  submaps: 1,
  couplingSteps: 0,
};

export function vorbisIdentification(shape: VorbisShape = {}): Uint8Array {
  const { sampleRate, channels, shortExponent, longExponent } = { ...DEFAULTS, ...shape };
  const bits = new LowBitWriter();
  writeStart(bits, 1);
  bits.write(0, 32);
  bits.write(channels, 8);
  bits.write(sampleRate, 32);
  for (const bitrate of [0, 128_000, 0]) bits.write(bitrate, 32);
  bits.write(shortExponent, 4);
  bits.write(longExponent, 4);
  bits.write(1, 8);
  return bits.taken();
}

export function vorbisComment(commentBytes = 0): Uint8Array {
  const bits = new LowBitWriter();
  writeStart(bits, 3);
  bits.write(0, 32);
  bits.write(commentBytes > 0 ? 1 : 0, 32);
  if (commentBytes > 0) bits.write(commentBytes, 32);
  for (let i = 0; i < commentBytes; i++) bits.write(i & 0x7f, 8);
  bits.write(1, 8);
  return bits.taken();
}

export function vorbisSetup(shape: VorbisShape = {}): Uint8Array {
  const { channels, modes, codebooks, floors, residues, submaps, couplingSteps } = { ...DEFAULTS, ...shape };
  const bits = new LowBitWriter();
  writeStart(bits, 5);
  bits.write(codebooks.length - 1, 8);
  for (const codebook of codebooks) writeCodebook(bits, codebook);
  bits.write(0, 6);
  bits.write(0, 16);
  bits.write(floors.length - 1, 6);
  for (const type of floors) (type === 0 ? writeFloor0 : writeFloor1)(bits);
  bits.write(residues.length - 1, 6);
  for (const type of residues) writeResidue(bits, type);
  bits.write(0, 6);
  bits.write(0, 16);
  bits.write(submaps > 1 ? 1 : 0, 1);
  if (submaps > 1) bits.write(submaps - 1, 4);
  bits.write(couplingSteps > 0 ? 1 : 0, 1);
  if (couplingSteps > 0) bits.write(couplingSteps - 1, 8);
  const channelBits = (channels - 1).toString(2).length * (channels > 1 ? 1 : 0);
  for (let i = 0; i < 2 * couplingSteps; i++) bits.write(i & 1, channelBits);
  bits.write(0, 2);
  if (submaps > 1) for (let i = 0; i < channels; i++) bits.write(i % submaps, 4);
  for (let i = 0; i < submaps; i++) bits.write(0, 24);
  bits.write(modes.length - 1, 6);
  for (const long of modes) {
    bits.write(long ? 1 : 0, 1);
    bits.write(0, 32);
    bits.write(0, 8);
  }
  bits.write(1, 1);
  return bits.taken();
}

/** A packet of `mode`, no shorter than one byte; decoders would hear nonsense in it, scanners know all they need. */
export function vorbisPacket(mode: number, byteLength = 8): Uint8Array {
  const packet = Uint8Array.from({ length: byteLength }, (_, i) => (i * 37 + mode) & 0xff);
  packet[0] = (mode << 1) & 0xff;
  return packet;
}

function writeStart(bits: LowBitWriter, type: number): void {
  bits.write(type, 8);
  for (const letter of 'vorbis') bits.write(letter.charCodeAt(0), 8);
}

function writeCodebook(bits: LowBitWriter, { dimensions, entries, lengths, lookup }: VorbisCodebook): void {
  bits.write(0x564342, 24);
  bits.write(dimensions, 16);
  bits.write(entries, 24);
  bits.write(lengths === 'ordered' ? 1 : 0, 1);
  if (lengths === 'ordered') {
    // One codeword of each length from 3 bits on, then all the others.
    bits.write(2, 5);
    bits.write(1, entries.toString(2).length);
    if (entries > 1) bits.write(entries - 1, (entries - 1).toString(2).length);
  } else {
    bits.write(lengths === 'sparse' ? 1 : 0, 1);
    for (let i = 0; i < entries; i++) {
      if (lengths === 'sparse') bits.write(i & 1, 1);
      if (lengths === 'plain' || i & 1) bits.write(i % 31, 5);
    }
  }
  bits.write(lookup?.type ?? 0, 4);
  if (lookup === undefined) return;
  bits.write(0x1234, 32);
  bits.write(0x5678, 32);
  bits.write(lookup.valueBits - 1, 4);
  bits.write(0, 1);
  for (let i = 0; i < lookup.values; i++) bits.write(i & 1, lookup.valueBits);
}

function writeFloor0(bits: LowBitWriter): void {
  bits.write(0, 16);
  for (const [value, width] of [
    [8, 8],
    [44100, 16],
    [256, 16],
    [6, 6],
    [100, 8],
  ] as const)
    bits.write(value, width);
  bits.write(2, 4);
  for (let i = 0; i < 3; i++) bits.write(0, 8);
}

/** Three partitions of classes 1, 0 and 1; class 0 of one dimension, class 1 of three with two subclass bits. */
function writeFloor1(bits: LowBitWriter): void {
  bits.write(1, 16);
  bits.write(3, 5);
  for (const partitionClass of [1, 0, 1]) bits.write(partitionClass, 4);
  bits.write(0, 3);
  bits.write(0, 2);
  bits.write(0, 8);
  bits.write(2, 3);
  bits.write(2, 2);
  bits.write(0, 8);
  for (let i = 0; i < 4; i++) bits.write(1, 8);
  bits.write(1, 2);
  bits.write(7, 4);
  for (let i = 0; i < 3 + 1 + 3; i++) bits.write(i, 7);
}

function writeResidue(bits: LowBitWriter, type: number): void {
  bits.write(type, 16);
  for (const value of [0, 128, 32]) bits.write(value, 24);
  bits.write(2, 6);
  bits.write(0, 8);
  const cascades = [0, 0b101, 0b11001];
  for (const cascade of cascades) {
    bits.write(cascade & 7, 3);
    bits.write(cascade > 7 ? 1 : 0, 1);
    if (cascade > 7) bits.write(cascade >> 3, 5);
  }
  const books = cascades.reduce((sum, cascade) => sum + cascade.toString(2).replaceAll('0', '').length, 0);
  for (let i = 0; i < books; i++) bits.write(0, 8);
}

class LowBitWriter {
  readonly #bits: number[] = [];

  write(value: number, width: number): void {
    for (let bit = 0; bit < width; bit++) this.#bits.push(Math.floor(value / 2 ** bit) & 1);
  }

  taken(): Uint8Array {
    const bytes = new Uint8Array(Math.ceil(this.#bits.length / 8));
    for (const [i, bit] of this.#bits.entries()) bytes[i >> 3] = (bytes[i >> 3] ?? 0) | (bit << (i & 7));
    return bytes;
  }
}
