/** Ingests one file of a source folder in a process of its own; prints milliseconds and the most memory it had. */

import { ingestSource } from '../lambdas/ingest/ingest-source.ts';
import { openEmbeddedStores } from '../server/embedded-stores.ts';
import { silentLog } from '../test/support/silent-log.ts';

const [sourceFolder = '', dataFolder = '', key = ''] = process.argv.slice(2);
const stores = await openEmbeddedStores({ sourceFolder, dataFolder }, silentLog);
const start = performance.now();
const result = await ingestSource(stores, { key, sequencer: '1' });
const milliseconds = performance.now() - start;
await stores.close();
console.log(JSON.stringify({ ...result, milliseconds, peakBytes: process.resourceUsage().maxRSS * 1024 }));
