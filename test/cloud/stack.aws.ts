/** The stack itself in the local cloud: that it starts as it was synthesized, and that its parts find each other. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/cloudfront-signer';
import { wavFile } from '../support/audio-fixtures.ts';
import { type LocalCloud, startCloud } from './start-cloud.ts';
import { synthesize } from './synthesis.ts';
import { testedAssembly } from './tested-assembly.ts';

const KEY = 'folder one/ä+b.wav';
const STREAM = '/stream/folder%20one/%C3%A4%2Bb.wav';
/** The api believes what it knows of a track for two seconds. */
const STALE_MS = 2100;

const source = wavFile(25);

type Plan = { readonly chunks: readonly { url: string; startByte: number; endByte: number }[] };
type Track = { readonly id: string; readonly status: string; readonly path: string };

async function tracks(cloud: LocalCloud): Promise<Track[]> {
  return (await json<{ tracks: Track[] }>(`${cloud.edgeUrl}/v1/tracks`)).tracks;
}

async function json<T>(url: string): Promise<T> {
  return (await (await fetch(url)).json()) as T;
}

async function upload(cloud: LocalCloud, Key = KEY): Promise<void> {
  await cloud.clients.s3.send(new PutObjectCommand({ Bucket: cloud.sourceBucket, Key, Body: source }));
  await cloud.untilQuiet();
}

describe('the stack in the local cloud', () => {
  let cloud: LocalCloud;
  beforeAll(async () => {
    cloud = await startCloud({ assemblyFolder: testedAssembly('objects') });
  });
  afterAll(() => cloud?.close());

  test('makes a track of what is uploaded, and serves its bytes through the edge', async () => {
    await upload(cloud);
    expect(await tracks(cloud)).toMatchObject([{ path: KEY, status: expect.stringMatching(/^(playable|ready)$/) }]);
    const answer = await fetch(`${cloud.edgeUrl}${STREAM}`, { headers: { range: 'bytes=1000-70999' } });
    expect(answer.status).toBe(206);
    expect(Buffer.from(await answer.arrayBuffer()).equals(source.subarray(1000, 71_000))).toBe(true);
  });

  test('answers for nothing but what CloudFront sends', async () => {
    // Whoever knows the function's address, and the bucket's, gets nothing by it.
    const [chunk] = cloud.calls('CuepointIngest').filter(({ operation }) => operation === 'PutObject');
    const key = chunk?.needed[0]?.resource.replace('arn:aws:s3:::', '') ?? '';
    expect((await fetch(`${cloud.services.s3.endpoint}/${key}`)).status).toBe(403);
  });

  test('finds by its schedule what no event told of', async () => {
    const queue = cloud.queueOf('CuepointIngest');
    queue.disturbances.add({ kind: 'drop', times: 1 });
    await upload(cloud, 'lost.wav');
    expect((await tracks(cloud)).map(({ path }) => path)).not.toContain('lost.wav');
    const results = await cloud.runSchedule();
    expect(results.map(({ error }) => error)).toEqual([undefined]);
    await cloud.untilQuiet();
    expect((await tracks(cloud)).map(({ path }) => path)).toContain('lost.wav');
  });

  test('takes away what is deleted', async () => {
    await cloud.clients.s3.send(new DeleteObjectCommand({ Bucket: cloud.sourceBucket, Key: KEY }));
    await cloud.untilQuiet();
    await new Promise((resolve) => setTimeout(resolve, STALE_MS));
    expect((await tracks(cloud)).map(({ path }) => path)).not.toContain(KEY);
    expect((await fetch(`${cloud.edgeUrl}${STREAM}`)).status).toBe(410);
  });

  test('is refused nothing by its own policies', () => {
    expect(cloud.deniedCalls()).toEqual([]);
    expect(cloud.results().filter(({ error }) => error !== undefined)).toEqual([]);
  });
});

describe('the stack with signed access', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cuepoint-signed-'));
  const secretArn = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:links-AbCdEf';
  const keys = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  let cloud: LocalCloud;
  beforeAll(async () => {
    writeFileSync(join(folder, 'public.pem'), keys.publicKey);
    const assemblyFolder = join(folder, 'assembly');
    synthesize({
      folder: assemblyFolder,
      settings: { access: 'signed', publicKeyFile: join(folder, 'public.pem'), privateKeySecretArn: secretArn },
    });
    cloud = await startCloud({ assemblyFolder, secrets: { [secretArn]: keys.privateKey } });
    await upload(cloud);
  });
  afterAll(async () => {
    await cloud?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function signed(path: string): string {
    const [key] = cloud.template.ofType('AWS::CloudFront::PublicKey');
    return getSignedUrl({
      url: `${cloud.edgeUrl}${path}`,
      keyPairId: key?.physicalId ?? '',
      privateKey: keys.privateKey,
      dateLessThan: new Date(Date.now() + 60_000),
    });
  }

  test('answers who has a signature, and nobody else', async () => {
    expect((await fetch(`${cloud.edgeUrl}${STREAM}`)).status).toBe(403);
    const answer = await fetch(signed(STREAM));
    expect(answer.status).toBe(200);
    expect(Buffer.from(await answer.arrayBuffer()).equals(source)).toBe(true);
    expect((await fetch(signed(STREAM).replace('b.wav', 'c.wav'))).status).toBe(403);
  });

  test('names links that are signed already, with the key from the secret', async () => {
    const { tracks: found } = await json<{ tracks: Track[] }>(signed('/v1/tracks'));
    const plan = await json<Plan>(signed(`/v1/tracks/${found[0]?.id}/chunks`));
    expect(plan.chunks.length).toBeGreaterThan(1);
    for (const { url, startByte, endByte } of plan.chunks) {
      // The edge has no certificate here; whoever signs writes https.
      const link = new URL(url);
      link.protocol = 'http:';
      const answer = await fetch(link);
      expect(answer.status).toBe(200);
      expect(Buffer.from(await answer.arrayBuffer()).equals(source.subarray(startByte, endByte))).toBe(true);
    }
    expect(cloud.calls('CuepointApi').map(({ operation }) => operation)).toContain('GetSecretValue');
    expect(cloud.deniedCalls()).toEqual([]);
  });
});
