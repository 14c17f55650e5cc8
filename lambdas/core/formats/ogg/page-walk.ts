import type { ByteSource } from '../../ports.ts';
import { ByteWindow } from '../byte-window.ts';
import { hasRightChecksum } from './checksum.ts';
import { CAPTURE_PATTERN, PAGE_HEADER_BYTES, type Page, pageByteLength, parsePage } from './page.ts';

/**
 * A place that looks like a page costs its whole length to be checked, and in a file made to hurt such places overlap.
 * What was checked in vain stays below this plus what was walked, so that no file costs more than twice its length.
 */
const VAIN_ALLOWANCE_BYTES = 1 << 24;

const LENGTHS_AT = PAGE_HEADER_BYTES;
const SEGMENTS_AT = 26;
const VERSION_AT = 4;

/**
 * The pages of a source, front to back: those with a right checksum. What lies between them is passed over; where a page
 * does not follow, the next capture pattern with a page behind it is searched for.
 *
 *     for (;;) {
 *       const page = walk.next();
 *       if (page !== null) …
 *       else if (!(await walk.advance())) break;
 *     }
 */
export class PageWalk {
  readonly #window: ByteWindow;
  #byte: number;
  /** The byte after the last page. */
  #pageEndByte: number;
  #vainBytes = 0;

  /** Where, directly after a page, one begins that the end of the source cuts. */
  cutStartByte: number | undefined;

  private constructor(window: ByteWindow) {
    this.#window = window;
    this.#byte = window.startByte;
    this.#pageEndByte = window.startByte;
  }

  static async open(source: ByteSource, startByte: number, blockBytes?: number): Promise<PageWalk> {
    return new PageWalk(await ByteWindow.open(source, startByte, blockBytes));
  }

  /** The next page among the bytes at hand; `null`: `advance` first. The page before is no longer to be looked at then. */
  next(): Page | null {
    const { bytes, startByte, atEnd } = this.#window;
    for (;;) {
      const at = captureFrom(bytes, this.#byte - startByte);
      this.#byte = startByte + at;
      const byteLength = lengthOfPage(bytes, at);
      if (at + byteLength > bytes.length) {
        if (!atEnd || at === bytes.length) return null;
        if (this.#byte === this.#pageEndByte) this.cutStartByte = this.#byte;
        this.#byte++;
        continue;
      }
      if (bytes[at + VERSION_AT] !== 0 || !this.#checks(bytes, at, byteLength)) {
        this.#byte++;
        continue;
      }
      this.#byte += byteLength;
      this.#pageEndByte = this.#byte;
      return parsePage(bytes.subarray(at, at + byteLength), startByte + at);
    }
  }

  /** Brings more bytes; `false` when there are no more. */
  async advance(): Promise<boolean> {
    if (this.#window.atEnd) return false;
    await this.#window.advance(this.#byte);
    return true;
  }

  #checks(bytes: Uint8Array, at: number, byteLength: number): boolean {
    if (this.#vainBytes + byteLength > VAIN_ALLOWANCE_BYTES + this.#byte) return false;
    if (hasRightChecksum(bytes, at, at + byteLength)) return true;
    this.#vainBytes += byteLength;
    return false;
  }
}

/** Where in `bytes`, from `from` on, a capture pattern begins; one that the end cuts counts, else it is the end. */
function captureFrom(bytes: Uint8Array, from: number): number {
  for (let at = from; ; at++) {
    at = bytes.indexOf(CAPTURE_PATTERN[0], at);
    if (at < 0) return bytes.length;
    // Nearly every other byte of this value is told by the one after it.
    if ((bytes[at + 1] ?? CAPTURE_PATTERN[1]) !== CAPTURE_PATTERN[1]) continue;
    if (CAPTURE_PATTERN.every((letter, i) => (bytes[at + i] ?? letter) === letter)) return at;
  }
}

/** Bytes of the page at `bytes[at]`; where the end cuts what tells it, at least one more than there are. */
function lengthOfPage(bytes: Uint8Array, at: number): number {
  const segments = bytes[at + SEGMENTS_AT];
  if (segments === undefined) return PAGE_HEADER_BYTES;
  const headerByteLength = LENGTHS_AT + segments;
  return at + headerByteLength > bytes.length ? headerByteLength : pageByteLength(bytes, at, segments);
}
