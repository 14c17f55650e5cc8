import { mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ingestInProcess, run } from './ingest-process.ts';
import { writeLargeWav } from './large-wav.ts';
import { type BenchOptions, report } from './report.ts';

const MEGABYTE = 1024 * 1024;
const MOST_MEGABYTES = 150;

/** The most memory an ingest has had, for files that are large beside it. */
export async function benchMemory({ quick }: BenchOptions): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'cuepoint-bench-'));
  const source = join(folder, 'source');
  const data = join(folder, 'data');
  const wavMegabytes = quick ? 200 : 2048;
  const mp3Megabytes = quick ? 30 : 300;
  try {
    await mkdir(source);
    await writeLargeWav(join(source, 'large.wav'), wavMegabytes * MEGABYTE);
    const wav = await ingestInProcess(source, data, 'large.wav');
    await writeLargeMp3(folder, join(source, 'large.mp3'), mp3Megabytes * MEGABYTE);
    const mp3 = await ingestInProcess(source, data, 'large.mp3');
    report(`WAV of ${wavMegabytes} MB: ingest`, wav.milliseconds, 'ms');
    report(`MP3 of ${mp3Megabytes} MB: ingest`, mp3.milliseconds, 'ms');
    return (
      report(`WAV of ${wavMegabytes} MB: peak memory`, wav.peakBytes / MEGABYTE, 'MB', { atMost: MOST_MEGABYTES }) +
      report(`MP3 of ${mp3Megabytes} MB: peak memory`, mp3.peakBytes / MEGABYTE, 'MB', { atMost: MOST_MEGABYTES })
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Ten minutes of real frames, again and again: MP3 frames may be joined as they are. */
async function writeLargeMp3(folder: string, file: string, byteLength: number): Promise<void> {
  const part = join(folder, 'part.mp3');
  const signal = 'anoisesrc=c=pink:r=44100:seed=1:d=600,aformat=channel_layouts=stereo';
  await run('ffmpeg', [
    '-v',
    'error',
    '-f',
    'lavfi',
    '-i',
    signal,
    '-b:a',
    '192k',
    '-write_xing',
    '0',
    '-id3v2_version',
    '0',
    part,
  ]);
  const source = await open(part);
  const bytes = await source.readFile();
  await source.close();
  const handle = await open(file, 'w');
  for (let written = 0; written < byteLength; written += bytes.length) await handle.write(bytes);
  await handle.close();
}
