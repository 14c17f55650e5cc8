/** What joining does over the network: how it fails, and when it tries again. */

export type JoinOptions = {
  /** @default the global fetch */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** Stops the requests under way; what is being awaited then throws the signal's reason. */
  readonly signal?: AbortSignal;
  /** How often in a row, without a byte in between, a failed connection or a 5xx is tried again. @default 2 */
  readonly retries?: number;
  /** Pause before the first retry, doubled before each further one. @default 250 */
  readonly backoffMs?: number;
};

export type JoinErrorCode =
  /** The track was replaced while it was being read; what was yielded so far belongs to the old one. */
  | 'revision_changed'
  /** A body was shorter or longer than the plan says, or not the range that was asked for. */
  | 'wrong_bytes'
  /** A request was answered with 4xx, for a chunk also under a fresh link. */
  | 'refused'
  /** Connections failed, or 5xx came, more often than `retries`. */
  | 'unavailable'
  /** The plan is not one range of consecutive chunks. */
  | 'invalid_plan';

export class JoinError extends Error {
  override readonly name = 'JoinError';
  readonly code: JoinErrorCode;
  /** Number of the chunk it happened in. */
  readonly chunkNumber: number | undefined;

  constructor(
    code: JoinErrorCode,
    message: string,
    options: { chunkNumber?: number | undefined; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.chunkNumber = options.chunkNumber;
  }
}

const DEFAULT_RETRIES = 2;
const DEFAULT_BACKOFF_MS = 250;

/** Requests under one signal and one rule for trying again. */
export class JoinRequests {
  readonly #fetch: NonNullable<JoinOptions['fetch']>;
  readonly #signal: AbortSignal | undefined;
  readonly #retries: number;
  readonly #backoffMs: number;

  constructor({
    fetch = globalThis.fetch,
    signal,
    retries = DEFAULT_RETRIES,
    backoffMs = DEFAULT_BACKOFF_MS,
  }: JoinOptions) {
    // A browser's fetch refuses to be called as a method of anything but the window.
    this.#fetch = (url, init) => fetch(url, init);
    this.#signal = signal;
    this.#retries = retries;
    this.#backoffMs = backoffMs;
  }

  /** A response with a 2xx. Throws JoinError `unavailable` for what may pass, `refused` for any other status. */
  async send(url: string, init: RequestInit, subject: string, chunkNumber?: number): Promise<Response> {
    this.#signal?.throwIfAborted();
    let response: Response;
    try {
      response = await this.#fetch(url, { ...init, ...(this.#signal ? { signal: this.#signal } : {}) });
    } catch (cause) {
      throw broken(cause, `${subject} could not be fetched`, chunkNumber);
    }
    if (response.ok) return response;
    const code = response.status >= 500 ? 'unavailable' : 'refused';
    const said = await reasonOf(response);
    throw new JoinError(code, `${subject} was answered with ${response.status}${said}`, { chunkNumber });
  }

  /** The body as it arrives. A connection that breaks throws `unavailable`; leaving the loop closes it. */
  async *parts(response: Response, number: number): AsyncGenerator<Uint8Array> {
    const reader = response.body?.getReader();
    if (!reader) return;
    try {
      for (;;) {
        this.#signal?.throwIfAborted();
        const next = await reader.read().catch((cause: unknown) => {
          throw broken(cause, `the connection broke in chunk ${number}`, number);
        });
        if (next.done) return;
        yield next.value;
      }
    } finally {
      // Rejects when the connection is broken already, which has been said.
      await reader.cancel().catch(() => undefined);
    }
  }

  /** A body as text, under the rule for trying again. */
  async text(url: string, init: RequestInit, subject: string): Promise<string> {
    return this.#retried(async () => {
      const response = await this.send(url, init, subject);
      return response.text().catch((cause: unknown) => {
        throw broken(cause, `the connection broke in ${subject}`);
      });
    });
  }

  async #retried<Value>(attempt: () => Promise<Value>): Promise<Value> {
    for (let failures = 0; ; failures++) {
      try {
        return await attempt();
      } catch (error) {
        await this.beforeRetry(error, failures);
      }
    }
  }

  /** Waits as long as the rule says, or throws `error` on when it is not to be tried again. */
  async beforeRetry(error: unknown, failures: number): Promise<void> {
    // What an aborted request throws looks like a broken connection.
    this.#signal?.throwIfAborted();
    if (!(error instanceof JoinError) || error.code !== 'unavailable' || failures >= this.#retries) throw error;
    await pause(this.#backoffMs * 2 ** failures, this.#signal);
    this.#signal?.throwIfAborted();
  }
}

function broken(cause: unknown, message: string, chunkNumber?: number): JoinError {
  return new JoinError('unavailable', message, { chunkNumber, cause });
}

/** The sentence of a problem document (RFC 9457), where there is one. */
async function reasonOf(response: Response): Promise<string> {
  try {
    const problem: unknown = await response.json();
    if (typeof problem === 'object' && problem && 'error' in problem) return `: ${problem.error}`;
  } catch {
    // No JSON, as stores answer: the status must do.
  }
  return '';
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', wake);
      resolve();
    };
    const timer = setTimeout(wake, milliseconds);
    signal?.addEventListener('abort', wake);
  });
}
