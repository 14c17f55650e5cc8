/**
 * Joins the chunks of a plan into the bytes that were asked for. Without dependencies, for browsers, Node 20 and later,
 * and Deno; built into one module, it is served as `/web/join.js`:
 *
 *     for await (const bytes of joinChunks('https://host/v1/tracks/ID/chunks?bytes=1000-4999')) …
 *
 * A plan is what `/v1/tracks/{id}/chunks` answers for one range. A byte range joins to exactly these bytes of the
 * source; a time range joins to the whole chunks that hold it. All ranges are half open.
 */

import { JoinError, type JoinOptions, JoinRequests } from './join-requests.ts';

export { JoinError, type JoinErrorCode, type JoinOptions } from './join-requests.ts';

/** The parts of a plan that joining reads. */
export type JoinPlan = {
  readonly revision: string;
  /** Of a byte range, the bytes that were asked for; of a time range, those of the chunks in this page of the plan. */
  readonly startByte: number;
  readonly endByte: number;
  readonly chunks: readonly JoinChunk[];
  /** There are more chunks: the number to ask for as `from`. */
  readonly next?: number;
};

export type JoinChunk = {
  readonly number: number;
  readonly startByte: number;
  readonly endByte: number;
  readonly url: string;
  /** Part of the signature: the URL answers these headers only, with all of the chunk. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The bytes of the chunk that were asked for. */
  readonly slice: { readonly offset: number; readonly length: number };
};

/**
 * The bytes behind a plan's URL, in order, as they arrive; the views that are yielded are the caller's to keep.
 *
 * A plan of several pages is followed by `from`. A link that has died is replaced by asking for the plan anew, a broken
 * connection is taken up again, both at the very byte that was reached. Throws JoinError, or the reason of `signal`;
 * never ends early without throwing. Leaving the loop closes the connection.
 */
export async function* joinChunks(
  planUrl: string | URL,
  options: JoinOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const requests = new JoinRequests(options);
  const firstUrl = absolute(planUrl);
  let plan = await fetchPlan(requests, firstUrl);
  const { revision } = plan;
  let reachedByte = firstUrl.searchParams.has('from') ? firstByte(plan) : plan.startByte;
  let renewedAtByte: number | undefined;

  for (;;) {
    let continueFrom = plan.next;
    for (const chunk of plan.chunks) {
      try {
        for await (const part of readSlice(requests, chunk, firstUrl, reachedByte)) {
          reachedByte += part.length;
          yield part;
        }
      } catch (error) {
        // A fresh link that is refused at the same byte has not died of age.
        if (!(error instanceof JoinError) || error.code !== 'refused' || renewedAtByte === reachedByte) throw error;
        renewedAtByte = reachedByte;
        continueFrom = chunk.number;
        break;
      }
    }
    if (continueFrom === undefined) return assertEnd(plan, reachedByte);
    const url = new URL(firstUrl);
    url.searchParams.set('from', String(continueFrom));
    plan = await fetchPlan(requests, url);
    assertContinues(plan, revision, continueFrom);
  }
}

/**
 * The same as a stream: a chunk is asked for when its bytes are wanted, and cancelling stops the requests.
 * Errors of `joinChunks` error the stream.
 */
export function joinToStream(planUrl: string | URL, options: JoinOptions = {}): ReadableStream<Uint8Array> {
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const parts = joinChunks(planUrl, { ...options, signal });
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await parts.next();
        if (next.done) controller.close();
        else controller.enqueue(next.value);
      },
      async cancel(reason) {
        stop.abort(reason);
        await parts.return();
      },
    },
    // Nothing is fetched before somebody reads.
    { highWaterMark: 0 },
  );
}

function absolute(url: string | URL): URL {
  const { location } = globalThis as { location?: { href: string } };
  return new URL(url, location?.href);
}

async function fetchPlan(requests: JoinRequests, url: URL): Promise<JoinPlan> {
  const body = parsed(await requests.text(url.href, { headers: { Accept: 'application/json' } }, 'the plan'));
  if (isPlan(body)) return body;
  throw new JoinError(
    'invalid_plan',
    `${url.pathname} did not answer with the plan of one range; join one range at a time`,
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isPlan(body: unknown): body is JoinPlan {
  return (
    typeof body === 'object' && body !== null && 'revision' in body && 'chunks' in body && Array.isArray(body.chunks)
  );
}

function firstByte({ chunks, endByte }: JoinPlan): number {
  const [first] = chunks;
  return first ? first.startByte + first.slice.offset : endByte;
}

function assertContinues(plan: JoinPlan, revision: string, fromChunk: number): void {
  if (plan.revision !== revision) {
    throw new JoinError(
      'revision_changed',
      `the track was replaced while it was being read (revision ${revision}, now ${plan.revision}); start again`,
      { chunkNumber: fromChunk },
    );
  }
  if (plan.chunks[0]?.number !== fromChunk) {
    throw new JoinError(
      'invalid_plan',
      `the plan continues with chunk ${plan.chunks[0]?.number}, expected ${fromChunk}`,
      {
        chunkNumber: fromChunk,
      },
    );
  }
}

function assertEnd({ endByte }: JoinPlan, reachedByte: number): void {
  if (reachedByte === endByte) return;
  throw new JoinError('invalid_plan', `the plan ends at byte ${endByte}, its chunks at byte ${reachedByte}`);
}

/** The chunk's slice from byte `fromByte` of the source on, through as many connections as it takes. */
async function* readSlice(
  requests: JoinRequests,
  chunk: JoinChunk,
  baseUrl: URL,
  fromByte: number,
): AsyncGenerator<Uint8Array> {
  const sliceStart = chunk.startByte + chunk.slice.offset;
  const sliceEnd = sliceStart + chunk.slice.length;
  // Asked this way round, so that a number that is missing fails as well.
  if (!(fromByte >= sliceStart && fromByte < sliceEnd && sliceEnd <= chunk.endByte)) {
    throw new JoinError(
      'invalid_plan',
      `chunk ${chunk.number} has bytes [${sliceStart}, ${sliceEnd}) to give, expected them to begin at byte ${fromByte}`,
      { chunkNumber: chunk.number },
    );
  }
  const url = new URL(chunk.url, baseUrl).href;
  let reachedByte = fromByte;
  let failures = 0;
  while (reachedByte < sliceEnd) {
    try {
      for await (const part of readOnce(requests, chunk, url, { startByte: reachedByte, endByte: sliceEnd })) {
        reachedByte += part.length;
        failures = 0;
        yield part;
      }
    } catch (error) {
      await requests.beforeRetry(error, failures);
      failures++;
    }
  }
}

type Bytes = { readonly startByte: number; readonly endByte: number };

async function* readOnce(
  requests: JoinRequests,
  chunk: JoinChunk,
  url: string,
  wanted: Bytes,
): AsyncGenerator<Uint8Array> {
  const whole = wanted.startByte === chunk.startByte && wanted.endByte === chunk.endByte;
  const offset = wanted.startByte - chunk.startByte;
  const lastOffset = wanted.endByte - chunk.startByte - 1;
  const headers = chunk.headers ?? (whole ? {} : { Range: `bytes=${offset}-${lastOffset}` });
  const response = await requests.send(url, { headers }, `chunk ${chunk.number}`, chunk.number);
  const sent = bytesSent(response, chunk, wanted);
  if (typeof sent === 'string') {
    await response.body?.cancel();
    throw wrongBytes(chunk, sent);
  }
  let atByte = sent.startByte;
  for await (const part of requests.parts(response, chunk.number)) {
    const startByte = Math.max(atByte, wanted.startByte);
    const endByte = Math.min(atByte + part.length, wanted.endByte);
    const view = part.subarray(startByte - atByte, Math.max(startByte, endByte) - atByte);
    atByte += part.length;
    if (view.length > 0) yield view;
    // The rest of a window is of no use; but where the body should end with the slice, more bytes are a fault.
    if (atByte >= wanted.endByte && sent.endByte > wanted.endByte) return;
    if (atByte > sent.endByte)
      throw wrongBytes(chunk, `went on after ${sent.endByte - sent.startByte} bytes, its full length`);
  }
  if (atByte < wanted.endByte) {
    throw wrongBytes(chunk, `ended after ${atByte - sent.startByte} of ${sent.endByte - sent.startByte} bytes`);
  }
}

/**
 * The bytes of the source that the body holds, or what is wrong with the answer. A 200 to a Range of ours is all of the
 * object, as a server may answer (RFC 9110 section 14.2). Lengths are compared where CORS lets them be read.
 */
function bytesSent(response: Response, chunk: JoinChunk, wanted: Bytes): Bytes | string {
  const whole = { startByte: chunk.startByte, endByte: chunk.endByte };
  if (chunk.headers && response.status !== 206)
    return `answered ${response.status} to its window of the source, expected 206`;
  const sent = response.status === 206 && !chunk.headers ? wanted : whole;
  const range = /^bytes (\d+)-(\d+)\//.exec(response.headers.get('Content-Range') ?? '');
  if (response.status === 206 && range) {
    // Of a chunk that is an object of its own, byte 0 is the chunk's first; of a window, the source's.
    const originByte = chunk.headers ? 0 : chunk.startByte;
    const startByte = originByte + Number(range[1]);
    const endByte = originByte + Number(range[2]) + 1;
    if (startByte !== sent.startByte || endByte !== sent.endByte) {
      return `answered with bytes [${startByte}, ${endByte}) of the source, expected [${sent.startByte}, ${sent.endByte})`;
    }
  }
  const length = response.headers.get('Content-Length');
  const encoded = response.headers.has('Content-Encoding');
  if (length === null || encoded || Number(length) === sent.endByte - sent.startByte) return sent;
  return `announces ${length} bytes, expected ${sent.endByte - sent.startByte}`;
}

function wrongBytes({ number }: JoinChunk, what: string): JoinError {
  return new JoinError('wrong_bytes', `chunk ${number} ${what}`, { chunkNumber: number });
}
