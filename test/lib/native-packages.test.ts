import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { copyNativePackages, folderBytes } from '../../lib/native-packages.ts';

const ROOT = join(import.meta.dirname, '..', '..');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cuepoint-native-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A project in which these packages are installed, each with the files of the real one that matter. */
function projectWith(versions: Readonly<Record<string, string>>): string {
  const project = join(folder, 'project');
  mkdirSync(project);
  for (const [name, version] of Object.entries(versions)) {
    const files =
      name === 'node-av'
        ? [
            'LICENSE.md',
            ...['lib/index.js', 'lib/index.d.ts', 'lib/index.js.map', 'constants/index.js'].map(
              (part) => `dist/${part}`,
            ),
            ...['utils/electron.js', 'api/index.js'].map((part) => `dist/${part}`),
          ]
        : ['node-av.node'];
    const packageJson = JSON.stringify({ name, version });
    for (const file of [...files, 'package.json']) {
      const path = join(project, 'node_modules', name, file);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, file === 'package.json' ? packageJson : file);
    }
  }
  return project;
}

describe('what is copied beside a bundle', () => {
  test('is the half that is loaded, and the library of the processor that is meant', () => {
    const project = projectWith({
      'node-av': '6.1.1',
      '@seydx/node-av-linux-arm64': '6.1.1',
      '@seydx/node-av-linux-x64': '6.1.1',
    });
    const bundle = join(folder, 'bundle');
    copyNativePackages(bundle, 'arm64', project);
    const files = readdirSync(join(bundle, 'node_modules'), { recursive: true, encoding: 'utf8' });
    expect(files).toContain(join('node-av', 'dist', 'lib', 'index.js'));
    expect(files).toContain(join('node-av', 'LICENSE.md'));
    expect(files).toContain(join('@seydx', 'node-av-linux-arm64', 'node-av.node'));
    expect(files.filter((file) => /\.map$|\.d\.ts$|x64|dist.api/.test(file))).toEqual([]);
    // WHEN it is copied again, nothing changes
    const byteLength = folderBytes(bundle);
    copyNativePackages(bundle, 'arm64', project);
    expect(folderBytes(bundle)).toBe(byteLength);
  });

  test.each([
    [{}, 'the package node-av, which is not installed; run: npm install node-av'],
    [
      { 'node-av': '6.1.1', '@seydx/node-av-linux-x64': '6.1.1' },
      'needs @seydx/node-av-linux-arm64 6.1.1, which is not installed; run: ' +
        'npm install --no-save --force @seydx/node-av-linux-arm64@6.1.1',
    ],
    [
      { 'node-av': '6.1.1', '@seydx/node-av-linux-arm64': '6.0.0' },
      'needs @seydx/node-av-linux-arm64 6.1.1, which is of version 6.0.0; run: npm install',
    ],
  ])('what is missing is named, with the command that brings it: %j', (installed, message) => {
    expect(() => copyNativePackages(join(folder, 'bundle'), 'arm64', projectWith(installed))).toThrow(message);
  });
});

const isInstalled = existsSync(join(ROOT, 'node_modules/@seydx/node-av-linux-x64')) && process.arch === 'x64';

(isInstalled ? test : test.skip)('the real packages, copied, load and know WMA', () => {
  copyNativePackages(folder, 'x64', ROOT);
  const script = `const { Codec } = await import('node-av/lib');
    process.stdout.write(Codec.findDecoderByName('wmav2')?.name ?? 'none');`;
  writeFileSync(join(folder, 'index.mjs'), script);
  const { stdout, stderr } = spawnSync(process.execPath, ['index.mjs'], { cwd: folder, encoding: 'utf8' });
  expect({ stdout, stderr }).toEqual({ stdout: 'wmav2', stderr: '' });
});
