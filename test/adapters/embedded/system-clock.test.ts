import { SystemClock } from '../../../lambdas/adapters/embedded/system-clock.ts';
import { clockContract } from '../../contract/clock.contract.ts';
import { ManualClock } from '../../support/manual-clock.ts';

clockContract('SystemClock', async () => ({
  clock: new SystemClock(),
  advance: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  close: async () => undefined,
}));

clockContract('ManualClock', async () => {
  const clock = new ManualClock();
  return { clock, advance: (ms) => clock.advance(ms), close: async () => undefined };
});
