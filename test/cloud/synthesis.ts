/** What `npm run synth` makes of the app in this project. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ASSEMBLY_FOLDER, PROJECT_FOLDER } from './cloud-folder.ts';

/** esbuild takes a second, cdk some ten; a machine that is busy takes longer. */
const TIMEOUT_MS = 300_000;

export type SynthesisOptions = {
  /** @default - `cdk.out` */
  readonly folder?: string;
  /** Of lib/config.ts, without their prefix. @default - those of cdk.json */
  readonly settings?: Readonly<Record<string, string>>;
};

/** Throws when it fails; what it printed is in the message. */
export function synthesize({ folder = ASSEMBLY_FOLDER, settings = {} }: SynthesisOptions = {}): void {
  const context = Object.entries(settings).flatMap(([name, value]) => ['-c', `cuepoint:${name}=${value}`]);
  const { status, stdout, stderr } = spawnSync(
    join(PROJECT_FOLDER, 'node_modules', '.bin', 'cdk'),
    ['synth', '--quiet', '--no-notices', '-o', folder, ...context],
    { cwd: PROJECT_FOLDER, encoding: 'utf8', timeout: TIMEOUT_MS },
  );
  if (status !== 0) throw new Error(`cdk synth ended with status ${status}: ${stdout}${stderr}`);
}

/** `cdk.out`, synthesized if it is not there. */
export function assemblyFolder(): string {
  if (!existsSync(join(ASSEMBLY_FOLDER, 'manifest.json'))) synthesize();
  return ASSEMBLY_FOLDER;
}
