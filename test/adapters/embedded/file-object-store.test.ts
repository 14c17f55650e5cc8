import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileObjectStore } from '../../../lambdas/adapters/embedded/file-object-store.ts';
import { objectStoreContract } from '../../contract/object-store.contract.ts';

objectStoreContract('FileObjectStore', async () => {
  const root = await mkdtemp(join(tmpdir(), 'cuepoint-store-'));
  return { store: new FileObjectStore({ root }), close: () => rm(root, { recursive: true, force: true }) };
});
