import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { makeS3Client } from '../../../lambdas/adapters/aws/clients.ts';
import { S3Signer } from '../../../lambdas/adapters/aws/s3-signer.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const clock = new ManualClock(Date.UTC(2026, 0, 1, 10, 14, 59));
const identity = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'token' };

function signerWith(credentials: { expiration?: Date } = {}, times = {}) {
  const client = makeS3Client({ region: 'eu-central-1', credentials: async () => ({ ...identity, ...credentials }) });
  return new S3Signer({ client, bucket: 'media', clock, ...times });
}

describe('S3Signer', () => {
  it('signs on the floor of a quarter of an hour, for an hour, on the address of the bucket', async () => {
    const { url, expiresAtMs, headers } = await signerWith().sign({ key: 'd/a b/c+d.flac' });
    expect(url).toMatch(/^https:\/\/media\.s3\.eu-central-1\.amazonaws\.com\/d\/a%20b\/c%2Bd\.flac\?/);
    const query = new URL(url).searchParams;
    expect(query.get('X-Amz-Date')).toBe('20260101T100000Z');
    expect(query.get('X-Amz-Expires')).toBe('3600');
    expect(query.get('X-Amz-Security-Token')).toBe('token');
    expect(expiresAtMs).toBe(Date.UTC(2026, 0, 1, 11));
    expect(headers).toBeUndefined();
  });

  it('gives the same link until the slot is over', async () => {
    const signer = signerWith();
    const { url } = await signer.sign({ key: 'k' });
    await clock.advance(900);
    expect((await signer.sign({ key: 'k' })).url).toBe(url);
    await clock.advance(101);
    expect((await signer.sign({ key: 'k' })).url).not.toBe(url);
    await clock.advance(-1_001);
  });

  it('never outlives the credentials', async () => {
    const expiration = new Date(Date.UTC(2026, 0, 1, 10, 20, 0, 999));
    const { url, expiresAtMs } = await signerWith({ expiration }).sign({ key: 'k' });
    expect(expiresAtMs).toBe(Date.UTC(2026, 0, 1, 10, 20));
    expect(new URL(url).searchParams.get('X-Amz-Expires')).toBe('1200');
    const later = new Date(Date.UTC(2026, 0, 1, 12));
    expect((await signerWith({ expiration: later }).sign({ key: 'k' })).expiresAtMs).toBe(Date.UTC(2026, 0, 1, 11));
  });

  it('makes no link that S3 would have to answer slowly', async () => {
    const paced = signerWith().sign({ key: 'k', maxBytesPerSecond: 1000 });
    await expect(paced).rejects.toMatchObject({ code: 'invalid_parameter' });
  });

  it('makes no link by credentials that are over, nor without any', async () => {
    const expiration = new Date(Date.UTC(2026, 0, 1, 9, 59));
    await expect(signerWith({ expiration }).sign({ key: 'k' })).rejects.toMatchObject({ code: 'unavailable' });
    const none = makeS3Client({
      region: 'eu-central-1',
      credentials: () => Promise.reject(Object.assign(new Error('none'), { name: 'CredentialsProviderError' })),
    });
    const signer = new S3Signer({ client: none, bucket: 'media', clock });
    await expect(signer.sign({ key: 'k' })).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('comes of a client that signs no checksum of an empty body, for uploads either', async () => {
    const checksums = async (client: S3Client) => {
      const url = await getSignedUrl(client, new PutObjectCommand({ Bucket: 'sources', Key: 'k' }));
      return [...new URL(url).searchParams.keys()].filter((name) => /checksum|crc|md5/i.test(name));
    };
    const settings = { region: 'eu-central-1', credentials: identity };
    expect(await checksums(makeS3Client(settings))).toEqual([]);
    // (control) The SDK's own settings would, and S3 refuse the upload.
    expect(await checksums(new S3Client(settings))).toContain('x-amz-checksum-crc32');
  });

  const keys: [name: string, key: string][] = [
    ['empty', ''],
    ['that any client would shorten', 'a/../b'],
    ['of a dot', '.'],
    ['ending in a dot', 'a/.'],
    ['that is no text', '\ud800'],
    ['that is too long', 'x'.repeat(1025)],
  ];
  it.each(keys)('makes no link to a key %s', async (_name, key) => {
    await expect(signerWith().sign({ key })).rejects.toMatchObject({ code: 'invalid_key' });
  });

  const settings: [name: string, times: { lifeSeconds?: number; floorSeconds?: number }][] = [
    ['a life within the floor', { lifeSeconds: 900, floorSeconds: 900 }],
    ['no floor', { floorSeconds: 0 }],
    ['a broken floor', { floorSeconds: 0.5 }],
    ['a life beyond what S3 takes', { lifeSeconds: 7 * 24 * 3600 + 1 }],
  ];
  it.each(settings)('does not start with %s', (_name, times) => {
    expect(() => signerWith({}, times)).toThrow(RangeError);
  });
});
