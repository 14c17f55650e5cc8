import { readBytes } from '../../formats/byte-window.ts';
import type { ByteSource } from '../../ports.ts';
import { MAX_COVER_BYTES } from '../cover.ts';

/** All that is taken over from one file: a cover of the largest size that is stored, and a good deal of text. */
export const MAX_EXCERPT_BYTES = 16 * 2 ** 20;

/** Texts, lyrics and chapters of one tag field are smaller by far. */
export const MAX_FIELD_BYTES = 2 ** 20;

/** A field with a picture in it holds a few words about it, too. */
export const MAX_PICTURE_FIELD_BYTES = MAX_COVER_BYTES + 4096;

/** More fields, boxes or chunks than any real file has; ends the walk over a hostile one. */
export const MAX_FIELDS = 4096;

const BLOCK_BYTES = 16 * 1024;

export type Omissions = {
  /** Lengths of pictures that were left out for their size. */
  readonly hugePictures: number[];
  /** Something else was left out. */
  isCut: boolean;
};

/**
 * Reads the headers and bodies of tag fields. Headers of neighbours come out of one block, so that a walk over small
 * fields costs few reads. What is taken over counts against MAX_EXCERPT_BYTES.
 */
export class ExcerptReader {
  readonly #source: ByteSource;
  #block = new Uint8Array(0);
  #blockStart = 0;
  #bytesLeft = MAX_EXCERPT_BYTES;
  #notes: Omissions = { hugePictures: [], isCut: false };

  constructor(source: ByteSource) {
    this.#source = source;
  }

  get byteLength(): number {
    return this.#source.byteLength;
  }

  get omissions(): Readonly<Omissions> {
    return this.#notes;
  }

  /** Something of the tags is left out: it is longer than tags are, or damaged. */
  noteCut(): void {
    this.#notes.isCut = true;
  }

  noteHugePicture(byteLength: number): void {
    this.#notes.hugePictures.push(byteLength);
  }

  /** Up to `byteLength` bytes (a few dozen) from `startByte`, fewer at the end of the source. Not to be kept. */
  async look(startByte: number, byteLength: number): Promise<Uint8Array> {
    const isHeld = startByte >= this.#blockStart && startByte + byteLength <= this.#blockStart + this.#block.length;
    if (!isHeld) {
      this.#block = new Uint8Array(await readBytes(this.#source, startByte, Math.max(BLOCK_BYTES, byteLength)));
      this.#blockStart = startByte;
    }
    const offset = startByte - this.#blockStart;
    return this.#block.subarray(offset, offset + byteLength);
  }

  /** A reader of bytes that were taken already; what it notes is noted here. */
  within(bytes: Uint8Array): ExcerptReader {
    const inner = new ExcerptReader({
      byteLength: bytes.length,
      read: async (startByte, target) => target.set(bytes.subarray(startByte, startByte + target.length)),
    });
    inner.#notes = this.#notes;
    return inner;
  }

  /** Exactly these bytes; `undefined`, and a note, when the source or the excerpt has no room for them. */
  async take(startByte: number, byteLength: number): Promise<Uint8Array | undefined> {
    if (byteLength > this.#bytesLeft || startByte + byteLength > this.#source.byteLength) {
      this.noteCut();
      return undefined;
    }
    this.#bytesLeft -= byteLength;
    if (byteLength <= BLOCK_BYTES) return (await this.look(startByte, byteLength)).slice();
    return readBytes(this.#source, startByte, byteLength);
  }

  /** `take` for a field that is a picture: one that is too large is noted instead. */
  async takePicture(startByte: number, byteLength: number): Promise<Uint8Array | undefined> {
    if (byteLength <= MAX_PICTURE_FIELD_BYTES) return this.take(startByte, byteLength);
    this.noteHugePicture(byteLength);
    return undefined;
  }

  /** `take` for a field of text. */
  async takeField(startByte: number, byteLength: number): Promise<Uint8Array | undefined> {
    if (byteLength <= MAX_FIELD_BYTES) return this.take(startByte, byteLength);
    this.noteCut();
    return undefined;
  }
}
