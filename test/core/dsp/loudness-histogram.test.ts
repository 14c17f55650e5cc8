import fc from 'fast-check';
import { LoudnessHistogram, lufsOfPower, powerOfLufs } from '../../../lambdas/core/dsp/loudness-histogram.ts';

/** The definition, with all blocks at hand. */
function exact(powers: readonly number[], gateLu: number): number[] {
  const above = powers.filter((power) => power > powerOfLufs(-70));
  const mean = above.reduce((sum, power) => sum + power, 0) / above.length;
  return above.filter((power) => power >= mean * 10 ** (-gateLu / 10)).sort((a, b) => a - b);
}

const programmes = fc.array(
  fc.record({ lufs: fc.double({ min: -80, max: 10, noNaN: true }), blocks: fc.integer({ min: 1, max: 40 }) }),
  { minLength: 1, maxLength: 30 },
);
const powersOf = (programme: readonly { lufs: number; blocks: number }[]): number[] =>
  programme.flatMap(({ lufs, blocks }) => Array.from({ length: blocks }, () => powerOfLufs(lufs)));

function histogramOf(powers: readonly number[]): LoudnessHistogram {
  const histogram = new LoudnessHistogram();
  for (const power of powers) histogram.add(power);
  return histogram;
}

it('gates as the definition does, to 0.01 LU', () => {
  let compared = 0;
  fc.assert(
    fc.property(programmes, (programme) => {
      const powers = powersOf(programme);
      const gated = exact(powers, 10);
      const ours = histogramOf(powers).meanPowerAbove(10);
      if (gated.length === 0) return expect(ours).toBeNull();
      const mean = gated.reduce((sum, power) => sum + power, 0) / gated.length;
      compared++;
      expect(Math.abs(lufsOfPower(ours ?? 0) - lufsOfPower(mean))).toBeLessThan(0.01);
    }),
  );
  expect(compared).toBeGreaterThan(50);
});

it('finds percentiles to 0.01 LU', () => {
  fc.assert(
    fc.property(programmes, (programme) => {
      const powers = powersOf(programme);
      const sorted = exact(powers, 20);
      const ours = histogramOf(powers).percentilesAbove(20, [0.1, 0.95]);
      if (sorted.length === 0) return expect(ours).toBeNull();
      for (const [i, share] of [0.1, 0.95].entries()) {
        const theirs = lufsOfPower(sorted[Math.round((sorted.length - 1) * share)] ?? 0);
        expect(Math.abs((ours?.[i] ?? 0) - theirs)).toBeLessThan(0.011);
      }
    }),
  );
});

it('what a gate runs through is let in as a whole where it is of one loudness', () => {
  // 10 LU below the mean of both, within a ten-thousandth.
  const loud = powerOfLufs(-20);
  const share = 0.1 / 1.9;
  const quiet = loud * (1 + 1e-5) * share;
  const powers = [...Array.from({ length: 100 }, () => loud), ...Array.from({ length: 100 }, () => quiet)];
  const gated = exact(powers, 10);
  expect(gated.length).toBe(200);
  expect(histogramOf(powers).meanPowerAbove(10)).toBeCloseTo(gated.reduce((a, b) => a + b) / 200, 12);
});
