import { readFile, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { type Host, startHost } from '../../server/host.ts';
import { type TemporaryFolders, temporaryFolders } from '../support/embedded-fixture.ts';
import { jsonOf, rawRequest } from '../support/http-client.ts';
import { attempt, decoded, output } from '../support/programs.ts';
import { silentLog } from '../support/silent-log.ts';

const SECONDS = 40;
const FILES = ['tone.cbr.mp3', 'tone.vbr.mp3', 'tone.flac', 'tone.wav'] as const;

/** Runs in the page: loads, then for each share of the length seeks there and plays until the clock moves. */
const PLAY_AND_SEEK = `async (url) => {
  const audio = new Audio(url);
  audio.muted = true;
  const until = (event) =>
    new Promise((resolve, reject) => {
      audio.addEventListener(event, resolve, { once: true });
      audio.addEventListener('error', () => reject(new Error(audio.error?.message)), { once: true });
    });
  const ready = until('canplay');
  audio.load();
  await ready;
  const positions = [];
  for (const share of [0.1, 0.5, 0.95]) {
    const sought = until('seeked');
    audio.currentTime = audio.duration * share;
    await sought;
    const moved = until('timeupdate');
    await audio.play();
    await moved;
    positions.push(audio.currentTime / audio.duration - share);
  }
  audio.pause();
  return { duration: audio.duration, positions };
}`;

let folders: TemporaryFolders;
let host: Host;
let audioPaths: Record<string, string> = {};

/** A sweep with a little noise: no two moments are alike, so that a seek to the wrong place shows. */
async function make(file: string, ...codec: string[]): Promise<void> {
  const sweep = `aevalsrc='0.4*sin(2*PI*(200+20*t)*t)+0.01*random(0)|0.4*sin(2*PI*(300+15*t)*t)':s=44100:d=${SECONDS}`;
  await output('ffmpeg', '-v', 'error', '-y', '-f', 'lavfi', '-i', sweep, ...codec, join(folders.sourceFolder, file));
}

beforeAll(async () => {
  folders = await temporaryFolders();
  await make('tone.cbr.mp3', '-b:a', '128k');
  await make('tone.vbr.mp3', '-q:a', '2');
  await make('tone.flac');
  await make('tone.wav');
  host = await startHost({ ...folders, port: 0, host: '127.0.0.1', log: silentLog });
  await host.ready;
  const { tracks } = jsonOf(await rawRequest(`${host.url}/v1/tracks`));
  audioPaths = Object.fromEntries(
    tracks.map((track: { path: string; links: { audio: string } }) => [track.path, track.links.audio]),
  );
});

afterAll(async () => {
  await host.close();
  await folders.remove();
});

const urlsOf = (file: string): string[] => [`${host.url}/stream/${file}`, `${host.url}${audioPaths[file]}`];

describe.each(FILES)('%s', (file) => {
  it('decodes over HTTP as the file does, and after a seek too (ffmpeg)', async () => {
    const local = join(folders.sourceFolder, file);
    const whole = await decoded(local);
    const seek = ['-ss', '20', '-t', '3'];
    const part = await decoded(local, ...seek);
    expect(part.length).toBeGreaterThan(2.9 * 44_100 * 8);
    for (const url of urlsOf(file)) {
      expect((await decoded(url)).equals(whole)).toBe(true);
      expect((await decoded(url, ...seek)).equals(part)).toBe(true);
    }
  });

  it('gives ranges and resumes (curl -r, curl -C -)', async () => {
    const source = await readFile(join(folders.sourceFolder, file));
    for (const url of urlsOf(file)) {
      expect((await output('curl', '-s', '-r', '100000-199999', url)).equals(source.subarray(100_000, 200_000))).toBe(
        true,
      );
      expect((await output('curl', '-s', '-r', '-1000', url)).equals(source.subarray(-1000))).toBe(true);
      const partial = join(folders.dataFolder, 'partial');
      await output('curl', '-s', '-o', partial, url);
      await truncate(partial, 123_457);
      await output('curl', '-s', '-C', '-', '-o', partial, url);
      expect((await readFile(partial)).equals(source)).toBe(true);
      // Resuming what is complete: the server has nothing more, and says so without breaking the file.
      await attempt('curl', '-s', '-C', '-', '-o', partial, url);
      expect((await stat(partial)).size).toBe(source.length);
    }
  });
});

describe('Chromium', () => {
  let browser: Browser;

  beforeAll(async () => {
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
  });

  afterAll(() => browser.close());

  it.each(FILES)('plays %s on both routes, and seeks', async (file) => {
    const page = await browser.newPage();
    await page.goto(host.url);
    for (const url of urlsOf(file)) {
      const statuses: number[] = [];
      page.on('response', (response) => {
        if (response.url() === url) statuses.push(response.status());
      });
      const heard = await page.evaluate<{ duration: number; positions: number[] }>(
        `(${PLAY_AND_SEEK})(${JSON.stringify(url)})`,
      );
      expect(Math.abs(heard.duration - SECONDS)).toBeLessThan(0.06);
      for (const ahead of heard.positions) expect(Math.abs(ahead)).toBeLessThan(0.05);
      expect(new Set(statuses)).toEqual(new Set([206]));
    }
    await page.close();
  });

  it('shows the tracks with a player each, and their chunks', async () => {
    const page = await browser.newPage();
    const failures: string[] = [];
    page.on('console', (message) => message.type() === 'error' && failures.push(message.text()));
    page.on('pageerror', (error) => failures.push(error.message));
    await page.goto(host.url);
    await page.waitForSelector('audio');
    expect(await page.locator('audio').count()).toBe(FILES.length);
    await page.locator('details > summary').first().click();
    await page.waitForSelector('details[open] table tbody tr');
    const { tracks } = jsonOf(await rawRequest(`${host.url}/v1/tracks?limit=1`));
    expect(await page.locator('details[open] table tbody tr').count()).toBe(tracks[0].chunkCount);
    expect(failures).toEqual([]);
    await page.close();
  });
});
