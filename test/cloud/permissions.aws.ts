/**
 * Least privilege, both ways: every call that the functions make is allowed by their roles, and everything that their roles
 * allow is needed by a call. The roles are the same in both locations, so a grant counts as used when either needs it.
 */
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { DynamoTrackIndex } from '../../lambdas/adapters/aws/dynamo-track-index.ts';
import { ingestMessage } from '../../lambdas/adapters/aws/source-event-decoding.ts';
import { trackIdOf } from '../../lambdas/core/track/identity.ts';
import type { TrackRecord } from '../../lambdas/core/track/record.ts';
import { updateTrack } from '../../lambdas/core/track/update.ts';
import { SWEEP_STATE_KEY } from '../../lambdas/sweep/sweep.ts';
import { Session } from '../e2e/session.ts';
import { asfFile } from '../support/asf-file.ts';
import { noise, wavFile } from '../support/audio-fixtures.ts';
import { jsonOf } from '../support/http-client.ts';
import { matroskaFile, opusClusters } from '../support/matroska-file.ts';
import { mp3File, picture } from '../support/tagged-files.ts';
import { apic, id3v2 } from '../support/tagged-id3v2.ts';
import type { RecordedCall } from './call-log.ts';
import { type CloudTarget, startCloudTarget } from './cloud-target.ts';
import type { UnusedGrant } from './local-cloud.ts';
import type { TestedLocation } from './tested-assembly.ts';

/** What is granted and not needed here, by function, action and the end of the resource; and why it is granted. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'Ingest s3:AbortMultipartUpload media/d/*': 'sources of more than 5 GB are copied in parts, which may fail',
  'Analyse s3:AbortMultipartUpload media/d/*': 'the same',
};

const YEAR_MS = 365 * 24 * 3_600_000;

const calls: RecordedCall[] = [];
const unused: UnusedGrant[][] = [];

describe.each(['objects', 'windows'] as const)('chunks as %s', (location) => {
  test('everything that there is to do', async () => {
    const target = await startCloudTarget({ location });
    try {
      const life = new WholeLife(target, location);
      await life.ofSources();
      await life.ofListeners();
      await life.ofWorkers();
      await life.ofSweeps();
      await life.ofRetries();
      calls.push(...target.cloud.calls());
      unused.push(target.cloud.unusedGrants());
    } finally {
      await target.close();
    }
  }, 180_000);
});

test('every call is allowed', () => {
  const denied = calls.filter(({ allowed }) => !allowed);
  expect(denied.map(({ functionId, operation, needed }) => ({ functionId, operation, needed }))).toEqual([]);
  const functions = new Set(calls.filter(({ by }) => by === 'function').map(({ functionId }) => functionId));
  expect(functions.size).toBe(4);
});

test('everything allowed is needed, but for what is named here', () => {
  const [first = [], ...others] = unused.map((grants) => grants.map(nameOf));
  const never = first.filter((name) => others.every((names) => names.includes(name)));
  expect(never.sort()).toEqual(Object.keys(EXCEPTIONS).sort());
});

/** `Ingest s3:GetObject media/d/*`: without what differs from run to run. */
function nameOf({ functionId, action, resource }: UnusedGrant): string {
  const name = /^Cuepoint(Ingest|Analyse|Api|Sweep)/.exec(functionId)?.[1] ?? functionId;
  const [, bucket, key] = /^arn:aws:s3:::cuepoint-cuepoint([a-z]+?)bucket[^/]*(\/.*)?$/.exec(resource) ?? [];
  return `${name} ${action} ${bucket === undefined ? resource : `${bucket}${key ?? ''}`}`;
}

/** All that happens to sources, tracks and objects in their lives. */
class WholeLife {
  readonly #target: CloudTarget;
  readonly #session: Session;
  readonly #location: TestedLocation;

  constructor(target: CloudTarget, location: TestedLocation) {
    this.#target = target;
    this.#session = new Session(target);
    this.#location = location;
  }

  /** They come, change, are no audio, go; one is long, and one has to be stored again. */
  async ofSources(): Promise<void> {
    const { cloud } = this.#target;
    await this.#session.upload('short.wav', wavFile(15));
    await this.#session.upload('replaced.wav', wavFile(12, { seed: 2 }));
    await this.#session.upload('replaced.wav', wavFile(14, { seed: 3 }));
    await this.#session.upload('cover.mp3', mp3File([id3v2([apic(picture('jpg'))])]).bytes);
    await this.#session.upload('frames.webm', matroskaFile({ clusters: opusClusters(700, 1) }).bytes);
    await this.#session.upload('text.mp3', new TextEncoder().encode('la la la\n'.repeat(3000)));
    await this.#session.upload('removed.wav', wavFile(12, { seed: 4 }));
    await this.#session.remove('removed.wav');
    await this.#target.putSource('long.wav', LONG);
    const again = { kind: 'stored', key: 'cover.mp3', sequencer: '', rebuild: true } as const;
    cloud.queueOf('CuepointIngest').send(JSON.stringify(ingestMessage(again)));
    await cloud.untilQuiet();
  }

  /** They list, look, ask for plans, for more than an answer may have, for what is not stored yet or any more. */
  async ofListeners(): Promise<void> {
    const { links } = (await this.#session.trackAt('long.wav')) ?? {};
    await this.#session.get('/v1/tracks?limit=2');
    await this.#session.get('/');
    const { chunks } = jsonOf(await this.#session.get(links?.chunks ?? ''));
    await this.#session.get(chunks[0].url, chunks[0].headers);
    await this.#session.get(`${links?.audio}?bytes=10-1000009`);
    const fault = this.#refuseParts('CuepointApi');
    await this.#session.get(`${links?.audio}?start=1&end=100`);
    fault.remove();
    await this.#session.get(`${links?.audio}?start=1&end=100`);
    const { headers } = await this.#session.get(links?.stream ?? '');
    await this.#session.get(String(headers.location), { Range: 'bytes=0-9' });
    const short = await this.#session.trackAt('short.wav');
    await this.#session.get(short?.links.self ?? '');
    const plan = jsonOf(await this.#session.get(short?.links.chunks ?? ''));
    const path = new URL(plan.chunks[0].url).pathname;
    await this.#target.damage(decodeURIComponent(path.slice(path.indexOf('/d/') + 1)));
    await this.#session.get(short?.links.audio ?? '');
  }

  /** What needs the decoder comes by the analyse queue; here every kind of event does. */
  async ofWorkers(): Promise<void> {
    const { cloud } = this.#target;
    const queue = cloud.queueOf('CuepointAnalyse');
    const send = async (kind: 'stored' | 'removed', key: string, rebuild = false) => {
      queue.send(JSON.stringify(ingestMessage({ kind, key, sequencer: '', ...(rebuild && { rebuild }) })));
      await cloud.untilQuiet();
    };
    await send('stored', 'cover.mp3', true);
    cloud.queueOf('CuepointIngest').disturbances.add({ kind: 'drop', times: 1 });
    await this.#target.removeSource('short.wav');
    await send('removed', 'short.wav');
    await this.#target.putSource('handed over.wma', HANDED_OVER);
    await cloud.untilQuiet();
  }

  /** Events were lost, old tombstones and replaced revisions can go, something was left over, and it had to stop before. */
  async ofSweeps(): Promise<void> {
    const { cloud } = this.#target;
    await this.#age('removed.wav', (record, agoMs) => ({
      ...record,
      version: record.version + 1,
      deletedAtMs: Date.now() - agoMs,
    }));
    await this.#age('replaced.wav', (record, agoMs) => ({
      ...record,
      version: record.version + 1,
      retired: record.retired.map((retired) => ({ ...retired, retiredAtMs: Date.now() - agoMs })),
    }));
    await this.#plant(`d/${'a'.repeat(26)}/${'b'.repeat(26)}/chunks/left-over`);
    await this.#plant(`manifests/${'a'.repeat(26)}/${'b'.repeat(26)}/manifest.json`);
    await this.#plant(SWEEP_STATE_KEY, JSON.stringify({ slice: 'a', from: { phase: 'tracks' } }));
    cloud.queueOf('CuepointIngest').disturbances.add({ kind: 'drop', times: 1 });
    await this.#target.putSource('unheard of.wav', wavFile(2));
    await cloud.runSchedule();
    await cloud.invoke('CuepointSweep', { everything: true });
    await cloud.untilQuiet();
  }

  /** S3 is away for a moment: what failed comes again within a minute, because the functions ask for it. */
  async ofRetries(): Promise<void> {
    const { cloud } = this.#target;
    const rebuilt = { kind: 'stored', key: 'cover.mp3', sequencer: '', rebuild: true } as const;
    for (const functionId of ['CuepointIngest', 'CuepointAnalyse']) {
      const matches = ({ service }: { readonly service: string }) => service === 's3';
      const fault = cloud.faults.add({ kind: 'refuse', functionId, matches, times: 1000 });
      cloud.queueOf(functionId).send(JSON.stringify(ingestMessage(rebuilt)));
      await cloud.untilQuiet();
      fault.remove();
      cloud.queueClock.advance(60_000);
      await cloud.untilQuiet();
      expect(cloud.queueOf(functionId).state()).toMatchObject({ visible: 0, inFlight: 0 });
    }
  }

  async #age(path: string, change: (record: TrackRecord, agoMs: number) => TrackRecord): Promise<void> {
    const { cloud } = this.#target;
    const index = new DynamoTrackIndex({ client: cloud.clients.dynamoDb, table: cloud.table });
    const trackId = await trackIdOf(cloud.sourceBucket, path);
    await updateTrack(index, trackId, (stored) => ({ record: stored && change(stored, YEAR_MS) }));
  }

  async #plant(Key: string, Body = 'x'): Promise<void> {
    const { cloud } = this.#target;
    await cloud.clients.s3.send(new PutObjectCommand({ Bucket: cloud.mediaBucket, Key, Body }));
  }

  #refuseParts(functionId: string) {
    const isPart = ({ operation }: { readonly operation: string }) => /^UploadPart/.test(operation);
    return this.#target.cloud.faults.add({ kind: 'refuse', functionId, matches: isPart, times: 100 });
  }
}

/** More than S3's store puts by one request. */
const LONG = wavFile(140, { seed: 9, sampleRate: 44_100 });

/** WMA, which says too little of itself to be indexed without a decoder. */
const HANDED_OVER = asfFile({ objects: Array.from({ length: 50 }, () => ({ bytes: noise(60) })) }).bytes;
