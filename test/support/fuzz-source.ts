import { MemorySource } from './memory-source.ts';

/** Something that no input may ever bring about. Not a failure of the file: a fault of the product. */
export class FuzzViolation extends Error {
  override readonly name = 'FuzzViolation';
}

/**
 * Detection looks at the beginning with each scanner, and a scan begins with what detection has read already; FLAC may
 * read 16 MiB again to tell frames from what looks like them.
 */
const READS_OF_EACH_BYTE = 3;
const FIXED_BYTES = 24 << 20;

/** Scanners that walk elements one by one read blocks, not elements. Leading tags take a read each, up to 64 of them. */
const BYTES_OF_A_READ = 1024;
const FIXED_READS = 2000;

/** Counts what is read and ends a scan that reads more than is right, which also ends one that would never end. */
export class BudgetedSource extends MemorySource {
  readonly #maxReadBytes: number;
  readonly #maxReads: number;
  readonly #observe: () => void;
  readBytes = 0;
  #violation: FuzzViolation | undefined;

  /** `blockBytes`: what is read at a time, where it is small; `observe`: called at each read. */
  constructor(bytes: Uint8Array, blockBytes = BYTES_OF_A_READ, observe: () => void = () => {}) {
    super(bytes);
    this.#maxReadBytes = READS_OF_EACH_BYTE * bytes.length + FIXED_BYTES;
    this.#maxReads = FIXED_READS + (READS_OF_EACH_BYTE * bytes.length) / Math.min(blockBytes, BYTES_OF_A_READ);
    this.#observe = observe;
  }

  override async read(startByte: number, target: Uint8Array): Promise<void> {
    this.readBytes += target.length;
    if (this.readBytes > this.#maxReadBytes || this.reads >= this.#maxReads) {
      throw this.#fault(`${this.readBytes} bytes in ${this.reads + 1} reads of ${this.byteLength} bytes`);
    }
    if (!Number.isSafeInteger(startByte) || startByte < 0 || startByte + target.length > this.byteLength) {
      throw this.#fault(`read [${startByte}, ${startByte + target.length}) outside [0, ${this.byteLength})`);
    }
    this.#observe();
    await super.read(startByte, target);
  }

  /** Throws what a read has thrown: nobody may have listened. */
  verify(): void {
    if (this.#violation !== undefined) throw this.#violation;
  }

  #fault(message: string): FuzzViolation {
    this.#violation ??= new FuzzViolation(message);
    return this.#violation;
  }
}
