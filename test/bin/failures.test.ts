import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { trackIdOf } from '../../lambdas/core/track/identity.ts';
import { wavFile } from '../support/audio-fixtures.ts';
import { type TemporaryFolders, temporaryFolders } from '../support/embedded-fixture.ts';

const LAUNCHER = join(__dirname, '../../bin/cuepoint.mjs');

let folders: TemporaryFolders;
let root: string;
const source = wavFile(3, { seed: 4 });

beforeEach(async () => {
  folders = await temporaryFolders();
  root = join(folders.sourceFolder, '..');
});

afterEach(() => folders.remove());

/** Runs with exactly these arguments in `cwd`; standard input is no terminal. */
function run(cwd: string, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [LAUNCHER, ...args], { cwd }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

const named = (): string[] => ['--source', folders.sourceFolder, '--data', folders.dataFolder];

describe('folders', () => {
  it('means the same source folder in every working directory', async () => {
    await folders.writeSource('a.wav', source);
    expect(await run(root, 'add', 'source/a.wav', '--source', 'source', '--data', 'data')).toMatchObject({ code: 0 });
    const settings = JSON.parse(await readFile(join(folders.dataFolder, 'settings.json'), 'utf8'));
    expect(settings.sourceFolder).toBe(folders.sourceFolder);

    await mkdir(join(root, 'elsewhere'));
    const { stdout } = await run(join(root, 'elsewhere'), 'reconcile', '--data', '../data', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ sources: 1, unchanged: 1, removed: 0 });
    expect(await readdir(join(root, 'elsewhere'))).toEqual([]);
  });

  it('leaves the kept source folder alone when a command only looks', async () => {
    await run(root, 'ls', '--source', 'typo', '--data', 'data');
    expect(await readFile(join(folders.dataFolder, 'settings.json'), 'utf8')).not.toContain('typo');
  });

  it.each([
    ['the source folder', 'source', 'sub/x.wav'],
    ['a folder below it', 'source/sub', 'x.wav'],
    ['a folder that is a link to it', 'link', 'sub/x.wav'],
  ])('ingests a file in place when run in %s', async (_name, cwd, file) => {
    await folders.writeSource('sub/x.wav', source);
    await symlink(folders.sourceFolder, join(root, 'link'));
    const { stdout } = await run(join(root, cwd), 'add', file, ...named(), '--json');
    expect(JSON.parse(stdout)).toMatchObject([{ path: 'sub/x.wav', status: 'playable' }]);
    expect((await readdir(folders.sourceFolder, { recursive: true })).sort()).toEqual(['sub', 'sub/x.wav']);
  });

  it.each([
    ['cut short', '{"chunking": {'],
    ['of another shape', '[]'],
  ])('names a settings file that is %s, and leaves it', async (_name, text) => {
    const file = join(folders.dataFolder, 'settings.json');
    await mkdir(folders.dataFolder);
    await writeFile(file, text);
    const { code, stderr } = await run(root, 'ls', ...named());
    expect([code, stderr]).toEqual([1, expect.stringContaining(`${file} does not hold a JSON object`)]);
    expect(await readFile(file, 'utf8')).toBe(text);
  });

  it('names a settings file that cannot be read', async () => {
    const file = join(folders.dataFolder, 'settings.json');
    await mkdir(file, { recursive: true });
    const { code, stderr } = await run(root, 'ls', ...named());
    expect([code, stderr]).toEqual([1, expect.stringContaining(`${file} cannot be read (EISDIR`)]);
  });
});

describe('get', () => {
  // Larger than a pipe holds, so that a reader that leaves is noticed.
  const long = wavFile(25, { seed: 5 });

  beforeEach(async () => {
    await folders.writeSource('a.wav', long);
    await run(root, 'reconcile', ...named());
  });

  it('says in words that an output cannot be written', async () => {
    const { code, stderr } = await run(root, 'get', 'a.wav', '-o', 'no/such/a.wav', ...named());
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^cuepoint: no\/such\/a\.wav cannot be written; .*\n$/)]);
  });

  it('replaces an output at the end or not at all', async () => {
    const output = join(root, 'out.wav');
    await writeFile(output, 'precious');
    // Neither the chunks nor the source can supply the bytes any more.
    const media = join(folders.dataFolder, 'media');
    await rename(media, `${media}.away`);
    await rename(join(folders.sourceFolder, 'a.wav'), join(root, 'a.wav'));
    const failed = await run(root, 'get', 'a.wav', '-o', output, ...named(), '--json');
    expect([failed.code, JSON.parse(failed.stderr).code]).toEqual([1, 'chunk_lost']);
    expect(await readFile(output, 'utf8')).toBe('precious');

    await rename(join(root, 'a.wav'), join(folders.sourceFolder, 'a.wav'));
    await rename(`${media}.away`, media).catch(() => undefined);
    expect(await run(root, 'get', 'a.wav', '-o', output, ...named())).toMatchObject({ code: 0 });
    expect((await readFile(output)).equals(long)).toBe(true);
    expect((await readdir(root)).filter((name) => name.includes('.part'))).toEqual([]);
  });

  it('ends quietly when its reader has enough', async () => {
    const child = spawn(process.execPath, [LAUNCHER, 'get', 'a.wav', ...named()]);
    let stderr = '';
    child.stderr.on('data', (part) => {
      stderr += part;
    });
    child.stdout.once('data', () => child.stdout.destroy());
    const [code] = await once(child, 'close');
    expect([code, stderr]).toEqual([0, '']);
  });
});

describe('one failure among others', () => {
  it('adds the other files', async () => {
    await writeFile(join(root, 'a.wav'), source);
    await writeFile(join(root, 'b.wav'), source);
    const { code, stdout } = await run(root, 'add', 'a.wav', 'missing.mp3', 'b.wav', ...named(), '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject([
      { path: 'a.wav', status: 'playable' },
      { file: 'missing.mp3', code: 'source_missing', error: expect.stringContaining('missing.mp3 is not a file') },
      { path: 'b.wav', status: 'playable' },
    ]);
    const forPeople = await run(root, 'add', 'missing.mp3', ...named());
    expect(forPeople.stdout).toMatch(/missing\.mp3 +not added +source_missing: /);
  });

  it('reconciles the other files, and the interrupted one the next time', async () => {
    await folders.writeSource('a.wav', source);
    await folders.writeSource('b.wav', source);
    // A file where the first track's folder of chunks should be: nothing of it can be stored.
    const obstacle = join(folders.dataFolder, 'media/d', await trackIdOf('local', 'a.wav'));
    await mkdir(join(obstacle, '..'), { recursive: true });
    await writeFile(obstacle, '');
    const first = await run(root, 'reconcile', ...named(), '--json');
    expect(first.code).toBe(1);
    expect(JSON.parse(first.stdout)).toMatchObject({
      sources: 2,
      interrupted: [{ path: 'a.wav', code: 'unavailable', error: expect.stringMatching(/\w+ .*\w/) }],
    });

    await rename(obstacle, join(root, 'obstacle'));
    const second = await run(root, 'reconcile', ...named(), '--json');
    expect([second.code, JSON.parse(second.stdout)]).toMatchObject([
      0,
      { stored: 1, unchanged: 1, failed: 0, interrupted: [] },
    ]);
  });
});
