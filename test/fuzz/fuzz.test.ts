import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { CaseReport } from '../support/fuzz-case.ts';
import { runPool } from '../support/fuzz-pool.ts';
import { FuzzTally } from '../support/fuzz-tally.ts';

const CASES = 2000;
const LIMIT_MS = 120_000;

const worker = join(__dirname, 'worker.ts');

it(
  `nothing bad comes of ${CASES} damaged files`,
  async () => {
    const tally = new FuzzTally();
    const reports: CaseReport[] = [];
    await runPool({
      worker,
      processes: Math.min(2, availableParallelism()),
      run: 1,
      first: 0,
      end: CASES,
      onReport: (report) => {
        tally.add(report);
        reports.push(report);
      },
      onLost: (number, reason) => tally.addLost(number, reason),
    });
    expect(tally.violations).toEqual([]);
    expect(new Set(reports.map(({ number }) => number)).size).toBe(CASES);
    // Mutations that leave nothing to scan, or change nothing, would find nothing.
    const accepted = reports.filter(({ outcome }) => outcome === 'accepted').length;
    expect(accepted / CASES).toBeGreaterThan(0.3);
    expect(accepted / CASES).toBeLessThan(0.9);
  },
  LIMIT_MS,
);
