/**
 * Ingests one file on embedded stores and kills its own process, as `kill -9` does, at the n-th write.
 *
 *     node --import tsx test/support/crash-child.ts SOURCE DATA KEY N before|during|after
 *
 * With N = 0 it lives, and prints how many writes there were.
 */
import type { ObjectStore, TrackIndex } from '../../lambdas/core/ports.ts';
import { ingestSource } from '../../lambdas/ingest/ingest-source.ts';
import { eventFor } from '../../lambdas/ingest/reconcile.ts';
import { openEmbeddedStores } from '../../server/embedded-stores.ts';
import { silentLog } from './silent-log.ts';

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

function crashingStore(store: ObjectStore): ObjectStore {
  return {
    head: (objectKey) => store.head(objectKey),
    get: (objectKey, options) => store.get(objectKey, options),
    read: (objectKey, startByte, target, options) => store.read(objectKey, startByte, target, options),
    list: (options) => store.list(options),
    delete: (objectKey) => counted(() => store.delete(objectKey)),
    put: (objectKey, body, attributes) =>
      counted(() => {
        const dies = writes === Number(crashAt) && moment === 'during';
        async function* parts(): AsyncGenerator<Uint8Array, void, undefined> {
          for await (const part of body.parts) {
            if (dies) {
              yield part.subarray(0, part.length >> 1);
              die();
            }
            yield part;
          }
        }
        return store.put(objectKey, { byteLength: body.byteLength, parts: parts() }, attributes);
      }),
  };
}

function crashingIndex(index: TrackIndex): TrackIndex {
  return {
    get: (trackId) => index.get(trackId),
    list: (options) => index.list(options),
    getPage: (trackId, revision, pageNumber) => index.getPage(trackId, revision, pageNumber),
    listPagedRevisions: (options) => index.listPagedRevisions(options),
    put: (record) => counted(() => index.put(record)),
    remove: (trackId, version) => counted(() => index.remove(trackId, version)),
    putPage: (trackId, revision, pageNumber, page) => counted(() => index.putPage(trackId, revision, pageNumber, page)),
    deletePages: (trackId, revision) => counted(() => index.deletePages(trackId, revision)),
  };
}

const stores = await openEmbeddedStores({ sourceFolder, dataFolder }, silentLog);
const context = { ...stores, media: crashingStore(stores.media), index: crashingIndex(stores.index) };
await ingestSource(context, await eventFor(stores, key));
await stores.close();
console.log(writes);
