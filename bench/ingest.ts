import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ingestInProcess, run } from './ingest-process.ts';
import { type BenchOptions, median, report } from './report.ts';

const ROUNDS = 5;

const FILES: Readonly<Record<string, readonly string[]>> = {
  'hour.cbr.mp3': ['-b:a', '128k'],
  'hour.vbr.mp3': ['-q:a', '2'],
  'hour.flac': [],
  'hour.wav': [],
};

/** File to file, scan and chunks and index, beside FFmpeg cutting the same file into the same number of files. */
export async function benchIngest({ quick }: BenchOptions): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'cuepoint-bench-'));
  const seconds = quick ? 600 : 3600;
  let missed = 0;
  try {
    for (const [name, codec] of Object.entries(FILES)) {
      const file = join(folder, 'source', name);
      await mkdir(join(folder, 'source'), { recursive: true });
      const signal = `anoisesrc=c=pink:r=44100:seed=1:d=${seconds},tremolo=f=0.3,aformat=channel_layouts=stereo`;
      await run('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', signal, ...codec, file]);

      const ours: number[] = [];
      const peers: number[] = [];
      // Turn about, so that a busy moment of the machine hits both.
      for (let round = 0; round < ROUNDS; round++) {
        peers.push(await segmentByFfmpeg(file, join(folder, 'segments')));
        ours.push((await ingestInProcess(join(folder, 'source'), join(folder, 'data'), name)).milliseconds);
      }
      report(`${name}, ${seconds} s: ingest`, median(ours), 'ms');
      report(`${name}: ffmpeg -c copy -f segment`, median(peers), 'ms');
      missed += report(`${name}: times as fast as ffmpeg`, median(peers) / median(ours), 'x', { atLeast: 1 });
      await rm(file);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return missed;
}

async function segmentByFfmpeg(file: string, folder: string): Promise<number> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  const extension = file.slice(file.lastIndexOf('.'));
  const start = performance.now();
  const segments = join(folder, `%05d${extension}`);
  await run('ffmpeg', ['-v', 'error', '-i', file, '-c', 'copy', '-f', 'segment', '-segment_time', '10', segments]);
  return performance.now() - start;
}
