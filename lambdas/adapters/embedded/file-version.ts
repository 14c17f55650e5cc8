import type { BigIntStats } from 'node:fs';

/**
 * Names one state of one file, URL-safe: size, time of modification in nanoseconds, inode. A replacing rename changes the
 * inode, a write in place the time.
 */
export function fileVersion(stats: BigIntStats): string {
  return `${stats.size.toString(36)}-${stats.mtimeNs.toString(36)}-${stats.ino.toString(36)}`;
}

let lastStampUs = 0;

/**
 * A time of modification for a new file, in seconds with microseconds, unlike any given before by this process.
 *
 * Kernels stamp files with the time of their last tick (4 ms is usual) and reuse inodes at once: without a stamp of our
 * own, a third write of equal length could carry the version of the first.
 */
export function uniqueStampSeconds(): number {
  lastStampUs = Math.max(Date.now() * 1000, lastStampUs + 1);
  return lastStampUs / 1_000_000;
}
