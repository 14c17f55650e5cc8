import type { Clock } from '../../lambdas/core/ports.ts';

export type ClockHarness = {
  readonly clock: Clock;
  /** Lets at least `ms` pass on the clock: waits, or moves it. */
  advance(ms: number): Promise<void>;
  close(): Promise<void>;
};

/** What every Clock keeps. */
export function clockContract(name: string, makeHarness: () => Promise<ClockHarness>): void {
  describe(`Clock contract: ${name}`, () => {
    let harness: ClockHarness;
    beforeEach(async () => {
      harness = await makeHarness();
    });
    afterEach(() => harness.close());

    it('tells milliseconds since the epoch', () => {
      const now = harness.clock.now();
      expect(Number.isFinite(now)).toBe(true);
      // Seconds would be below, microseconds above.
      expect(now).toBeGreaterThan(Date.UTC(2001, 0));
      expect(now).toBeLessThan(Date.UTC(2200, 0));
    });

    it('advances', async () => {
      const before = harness.clock.now();
      await harness.advance(20);
      expect(harness.clock.now()).toBeGreaterThanOrEqual(before + 19);
    });

    it('does not run backwards between two looks', () => {
      let last = harness.clock.now();
      for (let look = 0; look < 10_000; look++) {
        const now = harness.clock.now();
        expect(now >= last).toBe(true);
        last = now;
      }
    });
  });
}
