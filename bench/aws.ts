/**
 * `npm run bench:aws`: the deployed bundles on the local cloud. How long a warm range takes and what it costs in calls, beside
 * a plain GET from the same S3; what an ingest costs; how large the api is and how fast it starts. Needs the engines
 * (`npm run services -- up`). Exit code 1 when a target is missed.
 */
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { type CloudTarget, startCloudTarget } from '../test/cloud/cloud-target.ts';
import { functionUrl } from '../test/cloud/function-url.ts';
import { lambdaNode } from '../test/cloud/lambda-node.ts';
import { REGION } from '../test/cloud/physical-names.ts';
import { testedAssembly } from '../test/cloud/tested-assembly.ts';
import { Session } from '../test/e2e/session.ts';
import type { Track } from '../test/e2e/target.ts';
import { wavFile } from '../test/support/audio-fixtures.ts';
import { rawRequest } from '../test/support/http-client.ts';
import { median, report } from './report.ts';

const API = 'CuepointApi';
const INGEST = 'CuepointIngest';
const RANGE_BYTES = 64 * 1024;
const ROUNDS = 300;
const WARM_UP = 30;
const COLD_STARTS = 9;
/** Eighty chunks of ten seconds. */
const SOURCE_SECONDS = 800;

const MAX_API_BYTES = 600_000;
const MAX_INIT_MS = 150;

async function main(): Promise<number> {
  const target = await startCloudTarget({ location: 'objects' });
  try {
    const { s3, dynamodb } = target.cloud.services;
    console.log(`on ${s3.version} and ${dynamodb.version}; the bundles of ${testedAssembly('objects')}`);
    const source = wavFile(SOURCE_SECONDS, { seed: 77, sampleRate: 44_100 });
    let missed = await benchIngest(target, source);
    const track = await new Session(target).trackAt('bench.wav');
    if (track === undefined) throw new Error('bench.wav did not become a track');
    missed += await benchRanges(target, track, source);
    missed += await benchStart(target);
    return missed;
  } finally {
    await target.close();
  }
}

async function benchIngest({ cloud }: CloudTarget, source: Uint8Array): Promise<number> {
  console.log(`\ningest of ${(source.length / 1e6).toFixed(0)} MB of WAV`);
  const startMs = performance.now();
  await cloud.clients.s3.send(new PutObjectCommand({ Bucket: cloud.sourceBucket, Key: 'bench.wav', Body: source }));
  const putMs = performance.now() - startMs;
  await cloud.untilQuiet();
  const [result] = cloud.results(INGEST);
  if (result === undefined || result.error !== undefined) throw new Error(`ingest failed: ${JSON.stringify(result)}`);
  const calls = cloud.callLog.during(result.requestId);
  const chunks = Math.ceil(SOURCE_SECONDS / 10);
  const count = (service: string) => calls.filter((call) => call.service === service).length;
  report('the upload itself', putMs, 'ms');
  report('ingest, warm or cold as it came', result.durationMs, 'ms');
  report('speed', source.length / 1e6 / (result.durationMs / 1000), 'MB/s');
  report('memory', result.peakMegabytes, 'MB');
  report('DynamoDB calls in all', count('dynamodb'), 'calls');
  // One to write it, and its share of the reads of two megabytes.
  return report('S3 calls per chunk', count('s3') / chunks, 'calls', { atMost: 3 });
}

async function benchRanges(target: CloudTarget, track: Track, source: Uint8Array): Promise<number> {
  console.log(`\nwarm 206 of ${RANGE_BYTES} bytes at random places, one after the other`);
  const { cloud } = target;
  const domain = 'api.lambda-url.us-east-1.on.aws';
  const ask = functionUrl({ host: cloud.host(API), domain });
  const byFunction: number[] = [];
  const byEdge: number[] = [];
  const plain: number[] = [];
  const audio = track.links.audio ?? '';
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    const startByte = (round * 7_777_777) % (source.length - RANGE_BYTES);
    const Range = `bytes=${startByte}-${startByte + RANGE_BYTES - 1}`;
    const expected = source.subarray(startByte, startByte + RANGE_BYTES);
    const headers = { Range, 'x-cuepoint-host': 'bench.test' };
    byFunction.push(
      await timed(expected, async () => bytesOf(await ask(new Request(`https://${domain}${audio}`, { headers })))),
    );
    // A range of its own: the edge is to ask for it.
    const edgeStart = startByte + 1;
    const edgeRange = { Range: `bytes=${edgeStart}-${edgeStart + RANGE_BYTES - 1}` };
    const edgeBytes = source.subarray(edgeStart, edgeStart + RANGE_BYTES);
    byEdge.push(
      await timed(edgeBytes, async () => (await rawRequest(`${target.url}${audio}`, { headers: edgeRange })).body),
    );
    const object = { Bucket: cloud.sourceBucket, Key: 'bench.wav', Range };
    plain.push(
      await timed(expected, async () => {
        const { Body } = await cloud.clients.s3.send(new GetObjectCommand(object));
        return (await Body?.transformToByteArray()) ?? new Uint8Array();
      }),
    );
  }
  const results = cloud.results(API).slice(-2 * ROUNDS);
  const callsOf = (service: string) =>
    results.map(({ requestId }) => cloud.callLog.during(requestId).filter((call) => call.service === service).length);
  report('the function URL, p50', median(byFunction.slice(WARM_UP)), 'ms');
  report('the function alone, p50', median(results.map(({ durationMs }) => durationMs)), 'ms');
  report('through the edge, p50', median(byEdge.slice(WARM_UP)), 'ms');
  report('a plain GET from the same S3, p50', median(plain.slice(WARM_UP)), 'ms');
  report('function URL : plain GET', median(byFunction.slice(WARM_UP)) / median(plain.slice(WARM_UP)), 'times');
  let missed = report('S3 calls a request, p50', median(callsOf('s3')), 'calls', { atMost: 1 });
  report('S3 calls a request, at most (two chunks meet)', Math.max(...callsOf('s3')), 'calls');
  missed += report('DynamoDB calls a request, at most', Math.max(...callsOf('dynamodb')), 'calls', { atMost: 1 });
  return missed;
}

async function timed(expected: Uint8Array, ask: () => Promise<Uint8Array>): Promise<number> {
  const startMs = performance.now();
  const bytes = await ask();
  const elapsedMs = performance.now() - startMs;
  if (!Buffer.from(bytes).equals(expected))
    throw new Error(`${bytes.length} bytes came, not those that were asked for`);
  return elapsedMs;
}

async function bytesOf(response: Response): Promise<Uint8Array> {
  return new Uint8Array(await response.arrayBuffer());
}

async function benchStart(target: CloudTarget): Promise<number> {
  console.log('\nthe api');
  const { cloud } = target;
  const starts: number[] = [];
  const firstAnswers: number[] = [];
  for (let start = 0; start < COLD_STARTS; start++) {
    cloud.killFunctions(API);
    const startMs = performance.now();
    await rawRequest(`${target.url}/v1/tracks?limit=1`);
    firstAnswers.push(performance.now() - startMs);
    const initMs = cloud.results(API).at(-1)?.initMs;
    if (initMs !== undefined) starts.push(initMs);
  }
  const bytes = statSync(join(bundleFolder(cloud), 'index.mjs')).size;
  let missed = report('its bundle', bytes, 'bytes', { atMost: MAX_API_BYTES });
  const modules = await moduleStarts(cloud);
  // Whatever else the machine does only adds to it: the fastest is what the module needs.
  missed += report('init of the module, fastest', Math.min(...modules), 'ms', { atMost: MAX_INIT_MS });
  report('init of the module, p50', median(modules), 'ms');
  report('process, runtime client and module, p50', median(starts), 'ms');
  report('cold, from the request to the answer, p50', median(firstAnswers), 'ms');
  return missed;
}

/** The module alone, as it is imported in a process of its own: not Node's start, nor that of the runtime client. */
async function moduleStarts(cloud: CloudTarget['cloud']): Promise<number[]> {
  const { definition } = cloud.host(API);
  const node = await lambdaNode();
  const script = `const t = performance.now(); await import(process.argv[1]); console.log(performance.now() - t)`;
  const args = ['--input-type=module', '-e', script, join(definition.codeFolder, 'index.mjs')];
  const env = {
    ...definition.environment,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'none',
    AWS_SECRET_ACCESS_KEY: 'none',
  };
  return Array.from({ length: COLD_STARTS }, () => Number(execFileSync(node, args, { env, encoding: 'utf8' })));
}

function bundleFolder(cloud: CloudTarget['cloud']): string {
  return cloud.host(API).definition.codeFolder;
}

main().then(
  (missed) => {
    process.exitCode = missed > 0 ? 1 : 0;
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
