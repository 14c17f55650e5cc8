import { BitReader } from './bit-reader.ts';
import { isVorbisHeader } from './identification-header.ts';

const HEADER_BYTES = 7;
const CODEBOOK_SYNC = 0x564342;
const MAX_CODEWORD_BITS = 32;

/** For each mode, in order: whether its blocks are long ones. At most 64. */
export type VorbisModes = readonly boolean[];

/**
 * The modes of a setup header (Vorbis I, section 4.2.4), or `null` when the packet is none, or contradicts the
 * specification. They are its last part and nothing says where they begin, so all that precedes is followed bit by bit.
 *
 * `channels`: as the identification header states them. Time is bound by the packet's length, whatever it holds.
 */
export function parseVorbisModes(packet: Uint8Array, channels: number): VorbisModes | null {
  if (!isVorbisHeader(packet, 5)) return null;
  const bits = new BitReader(packet, HEADER_BYTES);
  const passed =
    passEach(bits, bits.read(8) + 1, passCodebook) &&
    passEach(bits, bits.read(6) + 1, passTimeTransform) &&
    passEach(bits, bits.read(6) + 1, passFloor) &&
    passEach(bits, bits.read(6) + 1, passResidue) &&
    passEach(bits, bits.read(6) + 1, () => passMapping(bits, channels));
  if (!passed) return null;
  const modes: boolean[] = [];
  const count = bits.read(6) + 1;
  for (let i = 0; i < count; i++) {
    modes.push(bits.read(1) === 1);
    const windowType = bits.read(16);
    const transformType = bits.read(16);
    bits.skip(8);
    if (windowType !== 0 || transformType !== 0) return null;
  }
  const framing = bits.read(1);
  return framing === 1 && !bits.overrun ? modes : null;
}

function passEach(bits: BitReader, count: number, pass: (bits: BitReader) => boolean): boolean {
  for (let i = 0; i < count; i++) {
    if (!pass(bits) || bits.overrun) return false;
  }
  return true;
}

/** Section 3.2.1. */
function passCodebook(bits: BitReader): boolean {
  if (bits.read(24) !== CODEBOOK_SYNC) return false;
  const dimensions = bits.read(16);
  const entries = bits.read(24);
  const ordered = bits.read(1) === 1;
  if (dimensions === 0 || !(ordered ? passOrderedLengths(bits, entries) : passLengths(bits, entries))) return false;
  const lookupType = bits.read(4);
  if (lookupType === 0) return true;
  if (lookupType > 2) return false;
  bits.skip(64);
  const valueBits = bits.read(4) + 1;
  bits.skip(1);
  bits.skip(valueBits * (lookupType === 1 ? lookupValues(entries, dimensions) : entries * dimensions));
  return true;
}

function passLengths(bits: BitReader, entries: number): boolean {
  const sparse = bits.read(1) === 1;
  if (!sparse) {
    bits.skip(5 * entries);
    return true;
  }
  for (let i = 0; i < entries && !bits.overrun; i++) {
    const used = bits.read(1) === 1;
    if (used) bits.skip(5);
  }
  return true;
}

function passOrderedLengths(bits: BitReader, entries: number): boolean {
  let length = bits.read(5) + 1;
  for (let entry = 0; entry < entries; length++) {
    if (length > MAX_CODEWORD_BITS) return false;
    entry += bits.read(bitWidth(entries - entry));
    if (entry > entries) return false;
  }
  return true;
}

/** The greatest integer whose power `dimensions` is at most `entries` (section 9.2.3). */
function lookupValues(entries: number, dimensions: number): number {
  let values = Math.floor(entries ** (1 / dimensions));
  // The root is a float that may lie on either side of the whole number it should be.
  if ((values + 1) ** dimensions <= entries) values++;
  if (values ** dimensions > entries) values--;
  return values;
}

/** Placeholders of the specification (section 4.2.4): each must be 0. */
function passTimeTransform(bits: BitReader): boolean {
  return bits.read(16) === 0;
}

function passFloor(bits: BitReader): boolean {
  const type = bits.read(16);
  if (type === 0) {
    // Section 6.2.1: order, rate, map size, amplitude bits and offset, then the books.
    bits.skip(8 + 16 + 16 + 6 + 8);
    bits.skip(8 * (bits.read(4) + 1));
    return true;
  }
  if (type !== 1) return false;
  passFloor1(bits);
  return true;
}

/** Section 7.2.2. */
function passFloor1(bits: BitReader): void {
  const classOfPartition = Array.from({ length: bits.read(5) }, () => bits.read(4));
  const classes = Math.max(-1, ...classOfPartition) + 1;
  const dimensions = Array.from({ length: classes }, () => {
    const classDimensions = bits.read(3) + 1;
    const subclassBits = bits.read(2);
    if (subclassBits > 0) bits.skip(8);
    bits.skip(8 * (1 << subclassBits));
    return classDimensions;
  });
  bits.skip(2);
  const rangeBits = bits.read(4);
  for (const partitionClass of classOfPartition) bits.skip(rangeBits * (dimensions[partitionClass] ?? 0));
}

/** Section 8.6.1. */
function passResidue(bits: BitReader): boolean {
  const type = bits.read(16);
  if (type > 2) return false;
  bits.skip(24 + 24 + 24);
  const classifications = bits.read(6) + 1;
  bits.skip(8);
  let books = 0;
  for (let i = 0; i < classifications; i++) {
    books += onesIn(bits.read(3));
    if (bits.read(1) === 1) books += onesIn(bits.read(5));
  }
  bits.skip(8 * books);
  return true;
}

/** Section 4.2.4, "Mappings". */
function passMapping(bits: BitReader, channels: number): boolean {
  const type = bits.read(16);
  if (type !== 0) return false;
  const submaps = bits.read(1) === 1 ? bits.read(4) + 1 : 1;
  const couplingSteps = bits.read(1) === 1 ? bits.read(8) + 1 : 0;
  bits.skip(couplingSteps * 2 * bitWidth(channels - 1));
  const reserved = bits.read(2);
  if (submaps > 1) bits.skip(4 * channels);
  bits.skip(submaps * (8 + 8 + 8));
  return reserved === 0;
}

/** `ilog` of section 9.2.1: the place of the highest bit that is set, counted from 1; 0 for 0. */
export function bitWidth(value: number): number {
  return 32 - Math.clz32(value);
}

function onesIn(value: number): number {
  let ones = 0;
  for (let rest = value; rest > 0; rest >>= 1) ones += rest & 1;
  return ones;
}
