import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const run = promisify(execFile);

export type Measured = { readonly outcome: string; readonly milliseconds: number; readonly peakBytes: number };

/** A fresh ingest of one file, in a fresh process. */
export async function ingestInProcess(sourceFolder: string, dataFolder: string, key: string): Promise<Measured> {
  await rm(dataFolder, { recursive: true, force: true });
  const child = fileURLToPath(new URL('./ingest-child.ts', import.meta.url));
  const { stdout } = await run(process.execPath, ['--import', 'tsx', child, sourceFolder, dataFolder, key]);
  const measured: Measured = JSON.parse(stdout);
  if (measured.outcome !== 'published') throw new Error(`${key} was not ingested: ${stdout}`);
  return measured;
}
