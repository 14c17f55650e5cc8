/** Boxes, and the numbers in them. */
import { concat } from './flac-stream.ts';

export type BoxPart = Uint8Array | readonly number[];

export function box(type: string, ...parts: BoxPart[]): Uint8Array {
  const body = concat(...parts.map((part) => (part instanceof Uint8Array ? part : Uint8Array.from(part))));
  return concat(Uint8Array.from([...big(body.length + 8, 4), ...ascii(type)]), body);
}

export function fullBox(type: string, version: number, flags: number, ...parts: BoxPart[]): Uint8Array {
  return box(type, [version, ...big(flags, 3)], ...parts);
}

/** Most significant byte first; negative numbers as two's complement. */
export function big(value: number, byteLength: number): number[] {
  const wrapped = value < 0 ? value + 2 ** (8 * byteLength) : value;
  return Array.from({ length: byteLength }, (_, i) => Math.floor(wrapped / 256 ** (byteLength - 1 - i)) % 256);
}

export function filler(byteLength: number, seed: number): Uint8Array {
  return Uint8Array.from({ length: byteLength }, (_, i) => (i * 37 + seed * 11 + 129) & 0xff);
}

export function lasting<Value>(values: readonly Value[], index: number): Value | undefined {
  return values[Math.min(index, values.length - 1)];
}

export function ascii(text: string): number[] {
  return Array.from(text, (character) => character.charCodeAt(0));
}
