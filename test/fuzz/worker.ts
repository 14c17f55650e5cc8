/** A process of a pool: see test/support/fuzz-pool.ts. */
import { parseArgs } from 'node:util';
import type { Share } from '../support/fuzz-pool.ts';
import { serveCases } from '../support/fuzz-worker.ts';

const { values: options } = parseArgs({ options: { share: { type: 'string', default: '{}' } } });
await serveCases(JSON.parse(options.share) as Share);
