/** A browser's `<audio>` on each format: it plays, seeks, and never falls back to the whole file. */
import { copyFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { type Host, startHost } from '../../server/host.ts';
import { type TemporaryFolders, temporaryFolders } from '../support/embedded-fixture.ts';
import { jsonOf, rawRequest } from '../support/http-client.ts';
import { output } from '../support/programs.ts';
import { silentLog } from '../support/silent-log.ts';

const SECONDS = 40;
const MAX_DURATION_ERROR_SECONDS = 0.02;
const MAX_SEEK_ERROR_SECONDS = 1;
const SHARES = [0.1, 0.5, 0.95];

/** What FFmpeg makes them with. */
const MADE: Readonly<Record<string, readonly string[]>> = {
  'cbr.mp3': ['-b:a', '128k'],
  'vbr.mp3': ['-q:a', '2'],
  'tone.flac': [],
  'tone.wav': [],
  'tone.aac': ['-b:a', '96k'],
  'faststart.m4a': ['-movflags', '+faststart'],
  'moov-last.m4a': [],
  'tone.ogg': ['-c:a', 'libvorbis'],
  'tone.opus': ['-c:a', 'libopus'],
  'tone.webm': ['-c:a', 'libopus'],
  'tone.aiff': [],
  'tone.wv': [],
  'tone.wma': [],
  'alac.m4a': ['-c:a', 'alac'],
};

/** Chromium has no demuxer or decoder for these. */
const UNPLAYABLE = /\.(aiff|wv|wma)$|alac/;

/** Damaged, or without what Chromium wants: it refuses them, or finds no length to seek by, from a file as well. */
const DAMAGED = /truncated|changing-samplerate|no-streaminfo|no-total-samples/;

/** Without a length in the file, Chromium guesses from what it has read. Playing and seeking are asked all the same. */
const OF_GUESSED_LENGTH = /\.aac$|no-xing/;

const PLAY_AND_SEEK = `async ({ url, shares }) => {
  const audio = new Audio(url);
  audio.muted = true;
  const until = (event) =>
    new Promise((resolve, reject) => {
      audio.addEventListener(event, resolve, { once: true });
      audio.addEventListener('error', () => reject(new Error(audio.error?.message || 'no support')), { once: true });
    });
  const ready = until('canplay');
  audio.load();
  await ready;
  const duration = audio.duration;
  const offsets = [];
  for (const share of shares) {
    const sought = until('seeked');
    audio.currentTime = duration * share;
    await sought;
    const from = audio.currentTime;
    const moved = until('timeupdate');
    await audio.play();
    await moved;
    audio.pause();
    offsets.push({ error: from - duration * share, plays: audio.currentTime >= from });
  }
  audio.src = '';
  return { duration, offsets };
}`;

type Heard = { readonly duration: number; readonly offsets: readonly { error: number; plays: boolean }[] };
type Track = { readonly path: string; readonly durationSeconds: number; readonly links: { readonly stream: string } };

let folders: TemporaryFolders;
let host: Host;
let browser: Browser;
let tracks: readonly Track[] = [];

beforeAll(async () => {
  folders = await temporaryFolders();
  const sweep = `aevalsrc='0.4*sin(2*PI*(200+20*t)*t)|0.4*sin(2*PI*(300+15*t)*t)':s=44100:d=${SECONDS}`;
  for (const [name, codec] of Object.entries(MADE)) {
    await output('ffmpeg', '-v', 'error', '-f', 'lavfi', '-i', sweep, ...codec, join(folders.sourceFolder, name));
  }
  const corpus = process.env.CUEPOINT_CORPUS;
  for (const name of corpus === undefined ? [] : await readdir(corpus)) {
    if (!name.endsWith('.md')) await copyFile(join(corpus ?? '', name), join(folders.sourceFolder, name));
  }
  host = await startHost({ ...folders, port: 0, host: '127.0.0.1', log: silentLog });
  await host.ready;
  tracks = jsonOf(await rawRequest(`${host.url}/v1/tracks?limit=1000`)).tracks;
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--autoplay-policy=no-user-gesture-required',
    ],
  });
}, 300_000);

afterAll(async () => {
  await browser.close();
  await host.close();
  await folders.remove();
});

async function listen({ path, links }: Track): Promise<{ heard: Heard | Error; statuses: Set<number> }> {
  const page = await browser.newPage();
  const url = host.url + links.stream;
  const statuses = new Set<number>();
  page.on('response', (response) => {
    if (decodeURI(response.url()).endsWith(`/stream/${path}`)) statuses.add(response.status());
  });
  await page.goto(host.url);
  const heard = await page
    .evaluate<Heard>(`(${PLAY_AND_SEEK})(${JSON.stringify({ url, shares: SHARES })})`)
    .catch((error: Error) => error);
  await page.close();
  return { heard, statuses };
}

it('plays and seeks in every format that it knows, by ranges alone', async () => {
  const failures: unknown[] = [];
  for (const track of tracks.filter(({ path }) => !UNPLAYABLE.test(path) && !DAMAGED.test(path))) {
    const { heard, statuses } = await listen(track);
    const { path, durationSeconds } = track;
    if (heard instanceof Error) {
      failures.push({ path, error: heard.message });
      continue;
    }
    const durationError = heard.duration - durationSeconds;
    const isLong = Math.abs(durationError) > MAX_DURATION_ERROR_SECONDS && !OF_GUESSED_LENGTH.test(path);
    const isAstray = heard.offsets.some(({ error, plays }) => Math.abs(error) > MAX_SEEK_ERROR_SECONDS || !plays);
    const isWhole = statuses.size !== 1 || !statuses.has(206);
    if (isLong || isAstray || isWhole) failures.push({ path, durationError, ...heard, statuses: [...statuses] });
  }
  expect(failures).toEqual([]);
}, 300_000);

it('refuses what it has no decoder for, whatever the bytes are', async () => {
  for (const track of tracks.filter(({ path }) => UNPLAYABLE.test(path))) {
    const { heard } = await listen(track);
    expect([track.path, heard]).toEqual([track.path, expect.any(Error)]);
  }
}, 120_000);
