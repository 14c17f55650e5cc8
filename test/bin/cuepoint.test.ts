import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { wavFile } from '../support/audio-fixtures.ts';
import { type TemporaryFolders, temporaryFolders } from '../support/embedded-fixture.ts';

const LAUNCHER = join(__dirname, '../../bin/cuepoint.mjs');

type Run = { readonly code: number; readonly stdout: string; readonly stderr: string };

let folders: TemporaryFolders;
let outside: string;
const source = wavFile(25, { seed: 9 });

beforeEach(async () => {
  folders = await temporaryFolders();
  outside = join(folders.sourceFolder, '../outside');
  await mkdir(outside);
  await writeFile(join(outside, 'talk.wav'), source);
});

afterEach(() => folders.remove());

function cuepoint(...args: string[]): Promise<Run> {
  const { sourceFolder, dataFolder } = folders;
  const all = [LAUNCHER, ...args, ...(args.length > 0 ? ['--source', sourceFolder, '--data', dataFolder] : [])];
  return new Promise((resolve) => {
    execFile(process.execPath, all, { encoding: 'latin1', maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

async function cuepointJson(...args: string[]) {
  const { code, stdout, stderr } = await cuepoint(...args, '--json');
  return {
    code,
    value: stdout === '' ? undefined : JSON.parse(stdout),
    error: stderr === '' ? undefined : JSON.parse(stderr),
  };
}

describe('cuepoint', () => {
  it('adds, lists, shows, cuts, and removes', async () => {
    const added = await cuepointJson('add', join(outside, 'talk.wav'), '--folder', 'talks/2026');
    expect(added).toMatchObject({
      code: 0,
      value: [{ path: 'talks/2026/talk.wav', status: 'playable', chunkCount: 3 }],
    });
    expect(await readFile(join(folders.sourceFolder, 'talks/2026/talk.wav'))).toEqual(source);
    const { id } = added.value[0];

    expect((await cuepointJson('ls')).value.tracks).toMatchObject([{ id }]);
    expect((await cuepointJson('ls', 'talks')).value.tracks).toHaveLength(1);
    expect((await cuepointJson('ls', 'other')).value.tracks).toEqual([]);
    expect(await cuepointJson('show', id)).toMatchObject({ code: 0, value: { id, totalSamples: 200_000 } });
    expect(await cuepointJson('show', 'talks/2026/talk.wav')).toMatchObject({ value: { id } });

    const { chunks } = (await cuepointJson('chunks', id, '--start', '0:09', '--end', '0:11')).value;
    expect(chunks).toMatchObject([
      {
        number: 0,
        startByte: 0,
        preroll: { startByte: 44, packets: 0 },
        location: { key: expect.stringMatching(/chunks\/00000000/) },
      },
      { number: 1 },
    ]);

    const bytes = await cuepoint('get', id, '--bytes', '319990-320100');
    expect(Buffer.from(bytes.stdout, 'latin1').equals(source.subarray(319_990, 320_101))).toBe(true);
    const file = join(outside, 'cut.wav');
    expect((await cuepointJson('get', id, '--start', '9.5', '--end', '10.5', '-o', file)).value).toMatchObject({
      byteLength: 32_044,
    });
    expect((await readFile(file)).subarray(44).equals(source.subarray(44 + 9.5 * 32_000, 44 + 10.5 * 32_000))).toBe(
      true,
    );

    expect(await cuepointJson('rm', id, '--yes')).toMatchObject({ code: 0, value: { removed: [{ id }] } });
    expect((await cuepointJson('ls')).value.tracks).toEqual([]);
    await expect(readFile(join(folders.sourceFolder, 'talks/2026/talk.wav'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('speaks to people, too', async () => {
    const added = await cuepoint('add', join(outside, 'talk.wav'));
    expect(added.stdout).toMatch(/talk\.wav +playable +0:25\.000 +3/);
    expect((await cuepoint('ls')).stdout).toMatch(/pcm_s16le 8000 Hz 2 ch 256 kbit\/s +talk\.wav/);
    expect((await cuepoint('show', 'talk.wav')).stdout).toMatch(/duration +0:25\.000 \(200000 samples\)/);
    expect((await cuepoint('chunks', 'talk.wav')).stdout).toMatch(/1 +0:10\.000 +0:20\.000 +320044 +640044 +- +d\//);
    expect((await cuepoint()).stdout).toMatch(/cuepoint reconcile/);
    expect((await cuepoint('chunks', '--help')).stdout).toMatch(/h:mm:ss/);
  });

  it('reconciles a folder that was filled behind its back', async () => {
    await folders.writeSource('found.wav', wavFile(3));
    await folders.writeSource('broken.mp3', new Uint8Array(100));
    expect((await cuepointJson('reconcile')).value).toMatchObject({ sources: 2, stored: 2 });
    expect((await cuepointJson('reconcile')).value).toMatchObject({ sources: 2, unchanged: 1, failed: 1 });
    // The file that failed, and the other, which is not analysed.
    expect((await cuepointJson('reconcile', '--retry-failed')).value).toMatchObject({ stored: 2 });
  });

  it('says how a file ended that cannot be indexed, and exits with 1', async () => {
    await writeFile(join(outside, 'text.mp3'), 'no music\n'.repeat(1000));
    const { code, value } = await cuepointJson('add', join(outside, 'text.mp3'), join(outside, 'talk.wav'));
    expect([code, value.map((view: { status: string }) => view.status)]).toEqual([1, ['failed', 'playable']]);
    expect(await cuepointJson('show', 'text.mp3')).toMatchObject({
      code: 1,
      value: { reason: { code: 'unsupported_format' } },
    });
    expect(await cuepointJson('chunks', 'text.mp3')).toMatchObject({ code: 1, error: { code: 'track_failed' } });
  });

  it.each<[string[], number, string]>([
    [['show', 'nothing'], 1, 'track_not_found'],
    [['show'], 2, 'usage'],
    [['add'], 2, 'usage'],
    [['rm', 'nothing'], 2, 'usage'],
    [['rm', 'nothing', '--yes'], 1, 'track_not_found'],
    [['frobnicate'], 2, 'usage'],
    [['ls', '--frobnicate'], 2, 'usage'],
    [['serve', '--port', '99999'], 2, 'usage'],
    [['serve', '--location', 'moon'], 2, 'usage'],
    [['serve', '--chunk-seconds', '5', '--chunk-bytes', '5000'], 2, 'usage'],
  ])('refuses %j', async (args, code, errorCode) => {
    const run = await cuepointJson(...args);
    expect(run).toMatchObject({ code, error: { code: errorCode, error: expect.stringMatching(/\w+ .*\w/) } });
  });
});
