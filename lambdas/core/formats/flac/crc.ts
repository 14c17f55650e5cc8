/** The two checksums of FLAC (RFC 9639, section 9.1.8 and 9.3): both start at 0, take bits from the top, invert nothing. */

import { FOLD_BLOCK_BYTES, foldBytes, forgetBytes, left } from './crc-fold.ts';

/** x^8 + x^2 + x + 1. */
const CRC8_POLYNOMIAL = 0x07;
/** x^16 + x^15 + x^2 + 1. */
const CRC16_POLYNOMIAL = 0x8005;

/**
 * The smallest n > 0 with x^n = 1 modulo the CRC-16 polynomial: it is (x + 1)(x^15 + x + 1), and the second factor is
 * primitive.
 */
const CRC16_ORDER = 32767;

const SLICE_BYTES = 16;
/** Below this the tables are quicker than folding, of which sixteen words are left for them. */
const MIN_FOLDED_BYTES = 3 * FOLD_BLOCK_BYTES;

const crc8Table = makeCrc8Table();
const [t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, t10, t11, t12, t13, t14, t15] = makeCrc16Tables();
const powers = makePowers();

/** CRC-8 of bytes [from, to). Over a header with its stored CRC it is 0 when the header is intact. */
export function crc8(bytes: Uint8Array, from: number, to: number): number {
  let crc = 0;
  for (let i = from; i < to; i++) crc = crc8Table[crc ^ (bytes[i] as number)] as number;
  return crc;
}

/** Carries a running CRC-16 on over bytes [from, to). Over a frame with its stored CRC, begun with 0, it is 0. */
export function crc16(crc: number, bytes: Uint8Array, from: number, to: number): number {
  const running = new RunningCrc16(crc);
  running.run(bytes, from, to);
  return running.value;
}

/**
 * A CRC-16 that is carried on over a stream, and looks for sync codes on the way: both need every byte once. An array that
 * was given must not change as long as it is given again.
 */
export class RunningCrc16 {
  value: number;

  constructor(value = 0) {
    this.value = value;
    forgetBytes();
  }

  run(bytes: Uint8Array, from: number, to: number): void {
    this.#run(bytes, from, to, false);
  }

  /**
   * Runs from `from` to the first place at or behind `searchFrom` where a sync code begins (0xFF, then 0xF8 or 0xF9),
   * else to `end`; answers where that is. The byte there is not part of the checksum yet.
   */
  runToSync(bytes: Uint8Array, from: number, searchFrom: number, end: number): number {
    this.#run(bytes, from, Math.max(from, searchFrom), false);
    return this.#run(bytes, Math.max(from, searchFrom), end, true);
  }

  #run(bytes: Uint8Array, from: number, to: number, stopsAtSync: boolean): number {
    let i = from;
    while (to - i >= MIN_FOLDED_BYTES) {
      const folded = foldBytes(this.value, bytes, i, to, stopsAtSync);
      if (folded === i) break;
      this.value = tablewise(0, left, 0, FOLD_BLOCK_BYTES);
      i = folded;
    }
    // Short of a block, or the block that a sync code begins in.
    const end = stopsAtSync ? syncWithin(bytes, i, to) : to;
    this.value = tablewise(this.value, bytes, i, end);
    return end;
  }
}

/** Sixteen independent look-ups a turn: the loop waits for the checksum once in sixteen bytes instead of at each. */
function tablewise(crc: number, bytes: Uint8Array, from: number, to: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let c = crc;
  let i = from;
  for (const last = to - SLICE_BYTES; i <= last; i += SLICE_BYTES) {
    c =
      look(view.getUint32(i + 12, true), t3, t2, t1, t0) ^
      look(view.getUint32(i + 8, true), t7, t6, t5, t4) ^
      look(view.getUint32(i + 4, true), t11, t10, t9, t8) ^
      look(view.getUint32(i, true) ^ (c >>> 8) ^ ((c & 0xff) << 8), t15, t14, t13, t12);
  }
  for (; i < to; i++) c = ((c << 8) & 0xff00) ^ (t0[(c >>> 8) ^ (bytes[i] as number)] as number);
  return c;
}

/** Where a sync code begins among bytes [from, to), else `to`. Its second byte may lie behind `to`. */
function syncWithin(bytes: Uint8Array, from: number, to: number): number {
  for (let i = from; i < to; i++) {
    if (bytes[i] === 0xff && ((bytes[i + 1] ?? 0) & 0xfe) === 0xf8) return i;
  }
  return to;
}

/** The checksums of the four bytes of a word, first byte lowest, each followed by as many zeros as its table stands for. */
function look(word: number, first: Uint16Array, second: Uint16Array, third: Uint16Array, fourth: Uint16Array): number {
  return (
    (first[word & 0xff] as number) ^
    (second[(word >>> 8) & 0xff] as number) ^
    (third[(word >>> 16) & 0xff] as number) ^
    (fourth[word >>> 24] as number)
  );
}

/**
 * What a running CRC-16 leaves when the advance of `byteLength` bytes is divided out of it.
 *
 * CRCs are linear: running(b) = running(a) · x^(8(b−a)) + crc16 of [a, b). So bytes [a, b) have the checksum 0 exactly
 * when the residues at a and b are equal, and one pass over a stream answers that for every pair (a, b).
 */
export function crc16Residue(crc: number, byteLength: number): number {
  const exponent = ((byteLength % CRC16_ORDER) * 8) % CRC16_ORDER;
  return multiply(crc, powers[exponent === 0 ? 0 : CRC16_ORDER - exponent] as number);
}

/** Product of two polynomials modulo the CRC-16 polynomial. */
function multiply(a: number, b: number): number {
  let product = 0;
  for (let bit = 15; bit >= 0; bit--) {
    product = timesX(product);
    if ((b >>> bit) & 1) product ^= a;
  }
  return product;
}

function timesX(polynomial: number): number {
  return polynomial & 0x8000 ? ((polynomial << 1) & 0xffff) ^ CRC16_POLYNOMIAL : polynomial << 1;
}

function makeCrc8Table(): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80 ? ((crc << 1) & 0xff) ^ CRC8_POLYNOMIAL : crc << 1;
    return crc;
  });
}

type Table = Uint16Array;
type Tables = [...EightTables, ...EightTables];
type EightTables = [Table, Table, Table, Table, Table, Table, Table, Table];

/** Table k: the CRC of a byte that k zero bytes follow. */
function makeCrc16Tables(): Tables {
  const table = (k: number): Table =>
    Uint16Array.from({ length: 256 }, (_, byte) => {
      let crc = byte << 8;
      for (let bit = 0; bit < 8 * (k + 1); bit++) crc = timesX(crc);
      return crc;
    });
  const eight = (k: number): EightTables => [
    table(k),
    table(k + 1),
    table(k + 2),
    table(k + 3),
    table(k + 4),
    table(k + 5),
    table(k + 6),
    table(k + 7),
  ];
  return [...eight(0), ...eight(8)];
}

/** x^n for every n below the order. */
function makePowers(): Uint16Array {
  const table = new Uint16Array(CRC16_ORDER);
  for (let n = 0, power = 1; n < CRC16_ORDER; n++, power = timesX(power)) table[n] = power;
  return table;
}
