import { GetObjectTaggingCommand, ListMultipartUploadsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { S3ObjectCopier } from '../../../lambdas/adapters/aws/s3-object-copier.ts';
import { S3ObjectStore } from '../../../lambdas/adapters/aws/s3-object-store.ts';
import { objectCopierContract } from '../../contract/object-copier.contract.ts';
import { numberedBytes, putBytes } from '../../contract/object-fixtures.ts';
import { engineS3Client, makeBucket, s3Endpoint, type TestBucket } from './engine-clients.ts';
import { type ProxiedRequest, startProxy } from './engine-proxy.ts';

/** Two parts of 64 MiB and one byte. */
const LONG_BYTES = 2 * 64 * 1024 * 1024 + 1;

const client = engineS3Client();
let sources: TestBucket;
let media: TestBucket;
beforeAll(async () => {
  sources = await makeBucket(client);
  media = await makeBucket(client);
});
afterAll(async () => {
  await sources.remove();
  await media.remove();
  client.destroy();
});

const empty = async () => {
  await sources.empty();
  await media.empty();
};

objectCopierContract('S3ObjectCopier', async () => ({
  sources: sources.store,
  media: media.store,
  copier: new S3ObjectCopier({ client, sourceBucket: sources.bucket, mediaBucket: media.bucket }),
  longBytes: LONG_BYTES,
  close: empty,
}));

describe('S3ObjectCopier', () => {
  afterEach(empty);

  it('copies no tags, for which it would need further permissions', async () => {
    const Bucket = sources.bucket;
    await client.send(new PutObjectCommand({ Bucket, Key: 'tagged.bin', Body: 'abc', Tagging: 'private=yes' }));
    const from = await sources.store.head('tagged.bin');
    const copier = new S3ObjectCopier({ client, sourceBucket: sources.bucket, mediaBucket: media.bucket });
    const to = { key: 'copy.bin', attributes: { contentType: 'audio/wav' } };
    await copier.copy({ from: { key: 'tagged.bin', version: from?.version ?? '' }, to });
    const tagging = await client.send(new GetObjectTaggingCommand({ Bucket: media.bucket, Key: 'copy.bin' }));
    expect(tagging.TagSet ?? []).toEqual([]);
  });

  it.each([
    ['another of its length', LONG_BYTES],
    ['a shorter one', 9],
  ])('stores nothing, and leaves no upload behind, when the source becomes %s meanwhile', async (_name, newBytes) => {
    const key = 'replaced.bin';
    const from = await putBytes(sources.store, key, numberedBytes(LONG_BYTES));
    const isPart = ({ method, url }: ProxiedRequest) => method === 'PUT' && url.includes('partNumber=');
    const proxy = await startProxy(s3Endpoint(), () => undefined);
    const watched = engineS3Client(proxy.url);
    // Between the look at the source's length and the first part.
    const looking = new S3ObjectStore({ client, bucket: sources.bucket });
    watched.middlewareStack.add(
      (next, context) => async (args) => {
        if (context.commandName === 'CreateMultipartUploadCommand') {
          await putBytes(looking, key, numberedBytes(newBytes, 1));
        }
        return next(args);
      },
      { step: 'initialize' },
    );
    const copier = new S3ObjectCopier({ client: watched, sourceBucket: sources.bucket, mediaBucket: media.bucket });
    const to = { key: 'copy.bin', attributes: { contentType: 'audio/wav' } };
    await expect(copier.copy({ from, to })).rejects.toMatchObject({ code: 'source_changed' });
    expect(proxy.requests.some(isPart)).toBe(true);
    await expect(media.store.head('copy.bin')).resolves.toBeUndefined();
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: media.bucket }));
    expect(Uploads).toEqual([]);
    watched.destroy();
    await proxy.close();
  });
});
