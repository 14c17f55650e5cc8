import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TemporaryFolders, temporaryFolders } from '../support/embedded-fixture.ts';
import { mp3File, picture } from '../support/tagged-files.ts';
import { apic, id3v2, text } from '../support/tagged-id3v2.ts';

const LAUNCHER = join(__dirname, '../../bin/cuepoint.mjs');

let folders: TemporaryFolders;
let outside: string;

beforeAll(async () => {
  folders = await temporaryFolders();
  outside = join(folders.sourceFolder, '../outside');
  await mkdir(outside);
  const tag = id3v2([
    text('TIT2', 'Träume'),
    text('TPE1', 'Ärzte'),
    text('TRCK', '3/12'),
    apic(picture('jpg', 3 * 2 ** 20)),
  ]);
  await writeFile(join(outside, 'song.mp3'), mp3File([tag]).bytes);
  await writeFile(join(outside, 'song.de.srt'), '1\n00:00:01,000 --> 00:00:02,000\nHallo\n');
});

afterAll(() => folders.remove());

function cuepoint(...args: string[]): Promise<{ readonly code: number; readonly stdout: string }> {
  const all = [LAUNCHER, ...args, '--source', folders.sourceFolder, '--data', folders.dataFolder];
  return new Promise((resolve) => {
    execFile(process.execPath, all, (error, stdout) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout });
    });
  });
}

it('puts subtitles beside the audio, and shows the tags of a track', async () => {
  const added = await cuepoint('add', join(outside, 'song.mp3'), join(outside, 'song.de.srt'));
  expect([added.code, added.stdout]).toEqual([
    0,
    expect.stringMatching(/song\.mp3 +playable .*\n.*song\.de\.srt +subtitles/),
  ]);
  expect(await readFile(join(folders.sourceFolder, 'song.de.srt'), 'utf8')).toContain('Hallo');
  const { stdout } = await cuepoint('show', 'song.mp3');
  expect(stdout).toMatch(/^title +Träume$/m);
  expect(stdout).toMatch(/^artist +Ärzte$/m);
  expect(stdout).toMatch(/^track +3 of 12$/m);
  expect(stdout).toMatch(/^cover +\/d\/.*\/cover\.jpg$/m);
  expect(stdout).toMatch(/^warning +huge_cover: /m);
  expect((await cuepoint('ls')).stdout).not.toContain('song.de.srt');
});
