/**
 * The long part of a CRC-16 and of the search for sync codes, sixteen bytes at a time.
 *
 * Modulo P = x^16 + x^15 + x^2 + 1 = (x + 1)(x^15 + x + 1): for any power of two k, (x^15 + x + 1)^k = x^15k + x^k + 1, and
 * times (x + 1)^k = x^k + 1 it is x^16k + x^15k + x^2k + 1, a multiple of P. With k = 128: a word of 128 bits may be taken
 * out of a message if it is added to those 1, 14 and 16 words later. What is left of a message of any length are sixteen
 * words with the same checksum. Three additions a word take the place of sixteen look-ups a word.
 *
 * The order of bytes inside a word does not matter, for words move as they are.
 */
import { base64ToBytes } from '../../base64.ts';
import { CRC_FOLD_WASM } from './crc-fold.wasm.ts';

/** What the global `WebAssembly` has of interest here; the language's own library does not declare it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

type Exports = {
  readonly memory: { readonly buffer: ArrayBuffer };
  fold(at: number, end: number, stops: number): number;
};

/** Bytes are folded in blocks of as many; fewer are left to the caller. */
export const FOLD_BLOCK_BYTES = 256;
/** The module's memory less the words that are left, and less one byte that is looked at behind the last block. */
const ROOM_BYTES = 2 * 65536;

const { memory, fold } = new WebAssembly.Instance(new WebAssembly.Module(base64ToBytes(CRC_FOLD_WASM)))
  .exports as Exports;
const words = new Uint8Array(memory.buffer, 0, FOLD_BLOCK_BYTES);
const room = new Uint8Array(memory.buffer, FOLD_BLOCK_BYTES);

/** Which bytes lie in the room, so that going on behind a sync code does not copy them again. */
let held: Uint8Array | undefined;
let heldFrom = 0;
let heldTo = 0;

/**
 * Folds bytes [from, to) in whole blocks, as long as no sync code begins in them (`stopsAtSync`), at most what the room
 * holds. Answers where it stopped, `from` when not one block could be taken; else `left` has the checksum that `crc`
 * followed by these bytes has. The same array must hold the same bytes until `forgetBytes`.
 */
export function foldBytes(crc: number, bytes: Uint8Array, from: number, to: number, stopsAtSync: boolean): number {
  if (held !== bytes || from < heldFrom || Math.min(from + FOLD_BLOCK_BYTES, to) > heldTo) hold(bytes, from);
  words.fill(0);
  words[0] = crc >>> 8;
  words[1] = crc & 0xff;
  const at = FOLD_BLOCK_BYTES + from - heldFrom;
  const end = FOLD_BLOCK_BYTES + Math.min(to, heldTo) - heldFrom;
  return fold(at, end, stopsAtSync ? 1 : 0) - FOLD_BLOCK_BYTES + heldFrom;
}

/** What `foldBytes` left. */
export const left: Uint8Array = words;

export function forgetBytes(): void {
  held = undefined;
}

function hold(bytes: Uint8Array, from: number): void {
  held = bytes;
  heldFrom = from;
  heldTo = Math.min(bytes.length, from + ROOM_BYTES);
  room.set(bytes.subarray(from, heldTo + 1));
  if (heldTo === bytes.length) room[heldTo - from] = 0;
}
