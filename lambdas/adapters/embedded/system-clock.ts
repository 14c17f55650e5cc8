import type { Clock } from '../../core/ports.ts';

/** The machine's wall clock, in whole milliseconds since the Unix epoch. */
export class SystemClock implements Clock {
  now(): number {
    return Date.now();
  }
}
