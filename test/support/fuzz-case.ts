import { examine, type Verdict } from './fuzz-check.ts';
import type { FuzzFormat } from './fuzz-fields.ts';
import type { MemoryGauge } from './fuzz-memory.ts';
import { type FuzzSeed, mutant } from './fuzz-mutations.ts';
import { FuzzRandom } from './fuzz-random.ts';
import { type Opener, openAny } from './fuzz-scanners.ts';

export type FuzzCase = {
  readonly number: number;
  readonly format: FuzzFormat;
  readonly seedName: string;
  readonly mutations: readonly string[];
  readonly bytes: Uint8Array;
  readonly blockBytes: number | undefined;
};

export type CaseReport = Omit<FuzzCase, 'bytes'> &
  Verdict & {
    readonly byteLength: number;
    /** Processor time, so that a machine that has other things to do makes no violation. */
    readonly cpuMs: number;
  };

/** A case must not take longer; what takes longest by far takes a tenth. */
const MAX_CPU_MS = 2000;

/** Files up to here are also read a few bytes at a time; larger ones in blocks that keep the reads few. */
const SMALL_FILE_BYTES = 1 << 14;
const BLOCK_VARIANT_SHARE = 0.3;

/** Case `number` of a run is always the same; the seeds take turns. */
export function fuzzCase(seeds: readonly FuzzSeed[], run: number, number: number): FuzzCase {
  const random = new FuzzRandom(run, number);
  const seed = seeds[number % seeds.length];
  if (seed === undefined) throw new RangeError('there are no seeds');
  const { bytes, mutations } = mutant(seed, seeds, random);
  const isSmall = bytes.length < SMALL_FILE_BYTES;
  const blockBytes = isSmall ? random.between(1, 99) : random.between(500, 50_000);
  return {
    number,
    format: seed.format,
    seedName: seed.name,
    mutations,
    bytes,
    blockBytes: random.chance(BLOCK_VARIANT_SHARE) ? blockBytes : undefined,
  };
}

export async function runCase(
  { bytes, ...fuzzed }: FuzzCase,
  gauge?: MemoryGauge,
  open: Opener = openAny,
): Promise<CaseReport> {
  const before = process.cpuUsage();
  const verdict = await examine(bytes, open, { blockBytes: fuzzed.blockBytes, gauge });
  const { user, system } = process.cpuUsage(before);
  const cpuMs = (user + system) / 1000;
  const report = { ...fuzzed, ...verdict, byteLength: bytes.length, cpuMs };
  if (cpuMs <= MAX_CPU_MS) return report;
  const slow = `it took ${Math.round(cpuMs)} ms of processor time`;
  return { ...report, outcome: 'violation', violations: [...verdict.violations, slow] };
}
