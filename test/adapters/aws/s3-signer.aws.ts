import { S3Signer } from '../../../lambdas/adapters/aws/s3-signer.ts';
import { SystemClock } from '../../../lambdas/adapters/embedded/system-clock.ts';
import { bodyOf, numberedBytes, OCTETS } from '../../contract/object-fixtures.ts';
import { signerContract } from '../../contract/signer.contract.ts';
import { attempt } from '../../support/programs.ts';
import { engineS3Client, makeBucket, type TestBucket } from './engine-clients.ts';

/** The engine's clock is the machine's: the tests really wait. */
const LIFE_SECONDS = 6;
const FLOOR_SECONDS = 2;

const client = engineS3Client();
let bucket: TestBucket;
beforeAll(async () => {
  bucket = await makeBucket(client);
});
afterAll(async () => {
  await bucket.remove();
  client.destroy();
});

const times = { lifeSeconds: LIFE_SECONDS, floorSeconds: FLOOR_SECONDS };

signerContract('S3Signer', async () => ({
  signer: new S3Signer({ client, bucket: bucket.bucket, clock: new SystemClock(), ...times }),
  store: bucket.store,
  fetch,
  clock: new SystemClock(),
  lifeMs: LIFE_SECONDS * 1000,
  floorMs: FLOOR_SECONDS * 1000,
  advance: (ms) => new Promise((waited) => setTimeout(waited, ms)),
  close: () => bucket.empty(),
}));

describe('S3Signer', () => {
  const KEY = 'd/track/r1/0001.flac';
  const bytes = numberedBytes(3_000);
  const signer = () => new S3Signer({ client, bucket: bucket.bucket, clock: new SystemClock() });
  beforeEach(async () => {
    await bucket.store.put(KEY, bodyOf(bytes), OCTETS);
  });

  it('carries no checksum, and signs nothing but the host and the range', async () => {
    const plain = new URL((await signer().sign({ key: KEY })).url);
    const bound = new URL((await signer().sign({ key: KEY, range: { startByte: 0, endByte: 9 } })).url);
    expect([...plain.searchParams.keys()].filter((name) => /checksum|crc|md5/i.test(name))).toEqual([]);
    expect(plain.searchParams.get('X-Amz-SignedHeaders')).toBe('host');
    expect(bound.searchParams.get('X-Amz-SignedHeaders')).toBe('host;range');
  });

  it('is good for curl, with the headers it names, until it is tampered with', async () => {
    const signed = await signer().sign({ key: KEY, range: { startByte: 10, endByte: 20 } });
    const headers = Object.entries(signed.headers ?? {}).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
    const curl = (url: string) =>
      attempt('curl', '-s', '-o', '/dev/null', '-w', '%{http_code} %{size_download}', ...headers, url);
    expect(await curl(signed.url)).toMatchObject({ text: '206 10' });
    expect((await curl(`${signed.url.slice(0, -1)}${signed.url.endsWith('0') ? '1' : '0'}`)).text).toMatch(/^403 /);
  });

  it('is of one method: a HEAD is refused', async () => {
    const { url } = await signer().sign({ key: KEY });
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(403);
  });
});
