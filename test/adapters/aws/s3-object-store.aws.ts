import { GetObjectTaggingCommand, ListMultipartUploadsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { S3ObjectStore } from '../../../lambdas/adapters/aws/s3-object-store.ts';
import {
  drain,
  listAll,
  numberedBytes,
  OCTETS,
  presentInfo,
  putBytes,
  sameBytes,
} from '../../contract/object-fixtures.ts';
import { objectStoreContract } from '../../contract/object-store.contract.ts';
import { engineS3Client, makeBucket, type TestBucket } from './engine-clients.ts';
import { answering, type Fault, type ProxiedRequest } from './engine-proxy.ts';
import { watchedStore } from './watched-store.ts';

const MIB = 1024 * 1024;

/**
 * A multipart upload as Amazon S3 answers it, which tells the entity tag of the whole.
 * Source: Amazon S3 API Reference, CompleteMultipartUpload.
 */
function inPlaceOfAmazon({ method, url }: ProxiedRequest): Fault {
  if (method === 'PUT') return answering({ status: 200, headers: { ETag: '"fedcba9876543210fedcba9876543210"' } });
  const body = url.includes('uploadId=')
    ? '<CompleteMultipartUploadResult><ETag>"0123456789abcdef0123456789abcdef-2"</ETag></CompleteMultipartUploadResult>'
    : '<InitiateMultipartUploadResult><UploadId>upload-1</UploadId></InitiateMultipartUploadResult>';
  return answering({ status: 200, headers: { 'Content-Type': 'application/xml' }, body });
}

const client = engineS3Client();
let bucket: TestBucket;
beforeAll(async () => {
  bucket = await makeBucket(client);
});
afterAll(async () => {
  await bucket.remove();
  client.destroy();
});

objectStoreContract('S3ObjectStore', async () => ({ store: bucket.store, close: () => bucket.empty() }));

describe('S3ObjectStore', () => {
  const closers: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
    await bucket.empty();
  });

  const through = async (
    faultOf: (request: ProxiedRequest) => Fault | undefined = () => undefined,
    isTransient?: (key: string) => boolean,
  ) => {
    const watched = await watchedStore(bucket.bucket, faultOf, isTransient);
    closers.push(watched.close);
    return watched;
  };
  const methods = (requests: readonly ProxiedRequest[]) => requests.map(({ method }) => method);
  const uploads = async () => {
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket.bucket }));
    return Uploads;
  };

  describe('asks for', () => {
    it('head, get and read once each', async () => {
      const { version } = await putBytes(bucket.store, 'k.bin', numberedBytes(3 * MIB));
      const { store, requests } = await through();
      await store.head('k.bin');
      await store.read('k.bin', 10, new Uint8Array(100), { version });
      for (const range of [
        { startByte: 5, endByte: 70_000 },
        { startByte: 0, endByte: 3 * MIB },
      ]) {
        const read = await store.get('k.bin', { range, version });
        expect(read && (await drain(read)).length).toBe(range.endByte - range.startByte);
      }
      const whole = await store.get('k.bin');
      expect(whole && (await drain(whole)).length).toBe(3 * MIB);
      await store.head('absent.bin');
      await store.get('absent.bin');
      expect(methods(requests)).toEqual(['HEAD', 'GET', 'GET', 'GET', 'GET', 'HEAD', 'GET']);
    });

    it('short objects in one piece, long ones in parts of 8 MiB', async () => {
      const { store, requests } = await through();
      await putBytes(store, 'short.bin', numberedBytes(8 * MIB));
      expect(methods(requests)).toEqual(['PUT']);
      requests.length = 0;
      await putBytes(store, 'long.bin', numberedBytes(16 * MIB + 1));
      // The engine tells no entity tag of an upload that it has completed.
      expect(methods(requests)).toEqual(['POST', 'PUT', 'PUT', 'PUT', 'POST', 'HEAD']);
      expect(requests.slice(1, 4).map(({ body }) => body.length)).toEqual([8 * MIB, 8 * MIB, 1]);
    });

    it('a long object by the version that it was stored with', async () => {
      const { version } = await putBytes(bucket.store, 'long.bin', numberedBytes(9 * MIB));
      expect(version).toMatch(/^[0-9a-f]{32}-2$/);
      expect(await bucket.store.head('long.bin')).toMatchObject({ byteLength: 9 * MIB, version });
      await bucket.store.read('long.bin', 0, new Uint8Array(9), { version });
    });

    it('nothing of a long object once it is stored, where the version is told', async () => {
      const { store, requests } = await through(inPlaceOfAmazon);
      const { version } = await putBytes(store, 'long.bin', numberedBytes(9 * MIB));
      expect(version).toBe('0123456789abcdef0123456789abcdef-2');
      expect(methods(requests)).toEqual(['POST', 'PUT', 'PUT', 'POST']);
    });

    it('nothing at all of keys that no object has', async () => {
      const { store, requests } = await through();
      for (const key of ['', 'x'.repeat(1025), 'a\ud800']) {
        await expect(store.head(key)).resolves.toBeUndefined();
        await expect(store.get(key)).resolves.toBeUndefined();
        await expect(store.delete(key)).resolves.toBeUndefined();
        await expect(putBytes(store, key, numberedBytes(1))).rejects.toMatchObject({ code: 'invalid_key' });
      }
      expect(requests).toEqual([]);
    });

    it('no checksum that S3 does not demand', async () => {
      const { store, requests } = await through();
      await putBytes(store, 'k.bin', numberedBytes(10));
      await store.get('k.bin');
      const names = requests.flatMap(({ headers }) => Object.keys(headers));
      expect(names.filter((name) => /checksum|crc|trailer/i.test(name))).toEqual([]);
    });
  });

  it('lists beyond the thousand of one answer, and says that there is more only when there is', async () => {
    const keys = Array.from({ length: 1_050 }, (_, number) => `many/${String(number).padStart(5, '0')}`);
    for (let from = 0; from < keys.length; from += 50) {
      await Promise.all(keys.slice(from, from + 50).map((key) => putBytes(bucket.store, key, numberedBytes(1))));
    }
    expect((await bucket.store.list({ prefix: 'many/', limit: 1_050 })).objects.map(({ key }) => key)).toEqual(keys);
    expect(await bucket.store.list({ prefix: 'many/', limit: 1_050 })).not.toHaveProperty('next');
    expect((await bucket.store.list({ prefix: 'many/', limit: 1_049 })).next).toBe(keys[1_048]);
    expect((await listAll(bucket.store, { prefix: 'many/', limit: 1_000 })).pageLengths).toEqual([1_000, 50]);
  });

  it('holds and lists keys that only S3 can hold', async () => {
    const keys = ['a', 'a/', 'a/b', 'a//b', '/a', '.hidden/x', 'back\\slash', 'line\nbreak', 'tab\t', '\u0001'];
    for (const key of keys) await putBytes(bucket.store, key, numberedBytes(key.length));
    const listed = await bucket.store.list({ prefix: '', limit: 100 });
    expect(listed.objects.map(({ key }) => key)).toEqual([...keys].sort());
    for (const key of keys) expect(await bucket.store.head(key)).toMatchObject({ byteLength: key.length });
  });

  it('reads what others have put, with attributes of theirs or none', async () => {
    await client.send(new PutObjectCommand({ Bucket: bucket.bucket, Key: 'plain.mp3', Body: 'abc' }));
    const info = await bucket.store.head('plain.mp3');
    expect(info).toMatchObject({ byteLength: 3, contentType: expect.stringMatching(/octet-stream/), metadata: {} });
    expect(info?.version).toBe('900150983cd24fb0d6963f7d28e17f72');
  });

  it('answers an empty window inside of an object, and none outside', async () => {
    await putBytes(bucket.store, 'k.bin', numberedBytes(10));
    for (const startByte of [0, 10]) {
      const read = await bucket.store.get('k.bin', { range: { startByte, endByte: startByte } });
      expect(read?.info.byteLength).toBe(10);
      expect(read && (await drain(read))).toEqual(new Uint8Array(0));
      await expect(bucket.store.read('k.bin', startByte, new Uint8Array(0))).resolves.toBeUndefined();
    }
    const refused = { code: 'range_not_satisfiable' };
    await expect(bucket.store.read('k.bin', 11, new Uint8Array(0))).rejects.toMatchObject(refused);
    await expect(bucket.store.read('k.bin', 0.5, new Uint8Array(1))).rejects.toMatchObject(refused);
    await expect(bucket.store.read('absent', 0, new Uint8Array(0))).rejects.toMatchObject({ code: 'source_missing' });
  });

  it('tags what may be forgotten, in one piece and in parts, and nothing else', async () => {
    const isTransient = (key: string) => key.startsWith('parts/');
    const { store, requests } = await through(() => undefined, isTransient);
    await putBytes(store, 'parts/1', numberedBytes(5));
    await putBytes(store, 'kept', numberedBytes(5));
    const tagsOf = async (Key: string) =>
      (await client.send(new GetObjectTaggingCommand({ Bucket: bucket.bucket, Key }))).TagSet;
    expect(await tagsOf('parts/1')).toEqual([{ Key: 'cuepoint', Value: 'transient' }]);
    expect(await tagsOf('kept')).toEqual([]);
    // The engine forgets the tags of multipart uploads: what can be told is that S3 is asked to set them.
    requests.length = 0;
    await putBytes(store, 'parts/2', numberedBytes(9 * MIB));
    expect(requests.map(({ headers }) => headers['x-amz-tagging'])).toEqual([
      'cuepoint=transient',
      ...new Array(4).fill(undefined),
    ]);
  });

  describe('multipart uploads', () => {
    const LONG = 20 * MIB;
    const parts = (byteLength: number) => Array.from({ length: byteLength / MIB }, (_, n) => numberedBytes(MIB, n));

    it.each([
      ['too short', LONG - MIB],
      ['too long', LONG + MIB],
    ])('store nothing, and leave nothing behind, of a body that is %s', async (_name, byteLength) => {
      await putBytes(bucket.store, 'k.bin', numberedBytes(6));
      const before = await presentInfo(bucket.store, 'k.bin');
      const body = { byteLength: LONG, parts: parts(byteLength) };
      await expect(bucket.store.put('k.bin', body, OCTETS)).rejects.toMatchObject({ code: 'length_mismatch' });
      expect(await bucket.store.head('k.bin')).toEqual(before);
      expect(await uploads()).toEqual([]);
    });

    it('are aborted when the producer breaks, whose error is passed on', async () => {
      async function* fail() {
        yield* parts(10 * MIB);
        throw new Error('the producer broke');
      }
      await expect(bucket.store.put('k.bin', { byteLength: LONG, parts: fail() }, OCTETS)).rejects.toThrow(
        'the producer broke',
      );
      expect(await bucket.store.head('k.bin')).toBeUndefined();
      expect(await uploads()).toEqual([]);
    });

    it('are aborted when a part is refused for good', async () => {
      const { store } = await through(({ url }) =>
        url.includes('partNumber=2')
          ? answering({ status: 403, body: '<Error><Code>AccessDenied</Code></Error>' })
          : undefined,
      );
      const body = { byteLength: LONG, parts: parts(LONG) };
      await expect(store.put('k.bin', body, OCTETS)).rejects.toMatchObject({ code: 'internal' });
      expect(await uploads()).toEqual([]);
    });

    it('fail as unavailable when the object is gone before its version is told', async () => {
      const { store } = await through(({ method }) => (method === 'HEAD' ? answering({ status: 404 }) : undefined));
      const unavailable = { code: 'unavailable', message: expect.stringMatching(/"k.bin" was deleted .* try again/) };
      await expect(putBytes(store, 'k.bin', numberedBytes(9 * MIB))).rejects.toMatchObject(unavailable);
    });

    it('get over a part that is told to slow down', async () => {
      let left = 2;
      const slowDown = answering({ status: 503, body: '<Error><Code>SlowDown</Code></Error>' });
      const { store } = await through(({ url }) => (url.includes('partNumber=2') && left-- > 0 ? slowDown : undefined));
      await store.put('k.bin', { byteLength: LONG, parts: parts(LONG) }, OCTETS);
      const read = await bucket.store.get('k.bin');
      expect(sameBytes(read && (await drain(read)), Buffer.concat(parts(LONG)))).toBe(true);
    });
  });

  describe('failures', () => {
    const passing: [name: string, fault: Fault][] = [
      ['503 SlowDown', answering({ status: 503, body: '<Error><Code>SlowDown</Code></Error>' })],
      ['500', answering({ status: 500, body: '<Error><Code>InternalError</Code></Error>' })],
      ['a broken connection', { kind: 'refuse' }],
    ];
    const calls: [name: string, call: (store: S3ObjectStore) => Promise<unknown>][] = [
      ['head', (store) => store.head('k.bin')],
      ['get', (store) => store.get('k.bin')],
      ['read', (store) => store.read('k.bin', 0, new Uint8Array(3))],
      ['put', (store) => putBytes(store, 'k.bin', numberedBytes(10))],
      ['delete', (store) => store.delete('other.bin')],
      ['list', (store) => store.list({ prefix: '', limit: 10 })],
    ];
    for (const [fault, injected] of passing) {
      it.each(calls)(`%s gets over ${fault}`, async (_name, call) => {
        await putBytes(bucket.store, 'k.bin', numberedBytes(10));
        let left = 1;
        const { store } = await through(() => (left-- > 0 ? injected : undefined));
        await call(store);
        expect(left).toBeLessThan(0);
      });
    }

    it.each(calls)('%s fails as unavailable while the connection breaks', async (_name, call) => {
      const { store } = await through(() => ({ kind: 'refuse' }));
      await expect(call(store)).rejects.toMatchObject({ code: 'unavailable' });
    });

    it.each(calls)('%s fails for good when it is refused', async (_name, call) => {
      const { store } = await through(() =>
        answering({ status: 403, body: '<Error><Code>AccessDenied</Code></Error>' }),
      );
      await expect(call(store)).rejects.toMatchObject({ code: 'internal', message: expect.stringMatching(/grant/) });
    });

    it('takes a bucket that is gone for unavailable, and not for an empty one', async () => {
      const store = new S3ObjectStore({ client, bucket: 'no-such-bucket-here' });
      const unavailable = { code: 'unavailable' };
      await expect(store.list({ prefix: '', limit: 1 })).rejects.toMatchObject(unavailable);
      await expect(store.get('k')).rejects.toMatchObject(unavailable);
      await expect(putBytes(store, 'k', numberedBytes(1))).rejects.toMatchObject(unavailable);
    });
  });
});
