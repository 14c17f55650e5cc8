import { truncate, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { startHost } from '../../server/host.ts';
import { temporaryFolders } from '../support/embedded-fixture.ts';
import { silentLog } from '../support/silent-log.ts';
import { endToEnd, type Target } from './end-to-end.ts';

async function embeddedHost(location: Target['location']): Promise<Target> {
  const folders = await temporaryFolders();
  const host = await startHost({ ...folders, port: 0, host: '127.0.0.1', log: silentLog, settings: { location } });
  await host.ready;
  return {
    url: host.url,
    location,
    putSource: (key, bytes) => folders.writeSource(key, bytes),
    removeSource: (key) => unlink(join(folders.sourceFolder, key)),
    async damage(key, byteLength) {
      const file = join(folders.dataFolder, 'media', key);
      await (byteLength === undefined ? unlink(file) : truncate(file, byteLength));
    },
    async close() {
      await host.close();
      await folders.remove();
    },
  };
}

describe.each(['objects', 'windows'] as const)('chunks as %s', (location) => {
  endToEnd('the embedded host', () => embeddedHost(location));
});
