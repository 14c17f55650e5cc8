/**
 * What a cache may do and usually does not: all of it legal by RFC 9111 and CloudFront's documentation, so that bytes
 * never come out wrong behind an origin that keeps to HTTP. A choice depends on the seed and on how many were made
 * before.
 */
import type { ByteSpan } from './byte-ranges.ts';

export interface Mischief {
  /** "CloudFront may request a larger range than the client requested." Undefined: exactly what was asked for. */
  enlarge(range: ByteSpan): ByteSpan | undefined;
  /** Asks for the whole instead of a range. */
  asksForWhole(): boolean;
  /** Evicts an entry before it is looked up. */
  evicts(): boolean;
  /** The part of an entry that is evicted. Undefined: none. */
  evictsPart(): number | undefined;
  /** Puts an answer together of bytes that are here and of the rest, which it asks for. */
  combines(): boolean;
  /** Asks the origin about an entry that is still fresh. */
  revalidatesEarly(): boolean;
}

export const WELL_BEHAVED: Mischief = {
  enlarge: () => undefined,
  asksForWhole: () => false,
  evicts: () => false,
  evictsPart: () => undefined,
  combines: () => false,
  revalidatesEarly: () => false,
};

const BLOCKS = [1, 7, 512, 4096, 65_536];

export class SeededMischief implements Mischief {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  enlarge({ startByte, endByte }: ByteSpan): ByteSpan | undefined {
    if (this.#chance(0.3)) return undefined;
    const before = this.#block();
    const after = this.#block();
    return { startByte: Math.floor(startByte / before) * before, endByte: Math.ceil(endByte / after) * after };
  }

  asksForWhole(): boolean {
    return this.#chance(0.05);
  }

  evicts(): boolean {
    return this.#chance(0.1);
  }

  evictsPart(): number | undefined {
    return this.#chance(0.2) ? Math.floor(this.#next() * 16) : undefined;
  }

  combines(): boolean {
    return this.#chance(0.7);
  }

  revalidatesEarly(): boolean {
    return this.#chance(0.15);
  }

  #block(): number {
    return BLOCKS[Math.floor(this.#next() * BLOCKS.length)] ?? 1;
  }

  #chance(share: number): boolean {
    return this.#next() < share;
  }

  /** Mulberry32: a number in [0, 1). */
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }
}
