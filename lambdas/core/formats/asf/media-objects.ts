import type { Payload } from './data-packet.ts';
import type { Spread } from './stream-properties.ts';

/** What a decoder is fed at once. */
export type MediaObject = {
  /** The data packet that the object begins in. */
  readonly startPacketByte: number;
  readonly bytes: Uint8Array;
};

/** Objects of audio have a few kilobytes; a longer one is a field that lies. */
const MAX_OBJECT_BYTES = 1 << 18;
/** And a few of the decoder's blocks: each is decoded at once, to a frame or more. */
const MAX_OBJECT_BLOCKS = 64;

/** Puts media objects together from their payloads, which follow each other though packets lie between. */
export class ObjectAssembly {
  readonly #spread: Spread | undefined;
  readonly #maxObjectBytes: number;
  #open: { readonly number: number; readonly startPacketByte: number; readonly bytes: Uint8Array } | undefined;
  #filledBytes = 0;

  /** Objects of which pieces are missing. */
  incomplete = 0;

  constructor(spread: Spread | undefined, blockByteLength: number) {
    this.#spread = spread;
    this.#maxObjectBytes = Math.min(MAX_OBJECT_BYTES, MAX_OBJECT_BLOCKS * blockByteLength);
  }

  /** The object that this payload completes. A piece of an object whose beginning was not seen is passed over. */
  accept(payload: Payload, packetStartByte: number): MediaObject | null {
    const { objectNumber, objectOffset, objectByteLength, bytes } = payload;
    if (objectOffset === 0) {
      this.#drop();
      if (objectByteLength === 0) return null;
      if (objectByteLength > this.#maxObjectBytes) {
        this.incomplete++;
        return null;
      }
      this.#open = {
        number: objectNumber,
        startPacketByte: packetStartByte,
        bytes: new Uint8Array(objectByteLength),
      };
    }
    const open = this.#open;
    if (open === undefined) return null;
    const isNext = objectNumber === open.number && objectOffset === this.#filledBytes;
    if (!isNext || objectOffset + bytes.length > open.bytes.length) {
      this.#drop();
      return null;
    }
    open.bytes.set(bytes, objectOffset);
    this.#filledBytes += bytes.length;
    if (this.#filledBytes < open.bytes.length) return null;
    this.#open = undefined;
    this.#filledBytes = 0;
    return { startPacketByte: open.startPacketByte, bytes: gathered(open.bytes, this.#spread) };
  }

  #drop(): void {
    if (this.#open !== undefined) this.incomplete++;
    this.#open = undefined;
    this.#filledBytes = 0;
  }
}

/** Undoes the spreading: a matrix of chunks that was written by columns is read by rows. */
function gathered(bytes: Uint8Array, spread: Spread | undefined): Uint8Array {
  if (spread === undefined || bytes.length !== spread.packetByteLength * spread.span) return bytes;
  const { span, packetByteLength, chunkByteLength } = spread;
  const chunksInPacket = packetByteLength / chunkByteLength;
  const result = new Uint8Array(bytes.length);
  for (let chunk = 0; chunk * chunkByteLength < bytes.length; chunk++) {
    const from = (Math.floor(chunk / span) + (chunk % span) * chunksInPacket) * chunkByteLength;
    result.set(bytes.subarray(from, from + chunkByteLength), chunk * chunkByteLength);
  }
  return result;
}
