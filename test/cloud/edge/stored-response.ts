import type { ByteSpan } from './byte-ranges.ts';
import { isStrong } from './conditions.ts';

/** An answer in the cache: headers of the whole representation, and as many of its bytes as have come by. */
export class StoredResponse {
  readonly status: number;
  /** Of the whole: no Content-Range, and Content-Length as of the whole. */
  headers: Headers;
  /** Of the whole representation. */
  readonly length: number;
  /** Before which it is used without asking. */
  freshUntilMs: number;
  /** Until when it may be shown when the origin fails. */
  staleUntilMs: number;
  storedAtMs: number;
  /** Ordered, apart from each other. */
  #parts: readonly Part[] = [];

  constructor(options: {
    readonly status: number;
    readonly headers: Headers;
    readonly length: number;
    readonly freshUntilMs: number;
    readonly staleUntilMs: number;
    readonly storedAtMs: number;
  }) {
    this.status = options.status;
    this.headers = options.headers;
    this.length = options.length;
    this.freshUntilMs = options.freshUntilMs;
    this.staleUntilMs = options.staleUntilMs;
    this.storedAtMs = options.storedAtMs;
  }

  get byteSize(): number {
    return this.#parts.reduce((sum, { bytes }) => sum + bytes.byteLength, OVERHEAD_BYTES);
  }

  get isWhole(): boolean {
    return this.holds({ startByte: 0, endByte: this.length });
  }

  holds({ startByte, endByte }: ByteSpan): boolean {
    return this.heldFrom(startByte) >= endByte;
  }

  /** How far the bytes reach without a gap from there. `startByte` itself when that byte is not here. */
  heldFrom(startByte: number): number {
    let end = startByte;
    for (const part of this.#parts) if (part.startByte <= end && end < endOf(part)) end = endOf(part);
    return end;
  }

  /** The bytes of a span that is held, in pieces. */
  read({ startByte, endByte }: ByteSpan): Uint8Array[] {
    return this.#parts
      .filter((part) => part.startByte < endByte && startByte < endOf(part))
      .map((part) =>
        part.bytes.subarray(
          Math.max(0, startByte - part.startByte),
          Math.min(part.bytes.byteLength, endByte - part.startByte),
        ),
      );
  }

  /**
   * Whether parts of another answer may stand beside these. RFC 9111 section 3.4: "if they share the same strong
   * validator".
   */
  isSameRepresentation(headers: Headers, length: number): boolean {
    const etag = this.headers.get('etag');
    return isStrong(etag) && etag === headers.get('etag') && this.length === length;
  }

  /**
   * Fills the gaps; what is here already stays. Returns how many of the bytes that were here are others now: of one
   * strong validator there must be none.
   */
  add(startByte: number, bytes: Uint8Array): number {
    const added = { startByte, bytes };
    let differing = 0;
    let filledTo = startByte;
    const gaps: Part[] = [];
    for (const part of this.#parts) {
      if (endOf(part) <= startByte || part.startByte >= endOf(added)) continue;
      differing += differingBytes(part, added);
      if (part.startByte > filledTo) gaps.push(sliceOf(added, filledTo, part.startByte));
      filledTo = Math.max(filledTo, endOf(part));
    }
    if (filledTo < endOf(added)) gaps.push(sliceOf(added, filledTo, endOf(added)));
    this.#parts = [...this.#parts, ...gaps].sort((a, b) => a.startByte - b.startByte);
    return differing;
  }

  /** Gives up the bytes of one part. */
  evictPart(index: number): void {
    this.#parts = this.#parts.filter((_, at) => at !== index % Math.max(1, this.#parts.length));
  }
}

type Part = { readonly startByte: number; readonly bytes: Uint8Array };

/** An entry without a body weighs something too. */
const OVERHEAD_BYTES = 1024;

function endOf({ startByte, bytes }: Part): number {
  return startByte + bytes.byteLength;
}

/** A copy, so that no larger buffer stays behind a small view; the whole is taken as it is. */
function sliceOf({ startByte, bytes }: Part, from: number, to: number): Part {
  const isWhole = from === startByte && to === startByte + bytes.byteLength;
  return { startByte: from, bytes: isWhole ? bytes : bytes.slice(from - startByte, to - startByte) };
}

function differingBytes(a: Part, b: Part): number {
  const from = Math.max(a.startByte, b.startByte);
  const to = Math.min(endOf(a), endOf(b));
  const left = a.bytes.subarray(from - a.startByte, to - a.startByte);
  const right = b.bytes.subarray(from - b.startByte, to - b.startByte);
  if (Buffer.compare(left, right) === 0) return 0;
  return left.reduce((sum, byte, index) => sum + (byte === right[index] ? 0 : 1), 0);
}
