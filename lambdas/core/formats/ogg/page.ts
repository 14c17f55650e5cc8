/** Ogg pages: RFC 3533, section 6. */

/** Up to and with the number of segments; their lengths follow, a byte each, then the body. */
export const PAGE_HEADER_BYTES = 27;

/** `OggS`. */
export const CAPTURE_PATTERN = [0x4f, 0x67, 0x67, 0x53] as const;

export const CONTINUED = 1;
export const FIRST = 2;
export const LAST = 4;

export type Page = {
  /** Where the page lies in the source: [startByte, endByte). */
  readonly startByte: number;
  readonly endByte: number;
  /** It begins with the rest of a packet from the page before. */
  readonly continued: boolean;
  /** First, and last, page of its logical stream. */
  readonly first: boolean;
  readonly last: boolean;
  /** The codec's position at the end of the last packet that ends on this page; absent where none does. */
  readonly granule: number | undefined;
  readonly serial: number;
  readonly sequence: number;
  /** The whole page; holds only until the walk goes on. */
  readonly bytes: Uint8Array;
};

/** Length of the page at `bytes[at]`, its segment lengths being there. */
export function pageByteLength(bytes: Uint8Array, at: number, segments: number): number {
  let byteLength = PAGE_HEADER_BYTES + segments;
  for (let i = 0; i < segments; i++) byteLength += bytes[at + PAGE_HEADER_BYTES + i] as number;
  return byteLength;
}

/** `bytes`: one page. */
export function parsePage(bytes: Uint8Array, startByte: number): Page {
  const view = new DataView(bytes.buffer, bytes.byteOffset, PAGE_HEADER_BYTES);
  const flags = view.getUint8(5);
  const granule = view.getInt32(10, true) * 2 ** 32 + view.getUint32(6, true);
  return {
    startByte,
    endByte: startByte + bytes.length,
    continued: (flags & CONTINUED) !== 0,
    first: (flags & FIRST) !== 0,
    last: (flags & LAST) !== 0,
    // -1 says that no packet ends here; other negative or astronomic ones say nothing that could be believed.
    granule: granule >= 0 && Number.isSafeInteger(granule) ? granule : undefined,
    serial: view.getUint32(14, true),
    sequence: view.getUint32(18, true),
    bytes,
  };
}

/** The sequence number after `sequence`: they wrap. */
export function nextSequence(sequence: number): number {
  return (sequence + 1) >>> 0;
}
