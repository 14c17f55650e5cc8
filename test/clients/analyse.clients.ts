/**
 * Analyses through the whole service, of the files of CUEPOINT_CORPUS where it is set, else of files that ffmpeg makes: beside
 * FFmpeg's filter `ebur128`, begun at every chunk, cut at silences, and on the page.
 */
import { copyFile, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { loadDecoder } from '../../lambdas/adapters/codec/node-av-decoder.ts';
import type { TrackView } from '../../lambdas/api/track-view.ts';
import { decodeTrack } from '../../lambdas/core/decode/track-decode.ts';
import { ChunkIndex } from '../../lambdas/core/index/chunk-index.ts';
import type { Chunk } from '../../lambdas/core/index/page.ts';
import { readOnce } from '../../lambdas/core/track/source-bytes.ts';
import { type Host, startHost } from '../../server/host.ts';
import { openStores, publishedRecord, type TemporaryFolders, temporaryFolders } from '../support/embedded-fixture.ts';
import { MemorySource } from '../support/memory-source.ts';
import { differenceOf } from '../support/oracle.ts';
import { joinSamples } from '../support/oracle-decode.ts';
import { output } from '../support/programs.ts';
import { silentLog } from '../support/silent-log.ts';

const CORPUS = process.env.CUEPOINT_CORPUS;
const MOST_LU = 0.1;
const MOST_PEAK_DB = 0.2;

/**
 * FFmpeg cannot open the one, and begins to measure anew where the other's rate changes, at which the timeline ends. The
 * program `flac` decodes both (the second to its end, `-F`).
 */
const DECODED_BY_FLAC = /^flac-(no-streaminfo|changing-samplerate)\.flac$/;
const TO_RAW = ['-s', '-d', '-F', '-f', '--force-raw-format', '--endian=little', '--sign=signed', '-o'];
/** Noise that AAC substitutes goes on from where the decoder was before: another at another beginning. */
const OF_SUBSTITUTED_NOISE = /\.(aac|m4a)$/;

const MADE: Readonly<Record<string, readonly string[]>> = {
  'made.flac': ['-c:a', 'flac'],
  'made.mp3': ['-c:a', 'libmp3lame', '-b:a', '128k'],
  'made.opus': ['-c:a', 'libopus', '-ar', '48000'],
  'made.ogg': ['-c:a', 'libvorbis'],
  'made.m4a': ['-c:a', 'aac', '-b:a', '128k'],
  'made.wv': ['-c:a', 'wavpack'],
  'made.wma': ['-c:a', 'wmav2'],
};

let folders: TemporaryFolders;
let host: Host;

beforeAll(async () => {
  folders = await temporaryFolders();
  const tune =
    "aevalsrc='0.3*sin(2*PI*(200+30*t)*t)*(1-between(t,6,7.5))|0.2*sin(880*t)*(1-between(t,6,7.5))':s=44100:d=15";
  for (const [name, codec] of Object.entries(MADE)) {
    await output('ffmpeg', '-v', 'error', '-f', 'lavfi', '-i', tune, ...codec, join(folders.sourceFolder, name));
  }
  for (const name of CORPUS === undefined ? [] : await readdir(CORPUS)) {
    if (!name.endsWith('.md')) await copyFile(join(CORPUS ?? '', name), join(folders.sourceFolder, name));
  }
  const chunking = {
    strategy: 'silence',
    thresholdDb: -60,
    minimumSilenceMs: 500,
    minChunkSeconds: 2,
    maxChunkSeconds: 20,
    maxChunkBytes: 2 ** 23,
  } as const;
  host = await startHost({ ...folders, port: 0, host: '127.0.0.1', log: silentLog, settings: { chunking } });
  await host.ready;
  await settledTracks();
}, 180_000);

afterAll(async () => {
  await host.close();
  await folders.remove();
});

type Stretch = {
  readonly startSample: number;
  readonly endSample: number;
  readonly startSeconds: number;
  readonly endSeconds: number;
};

async function bodyOf<Body>(path = ''): Promise<Body> {
  return (await (await fetch(host.url + path)).json()) as Body;
}

async function tracksNow(): Promise<TrackView[]> {
  return (await bodyOf<{ tracks: TrackView[] }>('/v1/tracks?limit=1000')).tracks;
}

/** Once all is analysed, and cut again where it is to be. */
async function settledTracks(): Promise<TrackView[]> {
  for (;;) {
    const tracks = await tracksNow();
    const isBusy = ({ status, warnings }: TrackView): boolean =>
      status === 'ingesting' ||
      status === 'playable' ||
      warnings.some(({ code, message }) => code === 'chunked_by_duration' && /being cut again/.test(message));
    if (!tracks.some(isBusy)) return tracks;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function measuredByFfmpeg(track: TrackView): Promise<{ lufs: number; peakDb: number }> {
  const filters = `atrim=end_sample=${track.totalSamples},ebur128=peak=true:metadata=1,ametadata=mode=print:file=-`;
  const options = ['-map', '0:a:0', '-af', filters, '-f', 'null', '-'];
  const text = (await output('ffmpeg', '-v', 'error', ...(await inputOf(track)), ...options)).toString();
  const last = (key: string): number => {
    const at = text.lastIndexOf(`lavfi.r128.${key}=`);
    return at < 0 ? Number.NaN : Number.parseFloat(text.slice(text.indexOf('=', at) + 1));
  };
  const peaks = [last('true_peaks_ch0'), last('true_peaks_ch1')].filter((peak) => !Number.isNaN(peak));
  return { lufs: last('I'), peakDb: 20 * Math.log10(Math.max(...peaks)) };
}

async function inputOf({ path, sampleRate, channels }: TrackView): Promise<string[]> {
  const file = join(folders.sourceFolder, path);
  if (!DECODED_BY_FLAC.test(path)) return ['-i', file];
  const raw = join(folders.dataFolder, 'decoded.raw');
  await output('flac', ...TO_RAW, raw, file);
  return ['-f', 's16le', '-ar', `${sampleRate}`, '-ac', `${channels}`, '-i', raw];
}

it('every file becomes ready, as loud and with such peaks as FFmpeg measures', async () => {
  const differences: unknown[] = [];
  let compared = 0;
  const tracks = await tracksNow();
  for (const track of tracks) {
    const { path, status, analysis } = track;
    if (status !== 'ready' || !analysis) differences.push({ path, status });
    if (!analysis) continue;
    const theirs = await measuredByFfmpeg(track);
    const lu = Math.abs((analysis.integratedLufs ?? -70) - theirs.lufs);
    const peakDb = Math.abs((analysis.truePeakDb ?? Number.NEGATIVE_INFINITY) - theirs.peakDb);
    compared++;
    if (!(lu <= MOST_LU && peakDb <= MOST_PEAK_DB)) differences.push({ path, analysis, theirs });
  }
  expect(differences).toEqual([]);
  expect(compared).toBe(tracks.length);
  expect(compared).toBeGreaterThanOrEqual(Object.keys(MADE).length);
}, 180_000);

it('a decode that begins at a chunk gives what a decode of the whole has from there on', async () => {
  const stores = await openStores(folders);
  const decoder = await loadDecoder();
  if (decoder === undefined) throw new Error('node-av is not installed');
  const failures: unknown[] = [];
  for (const { path } of await tracksNow()) {
    const { trackId, published } = await publishedRecord(stores, path);
    const bytes = await readFile(join(folders.sourceFolder, path));
    const index = new ChunkIndex(published, (page) => stores.index.getPage(trackId, published.revision, page));
    const { sampleRate } = published.format;
    let channels = 0;
    const decode = async (chunk?: Chunk) => {
      const parts: (Int32Array | Float32Array)[] = [];
      await decodeTrack({
        source: readOnce(new MemorySource(bytes)),
        decoder,
        published,
        index,
        ...(chunk ? { from: { chunk, channels } } : {}),
        onPiece: (piece) => {
          channels = piece.channels;
          parts.push(piece.interleaved.slice(piece.startSample * channels, piece.endSample * channels));
        },
        onStep: async () => true,
      });
      return { sampleRate, channels, data: joinSamples(parts) };
    };
    const whole = await decode();
    if (whole.data.length / channels !== published.totalSamples)
      failures.push({ path, samples: whole.data.length / channels });
    for await (const chunk of index.chunks(1)) {
      const start = Math.max(0, chunk.startSample - published.leadInSamples);
      const rest = { ...whole, data: whole.data.subarray(start * channels) };
      const { missingSamples, greatest } = differenceOf(await decode(chunk), rest);
      if (missingSamples !== 0 || (greatest > 0 && !OF_SUBSTITUTED_NOISE.test(path))) {
        failures.push({ path, chunk: chunk.number, missingSamples, greatest });
      }
    }
  }
  expect(failures).toEqual([]);
  await stores.close();
}, 300_000);

it('chunks end inside silences', async () => {
  const name = CORPUS === undefined ? 'made.flac' : 'with-silences.flac';
  const track = (await tracksNow()).find(({ path }) => path === name);
  const { silenceList } = await bodyOf<{ silenceList: Stretch[] }>(track?.links.analysis);
  const { chunks } = await bodyOf<{ chunks: Stretch[] }>(track?.links.chunks);
  const inner = silenceList.filter(({ endSample }) => endSample < (track?.totalSamples ?? 0));
  const holding = (sample: number): number =>
    inner.findIndex((silence) => silence.startSample < sample && sample < silence.endSample);
  const cuts = chunks.slice(0, -1).map(({ endSample }) => holding(endSample));
  // Where silences are nearer than the longest chunk every cut is in one of them.
  expect(cuts.filter((silence) => silence >= 0)).toEqual(inner.map((_, i) => i));
  if (CORPUS !== undefined) {
    expect(inner.map(({ startSeconds, endSeconds }) => [startSeconds, endSeconds])).toEqual([
      [12, 14],
      [28, 29.2],
    ]);
  }
});

it('the page shows the waveform, and seeks where it is clicked and by keys', async () => {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run'],
  });
  try {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on('pageerror', (error) => void complaints.push(error.message));
    page.on('console', (message) => void (message.type() === 'error' && complaints.push(message.text())));
    await page.goto(host.url);
    const row = page.locator('.track', { hasText: 'made.flac' });
    const slider = row.getByRole('slider', { name: 'Position in made.flac' });
    // Drawn when it comes into sight.
    await slider.scrollIntoViewIfNeeded();
    await slider.locator('path.shape[d]').waitFor({ state: 'attached' });
    const box = await slider.boundingBox();
    if (box === null) throw new Error('the waveform is not on the page');
    const now = () => row.locator('audio').evaluate<number, { currentTime: number }>((audio) => audio.currentTime);
    await page.mouse.click(box.x + box.width / 3, box.y + box.height / 2);
    expect(await now()).toBeCloseTo(5, 0);
    await page.keyboard.press('ArrowRight');
    expect(await now()).toBeCloseTo(10, 0);
    await page.keyboard.press('Home');
    expect(await now()).toBe(0);
    expect(await slider.getAttribute('aria-valuetext')).toBe('0:00 of 0:15');
    expect(complaints.filter((text) => !/\.wma|404|NotSupported/i.test(text))).toEqual([]);
  } finally {
    await browser.close();
  }
}, 60_000);
