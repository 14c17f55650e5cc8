/**
 * Puts an object of which the second half never comes, says so on standard output, and waits to be killed.
 * Arguments: root, key.
 */
import { FileObjectStore } from '../../../lambdas/adapters/embedded/file-object-store.ts';

const [root = '', key = ''] = process.argv.slice(2);

async function* half() {
  yield new Uint8Array(100_000);
  console.log('halfway');
  await new Promise(() => process.stdin.resume());
}

await new FileObjectStore({ root }).put(
  key,
  { byteLength: 200_000, parts: half() },
  { contentType: 'audio/wav', metadata: { half: 'yes' } },
);
