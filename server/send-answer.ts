import type { ServerResponse } from 'node:http';
import { readBuffers } from '../lambdas/adapters/embedded/buffer-pool.ts';
import { type Answer, type BodyParts, lengthOf } from '../lambdas/api/http-answer.ts';
import type { Pace } from './pace.ts';

/** What is handed to the system at once: how much went out is known in such steps. */
const SLICE_BYTES = 256 * 1024;

/**
 * Sends an answer of the API without a web Response around it, whose streams cost more than the reading itself, and tells the
 * answer how it ended.
 *
 * Parts are read one ahead of the one that is being written, and only as fast as the client takes them; a client that
 * leaves ends the reading. A failure of the parts, or of the head, breaks the connection. Never throws.
 */
export function sendAnswer(outgoing: ServerResponse, answer: Answer, pace?: Pace): void {
  const { status, headers, body, onEnd } = answer;
  if (outgoing.destroyed || outgoing.req.socket.destroyed) {
    if (body && 'parts' in body) release(body.parts);
    onEnd?.({ bytesSent: 0, ended: 'left' });
    return;
  }
  try {
    outgoing.writeHead(status, headers);
  } catch {
    if (body && 'parts' in body) release(body.parts);
    onEnd?.({ bytesSent: 0, ended: 'failed' });
    outgoing.destroy();
    return;
  }
  const pieces = body === null ? [] : 'pieces' in body ? body.pieces : undefined;
  if (pieces && pace === undefined) sendPieces(outgoing, pieces, onEnd);
  else new Sending(outgoing, pieces ? partsOf(pieces) : (body as { parts: BodyParts }).parts, pace, onEnd).run();
}

function sendPieces(outgoing: ServerResponse, pieces: readonly Uint8Array[], onEnd: Answer['onEnd']): void {
  const slices = lengthOf(pieces) > SLICE_BYTES ? pieces.flatMap((piece) => [...slicesOf(piece)]) : pieces;
  const last = slices.length - 1;
  let bytesSent = 0;
  whenOver(outgoing, () => {
    const isAll = outgoing.writableFinished;
    // What the system has not taken may still be read by it.
    if (isAll) for (const piece of pieces) readBuffers.give(piece);
    onEnd?.(isAll ? { bytesSent: lengthOf(pieces) } : { bytesSent, ended: 'left' });
  });
  const sendFrom = (i: number): void => {
    const slice = slices[i];
    if (i >= last || slice === undefined) outgoing.end(slice);
    else {
      outgoing.write(slice, (error) => {
        if (error) return;
        bytesSent += slice.length;
        sendFrom(i + 1);
      });
    }
  };
  sendFrom(0);
}

class Sending {
  readonly #outgoing: ServerResponse;
  readonly #parts: BodyParts;
  readonly #pace: Pace | undefined;
  readonly #onEnd: Answer['onEnd'];
  readonly #left = new AbortController();
  #bytesSent = 0;
  #hasFailed = false;

  constructor(outgoing: ServerResponse, parts: BodyParts, pace: Pace | undefined, onEnd: Answer['onEnd']) {
    this.#outgoing = outgoing;
    this.#parts = parts;
    this.#pace = pace;
    this.#onEnd = onEnd;
  }

  async run(): Promise<void> {
    whenOver(this.#outgoing, () => this.#close());
    try {
      let next = this.#parts.next();
      for (;;) {
        const part = await next;
        if (part.done || this.#isGone()) break;
        next = this.#parts.next();
        // Whoever breaks off below leaves a read under way, whose failure is nobody's then.
        next.catch(() => undefined);
        await this.#write(part.value);
      }
      if (!this.#isGone()) this.#outgoing.end();
    } catch {
      // The head promised more: the client has to see that this is not all.
      this.#hasFailed = true;
      this.#outgoing.destroy();
    } finally {
      release(this.#parts);
    }
  }

  async #write(part: Uint8Array): Promise<void> {
    for (const slice of this.#pace?.slices(part) ?? slicesOf(part)) {
      await this.#pace?.wait(slice.length, this.#left.signal);
      if (this.#isGone()) return;
      const isLast = slice.byteOffset + slice.length === part.byteOffset + part.length;
      const taken = (error?: Error | null): void => {
        if (error) return;
        this.#bytesSent += slice.length;
        if (isLast) readBuffers.give(part);
      };
      if (!this.#outgoing.write(slice, taken)) await this.#drained();
    }
  }

  #close(): void {
    this.#left.abort();
    const bytesSent = this.#bytesSent;
    const isAll = this.#outgoing.writableFinished;
    this.#onEnd?.(isAll ? { bytesSent } : { bytesSent, ended: this.#hasFailed ? 'failed' : 'left' });
  }

  #isGone(): boolean {
    return this.#left.signal.aborted || this.#outgoing.destroyed;
  }

  #drained(): Promise<void> {
    const { signal } = this.#left;
    if (this.#isGone()) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        this.#outgoing.removeListener('drain', done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#outgoing.once('drain', done);
      signal.addEventListener('abort', done);
    });
  }
}

/**
 * Calls once, when the answer has been sent or never will be. One that waits behind another on its connection (RFC 9112 section
 * 9.3.2) has none yet, and is not told when that ends.
 */
function whenOver(outgoing: ServerResponse, then: () => void): void {
  if (outgoing.socket !== null) {
    outgoing.once('close', then);
    return;
  }
  const { socket } = outgoing.req;
  const over = (): void => {
    outgoing.removeListener('close', over);
    socket.removeListener('close', over);
    then();
  };
  outgoing.once('close', over);
  socket.once('close', over);
}

/** Nobody waits for it, and nobody could do anything about its failure. */
function release(parts: BodyParts): void {
  parts.return?.().catch(() => undefined);
}

function* slicesOf(part: Uint8Array): Generator<Uint8Array, void, undefined> {
  for (let start = 0; start < part.length; start += SLICE_BYTES) yield part.subarray(start, start + SLICE_BYTES);
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
