import { isSourceFailure } from '../../lambdas/core/errors.ts';
import type { FuzzPattern } from './fuzz-patterns.ts';
import { type Opener, openAny } from './fuzz-scanners.ts';
import { BudgetedSource } from './fuzz-source.ts';

const SHORT_BYTES = 200_000;
const TIMES_LONGER = 4;

/** Linear is 4, quadratic 16; 3 for each doubling allows for what is done once and for a machine that is busy. */
const MAX_TIMES_SLOWER = 9;

/** What takes less is not worth measuring. */
const LEAST_MS = 25;

/** The fastest of these counts: a machine can only be slower than its work. */
const ATTEMPTS = 3;

/**
 * The fault of a scanner whose work grows faster than its file; `undefined`: none. Throws when more is read than is right,
 * whatever the time.
 */
export async function scalingFault(pattern: FuzzPattern, open: Opener): Promise<string | undefined> {
  const [short, long] = [pattern(SHORT_BYTES), pattern(SHORT_BYTES * TIMES_LONGER)];
  let shortMs = Number.POSITIVE_INFINITY;
  let longMs = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    shortMs = Math.min(shortMs, await scanMs(short, open));
    longMs = Math.min(longMs, await scanMs(long, open));
    if (longMs < MAX_TIMES_SLOWER * Math.max(shortMs, LEAST_MS)) return undefined;
  }
  return `${TIMES_LONGER} times as long, it takes ${longMs.toFixed(0)} ms instead of ${shortMs.toFixed(0)}`;
}

/** A scanner whose work grows with the square of the file, which `scalingFault` must find. */
export const quadraticControl: Opener = async (source) => {
  let sum = 0;
  for (let i = 0; i < source.byteLength; i += 48) for (let j = 0; j < i; j += 48) sum = (sum + i * j) | 0;
  return sum === 1 ? openAny(source) : null;
};

/** Processor time, so that other work of the machine counts little. */
async function scanMs(bytes: Uint8Array, open: Opener): Promise<number> {
  const source = new BudgetedSource(bytes);
  const before = process.cpuUsage();
  try {
    const batches = (await open(source))?.packets();
    while ((await batches?.next())?.done === false);
  } catch (error) {
    if (!isSourceFailure(error)) throw error;
  }
  const { user, system } = process.cpuUsage(before);
  source.verify();
  return (user + system) / 1000;
}
