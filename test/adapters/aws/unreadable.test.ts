import { makeS3Client } from '../../../lambdas/adapters/aws/clients.ts';
import { S3ObjectCopier } from '../../../lambdas/adapters/aws/s3-object-copier.ts';
import { S3ObjectStore } from '../../../lambdas/adapters/aws/s3-object-store.ts';
import { unreadable } from '../../../lambdas/adapters/aws/unreadable.ts';
import { UnreadableObject } from '../../../lambdas/core/track/unreadable-object.ts';
import { answering, type EngineProxy, startProxy } from './engine-proxy.ts';

/** As S3 words them. */
const REFUSALS: [name: string, status: number, code: string, message: string, remedy: RegExp][] = [
  ['archived', 403, 'InvalidObjectState', "The operation is not valid for the object's storage class", /restore it/],
  [
    'denied by KMS',
    403,
    'AccessDenied',
    'User: arn:aws:sts::1:assumed-role/r/f is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:eu-west-1:1:key/k because no identity-based policy allows the kms:Decrypt action',
    /allow the role kms:Decrypt/,
  ],
  ['of a disabled key', 400, 'KMS.DisabledException', 'arn:aws:kms:eu-west-1:1:key/k is disabled.', /enable the key/],
  [
    'encrypted by a key of its uploader',
    400,
    'InvalidRequest',
    'The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.',
    /SSE-C/,
  ],
];

let s3: EngineProxy | undefined;
afterEach(async () => {
  await s3?.close();
  s3 = undefined;
});

async function refusing(status: number, code: string, message: string) {
  const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  s3 = await startProxy('http://127.0.0.1:1', ({ method }) =>
    method === 'HEAD'
      ? answering({ status: 200, headers: { 'content-length': '10', etag: '"0123456789abcdef0123456789abcdef"' } })
      : answering({ status, headers: { 'content-type': 'application/xml' }, body }),
  );
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return makeS3Client({ region: 'us-east-1', endpoint: s3.url, credentials });
}

describe('an object that S3 has and does not give', () => {
  it.each(REFUSALS)('%s: reading it says what to do', async (_, status, code, message, remedy) => {
    const store = new S3ObjectStore({ client: await refusing(status, code, message), bucket: 'sources' });
    const read = store.read('a.mp3', 0, new Uint8Array(10)).catch((error: unknown) => error);
    const failure = (await read) as Error;
    expect(failure).toBeInstanceOf(UnreadableObject);
    expect(failure).toMatchObject({ code: 'internal', message: expect.stringMatching(remedy) });
    expect(failure.message).toMatch(/^reading "a\.mp3" was refused \(.*cuepoint reconcile --retry-failed/);
    // Names of accounts, roles and keys are in the cause.
    expect(failure.message).not.toContain('arn:');
  });

  it.each(REFUSALS)('%s: so does copying it', async (_, status, code, message, remedy) => {
    const client = await refusing(status, code, message);
    const copier = new S3ObjectCopier({ client, sourceBucket: 'sources', mediaBucket: 'media' });
    const from = { key: 'a.mp3', version: '0123456789abcdef0123456789abcdef' };
    const to = { key: 'd/t/r/source', attributes: { contentType: 'audio/mpeg' } };
    await expect(copier.copy({ from, to })).rejects.toMatchObject({ message: expect.stringMatching(remedy) });
  });

  it.each<[string, string, string]>([
    ['a denial that is not by KMS', 'AccessDenied', 'Access Denied'],
    ['another bad request', 'InvalidRequest', 'Missing required header for this request'],
    ['a passing refusal', 'SlowDown', 'Please reduce your request rate'],
  ])('%s is not about the object', (_, name, message) => {
    expect(unreadable(Object.assign(new Error(message), { name }), 'reading "a.mp3"')).toBeUndefined();
  });
});
