import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './ingest-process.ts';
import { median, report } from './report.ts';

const CHILD = fileURLToPath(new URL('./analyse-track-child.ts', import.meta.url));
const ROUNDS = 3;
const MEGABYTE = 1024 * 1024;

const CODECS: Readonly<Record<string, readonly string[]>> = {
  'talk.mp3': ['-c:a', 'libmp3lame', '-b:a', '128k'],
  'talk.flac': ['-c:a', 'flac'],
  'talk.opus': ['-c:a', 'libopus', '-ar', '48000'],
};

/** From a stored file to a stored analysis, beside FFmpeg decoding and measuring the same file. No target: FFmpeg stores nothing. */
export async function benchAnalyseTrack(seconds: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'cuepoint-bench-'));
  const sourceFolder = join(folder, 'source');
  try {
    await mkdir(sourceFolder);
    for (const [key, codec] of Object.entries(CODECS)) {
      const file = join(sourceFolder, key);
      const signal = `anoisesrc=c=brown:r=44100:seed=1:d=${seconds},tremolo=f=3:d=0.5,aformat=channel_layouts=stereo`;
      await run('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', signal, ...codec, file]);
      const ours: { milliseconds: number; peakBytes: number }[] = [];
      const peerMs: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const start = performance.now();
        await run('ffmpeg', ['-v', 'error', '-nostats', '-i', file, '-af', 'ebur128=peak=true', '-f', 'null', '-']);
        peerMs.push(performance.now() - start);
        const dataFolder = join(folder, `data-${key}-${round}`);
        const { stdout } = await run(process.execPath, ['--import', 'tsx', CHILD, sourceFolder, dataFolder, key]);
        ours.push(JSON.parse(stdout));
      }
      const ourMs = median(ours.map(({ milliseconds }) => milliseconds));
      report(`${key}, stereo, ${seconds} s, decoded and stored: times realtime`, (seconds * 1000) / ourMs, 'x');
      report(`${key}: ffmpeg -af ebur128=peak=true, times realtime`, (seconds * 1000) / median(peerMs), 'x');
      report(`${key}: times as fast as ffmpeg`, median(peerMs) / ourMs, 'x');
      report(
        `${key}: peak memory, ingest included`,
        Math.max(...ours.map(({ peakBytes }) => peakBytes)) / MEGABYTE,
        'MB',
      );
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
