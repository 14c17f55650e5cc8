import type { ServerResponse } from 'node:http';
import { readBuffers } from '../lambdas/adapters/embedded/buffer-pool.ts';
import type { Answer, BodyParts } from '../lambdas/api/http-answer.ts';
import type { Pace } from './pace.ts';

/**
 * Sends an answer of the API without a web Response around it, whose streams cost more than the reading itself.
 *
 * Parts are read one ahead of the one that is being written, and only as fast as the client takes them; a client that
 * leaves ends the reading. A failure of the parts breaks the connection. Never rejects.
 */
export function sendAnswer(outgoing: ServerResponse, { status, headers, body }: Answer, pace?: Pace): void {
  outgoing.writeHead(status, headers);
  if (body === null) outgoing.end();
  else if ('pieces' in body && pace === undefined) sendPieces(outgoing, body.pieces);
  else void new Sending(outgoing, 'pieces' in body ? partsOf(body.pieces) : body.parts, pace).run();
}

class Sending {
  readonly #outgoing: ServerResponse;
  readonly #parts: BodyParts;
  readonly #pace: Pace | undefined;
  readonly #left = new AbortController();

  constructor(outgoing: ServerResponse, parts: BodyParts, pace: Pace | undefined) {
    this.#outgoing = outgoing;
    this.#parts = parts;
    this.#pace = pace;
  }

  async run(): Promise<void> {
    const { signal } = this.#left;
    const leave = (): void => this.#left.abort();
    this.#outgoing.once('close', leave);
    try {
      let next = this.#read();
      for (;;) {
        const part = await next;
        if (part.done || this.#isGone()) break;
        next = this.#read();
        // Whoever breaks off below leaves a read under way, whose failure is nobody's then.
        next.catch(() => undefined);
        for (const piece of this.#pace?.pieces(part.value) ?? [part.value]) {
          await this.#pace?.wait(piece.length, signal);
          if (this.#isGone()) break;
          if (!this.#outgoing.write(piece, part.value === piece ? () => readBuffers.give(piece) : undefined))
            await this.#drained();
        }
      }
      if (!this.#isGone()) this.#outgoing.end();
    } catch {
      // The head promised more: the client has to see that this is not all.
      this.#outgoing.destroy();
    } finally {
      this.#outgoing.removeListener('close', leave);
      await this.#parts.return?.().catch(() => undefined);
    }
  }

  #read(): Promise<IteratorResult<Uint8Array, unknown>> {
    return this.#parts.next();
  }

  #isGone(): boolean {
    return this.#left.signal.aborted || this.#outgoing.destroyed;
  }

  #drained(): Promise<void> {
    const outgoing = this.#outgoing;
    if (this.#isGone()) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        outgoing.removeListener('drain', done);
        outgoing.removeListener('close', done);
        resolve();
      };
      outgoing.once('drain', done);
      outgoing.once('close', done);
    });
  }
}

function sendPieces(outgoing: ServerResponse, pieces: readonly Uint8Array[]): void {
  const last = pieces.length - 1;
  for (let i = 0; i < last; i++) outgoing.write(pieces[i]);
  // Once all has been handed to the system: not before, it may still be read.
  outgoing.end(pieces[last], () => {
    for (const piece of pieces) readBuffers.give(piece);
  });
}

function partsOf(pieces: readonly Uint8Array[]): BodyParts {
  let count = 0;
  return {
    async next() {
      const value = pieces[count++];
      return value ? { value, done: false } : { value: undefined, done: true };
    },
  };
}
