import { drain, numberedBytes, putBytes, sameBytes } from '../../contract/object-fixtures.ts';
import { engineS3Client, makeBucket, type TestBucket } from './engine-clients.ts';
import type { Fault, ProxiedRequest } from './engine-proxy.ts';
import { watchedStore } from './watched-store.ts';

const MIB = 1024 * 1024;

const client = engineS3Client();
let bucket: TestBucket;
beforeAll(async () => {
  bucket = await makeBucket(client);
});
afterAll(async () => {
  await bucket.remove();
  client.destroy();
});

describe('bodies of S3ObjectStore', () => {
  const closers: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
    await bucket.empty();
  });
  const through = async (faultOf: (request: ProxiedRequest) => Fault | undefined = () => undefined) => {
    const watched = await watchedStore(bucket.bucket, faultOf);
    closers.push(watched.close);
    return watched;
  };

  const bytes = numberedBytes(6 * MIB);

  it.each([0, 1, 65_536, 5 * MIB])('go on where the connection broke, after %i bytes', async (afterBytes) => {
    await putBytes(bucket.store, 'long.bin', bytes);
    let left = 2;
    const { store, requests } = await through(({ method }) =>
      method === 'GET' && left-- > 0 ? { kind: 'cut_body', afterBytes } : undefined,
    );
    const read = await store.get('long.bin', { range: { startByte: 3, endByte: 6 * MIB - 3 } });
    expect(sameBytes(read && (await drain(read)), bytes.subarray(3, 6 * MIB - 3))).toBe(true);
    // What is left after 5 MiB comes whole.
    expect(requests).toHaveLength(afterBytes === 5 * MIB ? 2 : 3);
    // Of the version it began with, and from where it broke.
    expect(requests[1]?.headers['if-match']).toBe(`"${read?.info.version}"`);
  });

  it('are filled into a target in the same way', async () => {
    await putBytes(bucket.store, 'long.bin', bytes);
    let left = 3;
    const { store } = await through(() => (left-- > 0 ? { kind: 'cut_body', afterBytes: 100_000 } : undefined));
    const target = new Uint8Array(2 * MIB);
    await store.read('long.bin', MIB, target);
    expect(sameBytes(target, bytes.subarray(MIB, 3 * MIB))).toBe(true);
  });

  it('are given up when the connection goes on breaking', async () => {
    await putBytes(bucket.store, 'long.bin', bytes);
    const { store } = await through(() => ({ kind: 'cut_body', afterBytes: 100_000 }));
    await expect(store.read('long.bin', 0, new Uint8Array(2 * MIB))).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('are not mixed of two versions', async () => {
    await putBytes(bucket.store, 'long.bin', bytes);
    let cut = false;
    const { store } = await through(() => {
      if (cut) return undefined;
      cut = true;
      return { kind: 'cut_body', afterBytes: MIB };
    });
    const read = await store.get('long.bin');
    await putBytes(bucket.store, 'long.bin', numberedBytes(6 * MIB, 1));
    await expect(read && drain(read)).rejects.toMatchObject({ code: 'source_changed' });
  });

  it('give their connection back when they are left, begun or not', async () => {
    await putBytes(bucket.store, 'long.bin', bytes);
    const { store } = await through();
    // Many more than there are connections.
    for (let round = 0; round < 250; round++) {
      const read = await store.get('long.bin');
      const iterator = read?.body[Symbol.asyncIterator]();
      if (round % 2 === 0) await iterator?.next();
      await iterator?.return?.();
      expect(await iterator?.next()).toEqual({ done: true, value: undefined });
    }
    expect(await store.head('long.bin')).toMatchObject({ byteLength: bytes.length });
  });
});
