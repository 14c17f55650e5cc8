/**
 * Lambda's Runtime API for one container: the runtime client asks for invocations here and posts what came of them.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { serveOnLoopback } from './loopback-server.ts';
import { isProperties, parsePlain } from './plain-values.ts';

export type Invocation = {
  readonly requestId: string;
  readonly functionArn: string;
  readonly deadlineMs: number;
  /** JSON. */
  readonly payload: string;
};

export type FunctionError = { readonly errorType: string; readonly errorMessage: string; readonly trace?: string[] };

export type Outcome = { readonly payload: string } | { readonly error: FunctionError };

/** Lambda's own words name this number: 6 MB and 100 bytes. */
export const MAX_RESPONSE_BYTES = 6_291_556;

export type RuntimeApi = {
  /** Host and port, for AWS_LAMBDA_RUNTIME_API. */
  readonly address: string;
  /** Once the function has been loaded and asks for work; its init error otherwise. */
  readonly ready: Promise<FunctionError | undefined>;
  /** One at a time. Does not end when the process does: whoever started that knows. */
  invoke(invocation: Invocation): Promise<Outcome>;
  close(): Promise<void>;
};

export type RuntimeApiEvents = {
  /** The runtime waits, and is to run no further until `resume`. */
  readonly idle: () => void;
  readonly resume: () => void;
};

export async function startRuntimeApi(events: RuntimeApiEvents): Promise<RuntimeApi> {
  const exchange = new Exchange(events);
  const server = await serveOnLoopback((incoming, answer) => {
    exchange.answer(incoming, answer).catch(() => answer.destroy());
  });
  return {
    address: `127.0.0.1:${server.port}`,
    ready: exchange.ready,
    invoke: (invocation) => exchange.invoke(invocation),
    close: () => server.close(),
  };
}

type UnderWay = { readonly invocation: Invocation; readonly settle: (outcome: Outcome) => void };

class Exchange {
  readonly ready: Promise<FunctionError | undefined>;
  readonly #events: RuntimeApiEvents;
  #becameReady: (error: FunctionError | undefined) => void = () => {};
  #waiting: ServerResponse | undefined;
  #underWay: UnderWay | undefined;
  /** Reported, but the runtime has not asked for more yet. */
  #settled: (() => void) | undefined;

  constructor(events: RuntimeApiEvents) {
    this.#events = events;
    this.ready = new Promise((resolve) => {
      this.#becameReady = resolve;
    });
  }

  invoke(invocation: Invocation): Promise<Outcome> {
    if (this.#underWay !== undefined) throw new Error('a container takes one invocation at a time');
    return new Promise((resolve) => {
      this.#underWay = { invocation, settle: resolve };
      this.#handOut();
    });
  }

  async answer(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const path = (incoming.url ?? '').replace('/2018-06-01/runtime', '');
    if (path === '/invocation/next') {
      this.#settled?.();
      this.#settled = undefined;
      this.#waiting = answer;
      this.#becameReady(undefined);
      if (this.#underWay === undefined) this.#events.idle();
      this.#handOut();
      return;
    }
    const text = await bodyText(incoming);
    if (path === '/init/error') {
      this.#becameReady(readError(text));
      return accept(answer);
    }
    const [, requestId = '', kind = ''] = /^\/invocation\/([^/]+)\/(response|error)$/.exec(path) ?? [];
    this.#report(decodeURIComponent(requestId), kind, text, answer);
  }

  #handOut(): void {
    const { invocation } = this.#underWay ?? {};
    const answer = this.#waiting;
    if (invocation === undefined || answer === undefined) return;
    this.#waiting = undefined;
    this.#events.resume();
    answer.writeHead(200, {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': invocation.requestId,
      'lambda-runtime-deadline-ms': String(invocation.deadlineMs),
      'lambda-runtime-invoked-function-arn': invocation.functionArn,
      'lambda-runtime-trace-id': traceHeader(invocation.requestId),
    });
    answer.end(invocation.payload);
  }

  #report(requestId: string, kind: string, text: string, answer: ServerResponse): void {
    const underWay = this.#underWay;
    if (underWay?.invocation.requestId !== requestId || kind === '') {
      refuse(answer, 400, 'InvalidRequestID', 'Invalid request ID');
      return;
    }
    this.#underWay = undefined;
    const tooLarge = kind === 'response' && Buffer.byteLength(text) > MAX_RESPONSE_BYTES;
    const outcome = tooLarge
      ? { error: TOO_LARGE }
      : kind === 'response'
        ? { payload: text }
        : { error: readError(text) };
    // The container is free once the runtime asks for more, not before.
    this.#settled = () => underWay.settle(outcome);
    if (tooLarge) refuse(answer, 413, 'RequestEntityTooLarge', TOO_LARGE.errorMessage);
    else accept(answer);
  }
}

const TOO_LARGE: FunctionError = {
  errorType: 'Function.ResponseSizeTooLarge',
  errorMessage: `Response payload size exceeded maximum allowed payload size (${MAX_RESPONSE_BYTES} bytes).`,
};

function accept(answer: ServerResponse): void {
  answer.writeHead(202, { 'content-type': 'application/json' });
  answer.end('{"status":"OK"}');
}

function refuse(answer: ServerResponse, status: number, errorType: string, errorMessage: string): void {
  answer.writeHead(status, { 'content-type': 'application/json' });
  answer.end(JSON.stringify({ errorType, errorMessage }));
}

async function bodyText(incoming: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part);
  return Buffer.concat(parts).toString();
}

function readError(text: string): FunctionError {
  const value = parsePlain(text);
  const { errorType, errorMessage, trace } = isProperties(value) ? value : {};
  return {
    errorType: String(errorType ?? 'Error'),
    errorMessage: String(errorMessage ?? text),
    ...(Array.isArray(trace) && { trace: trace.map(String) }),
  };
}

/** https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader */
function traceHeader(requestId: string): string {
  const hex = requestId.replaceAll('-', '').padEnd(40, '0');
  return `Root=1-${hex.slice(0, 8)}-${hex.slice(8, 32)};Parent=${hex.slice(16, 32)};Sampled=1`;
}
