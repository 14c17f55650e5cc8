/** The Node.js that functions run on: a real 24, from npm, whatever this process itself runs on. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CLOUD_FOLDER } from './cloud-folder.ts';

/** Lambda's nodejs24.x is of this line; npm has this one for both processors. */
const VERSION = '24.21.0';
const INSTALL_TIMEOUT_MS = 300_000;

/** Gives the path of the program; installs it into the cloud's folder when it is not there. */
export async function lambdaNode(): Promise<string> {
  if (process.version.startsWith('v24.')) return process.execPath;
  const name = `node-${process.platform}-${process.arch}`;
  const folder = join(CLOUD_FOLDER, `node-${VERSION}`);
  const program = join(folder, 'node_modules', name, 'bin', 'node');
  if (existsSync(program)) return program;
  const staging = `${folder}.${process.pid}`;
  mkdirSync(staging, { recursive: true });
  const args = ['install', '--prefix', staging, '--no-save', '--ignore-scripts', `${name}@${VERSION}`];
  await promisify(execFile)('npm', args, { timeout: INSTALL_TIMEOUT_MS });
  try {
    renameSync(staging, folder);
  } catch (error) {
    // Somebody else was first.
    rmSync(staging, { recursive: true, force: true });
    if (!existsSync(program)) throw error;
  }
  return program;
}
