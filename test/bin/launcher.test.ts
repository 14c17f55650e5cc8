/** The command line is one file when it runs, made of its source at each start. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PROJECT = join(__dirname, '../..');
const PLACE = /import\.meta\.(?:url|dirname|filename)/;

it('no file that goes into it asks for its own place but one, which the launcher answers', () => {
  const files = ['bin', 'server', 'lambdas'].flatMap((folder) =>
    readdirSync(join(PROJECT, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  );
  const asking = files.filter((name) => name.endsWith('.ts') && PLACE.test(readFileSync(join(PROJECT, name), 'utf8')));
  expect(asking).toEqual([join('server', 'project-folder.ts')]);
});

describe('a copy of the project', () => {
  let folder: string;
  const cache = () => join(folder, 'node_modules', '.cache');

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cuepoint-test-'));
    for (const part of ['bin', 'server', 'lambdas', 'lib', 'package.json']) {
      await cp(join(PROJECT, part), join(folder, part), { recursive: true });
    }
    await mkdir(join(folder, 'node_modules'));
    for (const name of readdirSync(join(PROJECT, 'node_modules'))) {
      if (!name.startsWith('.')) await symlink(join(PROJECT, 'node_modules', name), join(folder, 'node_modules', name));
    }
  });

  afterEach(async () => {
    await chmod(folder, 0o700);
    await rm(folder, { recursive: true, force: true });
  });

  const run = (...args: string[]): Promise<string> =>
    new Promise((resolve) => {
      execFile(process.execPath, [join(folder, 'bin', 'cuepoint.mjs'), ...args], (_error, stdout, stderr) =>
        resolve(stdout + stderr),
      );
    });

  it('runs as many times at once as one likes, keeps its data beside itself, and never an older state', async () => {
    const outputs = await Promise.all([run('ls'), run('ls'), run('ls'), run('ls')]);
    expect(new Set(outputs).size).toBe(1);
    expect(readdirSync(join(cache(), 'cuepoint'))).toEqual(['cuepoint.mjs']);
    expect(readdirSync(join(folder, 'data'))).toContain('settings.json');

    await writeFile(
      join(folder, 'bin', 'cuepoint.ts'),
      "export async function main() { console.log('newer'); return 0; }",
    );
    expect(await run('ls')).toBe('newer\n');
  });

  it('says what to do where it cannot write', async () => {
    await writeFile(cache(), 'a file where a folder should be');
    expect(await run('ls')).toMatch(/\.cache[/\\]cuepoint cannot be written; make it writable/);
  });
});
