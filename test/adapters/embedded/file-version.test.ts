import { uniqueStampSeconds } from '../../../lambdas/adapters/embedded/file-version.ts';

describe('uniqueStampSeconds', () => {
  it('gives no two stamps that are one to the microsecond, and stays near the clock', () => {
    const stamps = Array.from({ length: 5_000 }, () => Math.round(uniqueStampSeconds() * 1_000_000));
    expect(new Set(stamps).size).toBe(stamps.length);
    expect(stamps).toEqual([...stamps].sort((left, right) => left - right));
    expect(Math.abs((stamps[0] ?? 0) / 1_000 - Date.now())).toBeLessThan(2_000);
  });
});
