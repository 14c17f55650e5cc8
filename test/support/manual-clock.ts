import type { Clock } from '../../lambdas/core/ports.ts';

/** A clock that stands still until it is moved. */
export class ManualClock implements Clock {
  nowMs: number;

  constructor(nowMs = Date.UTC(2026, 10, 5, 12, 7, 31, 250)) {
    this.nowMs = nowMs;
  }

  now(): number {
    return this.nowMs;
  }

  async advance(ms: number): Promise<void> {
    this.nowMs += ms;
  }
}
