import type { ByteSource } from '../../lambdas/core/ports.ts';

/** A source in memory; counts its reads, so that a test can bound them. */
export class MemorySource implements ByteSource {
  readonly bytes: Uint8Array;
  reads = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get byteLength(): number {
    return this.bytes.length;
  }

  async read(startByte: number, target: Uint8Array): Promise<void> {
    this.reads++;
    if (startByte < 0 || startByte + target.length > this.bytes.length) {
      throw new RangeError(`read [${startByte}, ${startByte + target.length}) outside [0, ${this.bytes.length})`);
    }
    target.set(this.bytes.subarray(startByte, startByte + target.length));
  }
}
