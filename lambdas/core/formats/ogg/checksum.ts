/** The checksum of Ogg pages (RFC 3533, section 6, field 7): a CRC-32 that takes bits from the top, begins at 0, inverts nothing. */

const POLYNOMIAL = 0x04c11db7;

const SLICE_BYTES = 16;
/** Where a page holds its own checksum, which counts as zeros. */
const FIELD_AT = 22;
const ZEROS = new Uint8Array(4);

const [t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, t10, t11, t12, t13, t14, t15] = makeTables();

/** True when the page `bytes[from, to)` holds the checksum that its bytes have. */
export function hasRightChecksum(bytes: Uint8Array, from: number, to: number): boolean {
  const field = from + FIELD_AT;
  const stored =
    (byteAt(bytes, field) << 0) |
    (byteAt(bytes, field + 1) << 8) |
    (byteAt(bytes, field + 2) << 16) |
    (byteAt(bytes, field + 3) << 24);
  return swapped(stored) === checksum(bytes, from, to);
}

/** Puts into the page `bytes[from, to)` the checksum that its bytes have. */
export function storeChecksum(bytes: Uint8Array, from: number, to: number): void {
  new DataView(bytes.buffer, bytes.byteOffset + from).setInt32(FIELD_AT, checksum(bytes, from, to));
}

/** The checksum of a page whose own field counts as zeros, its bytes swapped: as it reads from a page, top byte first. */
function checksum(bytes: Uint8Array, from: number, to: number): number {
  const before = run(0, bytes, from, from + FIELD_AT);
  return run(run(before, ZEROS, 0, ZEROS.length), bytes, from + FIELD_AT + ZEROS.length, to);
}

/**
 * Carries a checksum on over bytes [from, to). It is held with its bytes swapped, as the tables are, so that a word read
 * with its first byte lowest is met without turning either.
 *
 * Sixteen independent look-ups a turn: the loop waits for the checksum once in sixteen bytes instead of at each.
 */
function run(crc: number, bytes: Uint8Array, from: number, to: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let c = crc;
  let i = from;
  for (const last = to - SLICE_BYTES; i <= last; i += SLICE_BYTES) {
    const word1 = view.getInt32(i + 4, true);
    const word2 = view.getInt32(i + 8, true);
    const word3 = view.getInt32(i + 12, true);
    c =
      look(word3, t3, t2, t1, t0) ^
      look(word2, t7, t6, t5, t4) ^
      look(word1, t11, t10, t9, t8) ^
      look(view.getInt32(i, true) ^ c, t15, t14, t13, t12);
  }
  for (; i < to; i++) c = (c >>> 8) ^ (t0[(c ^ byteAt(bytes, i)) & 0xff] as number);
  return c;
}

/** The checksums of the four bytes of a word, first byte lowest, each followed by as many zeros as its table stands for. */
function look(word: number, first: Int32Array, second: Int32Array, third: Int32Array, fourth: Int32Array): number {
  return (
    (first[word & 0xff] as number) ^
    (second[(word >>> 8) & 0xff] as number) ^
    (third[(word >>> 16) & 0xff] as number) ^
    (fourth[word >>> 24] as number)
  );
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] as number;
}

function swapped(word: number): number {
  return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}

type Table = Int32Array;
type FourTables = [Table, Table, Table, Table];

/** Table k: the checksum of a byte that k zero bytes follow, its bytes swapped. */
function makeTables(): [...FourTables, ...FourTables, ...FourTables, ...FourTables] {
  const table = (k: number): Table =>
    Int32Array.from({ length: 256 }, (_, byte) => {
      let crc = byte << 24;
      for (let bit = 0; bit < 8 * (k + 1); bit++) crc = crc < 0 ? (crc << 1) ^ POLYNOMIAL : crc << 1;
      return swapped(crc);
    });
  const four = (k: number): FourTables => [table(k), table(k + 1), table(k + 2), table(k + 3)];
  return [...four(0), ...four(4), ...four(8), ...four(12)];
}
