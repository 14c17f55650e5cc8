/** How much memory a process of ours holds, from Linux's /proc. */
import { readFileSync, writeFileSync } from 'node:fs';

const KIBIBYTES_PER_MEGABYTE = 1024;

export type ProcessMemory = { readonly residentMegabytes: number; readonly peakMegabytes: number };

/** `undefined`: the process has ended. */
export function processMemory(pid: number): ProcessMemory | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const residentMegabytes = field(status, 'VmRSS');
    const peakMegabytes = field(status, 'VmHWM');
    return residentMegabytes === undefined || peakMegabytes === undefined
      ? undefined
      : { residentMegabytes, peakMegabytes };
  } catch {
    return undefined;
  }
}

/** Lets the peak count from now on (proc(5), clear_refs). */
export function resetPeak(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
  } catch {
    // It has just ended; whoever waits for it hears of that.
  }
}

function field(status: string, name: string): number | undefined {
  const kibibytes = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) / KIBIBYTES_PER_MEGABYTE;
}
