/**
 * What the suites run: the stack as `npm run synth` makes it, but for this machine's processor and with the native decoder,
 * so that every format is served. Only the folder of the analyse function differs by that.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CLOUD_FOLDER, PROJECT_FOLDER } from './cloud-folder.ts';

export type TestedLocation = 'objects' | 'windows';

const SYNTH_TIMEOUT_MS = 240_000;

function folderOf(location: TestedLocation): string {
  return join(CLOUD_FOLDER, 'tested', location);
}

/** The folder of the assembly; synthesized when it is not there. `npm run e2e:aws` synthesizes it anew. */
export function testedAssembly(location: TestedLocation): string {
  const folder = folderOf(location);
  if (!existsSync(join(folder, 'manifest.json'))) synthesizeTested(location);
  return folder;
}

/** Throws, with cdk's own words, when the stack does not synthesize. */
export function synthesizeTested(location: TestedLocation): string {
  const folder = folderOf(location);
  const processor = process.arch === 'arm64' ? 'arm64' : 'x64';
  const context = ['access=public', `architecture=${processor}`, 'nativeDecoding=true', `location=${location}`];
  const program = join(PROJECT_FOLDER, 'node_modules', '.bin', 'cdk');
  const options = context.flatMap((setting) => ['-c', `cuepoint:${setting}`]);
  execFileSync(program, ['synth', '--quiet', '--no-notices', '-o', folder, ...options], {
    cwd: PROJECT_FOLDER,
    stdio: 'pipe',
    encoding: 'utf8',
    timeout: SYNTH_TIMEOUT_MS,
  });
  return folder;
}
