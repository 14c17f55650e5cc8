import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { benchAnalyseTrack } from './analyse-track.ts';
import { run } from './ingest-process.ts';
import { type BenchOptions, median, report } from './report.ts';

const ROUNDS = 5;
const MEGABYTE = 1024 * 1024;
const MOST_MEGABYTES = 150;
const MEMORY_POLL_MS = 20;

type Signal = {
  readonly name: string;
  readonly sampleRate: number;
  readonly channels: number;
  readonly source: string;
  readonly filters: string;
};

/** Noise at one level, of which hardly anything can be passed over; and a programme that is loud now and then. */
const SIGNALS: readonly Signal[] = [
  {
    name: 'pink noise',
    sampleRate: 48_000,
    channels: 2,
    source: 'anoisesrc=c=pink:r=48000:seed=1:a=0.4',
    filters: 'anull',
  },
  {
    name: 'programme',
    sampleRate: 44_100,
    channels: 2,
    source: 'anoisesrc=c=brown:r=44100:seed=1',
    filters: 'tremolo=f=0.2:d=0.9,tremolo=f=3:d=0.5',
  },
  {
    name: 'mono voice rate',
    sampleRate: 16_000,
    channels: 1,
    source: 'anoisesrc=c=pink:r=16000:seed=1',
    filters: 'tremolo=f=3',
  },
];

/** Raw samples to the whole analysis, beside FFmpeg measuring loudness and true peak of the same, and nothing else. */
export async function benchAnalyse({ quick }: BenchOptions): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'cuepoint-bench-'));
  const seconds = quick ? 300 : 1800;
  let missed = 0;
  try {
    const program = await bundled();
    for (const signal of SIGNALS) missed += await benchSignal(folder, program, signal, seconds);
    await benchAnalyseTrack(seconds);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return missed;
}

type Measured = { readonly milliseconds: number; readonly peakBytes: number };

async function benchSignal(folder: string, program: string, signal: Signal, seconds: number): Promise<number> {
  const { name, sampleRate, channels, source, filters } = signal;
  const file = join(folder, 'signal.f32');
  const layout = channels === 1 ? 'mono' : 'stereo';
  const graph = `${source}:d=${seconds},${filters},aformat=channel_layouts=${layout}`;
  await run('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', graph, '-f', 'f32le', file]);
  const ours: (Measured & { storedBytes: number })[] = [];
  const peers: Measured[] = [];
  // Turn about, so that a busy moment of the machine hits both.
  for (let round = 0; round < ROUNDS; round++) {
    peers.push(await measureFfmpeg(file, signal));
    const { stdout } = await run(process.execPath, [program, file, `${sampleRate}`, `${channels}`]);
    ours.push(JSON.parse(stdout));
  }
  const ourMs = median(ours.map(({ milliseconds }) => milliseconds));
  const peerMs = median(peers.map(({ milliseconds }) => milliseconds));
  const peak = (all: readonly Measured[]) => Math.max(...all.map(({ peakBytes }) => peakBytes)) / MEGABYTE;
  const storedPerHour = ((ours[0]?.storedBytes ?? 0) / seconds) * 3600;
  report(`${name}, ${sampleRate} Hz, ${layout}, ${seconds} s: times realtime`, (seconds * 1000) / ourMs, 'x');
  report(`${name}: ffmpeg -af ebur128=peak=true, times realtime`, (seconds * 1000) / peerMs, 'x');
  report(`${name}: ffmpeg's peak memory`, peak(peers), 'MB');
  report(`${name}: stored an hour`, storedPerHour / MEGABYTE, 'MB');
  return (
    report(`${name}: times as fast as ffmpeg`, peerMs / ourMs, 'x', { atLeast: 1 }) +
    report(`${name}: peak memory`, peak(ours), 'MB', { atMost: MOST_MEGABYTES })
  );
}

/** Its memory is looked at while it runs: Linux keeps the highest it had. */
async function measureFfmpeg(file: string, { sampleRate, channels }: Signal): Promise<Measured> {
  const input = ['-f', 'f32le', '-ar', `${sampleRate}`, '-ac', `${channels}`, '-i', file];
  const filter = ['-af', 'ebur128=peak=true:framelog=verbose', '-f', 'null', '-'];
  const start = performance.now();
  const running = run('ffmpeg', ['-v', 'error', '-nostats', ...input, ...filter]);
  let peakBytes = 0;
  const poll = setInterval(async () => {
    const status = await readFile(`/proc/${running.child.pid}/status`, 'utf8').catch(() => '');
    peakBytes = Math.max(peakBytes, 1024 * Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0));
  }, MEMORY_POLL_MS);
  try {
    await running;
    return { milliseconds: performance.now() - start, peakBytes };
  } finally {
    clearInterval(poll);
  }
}

/** The program as one file of JavaScript, as a Lambda has it. */
async function bundled(): Promise<string> {
  const outfile = fileURLToPath(new URL('../node_modules/.cache/cuepoint-bench/analyse-child.mjs', import.meta.url));
  await build({
    entryPoints: [fileURLToPath(new URL('./analyse-child.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
  });
  return outfile;
}
