import type { ByteSource } from '../../ports.ts';
import { readBytes } from '../byte-window.ts';
import { elementAt, MAX_ELEMENT_HEADER_BYTES } from './ebml.ts';

/** An element and where it lies: its header [startByte, bodyByte), its body [bodyByte, endByte). */
export type PlacedElement = {
  readonly id: number;
  readonly startByte: number;
  readonly bodyByte: number;
  /** `Infinity`: of unknown size. */
  readonly endByte: number;
};

/** One read serves all small neighbouring elements, and costs no more than a read of twelve bytes. */
const READ_BYTES = 4096;

/** Far more than any header has (a few dozen), far less than what would keep a machine busy. */
const MAX_ELEMENTS = 1 << 16;

/** Walks the elements of a file's header by their sizes: bodies are read only when asked for. */
export class ElementReader {
  readonly #source: ByteSource;
  #held = new Uint8Array(0);
  #heldStartByte = 0;
  #elements = 0;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /**
   * The element that begins at `startByte`, inside of a parent that ends at `parentEndByte`. `null`: there is none, as the
   * parent or the file ends there, the bytes are no element's, or it reaches beyond its parent or the file.
   */
  async element(startByte: number, parentEndByte: number): Promise<PlacedElement | null> {
    if (startByte >= parentEndByte) return null;
    const element = await this.header(startByte);
    if (element === null || element.endByte === Number.POSITIVE_INFINITY) return element;
    return element.endByte <= Math.min(parentEndByte, this.#source.byteLength) ? element : null;
  }

  /** As `element`, but it may reach as far as it says. */
  async header(startByte: number): Promise<PlacedElement | null> {
    if (++this.#elements > MAX_ELEMENTS) return null;
    const header = elementAt(await this.#peek(startByte, MAX_ELEMENT_HEADER_BYTES), 0);
    if (header === 'cut' || header === null) return null;
    const bodyByte = startByte + header.headerByteLength;
    return { id: header.id, startByte, bodyByte, endByte: bodyByte + header.bodyByteLength };
  }

  /** What lies in an element, one after the other, as far as it is intact. */
  async *children({ bodyByte, endByte }: PlacedElement): AsyncGenerator<PlacedElement, void, undefined> {
    for (let at = bodyByte; ; ) {
      const child = await this.element(at, endByte);
      if (child === null || child.endByte === Number.POSITIVE_INFINITY) return;
      yield child;
      at = child.endByte;
    }
  }

  /** A copy of the first `maxByteLength` bytes of an element's body, or of all of it. */
  async body({ bodyByte, endByte }: PlacedElement, maxByteLength: number): Promise<Uint8Array> {
    return (await this.#peek(bodyByte, Math.min(endByte - bodyByte, maxByteLength))).slice();
  }

  /** A view that dies at the next call; fewer bytes at the end of the file. `byteLength`: at most READ_BYTES. */
  async #peek(startByte: number, byteLength: number): Promise<Uint8Array> {
    const heldEndByte = this.#heldStartByte + this.#held.length;
    if (startByte < this.#heldStartByte || startByte + byteLength > heldEndByte) {
      this.#held = new Uint8Array(await readBytes(this.#source, startByte, READ_BYTES));
      this.#heldStartByte = startByte;
    }
    const offset = startByte - this.#heldStartByte;
    return this.#held.subarray(offset, offset + byteLength);
  }
}
