import { truncate, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { startHost } from '../../server/host.ts';
import { temporaryFolders } from '../support/embedded-fixture.ts';
import { silentLog } from '../support/silent-log.ts';
import { corpusSuite } from './corpus-suite.ts';
import { endToEnd } from './end-to-end.ts';
import type { Target } from './target.ts';

async function embeddedHost(location: Target['location']): Promise<Target> {
  const folders = await temporaryFolders();
  const host = await startHost({ ...folders, port: 0, host: '127.0.0.1', log: silentLog, settings: { location } });
  await host.ready;
  return {
    url: host.url,
    location,
    hasCdn: false,
    links: 'service',
    staleMs: 0,
    putSource: (key, bytes) => folders.writeSource(key, bytes),
    removeSource: (key) => unlink(join(folders.sourceFolder, key)),
    async damage(key, byteLength) {
      const file = join(folders.dataFolder, 'media', key);
      await (byteLength === undefined ? unlink(file) : truncate(file, byteLength));
    },
    originFaults: () => [],
    async close() {
      await host.close();
      await folders.remove();
    },
  };
}

describe.each(['objects', 'windows'] as const)('chunks as %s', (location) => {
  endToEnd('the embedded host', () => embeddedHost(location));
  corpusSuite('the embedded host', () => embeddedHost(location));
});
