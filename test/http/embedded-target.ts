import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { startHost } from '../../server/host.ts';
import type { Settings } from '../../server/settings.ts';
import { temporaryFolders } from '../support/embedded-fixture.ts';
import { silentLog } from '../support/silent-log.ts';
import type { HttpTarget } from './target.ts';

/** The embedded host on folders of its own. */
export async function embeddedTarget(location: Settings['location']): Promise<HttpTarget> {
  const folders = await temporaryFolders();
  const host = await startHost({ ...folders, port: 0, host: '127.0.0.1', log: silentLog, settings: { location } });
  await host.ready;
  return {
    origin: host.url,
    isDirect: true,
    isFromBucket: () => false,
    linksToBucket: false,
    putSource: (key, bytes) => folders.writeSource(key, bytes),
    removeSource: (key) => unlink(join(folders.sourceFolder, key)),
    async close() {
      await host.close();
      await folders.remove();
    },
  };
}
