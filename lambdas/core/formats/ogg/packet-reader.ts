import { PAGE_HEADER_BYTES, type Page } from './page.ts';

const SEGMENTS_AT = 26;
const FULL_SEGMENT = 255;

/** A packet's beginning: all of it where `to - from === byteLength`. Holds only until the call it is given to returns. */
export type PacketSink = (bytes: Uint8Array, from: number, to: number, byteLength: number) => void;

/**
 * Puts packets together from the pages of one logical stream (RFC 3533, section 5). Of a packet that spans pages only
 * the beginning is kept: as many bytes (at least 1) as `keptBytes` says for a packet with this first byte.
 *
 * Where pages are missing in the middle of a packet, its pieces are joined, as FFmpeg does it; a beginning that is not
 * continued and a rest without a beginning are dropped.
 */
export class PacketReader {
  readonly #keptBytes: (firstByte: number) => number;
  /** The kept beginning of a packet that goes on, and how long it is so far. */
  #kept: Uint8Array = new Uint8Array(0);
  #keptLength = 0;
  #byteLength = 0;
  #open = false;

  constructor(keptBytes: (firstByte: number) => number) {
    this.#keptBytes = keptBytes;
  }

  /** True between pages where a packet goes on, the beginning of which is there. */
  get open(): boolean {
    return this.#open;
  }

  /** Hands every packet that ends on the page to `sink`, in order. */
  read(page: Page, sink: PacketSink): void {
    const { bytes } = page;
    const segments = bytes[SEGMENTS_AT] as number;
    let at = PAGE_HEADER_BYTES + segments;
    if (!page.continued) this.#open = false;
    let orphaned = page.continued && !this.#open;
    for (let segment = 0; segment < segments; ) {
      const from = at;
      let length = FULL_SEGMENT;
      while (length === FULL_SEGMENT && segment < segments) {
        length = bytes[PAGE_HEADER_BYTES + segment++] as number;
        at += length;
      }
      const ends = length < FULL_SEGMENT;
      if (orphaned) orphaned = false;
      else if (!ends) this.#keep(bytes, from, at);
      else if (this.#open) this.#finish(bytes, from, at, sink);
      else sink(bytes, from, at, at - from);
    }
  }

  #finish(bytes: Uint8Array, from: number, to: number, sink: PacketSink): void {
    this.#keep(bytes, from, to);
    this.#open = false;
    sink(this.#kept, 0, this.#keptLength, this.#byteLength);
  }

  #keep(bytes: Uint8Array, from: number, to: number): void {
    if (!this.#open) {
      this.#open = true;
      this.#keptLength = 0;
      this.#byteLength = 0;
    }
    const firstByte = this.#keptLength > 0 ? this.#kept[0] : bytes[from];
    const wanted = this.#keptBytes(firstByte ?? 0) - this.#keptLength;
    const taken = Math.min(to - from, Math.max(0, wanted));
    if (this.#keptLength + taken > this.#kept.length) {
      // Twice what is needed, so that a packet of many pages is not copied for each of them.
      const grown = new Uint8Array(2 * (this.#keptLength + taken));
      grown.set(this.#kept.subarray(0, this.#keptLength));
      this.#kept = grown;
    }
    this.#kept.set(bytes.subarray(from, from + taken), this.#keptLength);
    this.#keptLength += taken;
    this.#byteLength += to - from;
  }
}

/** True when the page begins with the beginning of a packet. */
export function beginsWithPacket(page: Page): boolean {
  return !page.continued && (page.bytes[SEGMENTS_AT] as number) > 0;
}

/** True when a packet begins on the page, be it behind the rest of another: a decoder can start here. */
export function beginsPacket(page: Page): boolean {
  const segments = page.bytes[SEGMENTS_AT] as number;
  if (!page.continued) return segments > 0;
  for (let segment = 0; segment < segments - 1; segment++) {
    if ((page.bytes[PAGE_HEADER_BYTES + segment] as number) < FULL_SEGMENT) return true;
  }
  return false;
}

/** The bytes on this page of the packet that it begins with. */
export function firstPacket(page: Page): Uint8Array {
  const segments = page.bytes[SEGMENTS_AT] as number;
  const from = PAGE_HEADER_BYTES + segments;
  let to = from;
  for (let segment = 0; segment < segments; segment++) {
    const length = page.bytes[PAGE_HEADER_BYTES + segment] as number;
    to += length;
    if (length < FULL_SEGMENT) break;
  }
  return page.bytes.subarray(from, to);
}
