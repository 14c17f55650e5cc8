/** Bodies on their way: read once, at the pace of whoever reads. */
import type { EdgeBody } from './exchange.ts';

export class OriginBodyError extends Error {}

/**
 * The body of an origin's answer. "The amount of time that CloudFront waits after receiving a packet of a response from
 * the origin and before receiving the next packet" is `idleMs`. Throws OriginBodyError when it breaks off, or is not as
 * long as was said. Pieces are as the origin sent them.
 */
export async function* originBody(response: Response, idleMs: number): EdgeBody {
  const expected = lengthOf(response.headers);
  if (response.body === null) {
    if ((expected ?? 0) > 0) throw new OriginBodyError(`the origin said Content-Length ${expected}, and sent no body`);
    return;
  }
  const reader = response.body.getReader();
  let received = 0;
  let isAtEnd = false;
  try {
    for (;;) {
      const { done, value } = await within(reader.read(), idleMs, 'the origin stopped in the middle of its answer');
      if (done) break;
      received += value.byteLength;
      yield value;
    }
    isAtEnd = true;
  } catch (cause) {
    throw cause instanceof OriginBodyError ? cause : new OriginBodyError(`the origin broke off: ${String(cause)}`);
  } finally {
    if (!isAtEnd) void reader.cancel().catch(() => {});
  }
  if (expected !== undefined && received !== expected) {
    throw new OriginBodyError(`the origin said Content-Length ${expected}, and sent ${received} bytes`);
  }
}

/** Undefined: not said (a chunked answer). */
export function lengthOf(headers: Headers): number | undefined {
  const length = headers.get('content-length');
  return length !== null && /^\d+$/.test(length) ? Number(length) : undefined;
}

/** Rejects with OriginBodyError when `promise` takes longer. */
export function within<T>(promise: Promise<T>, timeoutMs: number, sentence: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new OriginBodyError(`${sentence} for ${timeoutMs} ms`)), timeoutMs);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Skips so many bytes, then gives so many, then leaves its source. */
export async function* windowOf(body: EdgeBody, skipBytes: number, takeBytes: number): EdgeBody {
  let toSkip = skipBytes;
  let toTake = takeBytes;
  if (toTake === 0) return;
  for await (const piece of body) {
    const begun = piece.subarray(Math.min(toSkip, piece.byteLength));
    toSkip -= piece.byteLength - begun.byteLength;
    const wanted = begun.subarray(0, toTake);
    toTake -= wanted.byteLength;
    if (wanted.byteLength > 0) yield wanted;
    if (toTake === 0) return;
  }
}

export async function* inTurn(...bodies: readonly EdgeBody[]): EdgeBody {
  for (const body of bodies) yield* body;
}

/** Gives up what is left of an answer. */
export function abandon(response: Response): void {
  void response.body?.cancel().catch(() => {});
}

/**
 * Bytes that are read into memory as fast as the origin gives them, and can be read from there as they come: by the
 * viewer who asked, however slow, and by the cache.
 */
export class GatheredBody {
  readonly #pieces: Uint8Array[] = [];
  #waiting: (() => void)[] = [];
  #isOver = false;
  #failure: unknown;
  /** Resolves with all bytes, or undefined when they did not come. */
  readonly whole: Promise<Uint8Array | undefined>;

  constructor(body: EdgeBody) {
    this.whole = this.#gather(body);
  }

  async *read(): EdgeBody {
    for (let index = 0; ; index++) {
      while (index >= this.#pieces.length && !this.#isOver) {
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
      }
      const piece = this.#pieces[index];
      if (piece !== undefined) yield piece;
      else if (this.#failure !== undefined) throw this.#failure;
      else return;
    }
  }

  async #gather(body: EdgeBody): Promise<Uint8Array | undefined> {
    try {
      for await (const piece of body) {
        this.#pieces.push(piece);
        this.#wake();
      }
      return Buffer.concat(this.#pieces);
    } catch (cause) {
      this.#failure = cause;
      return undefined;
    } finally {
      this.#isOver = true;
      this.#wake();
    }
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resume of waiting) resume();
  }
}
