/**
 * From a request and what is known of a representation to everything about the answer except its bytes: RFC 9110 §13
 * to §15. Pure data, so the same plan can be streamed, buffered or redirected.
 */
import { CuepointError } from '../errors.ts';
import type { ByteRange } from '../ports.ts';
import { formatHttpDate } from './http-date.ts';
import { evaluatePreconditions, ifRangeHolds, type RequestHeaders } from './preconditions.ts';
import { parseRangeHeader } from './range-header.ts';

export type PlannedRequest = { readonly method: string; readonly headers: RequestHeaders };

export type Representation = {
  readonly byteLength: number;
  /** As the ETag field has it, quotes included. */
  readonly etag: string;
  readonly lastModifiedMs: number;
  readonly contentType: string;
};

export type PlanHeaders = Readonly<Record<string, string>>;

/** The bytes of a part's header, delimiter included, and the range of the representation that follows them. */
export type BodyPart = { readonly preamble: Uint8Array; readonly range: ByteRange };

/**
 * The answer's status, headers and body. Content-Length, where present, is the exact length of the body (of a HEAD: of
 * the body a GET would have). Cache-Control and the like are the caller's to add, and so are the bodies of 412 and 416.
 */
export type ResponsePlan =
  /** `body` is null for HEAD and never for GET; it is empty when the representation is. */
  | { readonly status: 200; readonly headers: PlanHeaders; readonly body: ByteRange | null }
  | { readonly status: 206; readonly kind: 'single'; readonly headers: PlanHeaders; readonly body: ByteRange }
  | {
      readonly status: 206;
      readonly kind: 'multipart';
      readonly headers: PlanHeaders;
      /** At least two: each preamble, then its range; after the last one `closing`. */
      readonly parts: readonly BodyPart[];
      readonly closing: Uint8Array;
    }
  | { readonly status: 304 | 412 | 416; readonly headers: PlanHeaders };

/**
 * Plans the answer to a GET or HEAD of an existing representation.
 *
 * Never sends more than the representation: several ranges whose multipart body would be longer than all of it are
 * answered with all of it, as a server may (RFC 9110 §14.2, §17.15). Throws `method_not_allowed` for other methods and
 * a RangeError when `representation` is not well-formed (its date out of range; its etag no entity tag, where it counts).
 */
export function planResponse(request: PlannedRequest, representation: Representation): ResponsePlan {
  const { method } = request;
  if (method !== 'GET' && method !== 'HEAD') {
    throw new CuepointError('method_not_allowed', 'this address answers GET and HEAD only; use one of these');
  }
  const validators: Record<string, string> = {
    'Accept-Ranges': 'bytes',
    ETag: representation.etag,
    'Last-Modified': formatHttpDate(representation.lastModifiedMs),
  };
  switch (evaluatePreconditions(request.headers, representation)) {
    case 'precondition_failed':
      return { status: 412, headers: validators };
    case 'not_modified':
      // With its type, which RFC 9110 §15.4.5 leaves open: a function URL gives whatever has none one of its own, and
      // caches renew the headers of what they hold by those of a 304.
      return { status: 304, headers: { ...validators, 'Content-Type': representation.contentType } };
    case 'proceed':
      // Range is defined for GET only; in a HEAD it must be ignored (§14.2).
      return method === 'HEAD'
        ? whole(representation, validators, null)
        : planGet(request.headers, representation, validators);
  }
}

function planGet(
  headers: RequestHeaders,
  representation: Representation,
  validators: Record<string, string>,
): ResponsePlan {
  const { byteLength, contentType } = representation;
  const requested = ifRangeHolds(headers, representation)
    ? parseRangeHeader(headers.get('range'), byteLength)
    : undefined;
  if (requested === undefined) return everything(representation, validators);
  if (requested === 'unsatisfiable') {
    return { status: 416, headers: { ...validators, 'Content-Range': `bytes */${byteLength}` } };
  }
  const [range, ...others] = requested.ranges;
  if (range === undefined) return everything(representation, validators);
  if (others.length > 0)
    return multipart(requested.ranges, representation, validators) ?? everything(representation, validators);
  return {
    status: 206,
    kind: 'single',
    // Most answers are this one, and spreading costs more than all else here.
    headers: Object.assign(validators, {
      'Content-Type': contentType,
      'Content-Length': String(range.endByte - range.startByte),
      'Content-Range': contentRange(range, byteLength),
    }),
    body: range,
  };
}

function everything(representation: Representation, validators: PlanHeaders): ResponsePlan {
  return whole(representation, validators, { startByte: 0, endByte: representation.byteLength });
}

function whole(representation: Representation, validators: PlanHeaders, body: ByteRange | null): ResponsePlan {
  const { contentType, byteLength } = representation;
  return {
    status: 200,
    headers: { ...validators, 'Content-Type': contentType, 'Content-Length': String(byteLength) },
    body,
  };
}

/** RFC 9110 §14.6; `undefined` when the body would be longer than the whole representation. */
function multipart(
  ranges: readonly ByteRange[],
  { byteLength, contentType, etag }: Representation,
  validators: PlanHeaders,
): ResponsePlan | undefined {
  const boundary = boundaryOf(etag, ranges);
  const encoder = new TextEncoder();
  const parts = ranges.map((range, i) => ({
    preamble: encoder.encode(
      `${i === 0 ? '' : '\r\n'}--${boundary}\r\n` +
        `Content-Type: ${contentType}\r\nContent-Range: ${contentRange(range, byteLength)}\r\n\r\n`,
    ),
    range,
  }));
  const closing = encoder.encode(`\r\n--${boundary}--\r\n`);
  const contentLength = parts.reduce(
    (total, { preamble, range }) => total + preamble.length + range.endByte - range.startByte,
    closing.length,
  );
  if (contentLength > byteLength) return undefined;
  const headers = {
    ...validators,
    'Content-Type': `multipart/byteranges; boundary=${boundary}`,
    'Content-Length': String(contentLength),
  };
  return { status: 206, kind: 'multipart', headers, parts, closing };
}

function contentRange({ startByte, endByte }: ByteRange, byteLength: number): string {
  return `bytes ${startByte}-${endByte - 1}/${byteLength}`;
}

/** FNV-1a's offset basis and three other odd numbers: four hashes that differ on the same text. */
const HASH_SEEDS = [0x811c9dc5, 0x9e3779b1, 0x85ebca77, 0xc2b2ae3d];
const FNV_PRIME = 0x01000193;

/**
 * The same request gets the same boundary, hence the same bytes. 128 bits of hash do not occur in audio by accident; and
 * if they did, a client that goes by Content-Range would not stumble.
 */
function boundaryOf(etag: string, ranges: readonly ByteRange[]): string {
  const text = `${etag} ${ranges.map(({ startByte, endByte }) => `${startByte}-${endByte}`).join()}`;
  const words = HASH_SEEDS.map((seed) => {
    let hash = seed;
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), FNV_PRIME);
    return (hash >>> 0).toString(16).padStart(8, '0');
  });
  return `cuepoint-${words.join('')}`;
}
