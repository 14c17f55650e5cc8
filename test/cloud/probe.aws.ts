/** What the local cloud does to functions, shown on one that does what it is told. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteObjectCommand, HeadObjectCommand, ListBucketsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { FunctionThrottled, RequestTooLarge } from './function-host.ts';
import { type PlainProperties, Properties, parsePlain } from './plain-values.ts';
import type { Order } from './probe/handler.ts';
import { type ProbeLimits, writeProbeAssembly } from './probe/probe-assembly.ts';
import { type LocalCloud, startCloud } from './start-cloud.ts';

const TIMEOUT_SECONDS = 2;
const MEMORY_MEGABYTES = 256;
const HIDDEN_MS = 600_000;

const folders: string[] = [];

function startProbe(limits: ProbeLimits = {}): Promise<LocalCloud> {
  const folder = mkdtempSync(join(tmpdir(), 'cuepoint-probe-'));
  folders.push(folder);
  writeProbeAssembly(folder, { timeoutSeconds: TIMEOUT_SECONDS, memoryMegabytes: MEMORY_MEGABYTES, ...limits });
  return startCloud({ assemblyFolder: folder, edge: false });
}

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

describe('the local cloud', () => {
  let cloud: LocalCloud;
  beforeAll(async () => {
    cloud = await startProbe();
  });
  afterEach(async () => {
    cloud.faults.clear();
    // What was stored is told to the function too, which writes again.
    await cloud.untilQuiet();
  });
  afterAll(() => cloud?.close());

  const order = (what: Order) => cloud.invoke('Probe', what);
  const payload = async (what: Order): Promise<PlainProperties> => {
    const result = await order(what);
    if (result.payload === undefined) throw new Error(JSON.stringify(result.error));
    return Properties.of(parsePlain(result.payload), 'payload').values;
  };
  const send = async (...orders: Order[]) => {
    for (const what of orders) cloud.queueOf('Probe').send(JSON.stringify(what));
    await cloud.untilQuiet();
  };
  const item = async (key: string) =>
    JSON.stringify(await order({ do: 'read-item', key }).then((result) => result.payload));
  const isStored = (Key: string) =>
    cloud.clients.s3.send(new HeadObjectCommand({ Bucket: cloud.output('Bucket'), Key })).then(
      () => true,
      () => false,
    );

  describe('runs functions as Lambda does:', () => {
    test('with the environment of the template, and nothing of this process', async () => {
      const environment = await payload({ do: 'environment' });
      expect(environment).toMatchObject({
        BUCKET: cloud.output('Bucket'),
        AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(MEMORY_MEGABYTES),
      });
      expect(environment).not.toHaveProperty('HOME');
    });

    test('warm, and frozen between invocations', async () => {
      const first = await payload({ do: 'count' });
      await order({ do: 'tick' });
      await new Promise((resolve) => setTimeout(resolve, 500));
      const second = await payload({ do: 'count' });
      expect(Number(second.invocations)).toBe(Number(first.invocations) + 2);
      // Unfrozen, an interval of 1 ms ticks some hundred times meanwhile.
      expect(Number(second.ticks)).toBeLessThan(50);
    });

    test('in a container each, when there are several at once', async () => {
      const results = await Promise.all([order({ do: 'sleep', amount: 300 }), order({ do: 'sleep', amount: 300 })]);
      expect(results.every(({ error }) => error === undefined)).toBe(true);
      const together = await Promise.all([payload({ do: 'count' }), payload({ do: 'count' })]);
      expect(together.length).toBe(2);
    });

    const failures: [name: string, what: Order, type: string, message: RegExp][] = [
      ['an error that it throws', { do: 'throw', text: 'oops' }, 'RangeError', /^oops$/],
      ['more time than it has', { do: 'sleep', amount: 10_000 }, 'Sandbox.Timedout', /timed out after 2\.00 seconds/],
      ['more memory than it has', { do: 'allocate', amount: 300 }, 'Runtime.OutOfMemory', /signal: killed/],
      ['a process that ends', { do: 'exit', amount: 3 }, 'Runtime.ExitError', /exit status 3/],
      ['an answer that is too large', { do: 'answer', amount: 6_300_000 }, 'Function.ResponseSizeTooLarge', /6291556/],
    ];
    test.each(failures)('%s is an error', async (_name, what, errorType, message) => {
      const { error } = await order(what);
      expect(error).toMatchObject({ errorType, errorMessage: expect.stringMatching(message) });
      // The next one is served, by another container if need be.
      expect(await payload({ do: 'sleep', amount: 1 })).toEqual({ slept: 1 });
    });

    test('what fits is answered: the limits above are no lower than they say', async () => {
      expect((await order({ do: 'answer', amount: 6_291_000 })).payload).toHaveLength(6_291_002);
      expect(await payload({ do: 'allocate', amount: 100 })).toEqual({ held: 100 });
      expect(await payload({ do: 'sleep', amount: 1_500 })).toEqual({ slept: 1_500 });
    });

    test('requests that are too large are refused', async () => {
      await expect(order({ do: 'count', text: 'x'.repeat(6 * 2 ** 20) })).rejects.toThrow(RequestTooLarge);
    });
  });

  describe('knows what its role allows:', () => {
    test('what it does not allow is refused as AWS refuses it', async () => {
      const { error } = await order({ do: 'put', key: 'forbidden/x', text: '' });
      expect(error?.errorType).toBe('AccessDenied');
      expect(await isStored('forbidden/x')).toBe(false);
      expect(cloud.deniedCalls()).toMatchObject([{ operation: 'PutObject', status: 403 }]);
    });

    test('what is absent is forbidden to those who may not list', async () => {
      expect((await order({ do: 'get', key: 'allowed/absent' })).error?.errorType).toBe('AccessDenied');
    });

    test('what it allows is counted, and what nobody used is told', async () => {
      await payload({ do: 'put', key: 'allowed/counted', text: 'x' });
      const result = await order({ do: 'get', key: 'allowed/counted' });
      expect(cloud.callLog.during(result.requestId)).toMatchObject([{ operation: 'GetObject', by: 'function' }]);
      expect(cloud.unusedGrants().map(({ action }) => action)).toContain('s3:DeleteObject');
      expect(cloud.unusedGrants().map(({ action }) => action)).not.toContain('s3:GetObject');
    });
  });

  describe('carries events:', () => {
    test('from the bucket through the queue to the function, under keys as S3 writes them', async () => {
      const { s3 } = cloud.clients;
      const target = { Bucket: cloud.output('Bucket'), Key: 'events/ä b+c.mp3' };
      const encoded = 'events/%C3%A4+b%2Bc.mp3';
      await s3.send(new PutObjectCommand({ ...target, Body: 'hello' }));
      await cloud.untilQuiet();
      expect(await item(encoded)).toContain('ObjectCreated:Put');
      await s3.send(new DeleteObjectCommand(target));
      await cloud.untilQuiet();
      expect(await item(encoded)).toContain('ObjectRemoved:DeleteMarkerCreated');
    });

    test('links that the function made work, and not for anything else', async () => {
      await payload({ do: 'put', key: 'allowed/linked', text: 'linked' });
      const { url } = await payload({ do: 'link', key: 'allowed/linked' });
      const link = String(url);
      expect(await (await fetch(link)).text()).toBe('linked');
      expect((await fetch(link.replace('allowed/linked', 'allowed/counted'))).status).toBe(403);
      expect(cloud.calls().filter(({ by }) => by === 'link')).toHaveLength(2);
    });

    test('the function sends to the queue by the address in its environment', async () => {
      await payload({ do: 'send', text: JSON.stringify({ do: 'item', key: 'sent', text: 'by itself' }) });
      await cloud.untilQuiet();
      expect(await item('sent')).toContain('by itself');
    });

    test('of a batch only what failed comes again, and at last goes to the dead letters', async () => {
      const queue = cloud.queueOf('Probe');
      const dead = cloud.deadLettersOf('Probe');
      await send({ do: 'fail-item', text: 'partial' }, { do: 'item', key: 'beside', text: 'done' });
      expect(await item('beside')).toContain('done');
      expect(queue.bodies()).toEqual([JSON.stringify({ do: 'fail-item', text: 'partial' })]);
      cloud.queueClock.advance(HIDDEN_MS);
      await cloud.untilQuiet();
      expect(dead.bodies()).toEqual([]);
      cloud.queueClock.advance(HIDDEN_MS);
      await cloud.untilQuiet();
      expect(queue.bodies()).toEqual([]);
      expect(dead.bodies()).toEqual([JSON.stringify({ do: 'fail-item', text: 'partial' })]);
      dead.purge();
    });

    test('a function that fails has its messages come again', async () => {
      await send({ do: 'exit', amount: 1 });
      expect(cloud.queueOf('Probe').state()).toMatchObject({ inFlight: 1, visible: 0 });
      cloud.queueOf('Probe').purge();
    });
  });

  describe('injects faults:', () => {
    const writes = { matches: ({ writes: does }: { writes: boolean }) => does };

    test('refusals of S3 and DynamoDB, which the SDK asks again for', async () => {
      for (const what of [
        { do: 'put', key: 'allowed/refused', text: 'x' },
        { do: 'item', key: 'refused', text: 'x' },
      ]) {
        const fault = cloud.faults.add({ kind: 'refuse', times: 1, ...writes });
        const { error, requestId } = await order(what);
        expect(error).toBeUndefined();
        expect(fault.hits).toBe(1);
        expect(cloud.callLog.during(requestId).map((call) => call.fault)).toEqual(['refuse', undefined]);
        await cloud.untilQuiet();
      }
    });

    test('deaths before a write: nothing is written', async () => {
      cloud.faults.add({ kind: 'kill-before', times: 1, ...writes });
      const { error } = await order({ do: 'put', key: 'allowed/killed-before', text: 'x' });
      expect(error?.errorType).toBe('Runtime.ExitError');
      expect(await isStored('allowed/killed-before')).toBe(false);
    });

    test('deaths after a write: it is written', async () => {
      cloud.faults.add({ kind: 'kill-after', times: 1, ...writes });
      const { error } = await order({ do: 'put', key: 'allowed/killed-after', text: 'x' });
      expect(error?.errorType).toBe('Runtime.ExitError');
      expect(await isStored('allowed/killed-after')).toBe(true);
    });

    test('connections that end, which the SDK opens again', async () => {
      for (const kind of ['cut-before', 'cut-after'] as const) {
        cloud.faults.add({ kind, times: 1, ...writes });
        expect((await order({ do: 'put', key: `allowed/${kind}`, text: 'x' })).error).toBeUndefined();
        expect(await isStored(`allowed/${kind}`)).toBe(true);
        await cloud.untilQuiet();
      }
    });

    test('at the n-th call only', async () => {
      const fault = cloud.faults.add({ kind: 'kill-before', skip: 1, times: 1, ...writes });
      expect((await order({ do: 'item', key: 'first', text: 'x' })).error).toBeUndefined();
      expect((await order({ do: 'item', key: 'second', text: 'x' })).error).toBeDefined();
      expect((await order({ do: 'item', key: 'third', text: 'x' })).error).toBeUndefined();
      expect(fault).toMatchObject({ hits: 1, seen: 3 });
    });

    test('messages that are lost and doubled', async () => {
      const { disturbances } = cloud.queueOf('Probe');
      disturbances.add({ kind: 'drop', times: 1 });
      await send({ do: 'item', key: 'lost', text: 'x' });
      expect(await item('lost')).toBe('"null"');
      disturbances.add({ kind: 'duplicate', times: 1 });
      const before = cloud.calls().filter(({ operation, by }) => operation === 'PutItem' && by === 'function').length;
      await send({ do: 'item', key: 'doubled', text: 'x' });
      const after = cloud.calls().filter(({ operation, by }) => operation === 'PutItem' && by === 'function').length;
      expect(after - before).toBe(2);
    });
  });
});

test('a function that does not load says why, each time anew', async () => {
  const cloud = await startProbe({ handler: 'index.absent' });
  try {
    for (const attempt of [1, 2]) {
      const { error } = await cloud.invoke('Probe', { do: 'count', amount: attempt });
      expect(error).toMatchObject({
        errorType: 'Runtime.HandlerNotFound',
        errorMessage: expect.stringContaining('index.absent'),
      });
    }
  } finally {
    await cloud.close();
  }
});

test('reserved concurrency is all there is', async () => {
  const cloud = await startProbe({ reserved: 1 });
  try {
    const first = cloud.invoke('Probe', { do: 'sleep', amount: 500 });
    await expect(cloud.invoke('Probe', { do: 'count' })).rejects.toThrow(FunctionThrottled);
    expect((await first).error).toBeUndefined();
  } finally {
    await cloud.close();
  }
});

test('a cloud that is closed leaves nothing', async () => {
  const cloud = await startProbe();
  const { s3 } = cloud.clients;
  const bucket = cloud.output('Bucket');
  await cloud.invoke('Probe', { do: 'put', key: 'allowed/left', text: 'x' });
  const names = async () => (await s3.send(new ListBucketsCommand({}))).Buckets?.map(({ Name }) => Name);
  expect(await names()).toContain(bucket);
  await cloud.close();
  const other = await startProbe();
  const left = (await other.clients.s3.send(new ListBucketsCommand({}))).Buckets?.map(({ Name }) => Name);
  await other.close();
  expect(left).not.toContain(bucket);
});
