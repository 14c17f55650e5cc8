/** Bits as Vorbis packs them (Vorbis I, section 2.1.4): from the low end of each byte, low bits of a number first. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #bit: number;

  constructor(bytes: Uint8Array, fromByte: number) {
    this.#bytes = bytes;
    this.#bit = fromByte * 8;
  }

  /** True once more was asked for than there is; what was read since is zeros. */
  get overrun(): boolean {
    return this.#bit > this.#bytes.length * 8;
  }

  /** The next `width` bits, 0 to 32, as an unsigned number. */
  read(width: number): number {
    let value = 0;
    for (let taken = 0; taken < width; ) {
      const offset = this.#bit & 7;
      const count = Math.min(8 - offset, width - taken);
      const bits = ((this.#bytes[Math.floor(this.#bit / 8)] ?? 0) >> offset) & ((1 << count) - 1);
      value += bits * 2 ** taken;
      this.#bit += count;
      taken += count;
    }
    return value;
  }

  /** Any number of bits. */
  skip(width: number): void {
    this.#bit += width;
  }
}
