/**
 * Measures against peers, in one run on one machine, and prints ratios. `--quick` takes short files, so that a change can
 * be judged within a minute; the figures in docs/benchmarks.md are of the full run.
 */
import { benchAnalyse } from './analyse.ts';
import { benchIngest } from './ingest.ts';
import { benchLookup } from './lookup.ts';
import { benchMemory } from './memory.ts';
import { benchServe } from './serve.ts';

const quick = process.argv.includes('--quick');
const only = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const benches = {
  lookup: benchLookup,
  ingest: benchIngest,
  memory: benchMemory,
  serve: benchServe,
  analyse: benchAnalyse,
};

let missed = 0;
for (const [name, bench] of Object.entries(benches)) {
  if (only.length > 0 && !only.includes(name)) continue;
  console.log(`\n${name}`);
  missed += await bench({ quick });
}
// A short run on a busy machine is no judge: only the full one fails on a missed target.
process.exitCode = missed > 0 && !quick ? 1 : 0;
