/**
 * Ingests one file on embedded stores, then analyses it; prints milliseconds of the analysis and the most memory the process
 * had.
 *
 *     node --import tsx bench/analyse-track-child.ts SOURCE DATA KEY
 */
import { analyseTrack } from '../lambdas/analyse/analyse-track.ts';
import { ingestSource } from '../lambdas/ingest/ingest-source.ts';
import { eventFor } from '../lambdas/ingest/reconcile.ts';
import { EMBEDDED_ANALYSES, openEmbeddedStores } from '../server/embedded-stores.ts';

const [sourceFolder = '', dataFolder = '', key = ''] = process.argv.slice(2);
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const stores = await openEmbeddedStores({ sourceFolder, dataFolder }, log);
const ingested = await ingestSource(stores, await eventFor(stores, key));
if (ingested.outcome !== 'published') throw new Error(`the file was ${ingested.outcome}`);
const start = performance.now();
const { outcome } = await analyseTrack({ ...stores, analyse: EMBEDDED_ANALYSES }, ingested);
const milliseconds = performance.now() - start;
if (outcome !== 'analysed') throw new Error(`the track is ${outcome}`);
await stores.close();
console.log(JSON.stringify({ milliseconds, peakBytes: process.resourceUsage().maxRSS * 1024 }));
