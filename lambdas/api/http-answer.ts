import { CuepointError } from '../core/errors.ts';
import type { ResponsePlan } from '../core/http/response-plan.ts';
import type { ByteRange } from '../core/ports.ts';
import type { ApiContext } from './ports.ts';
import { problemResponse } from './problem-response.ts';

export type AnswerOptions = {
  readonly headers: Readonly<Record<string, string>>;
  /** The path asked for, for problem documents. */
  readonly instance?: string;
  /** Hears of a failure in mid-body, when nobody can be answered any more. */
  readonly onFailure?: (error: unknown) => void;
};

/**
 * Parts that are read before anything is answered. Hosts read two themselves before they send the head: a failure among
 * these would end the connection without any answer.
 */
const HEAD_START_PARTS = 3;

/** Reads a range of the representation that is being answered. */
export type RangeReader = (range: ByteRange) => AsyncIterable<Uint8Array>;

/**
 * Turns a planned response into a web Response. The first bytes are read before anything is answered, so that what is
 * missing becomes a problem document and not a broken body; a failure after that breaks the connection, which a client
 * sees because Content-Length was sent.
 */
export async function answer(
  plan: ResponsePlan,
  read: RangeReader,
  { headers, instance, onFailure }: AnswerOptions,
): Promise<Response> {
  const all = { ...plan.headers, ...headers };
  const problemOptions = { headers: all, instance };
  const body = (parts: AsyncIterable<Uint8Array>) => bodyOf(parts, onFailure);
  switch (plan.status) {
    case 304:
      return new Response(null, { status: 304, headers: all });
    case 200:
      return new Response(plan.body && (await body(read(plan.body))), { status: 200, headers: all });
    case 412:
      return problemResponse(
        new CuepointError(
          'precondition_failed',
          'the audio is not the one the request names; fetch it without condition',
        ),
        problemOptions,
      );
    case 416:
      return problemResponse(
        new CuepointError(
          'range_not_satisfiable',
          `no requested byte exists: the length is ${plan.headers['Content-Range']?.split('/')[1]} bytes`,
        ),
        problemOptions,
      );
    case 206:
      return new Response(await body(plan.kind === 'single' ? read(plan.body) : multipart(plan, read)), {
        status: 206,
        headers: all,
      });
  }
}

type Multipart = Extract<ResponsePlan, { kind: 'multipart' }>;

async function* multipart({ parts, closing }: Multipart, read: RangeReader): AsyncGenerator<Uint8Array> {
  for (const { preamble, range } of parts) {
    yield preamble;
    yield* read(range);
  }
  yield closing;
}

/** What is one part in memory is sent as it is; more becomes a stream that is read as fast as the client takes it. */
async function bodyOf(
  parts: AsyncIterable<Uint8Array>,
  onFailure: AnswerOptions['onFailure'],
): Promise<Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>> {
  const iterator = parts[Symbol.asyncIterator]();
  const held: Uint8Array[] = [];
  while (held.length < HEAD_START_PARTS) {
    const next = await iterator.next();
    if (next.done) {
      const [only] = held;
      if (held.length <= 1) return only ? asBody(only) : new Uint8Array(0);
      break;
    }
    held.push(next.value);
  }
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const ready = held.shift();
        if (ready) return controller.enqueue(ready);
        try {
          const next = await iterator.next();
          if (next.done) controller.close();
          else controller.enqueue(next.value);
        } catch (error) {
          onFailure?.(error);
          controller.error(error);
        }
      },
      async cancel() {
        await iterator.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

/** A Response wants a view of an ArrayBuffer, which every adapter's buffers are. */
function asBody(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = bytes;
  return buffer instanceof ArrayBuffer ? new Uint8Array(buffer, byteOffset, byteLength) : new Uint8Array(bytes);
}

/** Failures of the bytes of a track are the operator's to know. */
export function failureOptions(
  { log }: Pick<ApiContext, 'log'>,
  request: Request,
): Required<Pick<AnswerOptions, 'instance' | 'onFailure'>> {
  const instance = new URL(request.url).pathname;
  return { instance, onFailure: (error) => log.error('body_failed', { path: instance, error }) };
}
