import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ingestInProcess, type Measured, run } from './ingest-process.ts';
import { type BenchOptions, median, report } from './report.ts';

const ROUNDS = 5;

/** What FFmpeg makes the files with. */
const FILES: Readonly<Record<string, readonly string[]>> = {
  'hour.cbr.mp3': ['-b:a', '128k'],
  'hour.vbr.mp3': ['-q:a', '2'],
  'hour.flac': [],
  'hour.wav': [],
  'hour.aiff': [],
  'hour.aac': ['-b:a', '128k'],
  'hour.m4a': ['-b:a', '128k', '-movflags', '+faststart'],
  'hour.moov-last.m4a': ['-b:a', '128k'],
  'hour.alac.m4a': ['-c:a', 'alac'],
  'hour.ogg': ['-c:a', 'libvorbis', '-q:a', '5'],
  'hour.opus': ['-c:a', 'libopus', '-b:a', '96k'],
  'hour.webm': ['-c:a', 'libopus', '-b:a', '96k'],
  'hour.wv': [],
  'hour.wma': ['-b:a', '128k'],
};

/** Its samples are counted by decoding, which FFmpeg's copy does not do: judged by the speed of its playing instead. */
const DECODED = 'hour.wma';
const LEAST_TIMES_REALTIME = 300;
const MOST_MEGABYTES = 150;
const MEGABYTE = 1024 * 1024;

/** File to file, scan and chunks and index, beside FFmpeg cutting the same file into the same number of files. */
export async function benchIngest({ quick }: BenchOptions): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'cuepoint-bench-'));
  const seconds = quick ? 600 : 3600;
  let missed = 0;
  try {
    await mkdir(join(folder, 'source'), { recursive: true });
    for (const [name, codec] of Object.entries(FILES)) missed += await benchFile(folder, name, codec, seconds);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return missed;
}

async function benchFile(folder: string, name: string, codec: readonly string[], seconds: number): Promise<number> {
  const file = join(folder, 'source', name);
  const signal = `anoisesrc=c=pink:r=44100:seed=1:d=${seconds},tremolo=f=0.3,aformat=channel_layouts=stereo`;
  await run('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', signal, ...codec, file]);
  const ours: Measured[] = [];
  const peers: number[] = [];
  // Turn about, so that a busy moment of the machine hits both. What a round wrote stays until the last one: ext4 passes
  // over each inode that was deleted in the last seconds, which costs whoever makes more files.
  const output = join(folder, 'output');
  for (let round = 0; round < ROUNDS; round++) {
    peers.push(await segmentByFfmpeg(file, join(output, `segments-${round}`)));
    ours.push(await ingestInProcess(join(folder, 'source'), join(output, `data-${round}`), name));
  }
  await rm(output, { recursive: true });
  await rm(file);
  const ourMs = median(ours.map(({ milliseconds }) => milliseconds));
  const peakMegabytes = Math.max(...ours.map(({ peakBytes }) => peakBytes)) / MEGABYTE;
  report(`${name}, ${seconds} s: ingest`, ourMs, 'ms');
  report(`${name}: ffmpeg -c copy -f segment`, median(peers), 'ms');
  const atLeast = name === DECODED ? {} : { atLeast: 1 };
  return (
    report(`${name}: times as fast as ffmpeg`, median(peers) / ourMs, 'x', atLeast) +
    (name === DECODED
      ? report(`${name}: times realtime`, (seconds * 1000) / ourMs, 'x', { atLeast: LEAST_TIMES_REALTIME })
      : 0) +
    report(`${name}: peak memory`, peakMegabytes, 'MB', { atMost: MOST_MEGABYTES })
  );
}

async function segmentByFfmpeg(file: string, folder: string): Promise<number> {
  await mkdir(folder, { recursive: true });
  const extension = file.slice(file.lastIndexOf('.'));
  const start = performance.now();
  const segments = join(folder, `%05d${extension}`);
  await run('ffmpeg', ['-v', 'error', '-i', file, '-c', 'copy', '-f', 'segment', '-segment_time', '10', segments]);
  return performance.now() - start;
}
