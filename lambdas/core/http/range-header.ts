/** The Range header of RFC 9110 §14, for the unit `bytes`: from inclusive text to half open ranges. */
import type { ByteRange } from '../ports.ts';

/** More ranges than this are not what a player asks for (RFC 9110 §17.15): the header is ignored. */
export const MAX_RANGES = 16;

/** Holds 16 ranges of two 20-digit numbers each, with room to spare. */
export const MAX_RANGE_HEADER_LENGTH = 1024;

/** Ranges closer together than this become one: a part of its own would cost about as much (RFC 9110 §15.3.7.2). */
export const COALESCE_GAP_BYTES = 80;

/** One range as it is written: with inclusive ends, not yet held against a length, and of any size. */
export type RangeSpec =
  | { readonly kind: 'int'; readonly firstByte: bigint; readonly lastByte: bigint | undefined }
  | { readonly kind: 'suffix'; readonly suffixLength: bigint };

/** `undefined`: to be treated as if it were absent. `ranges` are disjoint, not empty, and lie inside the representation. */
export type RequestedRanges = { readonly ranges: readonly ByteRange[] } | 'unsatisfiable' | undefined;

/** `first-last`, `first-` or `-suffix` (RFC 9110 §14.1.1); `undefined` when malformed, reversed ends included. */
export function parseRangeSpec(text: string): RangeSpec | undefined {
  const match = /^([0-9]*)-([0-9]*)$/.exec(text);
  const first = match?.[1];
  const last = match?.[2];
  if (first === undefined || last === undefined) return undefined;
  if (first === '') return last === '' ? undefined : { kind: 'suffix', suffixLength: BigInt(last) };
  const firstByte = BigInt(first);
  const lastByte = last === '' ? undefined : BigInt(last);
  return lastByte !== undefined && lastByte < firstByte ? undefined : { kind: 'int', firstByte, lastByte };
}

/** The bytes a spec selects of `byteLength` bytes, its end clamped (RFC 9110 §14.1.2); `undefined` when there are none. */
export function resolveRangeSpec(spec: RangeSpec, byteLength: number): ByteRange | undefined {
  const length = BigInt(byteLength);
  const start = spec.kind === 'int' ? spec.firstByte : largest(0n, length - spec.suffixLength);
  if (start >= length) return undefined;
  const reachesEnd = spec.kind === 'suffix' || spec.lastByte === undefined || spec.lastByte >= length;
  return { startByte: Number(start), endByte: reachesEnd ? byteLength : Number(spec.lastByte) + 1 };
}

function largest(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

/**
 * The ranges that a Range header asks of a representation of `byteLength` bytes (RFC 9110 §14.1, §14.2).
 *
 * The header is ignored (`undefined`) when it is absent, of another unit, malformed in any of its ranges, longer than
 * `MAX_RANGE_HEADER_LENGTH`, or holds more than `MAX_RANGES` ranges. Ranges that start past the end are dropped;
 * `unsatisfiable` when none is left. Ranges that overlap, touch or are less than `COALESCE_GAP_BYTES` apart become one,
 * in the place of the one that came first, so no byte is ever selected twice.
 *
 * White space around the commas is allowed, and after `=`, where the grammar has none but the examples of §14.1.2 and some
 * clients have.
 */
export function parseRangeHeader(header: string | null | undefined, byteLength: number): RequestedRanges {
  if (typeof header === 'string') {
    const [, first, last] = SINGLE_RANGE.exec(header) ?? [];
    if (first !== undefined && last !== undefined) return singleRange(Number(first), Number(last), byteLength);
  }
  const specs = parseSpecs(header);
  if (specs === undefined) return undefined;
  const ranges = specs.flatMap((spec) => resolveRangeSpec(spec, byteLength) ?? []);
  if (ranges.length > 0) return { ranges: coalesce(ranges) };
  // A suffix that is not zero is satisfiable by definition, even of an empty representation. No Content-Range can
  // express that, so the whole of it (nothing) is the answer.
  return specs.some((spec) => spec.kind === 'suffix' && spec.suffixLength > 0n) ? undefined : 'unsatisfiable';
}

/** What nearly every player sends, with numbers that are exact: the shortest way to the same answer. */
const SINGLE_RANGE = /^bytes=([0-9]{1,15})-([0-9]{1,15})$/;

function singleRange(firstByte: number, lastByte: number, byteLength: number): RequestedRanges {
  if (lastByte < firstByte) return undefined;
  if (firstByte >= byteLength) return 'unsatisfiable';
  return { ranges: [{ startByte: firstByte, endByte: Math.min(lastByte + 1, byteLength) }] };
}

function parseSpecs(header: string | null | undefined): RangeSpec[] | undefined {
  if (typeof header !== 'string' || header.length > MAX_RANGE_HEADER_LENGTH) return undefined;
  const set = /^[ \t]*bytes=(.*)$/i.exec(header)?.[1];
  if (set === undefined) return undefined;
  const specs: RangeSpec[] = [];
  for (const element of set.split(',')) {
    const text = element.replace(/^[ \t]+|[ \t]+$/g, '');
    if (text === '') continue;
    const spec = parseRangeSpec(text);
    if (spec === undefined || specs.length === MAX_RANGES) return undefined;
    specs.push(spec);
  }
  return specs.length === 0 ? undefined : specs;
}

function coalesce(ranges: readonly ByteRange[]): ByteRange[] {
  const sorted = ranges.map((range, order) => ({ ...range, order })).sort((a, b) => a.startByte - b.startByte);
  const merged: { startByte: number; endByte: number; order: number }[] = [];
  for (const range of sorted) {
    const previous = merged.at(-1);
    if (previous !== undefined && range.startByte - previous.endByte < COALESCE_GAP_BYTES) {
      previous.endByte = Math.max(previous.endByte, range.endByte);
      previous.order = Math.min(previous.order, range.order);
    } else {
      merged.push(range);
    }
  }
  return merged.sort((a, b) => a.order - b.order).map(({ startByte, endByte }) => ({ startByte, endByte }));
}
