import type { Context } from 'hono';
import { CuepointError } from '../core/errors.ts';
import type { RequestHeaders } from '../core/http/preconditions.ts';
import { failureOf, type ProblemOptions, problem } from '../core/http/problem.ts';
import type { PlanHeaders, ResponsePlan } from '../core/http/response-plan.ts';
import type { ByteRange } from '../core/ports.ts';
import type { ApiContext } from './ports.ts';
import { repeatedText } from './repeated-text.ts';

/** What routes need of a request; a web Request is one. */
export type HttpRequest = { readonly method: string; readonly url: string; readonly headers: RequestHeaders };

/** What is read while it is sent. A client that leaves ends the reading: `return` releases what is held. */
export type BodyParts = AsyncIterator<Uint8Array, unknown, undefined>;

/**
 * All of an answer. A host makes of it what it sends; `pieces` at once, `parts` as fast as the client takes them. Whoever
 * passes it on may add to its headers, which are its own.
 */
export type Answer = {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: { readonly pieces: readonly Uint8Array[] } | { readonly parts: BodyParts } | null;
  /** What the link that was followed allows. @default - as fast as the host likes */
  readonly maxBytesPerSecond?: number | undefined;
  /** To be called by whoever sends it, once: when the last byte has been handed over, or none will be any more. */
  readonly onEnd?: (outcome: Outcome) => void;
};

/** `ended`: before the last byte, because the client left or the store failed. */
export type Outcome = { readonly bytesSent: number; readonly ended?: 'left' | 'failed' };

export type AnswerOptions = {
  readonly headers: PlanHeaders;
  /** The path asked for, for problem documents. */
  readonly instance?: string;
  /** Hears of a failure in mid-body, when nobody can be answered any more. */
  readonly onFailure?: (error: unknown) => void;
};

/**
 * Parts that are read before anything is answered: the first, and one ahead of it. What is missing among these becomes a
 * problem document and not a broken body.
 */
const HEAD_START_PARTS = 2;

/** Reads a range of the representation that is being answered. */
export type RangeReader = (range: ByteRange) => AsyncIterable<Uint8Array>;

/** `answerOf` as a web Response. */
export async function answer(plan: ResponsePlan, read: RangeReader, options: AnswerOptions): Promise<Response> {
  return toResponse(await answerOf(plan, read, options));
}

/**
 * Turns a planned response into an answer. A failure after the first parts breaks the connection, which a client sees
 * because Content-Length was sent.
 */
export async function answerOf(
  plan: ResponsePlan,
  read: RangeReader,
  { headers, instance, onFailure }: AnswerOptions,
): Promise<Answer> {
  const all = merged(plan.headers, headers);
  switch (plan.status) {
    case 304:
      return { status: 304, headers: all, body: null };
    case 200:
      return { status: 200, headers: all, body: plan.body && (await bodyOf(read(plan.body), onFailure)) };
    case 206: {
      const parts = plan.kind === 'single' ? read(plan.body) : multipart(plan, read);
      return { status: 206, headers: all, body: await bodyOf(parts, onFailure) };
    }
    case 412:
      return problemAnswer(
        new CuepointError(
          'precondition_failed',
          'what lies here is not what the conditions of the request name; fetch it without them',
        ),
        { headers: nameless(all), instance },
      );
    case 416:
      return problemAnswer(
        new CuepointError(
          'range_not_satisfiable',
          `no requested byte exists: the length is ${plan.headers['Content-Range']?.split('/')[1]} bytes`,
        ),
        { headers: nameless(all), instance },
      );
  }
}

/** A problem is not to be saved under the name of what was asked for. */
function nameless({ 'Content-Disposition': _, ...headers }: PlanHeaders): PlanHeaders {
  return headers;
}

/** A record of its own with the fields of all; the last to name one has its way. Spreads of so many take ten times as long. */
export function merged(...headers: readonly PlanHeaders[]): Record<string, string> {
  return Object.assign({}, ...headers);
}

/** RFC 9457. Anything that is not a named failure becomes `internal`, and tells nothing. */
export function problemAnswer(error: unknown, { instance, ...options }: ProblemOptions = {}): Answer {
  const repeated = instance === undefined ? options : { ...options, instance: repeatedText(instance) };
  const { status, headers, body } = problem(failureOf(error), repeated);
  const bytes = new TextEncoder().encode(JSON.stringify(body));
  return { status, headers: { ...headers, 'Content-Length': String(bytes.length) }, body: { pieces: [bytes] } };
}

/** RFC 9110 section 15.5.6: what exists, asked with a method that it does not have. */
export function methodNotAllowedAnswer(request: HttpRequest, allow: string): Answer {
  const error = new CuepointError(
    'method_not_allowed',
    `${request.method} is not allowed here; this address takes ${allow}`,
  );
  return problemAnswer(error, { instance: pathOf(request.url), headers: { Allow: allow } });
}

export function methodNotAllowed(c: Context, allow: string): Response {
  return toResponse(methodNotAllowedAnswer(c.req.raw, allow));
}

type Multipart = Extract<ResponsePlan, { kind: 'multipart' }>;

async function* multipart({ parts, closing }: Multipart, read: RangeReader): AsyncGenerator<Uint8Array> {
  for (const { preamble, range } of parts) {
    yield preamble;
    yield* read(range);
  }
  yield closing;
}

/** One part is there at once; more are read as fast as the client takes them. */
async function bodyOf(
  parts: AsyncIterable<Uint8Array>,
  onFailure: AnswerOptions['onFailure'],
): Promise<NonNullable<Answer['body']>> {
  const iterator = parts[Symbol.asyncIterator]();
  const held: Uint8Array[] = [];
  while (held.length < HEAD_START_PARTS) {
    const next = await iterator.next();
    if (next.done) return { pieces: held };
    held.push(next.value);
  }
  return { parts: heldThen(held, iterator, onFailure) };
}

function heldThen(
  held: Uint8Array[],
  iterator: AsyncIterator<Uint8Array>,
  onFailure: AnswerOptions['onFailure'],
): BodyParts {
  return {
    async next() {
      const value = held.shift();
      if (value) return { value, done: false };
      try {
        return await iterator.next();
      } catch (error) {
        onFailure?.(error);
        throw error;
      }
    },
    async return() {
      held.length = 0;
      await iterator.return?.();
      return { value: undefined, done: true };
    },
  };
}

/** What happens to a body in one piece after it was handed over, nobody is told. */
export function toResponse({ status, headers, body, onEnd }: Answer): Response {
  if (body === null || 'pieces' in body) {
    onEnd?.({ bytesSent: body ? lengthOf(body.pieces) : 0 });
    return new Response(body && joined(body.pieces), { status, headers });
  }
  const { parts } = body;
  let bytesSent = 0;
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const next = await parts.next();
          if (next.done) {
            controller.close();
            onEnd?.({ bytesSent });
          } else {
            bytesSent += next.value.length;
            controller.enqueue(next.value);
          }
        } catch (error) {
          controller.error(error);
          onEnd?.({ bytesSent, ended: 'failed' });
        }
      },
      async cancel() {
        onEnd?.({ bytesSent, ended: 'left' });
        await parts.return?.();
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(stream, { status, headers });
}

function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const [only, ...others] = pieces;
  if (only && others.length === 0) return asBody(only);
  const bytes = new Uint8Array(lengthOf(pieces));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

export function lengthOf(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((total, { length }) => total + length, 0);
}

/** A Response wants a view of an ArrayBuffer, which every adapter's buffers are. */
function asBody(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = bytes;
  return buffer instanceof ArrayBuffer ? new Uint8Array(buffer, byteOffset, byteLength) : new Uint8Array(bytes);
}

/** The path of an absolute URL, as it is written. */
function pathOf(url: string): string {
  const start = url.indexOf('/', url.indexOf('//') + 2);
  const end = url.indexOf('?', start);
  return url.slice(start, end < 0 ? undefined : end);
}

/** Failures of the bytes of a track are the operator's to know. */
export function failureOptions(
  { log }: Pick<ApiContext, 'log'>,
  request: HttpRequest,
): Required<Pick<AnswerOptions, 'instance' | 'onFailure'>> {
  const instance = pathOf(request.url);
  return { instance, onFailure: (error) => log.error('body_failed', { path: instance, error }) };
}
