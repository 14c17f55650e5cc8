import { readFileSync } from 'node:fs';

/**
 * One process of one machine's run. A number alone is given again after a crash, and stopping by it would end a
 * stranger: with the time of its start it is unmistakable.
 */
export type ProcessIdentity = {
  readonly pid: number;
  /** Clock ticks from the machine's start to the process's (proc(5), /proc/pid/stat, field 22). */
  readonly startTicks: string;
  readonly bootId: string;
};

/** The identity of a live process; undefined when it ended (a zombie has ended too). */
export function identityOf(pid: number): ProcessIdentity | undefined {
  const stat = readOrNothing(`/proc/${pid}/stat`);
  const fields = stat === undefined ? undefined : statFields(stat);
  if (fields === undefined || fields.state === 'Z' || fields.state === 'X') return undefined;
  return { pid, startTicks: fields.startTicks, bootId: bootId() };
}

/** State and start time in the text of /proc/pid/stat, in which the name may hold spaces and parentheses. */
export function statFields(stat: string): { readonly state: string; readonly startTicks: string } | undefined {
  const rest = stat.slice(stat.lastIndexOf(')') + 1).trim();
  const fields = rest.split(' ');
  const state = fields[0];
  const startTicks = fields[19];
  return state && startTicks ? { state, startTicks } : undefined;
}

export function isAlive(identity: ProcessIdentity): boolean {
  const present = identityOf(identity.pid);
  return present?.startTicks === identity.startTicks && present.bootId === identity.bootId;
}

/** What a file says, checked; undefined when it says something else, as a file cut off by a crash does. */
export function parseIdentity(text: string): ProcessIdentity | undefined {
  const value = parsed(text);
  if (typeof value !== 'object' || value === null) return undefined;
  const { pid, startTicks, bootId: boot } = value as Partial<Record<keyof ProcessIdentity, unknown>>;
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid < 2) return undefined;
  if (typeof startTicks !== 'string' || typeof boot !== 'string') return undefined;
  return { pid, startTicks, bootId: boot };
}

/** The live process that a file names. */
export function liveProcessOf(file: string): ProcessIdentity | undefined {
  const text = readOrNothing(file);
  const identity = text === undefined ? undefined : parseIdentity(text);
  return identity !== undefined && isAlive(identity) ? identity : undefined;
}

function bootId(): string {
  return readOrNothing('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readOrNothing(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
