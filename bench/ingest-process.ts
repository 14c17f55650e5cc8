import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';

export const run = promisify(execFile);

export type Measured = { readonly outcome: string; readonly milliseconds: number; readonly peakBytes: number };

let bundled: Promise<string> | undefined;

/**
 * The program as one file of JavaScript, as a Lambda has it: what turns TypeScript into JavaScript on the fly (45 MB) is no
 * part of an ingest.
 */
function ingestProgram(): Promise<string> {
  bundled ??= bundle();
  return bundled;
}

async function bundle(): Promise<string> {
  // Below node_modules, so that packages that stay outside of the bundle are found.
  const outfile = fileURLToPath(new URL('../node_modules/.cache/cuepoint-bench/ingest-child.mjs', import.meta.url));
  await build({
    entryPoints: [fileURLToPath(new URL('./ingest-child.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    // Native modules; all else is inside, as it is there.
    external: ['lmdb', 'node-av'],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  return outfile;
}

/** An ingest of one file into its data folder, in a fresh process. */
export async function ingestInProcess(sourceFolder: string, dataFolder: string, key: string): Promise<Measured> {
  const { stdout } = await run(process.execPath, [await ingestProgram(), sourceFolder, dataFolder, key]);
  const measured: Measured = JSON.parse(stdout);
  if (measured.outcome !== 'published') throw new Error(`${key} was not ingested: ${stdout}`);
  return measured;
}
