import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListMultipartUploadsCommand, ListPartsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { DynamoTrackIndex } from '../../lambdas/adapters/aws/dynamo-track-index.ts';
import { trackIdOf } from '../../lambdas/core/track/identity.ts';
import { updateTrack } from '../../lambdas/core/track/update.ts';
import { type LocalCloud, startCloud } from '../cloud/start-cloud.ts';
import { testedAssembly } from '../cloud/tested-assembly.ts';
import { wavFile } from '../support/audio-fixtures.ts';

const LAUNCHER = join(__dirname, '../../bin/cuepoint.mjs');
const STACK = 'Cuepoint';

/** Twenty parts and a bit: enough to be killed between two of them. */
const LONG_SECONDS = 5400;
const PART_BYTES = 8 * 1024 * 1024;

type Run = { readonly code: number; readonly stdout: string; readonly stderr: string };

let folder: string;
let cloud: LocalCloud;
let environment: NodeJS.ProcessEnv;
let outputsFile: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cuepoint-stack-'));
  cloud = await startCloud({ assemblyFolder: testedAssembly('objects'), edge: false });
  outputsFile = join(folder, 'outputs.json');
  await writeFile(outputsFile, JSON.stringify({ [STACK]: Object.fromEntries(cloud.template.outputs) }));
  const { s3, dynamodb } = cloud.services;
  environment = {
    ...process.env,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: s3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.endpoint,
    AWS_ENDPOINT_URL_SQS: new URL(cloud.output('IngestQueueUrl')).origin,
  };
});

afterAll(async () => {
  await cloud?.close();
  await rm(folder, { recursive: true, force: true });
});

function argumentsOf(args: readonly string[]): string[] {
  return [LAUNCHER, '--stack', STACK, ...args, '--stack-outputs', outputsFile];
}

function cuepoint(...args: string[]): Promise<Run> {
  return new Promise((resolve) => {
    const options = { env: environment, encoding: 'latin1', maxBuffer: 2 ** 26 } as const;
    execFile(process.execPath, argumentsOf(args), options, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

async function cuepointJson(...args: string[]) {
  const { code, stdout, stderr } = await cuepoint(...args, '--json');
  return { code, value: stdout === '' ? undefined : JSON.parse(stdout), stderr };
}

describe('cuepoint --stack', () => {
  it('uploads, waits for the track, lists, shows, cuts and removes', async () => {
    const bytes = wavFile(25, { seed: 3 });
    const file = join(folder, 'talk.wav');
    await writeFile(file, bytes);

    const added = await cuepointJson('add', file, '--folder', 'talks/2026');
    expect(added).toMatchObject({ code: 0, value: [{ path: 'talks/2026/talk.wav', chunkCount: 3 }] });
    const { id } = added.value[0];

    expect((await cuepointJson('ls', 'talks')).value.tracks).toMatchObject([{ id }]);
    expect(await cuepointJson('show', 'talks/2026/talk.wav')).toMatchObject({
      code: 0,
      value: { id, totalSamples: 200_000 },
    });
    expect((await cuepointJson('chunks', id)).value.chunks).toHaveLength(3);
    const got = await cuepoint('get', id, '--bytes', '100000-300000');
    expect(Buffer.from(got.stdout, 'latin1').equals(Buffer.from(bytes.subarray(100_000, 300_001)))).toBe(true);

    expect(await cuepointJson('rm', id, '--yes')).toMatchObject({ code: 0, value: { removed: [{ id }] } });
    expect((await cuepointJson('ls', 'talks')).value.tracks).toEqual([]);
  });

  it('goes on with an upload that was killed, without sending again what had arrived', async () => {
    const bytes = wavFile(LONG_SECONDS, { seed: 4 });
    expect(bytes.length).toBeGreaterThan(20 * PART_BYTES);
    const file = join(folder, 'long.wav');
    await writeFile(file, bytes);

    const first = spawn(process.execPath, argumentsOf(['add', file]), { env: environment, stdio: 'ignore' });
    const partsLeft = await killAfterParts(first, 'long.wav', 2);
    expect(partsLeft).toBeGreaterThanOrEqual(2);

    const second = await cuepoint('add', file);
    expect(second).toMatchObject({ code: 0 });
    const [, kept = '0', sent = '0'] = /(\d+) parts were there already, (\d+) sent/.exec(second.stderr) ?? [];
    expect(Number(kept)).toBeGreaterThanOrEqual(partsLeft);
    expect(Number(kept) + Number(sent)).toBe(Math.ceil(bytes.length / PART_BYTES));

    const output = join(folder, 'again.wav');
    expect(await cuepoint('get', 'long.wav', '--output', output)).toMatchObject({ code: 0 });
    expect(sha256(await readFile(output))).toBe(sha256(bytes));
  });

  it('sends again what an attempt left of other bytes', async () => {
    const file = join(folder, 'changed.wav');
    await writeFile(file, wavFile(LONG_SECONDS, { seed: 5 }));
    const first = spawn(process.execPath, argumentsOf(['add', file]), { env: environment, stdio: 'ignore' });
    await killAfterParts(first, 'changed.wav', 1);
    const bytes = wavFile(LONG_SECONDS, { seed: 6 });
    await writeFile(file, bytes);

    expect(await cuepoint('add', file)).toMatchObject({ code: 0 });
    const output = join(folder, 'changed-again.wav');
    expect(await cuepoint('get', 'changed.wav', '--output', output)).toMatchObject({ code: 0 });
    expect(sha256(await readFile(output))).toBe(sha256(bytes));
  });

  it('queues what the stack has not taken in, and says so', async () => {
    cloud.queueOf('CuepointIngest').disturbances.add({ kind: 'drop', times: 1 });
    await cloud.clients.s3.send(
      new PutObjectCommand({ Bucket: cloud.sourceBucket, Key: 'lost.wav', Body: wavFile(3, { seed: 7 }) }),
    );
    await cloud.untilQuiet();
    expect((await cuepointJson('show', 'lost.wav')).code).toBe(1);

    expect(await cuepointJson('reconcile')).toMatchObject({ code: 0, value: { stored: 1, queued: 1 } });
    await cloud.untilQuiet();
    expect(await cuepointJson('show', 'lost.wav')).toMatchObject({ code: 0, value: { path: 'lost.wav' } });
  });

  it('has what failed tried again by the stack when asked to, through its queue', async () => {
    const Body = wavFile(3, { seed: 8 });
    await cloud.clients.s3.send(new PutObjectCommand({ Bucket: cloud.sourceBucket, Key: 'failed.wav', Body }));
    await cloud.untilQuiet();
    const index = new DynamoTrackIndex({ client: cloud.clients.dynamoDb, table: cloud.table });
    const trackId = await trackIdOf(cloud.sourceBucket, 'failed.wav');
    // As a stack without a decoder leaves a source that needs one.
    await updateTrack(index, trackId, (stored) => {
      if (stored?.published === undefined) throw new Error('failed.wav was not published');
      const { published, analysis: _, ...rest } = stored;
      const { revision, sourceVersion, byteLength, lastModifiedMs } = published;
      const failure = { code: 'decoder_missing', message: 'none is deployed' } as const;
      const progress = { bytesDone: 0, bytesTotal: byteLength, chunksDone: 0 };
      const ingest = { revision, sourceVersion, byteLength, lastModifiedMs, startedAtMs: 0, progress, failure };
      return { record: { ...rest, ingest, version: rest.version + 1 } };
    });
    expect(await cuepointJson('reconcile')).toMatchObject({ code: 0, value: { stored: 0, failed: 1 } });
    await cloud.untilQuiet();
    expect((await index.get(trackId))?.published).toBeUndefined();
    const again = await cuepointJson('reconcile', '--retry-failed');
    expect(again).toMatchObject({ code: 0, value: { failed: 0 } });
    expect(again.value.queued).toBeGreaterThanOrEqual(1);
    await cloud.untilQuiet();
    expect(await cuepointJson('show', 'failed.wav')).toMatchObject({
      code: 0,
      value: { path: 'failed.wav', chunkCount: 1 },
    });
  });

  it.each([
    ['a stack that the file does not tell of', ['ls', '--stack', 'Other'], 'not_found', 'not of "Other"'],
    ['a folder and a stack', ['ls', '--data', 'x'], 'usage', 'give one of them'],
    ['serving a stack', ['serve'], 'usage', 'serves itself'],
  ])('refuses %s in words', async (_name, args, code, words) => {
    const { code: exit, stderr } = await cuepointJson(...args);
    expect(exit).toBeGreaterThan(0);
    const failure = JSON.parse(stderr.slice(stderr.lastIndexOf('{"error"')));
    expect(failure).toMatchObject({ code, error: expect.stringContaining(words) });
  });
});

/** Kills the process, hard, once S3 has so many parts of its upload; answers how many it had then. */
async function killAfterParts(child: ChildProcess, Key: string, count: number): Promise<number> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const Bucket = cloud.sourceBucket;
  try {
    for (let parts = 0; child.exitCode === null; await new Promise((resolve) => setTimeout(resolve, 20))) {
      parts = await partsOf(Bucket, Key);
      if (parts >= count) break;
    }
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
  return partsOf(Bucket, Key);
}

async function partsOf(Bucket: string, Key: string): Promise<number> {
  const { s3 } = cloud.clients;
  const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket, Prefix: Key }));
  const UploadId = Uploads[0]?.UploadId;
  if (UploadId === undefined) return 0;
  return (await s3.send(new ListPartsCommand({ Bucket, Key, UploadId }))).Parts?.length ?? 0;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
