/** Little-endian fields one behind the other: how the states and the results of an analysis become bytes. */
import { CuepointError } from '../errors.ts';

type Numbers = Float64Array | Float32Array | Uint32Array | Int16Array | Uint8Array;

const FIRST_CAPACITY_BYTES = 1024;

export class FieldWriter {
  #bytes = new Uint8Array(FIRST_CAPACITY_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  u8(value: number): this {
    this.#view.setUint8(this.#take(1), value);
    return this;
  }

  f64(value: number): this {
    this.#view.setFloat64(this.#take(8), value, true);
    return this;
  }

  /** `null` is written as NaN, which is no measured value. */
  optional(value: number | null): this {
    return this.f64(value ?? Number.NaN);
  }

  /** The elements as they are in memory (every platform of ours is little-endian), without their number. */
  array(values: Numbers): this {
    const at = this.#take(values.byteLength);
    this.#bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    return this;
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #take(byteLength: number): number {
    const at = this.#length;
    this.#length += byteLength;
    if (this.#length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#length, 2 * this.#bytes.length));
      grown.set(this.#bytes);
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    return at;
  }
}

/** Reads what a `FieldWriter` wrote, in the same order. Throws `internal` where the bytes end too early. */
export class FieldReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #what: string;
  #at = 0;

  /** `what` names the bytes in messages: `analysis record` … */
  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#what = what;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  f64(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  optional(): number | null {
    const value = this.f64();
    return Number.isNaN(value) ? null : value;
  }

  /** A count, which must be a whole number of at most `most`. */
  count(most: number): number {
    const value = this.f64();
    if (Number.isInteger(value) && value >= 0 && value <= most) return value;
    throw this.damaged(`a count of ${value} was found where at most ${most} can be`);
  }

  /** Fills `target`. */
  array(target: Numbers): void {
    const at = this.#take(target.byteLength);
    const bytes = new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
    bytes.set(this.#bytes.subarray(at, at + target.byteLength));
  }

  /** To be called behind the last field. */
  end(): void {
    if (this.#at !== this.#bytes.length) throw this.damaged(`${this.#bytes.length - this.#at} bytes are left over`);
  }

  damaged(reason: string): CuepointError {
    return new CuepointError(
      'internal',
      `the ${this.#what} of ${this.#bytes.length} bytes is damaged or of another version: ${reason}; analyse the track again`,
    );
  }

  #take(byteLength: number): number {
    const at = this.#at;
    if (at + byteLength > this.#bytes.length) throw this.damaged(`it ends before byte ${at + byteLength}`);
    this.#at += byteLength;
    return at;
  }
}
