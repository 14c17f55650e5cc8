/**
 * Mutates files and scans what comes of them: `npm run fuzz -- --cases 100000 --seed 1`, `--case N` for one of them alone
 * (`--keep FILE` writes its bytes), `--processes N`. With `CUEPOINT_CORPUS` the files of that directory are mutated, too,
 * and the cases are others. Before them, each pattern that was made to hurt is held against one four times as long. Exits with 1 when any input brought about what no input may.
 */
import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { fuzzCase, runCase } from '../support/fuzz-case.ts';
import { MemoryGauge } from '../support/fuzz-memory.ts';
import { FUZZ_PATTERNS } from '../support/fuzz-patterns.ts';
import { runPool } from '../support/fuzz-pool.ts';
import { quadraticControl, scalingFault } from '../support/fuzz-scaling.ts';
import { openAny } from '../support/fuzz-scanners.ts';
import { FuzzTally, told } from '../support/fuzz-tally.ts';
import { fuzzSeeds } from '../support/fuzz-worker.ts';

const { values: options } = parseArgs({
  options: {
    cases: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    processes: { type: 'string', default: String(Math.min(4, availableParallelism())) },
    case: { type: 'string' },
    keep: { type: 'string' },
  },
});
const corpus = process.env.CUEPOINT_CORPUS;
const run = wholeNumber('seed', options.seed);

function wholeNumber(name: string, value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw new RangeError(`--${name} is "${value}" and must be a whole number`);
  return Number(value);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function runOne(number: number): Promise<boolean> {
  const fuzzed = fuzzCase(await fuzzSeeds(corpus), run, number);
  if (options.keep !== undefined) await writeFile(options.keep, fuzzed.bytes);
  const report = await runCase(fuzzed, new MemoryGauge());
  print(told(report));
  return report.violations.length === 0;
}

async function runAll(): Promise<boolean> {
  const tally = new FuzzTally();
  const startMs = performance.now();
  let toldViolations = 0;
  const tellViolations = (): void => {
    for (; toldViolations < tally.violations.length; toldViolations++) print(tally.violations[toldViolations] ?? '');
  };
  await runPool({
    worker: fileURLToPath(new URL('./worker.ts', import.meta.url)),
    processes: wholeNumber('processes', options.processes),
    run,
    first: 0,
    end: wholeNumber('cases', options.cases),
    corpus,
    onReport: (report) => {
      tally.add(report);
      tellViolations();
    },
    onLost: (number, reason) => {
      tally.addLost(number, reason);
      tellViolations();
    },
  });
  const seconds = (performance.now() - startMs) / 1000;
  print(tally.table());
  print(`${tally.cases} cases of run ${run}, ${(tally.cases / seconds).toFixed(0)} a second`);
  print(`${tally.violations.length} violations`);
  return tally.violations.length === 0;
}

/** Measured alone, before the processes that share the machine begin. */
async function runPatterns(): Promise<boolean> {
  const faults: string[] = [];
  const control = await scalingFault((byteLength) => new Uint8Array(byteLength), quadraticControl);
  if (control === undefined) faults.push('a scanner that is quadratic by design was not found out');
  for (const [name, pattern] of Object.entries(FUZZ_PATTERNS)) {
    const fault = await scalingFault(pattern, openAny);
    if (fault !== undefined) faults.push(`pattern "${name}": ${fault}`);
  }
  for (const fault of faults) print(fault);
  print(
    `${Object.keys(FUZZ_PATTERNS).length} patterns, ${faults.length} of which take longer than their length asks for`,
  );
  return faults.length === 0;
}

async function runEverything(): Promise<boolean> {
  const isLinear = await runPatterns();
  return (await runAll()) && isLinear;
}

const isKept = options.case === undefined ? await runEverything() : await runOne(wholeNumber('case', options.case));
process.exitCode = isKept ? 0 : 1;
