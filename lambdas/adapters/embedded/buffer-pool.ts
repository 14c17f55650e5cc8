/** Memory from this much on is worth keeping, and up to this much comes up often enough. Powers of two. */
const SMALLEST_BYTES = 4 * 1024;
const LARGEST_BYTES = 1024 * 1024;

/** All that lies ready: one of the largest for each of 64 clients. */
const MAX_READY_BYTES = 64 * 1024 * 1024;

/**
 * Memory to read into. Each buffer is the taker's own for good, and may be given back by whoever has finished with it:
 * memory outside of the heap that comes and goes makes the garbage collector run far more often than it has to.
 */
export class BufferPool {
  readonly #ready = new Map<number, ArrayBuffer[]>();
  /** Only what was taken from here may be given back, and that once. */
  readonly #taken = new WeakSet<ArrayBufferLike>();
  #readyBytes = 0;

  /** So many bytes with whatever is in them. */
  take(byteLength: number): Uint8Array<ArrayBuffer> {
    if (byteLength < SMALLEST_BYTES || byteLength > LARGEST_BYTES) return uninitialized(byteLength);
    const capacity = capacityFor(byteLength);
    const ready = this.#ready.get(capacity)?.pop();
    if (ready) this.#readyBytes -= capacity;
    const buffer = ready ?? uninitialized(capacity).buffer;
    this.#taken.add(buffer);
    return new Uint8Array(buffer, 0, byteLength);
  }

  /** Nobody may look at the bytes afterwards. What is not of this pool is left alone. */
  give({ buffer }: Uint8Array): void {
    if (!(buffer instanceof ArrayBuffer) || !this.#taken.delete(buffer)) return;
    const capacity = buffer.byteLength;
    if (this.#readyBytes + capacity > MAX_READY_BYTES) return;
    const ready = this.#ready.get(capacity);
    if (ready) ready.push(buffer);
    else this.#ready.set(capacity, [buffer]);
    this.#readyBytes += capacity;
  }
}

/** What this process reads files into. */
export const readBuffers = new BufferPool();

function capacityFor(byteLength: number): number {
  let capacity = SMALLEST_BYTES;
  while (capacity < byteLength) capacity *= 2;
  return capacity;
}

/** Not zeroed, which would cost as much as the reading; never of Node's shared pool. */
function uninitialized(byteLength: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.allocUnsafeSlow(byteLength).buffer);
}
