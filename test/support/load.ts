/** Many clients at once, and clients that leave: what it does to a host, seen from outside of its process. */
import { readdir, readFile } from 'node:fs/promises';
import { Agent, get } from 'node:http';

export type LoadTarget = { readonly url: string; readonly pid: number; readonly source: Uint8Array };

export type LoadResult = {
  readonly requests: number;
  readonly bytes: number;
  readonly failures: readonly string[];
  /** Bytes, one sample a second. */
  readonly residentBytes: readonly number[];
};

const SECOND_MS = 1000;
const MAX_RANGE_BYTES = 2 * 1024 * 1024;
const MAX_TOLD_FAILURES = 20;

/** `clients` ask for random ranges, one after the other, for `seconds`; every byte that comes is compared. */
export async function randomRanges(target: LoadTarget, clients: number, seconds: number): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const endMs = Date.now() + seconds * SECOND_MS;
  const failures: string[] = [];
  const residentBytes: number[] = [];
  let requests = 0;
  let bytes = 0;
  const sampler = setInterval(async () => residentBytes.push(await residentBytesOf(target.pid)), SECOND_MS);
  const client = async (): Promise<void> => {
    while (Date.now() < endMs && failures.length < MAX_TOLD_FAILURES) {
      const first = Math.floor(Math.random() * target.source.length);
      // Of all sizes alike: a probe is as likely as a megabyte.
      const length = Math.ceil(MAX_RANGE_BYTES ** Math.random());
      const last = Math.min(target.source.length, first + length) - 1;
      const failure = await checkedRange(target, agent, first, last).catch(String);
      if (failure !== undefined) failures.push(failure);
      requests++;
      bytes += last - first + 1;
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  clearInterval(sampler);
  agent.destroy();
  return { requests, bytes, failures, residentBytes };
}

function checkedRange(
  { url, source }: LoadTarget,
  agent: Agent,
  first: number,
  last: number,
): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const outgoing = get(url, { agent, headers: { Range: `bytes=${first}-${last}` } }, (incoming) => {
      let at = first;
      let isWrong = incoming.statusCode !== 206;
      incoming.on('data', (part: Buffer) => {
        isWrong ||= !part.equals(source.subarray(at, at + part.length));
        at += part.length;
      });
      incoming.on('error', reject);
      incoming.on('end', () => {
        const isComplete = at === last + 1;
        resolve(
          isWrong || !isComplete ? `bytes=${first}-${last}: ${incoming.statusCode}, ${at - first} bytes` : undefined,
        );
      });
    });
    outgoing.on('error', reject);
  });
}

/** `count` downloads of everything, each given up at the first bytes; so many at a time. */
export async function abortedDownloads({ url }: Pick<LoadTarget, 'url'>, count: number, atOnce = 20): Promise<void> {
  let left = count;
  const client = async (): Promise<void> => {
    while (left-- > 0) await abortedDownload(url);
  };
  await Promise.all(Array.from({ length: atOnce }, client));
}

function abortedDownload(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const outgoing = get(url, { agent: false }, (incoming) => {
      incoming.once('data', () => outgoing.destroy());
      incoming.once('error', () => undefined);
      incoming.once('close', () => resolve());
    });
    outgoing.once('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNRESET' ? resolve() : reject(error)));
  });
}

/** Linux: how many descriptors a process has open. */
export async function openDescriptors(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length;
}

/** Polls until a process has so many descriptors open, or `patienceMs` is over; gives the last count. */
export async function settledDescriptors(pid: number, expected: number, patienceMs: number): Promise<number> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const count = await openDescriptors(pid);
    if (count === expected || Date.now() > deadline) return count;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

export async function residentBytesOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
}

export function medianOf(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
