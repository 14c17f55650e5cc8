/**
 * What goes wrong on AWS, made to go wrong here. After each fault, and after the retries and sweeps that AWS would bring in
 * time, everything that was put in can be heard, and nothing is left over. The figures are in docs/reliability.md.
 */
import { FaultTrial, INGEST } from './fault-trial.ts';
import type { FaultKind } from './faults.ts';

const HOUR_MS = 3_600_000;
const HALF_A_MINUTE_MS = 30_000;
/** What lies between five deliveries. */
const RETRIES_SECONDS = [30, 120, 480, 900];

let trial: FaultTrial;
beforeAll(async () => {
  trial = await FaultTrial.start();
});
afterAll(() => trial?.close());
afterEach(() => trial.clear());

describe('events', () => {
  test('that come twice', async () => {
    trial.ingestQueue.disturbances.add({ kind: 'duplicate', times: 20, delayMs: 0 });
    for (let i = 0; i < 4; i++) await trial.sources.put(`twice/${i}.wav`, trial.audio());
    await trial.sources.put('twice/0.wav', trial.audio());
    await trial.sources.remove('twice/1.wav');
    const { count } = trial.ingestQueue.disturbances;
    await trial.timePasses();
    await trial.sweep();
    expect(count).toBe(6);
    await trial.expectAllIsWell('an event comes twice', count);
  });

  test('that come in another order', async () => {
    for (const [order, arrange] of ORDERS) {
      const path = `order/${order}.wav`;
      trial.ingestQueue.hold();
      await trial.sources.put(path, trial.audio());
      await trial.sources.put(path, trial.audio());
      await trial.sources.remove(path);
      await trial.sources.put(path, trial.audio(12));
      const gone = `order/${order} gone.wav`;
      await trial.sources.put(gone, trial.audio());
      await trial.sources.remove(gone);
      trial.ingestQueue.release(arrange);
      await trial.timePasses();
    }
    // Where the removal was taken in first, an orphan may wait for the sweep.
    await trial.sweep();
    await trial.expectAllIsWell('events come in another order', ORDERS.length * 6);
  });

  test('that come late', async () => {
    trial.ingestQueue.disturbances.add({ kind: 'delay', times: 2, delayMs: HOUR_MS });
    await trial.sources.put('late/a.wav', trial.audio());
    await trial.sources.put('late/a.wav', trial.audio());
    await trial.sources.put('late/a.wav', trial.audio(12));
    const { delayed } = trial.ingestQueue.state();
    expect(delayed).toBe(2);
    trial.target.cloud.queueClock.advance(HOUR_MS);
    await trial.timePasses();
    await trial.sweep();
    await trial.expectAllIsWell('an event comes an hour late', delayed);
  });

  test('that never come', async () => {
    await trial.sources.put('lost/removed.wav', trial.audio());
    await trial.sources.put('lost/replaced.wav', trial.audio());
    await trial.target.cloud.untilQuiet();
    trial.ingestQueue.disturbances.add({ kind: 'drop', times: 4 });
    const before = trial.ingestQueue.disturbances.count;
    await trial.sources.put('lost/new.wav', trial.audio());
    await trial.sources.put('lost/new 2.wav', trial.audio(2));
    await trial.sources.put('lost/replaced.wav', trial.audio(12));
    await trial.sources.remove('lost/removed.wav');
    await trial.target.cloud.untilQuiet();
    const { tracksLost, ghosts } = await trial.sources.losses();
    // They are really lost: nothing has happened yet.
    expect([tracksLost, ghosts]).toEqual([['lost/new.wav', 'lost/new 2.wav'], ['lost/removed.wav']]);
    await trial.sweep();
    await trial.expectAllIsWell('an event is lost', trial.ingestQueue.disturbances.count - before);
  });
});

/** All that come first come last, and some that are neither. */
const ORDERS: readonly [string, (bodies: readonly string[]) => string[]][] = [
  ['backwards', (bodies) => [...bodies].reverse()],
  ['last first', (bodies) => [...bodies.slice(-1), ...bodies.slice(0, -1)]],
  ['odd before even', (bodies) => [...bodies.filter((_, i) => i % 2), ...bodies.filter((_, i) => i % 2 === 0)]],
  ['halves exchanged, twice', (bodies) => [...bodies.slice(3), ...bodies.slice(0, 3), ...bodies]],
];

describe('services', () => {
  const refusals = [
    ['S3 says 503 SlowDown', 's3'],
    ['DynamoDB throttles', 'dynamodb'],
  ] as const;

  test.each(refusals)('%s', async (what, service) => {
    const matches = (call: { readonly service: string }) => call.service === service;
    const fault = trial.target.cloud.faults.add({ kind: 'refuse', functionId: INGEST, matches, times: 8 });
    await trial.sources.put(`refused/${what}.wav`, trial.audio());
    await trial.timePasses();
    expect(fault.hits).toBe(8);
    await trial.expectAllIsWell(what, fault.hits);
  });

  test('that are away for a moment: the message comes again in half a minute', async () => {
    const { cloud } = trial.target;
    const matches = (call: { readonly service: string }) => call.service === 's3';
    const fault = cloud.faults.add({ kind: 'refuse', functionId: INGEST, matches, times: 1000 });
    await trial.sources.put('refused/soon again.wav', trial.audio());
    await cloud.untilQuiet();
    expect(trial.ingestQueue.state()).toMatchObject({ visible: 0, inFlight: 1 });
    fault.remove();
    cloud.queueClock.advance(HALF_A_MINUTE_MS);
    await cloud.untilQuiet();
    expect(trial.ingestQueue.state()).toMatchObject({ visible: 0, inFlight: 0 });
    await trial.expectAllIsWell('S3 is away for a moment', fault.hits);
  });

  test('that stay away: it comes less and less soon, and after the fifth time lies with the dead letters at once', async () => {
    const { cloud } = trial.target;
    const matches = (call: { readonly service: string }) => call.service === 's3';
    const fault = cloud.faults.add({ kind: 'refuse', functionId: INGEST, matches, times: 1000 });
    await trial.sources.put('refused/for good.wav', trial.audio());
    await cloud.untilQuiet();
    const deadLetters = cloud.deadLettersOf(INGEST);
    for (const seconds of RETRIES_SECONDS) {
      const { hits } = fault;
      // Real time passes as well.
      cloud.queueClock.advance((seconds - 20) * 1000);
      await cloud.untilQuiet();
      expect([seconds, fault.hits - hits, deadLetters.bodies()]).toEqual([seconds, 0, []]);
      cloud.queueClock.advance(20_000);
      await cloud.untilQuiet();
      expect(fault.hits).toBeGreaterThan(hits);
    }
    expect(trial.ingestQueue.state()).toMatchObject({ visible: 0, inFlight: 0 });
    expect(deadLetters.bodies()).toHaveLength(1);
    fault.remove();
    deadLetters.purge();
    await trial.sweep();
    await trial.expectAllIsWell('S3 stays away', fault.hits);
  });

  test.each(refusals)('%s until the message is given up', async (what, service) => {
    const matches = (call: { readonly service: string }) => call.service === service;
    const fault = trial.target.cloud.faults.add({ kind: 'refuse', functionId: INGEST, matches, times: 1000 });
    const path = `given up/${what}.wav`;
    await trial.sources.put(path, trial.audio());
    await trial.timePasses();
    fault.remove();
    const deadLetters = trial.target.cloud.deadLettersOf(INGEST);
    expect(deadLetters.bodies()).toEqual([expect.stringContaining('given+up')]);
    expect((await trial.sources.losses()).tracksLost).toEqual([path]);
    deadLetters.purge();
    await trial.sweep();
    await trial.expectAllIsWell(`${what}, until the message is given up`, fault.hits);
  });

  test.each<[string, FaultKind]>([
    ['the connection breaks before a call', 'cut-before'],
    ['the connection breaks before the answer', 'cut-after'],
  ])('%s', async (what, kind) => {
    const fault = trial.target.cloud.faults.add({ kind, functionId: INGEST, times: 6 });
    await trial.sources.put(`cut/${what}.wav`, trial.audio());
    await trial.timePasses();
    await trial.sweep();
    expect(fault.hits).toBe(6);
    await trial.expectAllIsWell(what, fault.hits);
  });
});
