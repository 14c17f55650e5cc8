import { type CaseReport, fuzzCase, runCase } from './fuzz-case.ts';
import { MemoryGauge } from './fuzz-memory.ts';
import type { FuzzSeed } from './fuzz-mutations.ts';
import type { Share } from './fuzz-pool.ts';
import { realSeeds } from './fuzz-real-seeds.ts';
import { madeSeeds } from './fuzz-seeds.ts';

/** All that cases are made of; the same files give the same cases. */
export async function fuzzSeeds(corpus: string | undefined): Promise<FuzzSeed[]> {
  return corpus === undefined ? madeSeeds() : [...madeSeeds(), ...(await realSeeds(corpus))];
}

/** Runs the cases of the share, and sends the report of each to the parent process. */
export async function serveCases({ run, first, end, step, corpus }: Share): Promise<void> {
  const seeds = await fuzzSeeds(corpus);
  const gauge = new MemoryGauge();
  for (let number = first; number < end; number += step) {
    await sent(await runCase(fuzzCase(seeds, run, number), gauge));
  }
  process.disconnect();
}

/** Resolves once the report has left: a process that hangs in the next case has told of this one. */
function sent(report: CaseReport): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send?.(report, undefined, undefined, (error) => (error === null ? resolve() : reject(error)));
  });
}
