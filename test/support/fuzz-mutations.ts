import { EXTREMES, FIELD_OFFSETS, type FuzzFormat, fieldMarks, unitMarks } from './fuzz-fields.ts';
import type { FuzzRandom } from './fuzz-random.ts';
import { resealed } from './fuzz-seal.ts';

export type FuzzSeed = { readonly format: FuzzFormat; readonly name: string; readonly bytes: Uint8Array };

type Mutation = (bytes: Uint8Array, context: MutationContext) => Uint8Array;

type MutationContext = {
  readonly random: FuzzRandom;
  readonly format: FuzzFormat;
  readonly seeds: readonly FuzzSeed[];
};

/** A mutation must not make files grow without end. */
const MAX_ADDED_BYTES = 1 << 16;
const MAX_FLIPS = 64;

const MUTATIONS: Readonly<Record<string, Mutation>> = {
  'flip bits': (bytes, { random }) => {
    const flipped = bytes.slice();
    for (let i = random.between(1, MAX_FLIPS); i > 0; i--) {
      const at = random.below(bytes.length);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << random.below(8));
    }
    return flipped;
  },
  'flip a bit of the header': (bytes, { random }) => {
    const flipped = bytes.slice();
    const at = random.below(Math.min(bytes.length, 512));
    flipped[at] = (flipped[at] ?? 0) ^ (1 << random.below(8));
    return flipped;
  },
  'wipe a run': (bytes, { random }) => {
    const from = random.below(bytes.length);
    return bytes.slice().fill(random.pick([0, 0xff]), from, from + runLength(bytes, random));
  },
  'cut the front': (bytes, context) => bytes.slice(place(bytes, context)),
  'cut the end': (bytes, context) => bytes.slice(0, place(bytes, context)),
  'cut out a part': (bytes, context) => {
    const [from, to] = part(bytes, context);
    return joined(bytes.subarray(0, from), bytes.subarray(to));
  },
  'repeat a part': (bytes, context) => {
    const [from, to] = part(bytes, context);
    const repeated = bytes.subarray(from, Math.min(to, from + MAX_ADDED_BYTES / 4));
    const copies = Array.from({ length: context.random.between(1, 4) }, () => repeated);
    return joined(bytes.subarray(0, to), ...copies, bytes.subarray(to));
  },
  'exchange two parts': (bytes, context) => {
    const [a = 0, b = 0, c = 0, d = 0] = Array.from({ length: 4 }, () => place(bytes, context)).sort((x, y) => x - y);
    const parts = [bytes.subarray(c, d), bytes.subarray(b, c), bytes.subarray(a, b)];
    return joined(bytes.subarray(0, a), ...parts, bytes.subarray(d));
  },
  'set a field': blownUp,
  'set two fields': (bytes, context) => blownUp(blownUp(bytes, context), context),
  'insert noise': (bytes, context) => {
    const at = place(bytes, context);
    const { random } = context;
    return joined(
      bytes.subarray(0, at),
      random.bytes(random.between(1, random.pick([8, 300, 5000]))),
      bytes.subarray(at),
    );
  },
  'insert marks': (bytes, context) => {
    const { random, format, seeds } = context;
    const at = place(bytes, context);
    const marks = fieldMarks(random.chance(0.7) ? format : random.pick(seeds).format);
    if (marks.length === 0) return bytes.slice();
    const inserted = Array.from({ length: random.between(1, 200) }, () => random.pick(marks));
    return joined(bytes.subarray(0, at), ...inserted, bytes.subarray(at));
  },
  'splice with another file': (bytes, context) => {
    const { random, format, seeds } = context;
    const alike = seeds.filter((seed) => seed.format === format);
    const other = random.pick(random.chance(0.6) ? alike : seeds);
    const tail = other.bytes.subarray(place(other.bytes, { ...context, format: other.format }));
    return joined(bytes.subarray(0, place(bytes, context)), tail);
  },
  'put it behind the header of another': (bytes, context) => {
    const { random, seeds } = context;
    const other = random.pick(seeds).bytes;
    return joined(other.subarray(0, random.between(1, Math.min(other.length, 4096))), bytes);
  },
};

const NAMES = Object.keys(MUTATIONS);

/** How many follow one another: mostly one, which damages a file but leaves most of it. */
const COUNTS = [1, 1, 1, 1, 2, 2, 3, 4];

export type Mutant = { readonly bytes: Uint8Array; readonly mutations: readonly string[] };

/** The seed, damaged; where its format has checksums they are sometimes made right again, so that they hide nothing. */
export function mutant(seed: FuzzSeed, seeds: readonly FuzzSeed[], random: FuzzRandom): Mutant {
  const mutations: string[] = [];
  const context = { random, format: seed.format, seeds };
  let { bytes } = seed;
  for (let i = random.pick(COUNTS); i > 0 && bytes.length > 0; i--) {
    const name = random.pick(NAMES);
    bytes = MUTATIONS[name]?.(bytes, context) ?? bytes;
    mutations.push(name);
  }
  if (random.chance(0.5)) {
    const sealed = resealed(seed.format, bytes);
    if (sealed !== null) return { bytes: sealed, mutations: [...mutations, 'make checksums right'] };
  }
  return { bytes, mutations };
}

/** Sets the bytes of what may be a length: beside a mark of the format, or anywhere. */
function blownUp(bytes: Uint8Array, { random, format }: MutationContext): Uint8Array {
  const blown = bytes.slice();
  const mark = random.chance(0.9) ? foundMark(bytes, fieldMarks(format), random) : undefined;
  const at = (mark ?? random.below(bytes.length)) + random.between(FIELD_OFFSETS.from, FIELD_OFFSETS.to);
  const width = random.pick([1, 2, 3, 4, 4, 8]);
  const value = random.chance(0.8) ? random.pick(EXTREMES) : nearby(bytes, at, random);
  const isLittle = random.chance(0.5);
  for (let i = 0; i < width; i++) {
    const shift = BigInt(8 * (isLittle ? i : width - 1 - i));
    if (at + i >= 0 && at + i < blown.length) blown[at + i] = Number((value >> shift) & 0xffn);
  }
  return blown;
}

/** A length a little beside a right one: what is left of the file, or what is there. */
function nearby(bytes: Uint8Array, at: number, random: FuzzRandom): bigint {
  const left = Math.max(0, bytes.length - at);
  return BigInt(Math.max(0, random.pick([left, bytes.length, bytes[at] ?? 0]) + random.between(-9, 9)));
}

/** Somewhere in the file: half of the times where a unit begins. */
function place(bytes: Uint8Array, { random, format }: MutationContext): number {
  const mark = random.chance(0.5) ? foundMark(bytes, unitMarks(format), random) : undefined;
  return mark ?? random.below(bytes.length + 1);
}

function part(bytes: Uint8Array, context: MutationContext): [number, number] {
  const from = place(bytes, context);
  if (context.random.chance(0.5)) return [from, Math.min(bytes.length, from + runLength(bytes, context.random))];
  const other = place(bytes, context);
  return [Math.min(from, other), Math.max(from, other)];
}

function runLength(bytes: Uint8Array, random: FuzzRandom): number {
  return random.between(1, random.pick([4, 64, 1000, bytes.length]));
}

/** Where one of the marks begins, at or behind a place by chance, else the first of all; `undefined`: there is none. */
function foundMark(bytes: Uint8Array, marks: readonly Uint8Array[], random: FuzzRandom): number | undefined {
  if (marks.length === 0) return undefined;
  const haystack = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const from = random.below(bytes.length);
  const first = random.below(marks.length);
  for (let turn = 0; turn < marks.length; turn++) {
    const mark = marks[(first + turn) % marks.length] ?? haystack;
    const behind = haystack.indexOf(mark, from);
    const found = behind >= 0 ? behind : haystack.indexOf(mark);
    if (found >= 0) return found;
  }
  return undefined;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
