/**
 * Analyses one published track on embedded stores and kills its own process, as `kill -9` does, before or after the n-th write.
 *
 *     node --import tsx test/support/child/analysis-crash.ts SOURCE DATA KEY N before|after
 *
 * With N = 0 it lives, and prints how many writes there were.
 */
import { analyseTrack } from '../../../lambdas/analyse/analyse-track.ts';
import { trackIdOf } from '../../../lambdas/core/track/identity.ts';
import { ingestSource } from '../../../lambdas/ingest/ingest-source.ts';
import { openEmbeddedStores } from '../../../server/embedded-stores.ts';
import { overridden } from '../overridden.ts';
import { silentLog } from '../silent-log.ts';

const [sourceFolder = '', dataFolder = '', key = '', crashAt = '0', moment = 'before'] = process.argv.slice(2);
let writes = 0;

function die(): never {
  process.kill(process.pid, 'SIGKILL');
  for (;;);
}

async function counted<Result>(write: () => Promise<Result>): Promise<Result> {
  const isFatal = ++writes === Number(crashAt);
  if (isFatal && moment === 'before') die();
  const result = await write();
  if (isFatal && moment === 'after') die();
  return result;
}

const opened = await openEmbeddedStores({ sourceFolder, dataFolder }, silentLog);
const stores = {
  ...opened,
  media: overridden(opened.media, {
    put: (name, body, attributes) => counted(() => opened.media.put(name, body, attributes)),
    delete: (name) => counted(() => opened.media.delete(name)),
  }),
  index: overridden(opened.index, {
    put: (record) => counted(() => opened.index.put(record)),
    putPage: (trackId, revision, page, bytes) => counted(() => opened.index.putPage(trackId, revision, page, bytes)),
  }),
};
const trackId = await trackIdOf(stores.config.bucket, key);
const revision = (await opened.index.get(trackId))?.published?.revision ?? '';
await analyseTrack(
  {
    ...stores,
    // Saved at every chunk: there are most places to die at.
    analyse: { maxAnalysisMs: 3_600_000, saveIntervalMs: 0 },
    rechunk: async (event) => void (await ingestSource(stores, event)),
  },
  { trackId, revision },
);
await opened.close();
console.log(`writes ${writes}`);
