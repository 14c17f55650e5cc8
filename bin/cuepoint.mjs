#!/usr/bin/env node
// Puts the TypeScript of the command line into one file and runs that. It is made anew at each start, so it is never older
// than its source, and has nobody to wait for: esbuild takes less time for all of it than Node takes to load it in pieces.
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const PROJECT_FOLDER = dirname(import.meta.dirname);
/** Below `node_modules`, where the packages that it imports are found. */
const CACHE_FOLDER = join(PROJECT_FOLDER, 'node_modules', '.cache', 'cuepoint');

/** The one file that tells where it lies is told here. */
const projectFolder = {
  name: 'project-folder',
  setup(bundler) {
    bundler.onLoad({ filter: /[\\/]server[\\/]project-folder\.ts$/ }, () => ({
      contents: `export const PROJECT_FOLDER = ${JSON.stringify(PROJECT_FOLDER)};`,
    }));
  },
};

async function bundled() {
  const { build, stop } = await import('esbuild').catch((cause) => {
    throw new Error('the packages of cuepoint are not there, or are those of another system; run npm install', {
      cause,
    });
  });
  const { outputFiles } = await build({
    entryPoints: [join(PROJECT_FOLDER, 'bin', 'cuepoint.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    plugins: [projectFolder],
    write: false,
    logLevel: 'warning',
  });
  // Its process would live as long as a host does.
  await stop();
  return Buffer.from(outputFiles[0].contents);
}

/** Whole or not at all: several may start at one time. */
async function stored(contents) {
  const file = join(CACHE_FOLDER, 'cuepoint.mjs');
  const before = await readFile(file).catch(() => undefined);
  if (before?.equals(contents)) return file;
  const fresh = join(CACHE_FOLDER, `${randomUUID()}.mjs`);
  try {
    await mkdir(CACHE_FOLDER, { recursive: true });
    await writeFile(fresh, contents);
    await rename(fresh, file);
  } catch (cause) {
    await rm(fresh, { force: true }).catch(() => undefined);
    throw new Error(`${CACHE_FOLDER} cannot be written; make it writable, or run cuepoint once as its owner`, {
      cause,
    });
  }
  return file;
}

const { main } = await import(pathToFileURL(await stored(await bundled())).href);
process.exitCode = await main(process.argv.slice(2));
