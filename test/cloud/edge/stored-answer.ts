/** Answers out of the cache. */
import { type Asked, onlyRange } from './asked.ts';
import { type ByteSpan, contentRangeHeader, resolveRange } from './byte-ranges.ts';
import { judge, rangeApplies } from './conditions.ts';
import { errorAnswer } from './edge-error.ts';
import type { CacheResult, EdgeAnswer, EdgeBody } from './exchange.ts';
import type { StoredResponse } from './stored-response.ts';

/** Undefined: what is asked for is not all there. */
export function storedAnswer(
  entry: StoredResponse,
  asked: Asked,
  result: CacheResult,
  nowMs: number,
): EdgeAnswer | undefined {
  const headers = new Headers(entry.headers);
  headers.set('age', String(Math.max(0, Math.floor((nowMs - entry.storedAtMs) / 1000))));
  const whole = { startByte: 0, endByte: entry.length };
  if (entry.status !== 200) {
    if (!entry.isWhole && asked.method !== 'HEAD') return undefined;
    const cause: CacheResult = entry.status >= 400 ? 'Error' : result;
    return { status: entry.status, headers, body: bodyOf(entry, asked, whole), result: cause };
  }
  switch (judge(asked.origin.headers, entry.headers)) {
    case 'failed':
      return errorAnswer(412, 'the precondition that the request asks for is not met by what is here');
    case 'not-modified':
      return { status: 304, headers: withoutBody(headers), body: null, result };
    case 'proceed':
  }
  // RFC 9110 section 14.2: of a HEAD, Range is ignored.
  const isRanged = asked.method === 'GET' && asked.ranges !== undefined && rangeApplies(asked.origin.headers, headers);
  if (isRanged) return rangedAnswer(entry, asked, headers, result);
  if (asked.method === 'GET' && !entry.isWhole) return undefined;
  return { status: 200, headers, body: bodyOf(entry, asked, whole), result };
}

/** Whether the entry, were it fresh, could answer without the origin. */
export function couldAnswer(entry: StoredResponse, asked: Asked, nowMs: number): boolean {
  return storedAnswer(entry, asked, 'Hit', nowMs) !== undefined;
}

function rangedAnswer(
  entry: StoredResponse,
  asked: Asked,
  headers: Headers,
  result: CacheResult,
): EdgeAnswer | undefined {
  const spans = (asked.ranges ?? []).flatMap((spec) => resolveRange(spec, entry.length) ?? []);
  const [first, second] = spans;
  if (first === undefined) return unsatisfiable(entry.length);
  if (!spans.every((span) => entry.holds(span))) return undefined;
  if (second === undefined) return partAnswer(headers, first, entry.length, piecesOf(entry, first), result);
  return multipartAnswer(entry, spans, headers, result);
}

/** 206 with one range. `headers` are those of the whole. */
export function partAnswer(
  headers: Headers,
  span: ByteSpan,
  length: number,
  body: EdgeBody,
  result: CacheResult,
): EdgeAnswer {
  const own = new Headers(headers);
  own.set('content-range', contentRangeHeader(span, length));
  own.set('content-length', String(span.endByte - span.startByte));
  return { status: 206, headers: own, body, result };
}

/** "416 Requested Range Not Satisfiable", never cached. */
export function unsatisfiable(length: number): EdgeAnswer {
  const answer = errorAnswer(416, `the range begins behind the end; there are ${length} bytes`);
  answer.headers.set('content-range', `bytes */${length}`);
  return answer;
}

/** RFC 9110 section 14.6. */
function multipartAnswer(
  entry: StoredResponse,
  spans: readonly ByteSpan[],
  headers: Headers,
  result: CacheResult,
): EdgeAnswer {
  const boundary = `CloudFront:${Buffer.from(headers.get('etag') ?? 'parts')
    .toString('hex')
    .slice(0, 32)}`;
  const type = headers.get('content-type');
  const typeLine = type === null ? '' : `Content-Type: ${type}\r\n`;
  const heads = spans.map((span) => {
    const rangeLine = `Content-Range: ${contentRangeHeader(span, entry.length)}\r\n`;
    return Buffer.from(`\r\n--${boundary}\r\n${typeLine}${rangeLine}\r\n`);
  });
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  const own = new Headers(headers);
  own.set('content-type', `multipart/byteranges; boundary="${boundary}"`);
  const byteLength =
    spans.reduce((sum, { startByte, endByte }) => sum + endByte - startByte, 0) +
    heads.reduce((sum, head) => sum + head.byteLength, 0);
  own.set('content-length', String(byteLength + tail.byteLength));
  async function* body(): EdgeBody {
    for (const [index, span] of spans.entries()) {
      yield heads[index] ?? new Uint8Array();
      yield* piecesOf(entry, span);
    }
    yield tail;
  }
  return { status: 206, headers: own, body: body(), result };
}

function bodyOf(entry: StoredResponse, asked: Asked, span: ByteSpan): EdgeBody | null {
  return asked.method === 'HEAD' ? null : piecesOf(entry, span);
}

/** The pieces are looked up now: what is evicted later is still sent. */
export function piecesOf(entry: StoredResponse, span: ByteSpan): EdgeBody {
  return each(entry.read(span));
}

async function* each(pieces: readonly Uint8Array[]): EdgeBody {
  yield* pieces;
}

/** RFC 9110 section 15.4.5: of a 304 neither length nor type of a body. */
export function withoutBody(headers: Headers): Headers {
  const own = new Headers(headers);
  for (const name of ['content-length', 'content-range', 'content-encoding', 'content-type']) own.delete(name);
  return own;
}

/** The start of the viewer's one range that is here, and where the rest begins. Undefined: nothing to put together. */
export function heldStart(entry: StoredResponse, asked: Asked): { span: ByteSpan; restByte: number } | undefined {
  const spec = onlyRange(asked);
  const span = spec && resolveRange(spec, entry.length);
  if (span === undefined || entry.status !== 200) return undefined;
  const restByte = entry.heldFrom(span.startByte);
  return restByte > span.startByte && restByte < span.endByte ? { span, restByte } : undefined;
}
