export type BenchOptions = { readonly quick: boolean };

/** Prints one figure beside its target; gives 1 when it is missed, for counting. */
export function report(
  what: string,
  value: number,
  unit: string,
  target?: { atMost?: number; atLeast?: number },
): number {
  const { atMost, atLeast } = target ?? {};
  const missed = (atMost !== undefined && value > atMost) || (atLeast !== undefined && value < atLeast);
  const wanted = atMost !== undefined ? `at most ${atMost}` : atLeast !== undefined ? `at least ${atLeast}` : '';
  const verdict = wanted === '' ? '' : missed ? `MISSED (${wanted})` : `ok (${wanted})`;
  console.log(`  ${what.padEnd(58)} ${value.toPrecision(3).padStart(10)} ${unit.padEnd(10)} ${verdict}`);
  return missed ? 1 : 0;
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
