import { Readable } from 'node:stream';
import { CuepointError } from '../../core/errors.ts';
import { serviceFailure } from './service-failure.ts';

/** Connections that may break in the middle of one body before its reader is told. */
const MAX_RESUMPTIONS = 3;

export type S3BodyOptions = {
  readonly key: string;
  /** What the answer of a GetObject carries. */
  readonly stream: unknown;
  /** The window of the object that the stream has: bytes [startByte, endByte). */
  readonly startByte: number;
  readonly endByte: number;
  /** Asks for [startByte, endByte) of the very same version anew. */
  readonly reopen: (startByte: number, endByte: number) => Promise<unknown>;
};

/**
 * The bytes of one answer of S3, once. A connection that breaks on the way is made again from where it broke, since the SDK
 * tries only what comes before the body. Returned early, also before the first `next`, it closes the connection; forgotten,
 * it does so when the client's idle time is over.
 */
export class S3Body implements AsyncIterableIterator<Uint8Array, undefined, undefined> {
  readonly #key: string;
  readonly #endByte: number;
  readonly #reopen: (startByte: number, endByte: number) => Promise<unknown>;
  #stream: Readable;
  #chunks: AsyncIterator<unknown>;
  #position: number;
  #resumptions = 0;
  #ended = false;

  constructor({ key, stream, startByte, endByte, reopen }: S3BodyOptions) {
    this.#key = key;
    this.#position = startByte;
    this.#endByte = endByte;
    this.#reopen = reopen;
    this.#stream = readable(stream);
    this.#chunks = this.#stream[Symbol.asyncIterator]();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    while (!this.#ended) {
      const chunk = await this.#chunk();
      if (chunk !== undefined) return { done: false, value: chunk };
      if (this.#position === this.#endByte) return this.return();
      await this.#resume();
    }
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#ended = true;
    // After the end of the answer nothing is left to destroy, and the connection serves the next request.
    this.#stream.destroy();
    return { done: true, value: undefined };
  }

  /** `undefined`: the answer is over, or its connection broke. */
  async #chunk(): Promise<Uint8Array | undefined> {
    let result: IteratorResult<unknown, unknown>;
    try {
      result = await this.#chunks.next();
    } catch (error) {
      if (this.#resumptions >= MAX_RESUMPTIONS) throw serviceFailure(error, `reading "${this.#key}"`);
      return undefined;
    }
    if (result.done) return undefined;
    const buffer = result.value as Buffer;
    this.#position += buffer.length;
    if (this.#position > this.#endByte) {
      await this.return();
      throw new CuepointError('internal', `the store sent more bytes of "${this.#key}" than were asked for`);
    }
    return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
  }

  async #resume(): Promise<void> {
    this.#stream.destroy();
    if (this.#resumptions++ >= MAX_RESUMPTIONS) {
      throw new CuepointError('unavailable', `the store broke off in the middle of "${this.#key}"; try again`);
    }
    this.#stream = readable(await this.#reopen(this.#position, this.#endByte));
    this.#chunks = this.#stream[Symbol.asyncIterator]();
  }
}

/** Fills `target` with a body of just that length. */
export async function fill(target: Uint8Array, body: AsyncIterable<Uint8Array>): Promise<void> {
  let filled = 0;
  for await (const part of body) {
    target.set(part, filled);
    filled += part.length;
  }
}

function readable(stream: unknown): Readable {
  if (!(stream instanceof Readable)) throw new CuepointError('internal', 'the answer of the store came without a body');
  // A connection that breaks before anybody iterates would otherwise end the process; iterating tells of it.
  stream.on('error', () => undefined);
  return stream;
}
