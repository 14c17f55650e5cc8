import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const PROJECT_FOLDER = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Where the local cloud keeps what it made: logs, temporary files, the functions' Node.js. Ignored by git. */
export const CLOUD_FOLDER = join(PROJECT_FOLDER, '.cloud');

/** Of each run, by its suffix: what its functions printed. */
export const LOG_FOLDER = join(CLOUD_FOLDER, 'logs');

/** What `npm run synth` writes. */
export const ASSEMBLY_FOLDER = join(PROJECT_FOLDER, 'cdk.out');
