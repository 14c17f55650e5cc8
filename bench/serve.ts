import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { writeLargeWav } from './large-wav.ts';
import { type BenchOptions, median, report } from './report.ts';
import { type Peer, startCuepoint, startNginxPeer, startSend } from './served-peers.ts';

const run = promisify(execFile);
const SCRIPT = fileURLToPath(new URL('./random-ranges.lua', import.meta.url));
const MEGABYTE = 1024 * 1024;
const FILE = 'large.wav';

/** Enough to keep a server busy; more only queue. */
const CONNECTIONS = 16;
const ROUNDS = 5;

/** One for each processor that a machine has at the least, as it is meant to be started where many listen. */
const PROCESSES = ['--processes', '2'] as const;

/** Status line and header fields of an answer are shorter than this. */
const MAX_HEADER_BYTES = 2048;

const SIZES = [
  { name: '64 KiB', rangeBytes: 64 * 1024, timesSend: 2 },
  { name: '1 MiB', rangeBytes: MEGABYTE, timesSend: 1.2 },
] as const;

/** Random ranges of one large file by wrk: the embedded host beside node's `send` and nginx. */
export async function benchServe({ quick }: BenchOptions): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'cuepoint-bench-'));
  const peers: Peer[] = [];
  try {
    const source = join(folder, 'source');
    await mkdir(source);
    await writeLargeWav(join(source, FILE), (quick ? 64 : 512) * MEGABYTE);
    const { size } = await stat(join(source, FILE));
    const shared = await startCuepoint({ sourceFolder: source, dataFolder: join(folder, 'data-1') }, 1, ...PROCESSES);
    peers.push(shared);
    const single = await startCuepoint({ sourceFolder: source, dataFolder: join(folder, 'data-2') }, 1);
    peers.push(single, await startSend(source));
    const nginx = await startNginxPeer(source);
    if (nginx) peers.push(nginx);
    else console.log('  nginx is not installed: no ratio to it');
    let missed = 0;
    for (const { name, rangeBytes, timesSend } of SIZES) {
      const rates = await ratesOf(peers, rangeBytes, size, quick ? 2 : 5);
      for (const [peer, rate] of rates) report(`${name} ranges: ${peer}`, rate, 'requests/s');
      const ratio = (ours: Peer, peer: string): number => (rates.get(ours.name) ?? 0) / (rates.get(peer) ?? Number.NaN);
      const target = { atLeast: timesSend };
      missed += report(`${name} ranges: times the requests of send`, ratio(shared, 'send'), '', target);
      report(`${name} ranges: the same in one process`, ratio(single, 'send'), '');
      if (nginx) report(`${name} ranges: times the requests of nginx`, ratio(shared, nginx.name), '');
    }
    return missed;
  } finally {
    for (const peer of peers) await peer.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Medians of requests a second. Turn about, so that a busy moment of the machine hits all. */
async function ratesOf(
  peers: readonly Peer[],
  rangeBytes: number,
  fileBytes: number,
  seconds: number,
): Promise<Map<string, number>> {
  const rates = new Map<string, number[]>(peers.map(({ name }) => [name, []]));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const peer of peers) {
      const rate = await rateOf(peer, rangeBytes, fileBytes, round === 0 ? 1 : seconds);
      // The first round warms code and the cache of the disk.
      if (round > 0) rates.get(peer.name)?.push(rate);
    }
  }
  return new Map([...rates].map(([name, measured]) => [name, median(measured)]));
}

async function rateOf(peer: Peer, rangeBytes: number, fileBytes: number, seconds: number): Promise<number> {
  const options = ['-t', '1', '-c', String(CONNECTIONS), '-d', `${seconds}s`, '-s', SCRIPT, peer.urlOf(FILE)];
  const { stdout } = await run('wrk', [...options, '--', String(rangeBytes), String(fileBytes)]);
  const measured = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  // Whoever answers with the whole file or with an error has not served the range.
  const mean = measured.bytes / measured.requests;
  if (measured.failed > 0 || mean < rangeBytes * 0.9 || mean > rangeBytes * 1.1 + MAX_HEADER_BYTES) {
    throw new Error(`${peer.name} did not serve ranges of ${rangeBytes} bytes: ${JSON.stringify(measured)}`);
  }
  return measured.requests / (measured.microseconds / 1e6);
}
