/** Functions that die at any of their writes, or are overtaken at one: what docs/reliability.md says of it. */
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { Session } from '../e2e/session.ts';
import { ANALYSE, FaultTrial, INGEST } from './fault-trial.ts';
import type { FaultRule } from './faults.ts';

let trial: FaultTrial;
beforeAll(async () => {
  trial = await FaultTrial.start();
});
afterAll(() => trial?.close());
afterEach(() => trial.clear());

type Step = {
  readonly name: string;
  readonly functionId: string;
  prepare(path: string): Promise<void>;
  act(path: string): Promise<void>;
};

const STEPS: readonly Step[] = [
  {
    name: 'a new source',
    functionId: INGEST,
    prepare: async () => {},
    act: (path) => trial.sources.put(path, trial.audio()),
  },
  {
    name: 'a source that replaces another',
    functionId: INGEST,
    prepare: (path) => trial.sources.put(path, trial.audio()),
    act: (path) => trial.sources.put(path, trial.audio(25)),
  },
  {
    name: 'a removal',
    functionId: INGEST,
    prepare: (path) => trial.sources.put(path, trial.audio()),
    act: (path) => trial.sources.remove(path),
  },
  {
    name: 'an analysis',
    functionId: ANALYSE,
    prepare: async () => {},
    act: (path) => trial.sources.put(path, trial.audio()),
  },
];

describe('a function that dies', () => {
  test.each(STEPS)(
    'at each write of $name',
    async ({ name, functionId, prepare, act }) => {
      const isWrite = ({ writes }: { readonly writes: boolean }) => writes;
      const stepAt = async (path: string, fault: FaultRule) => {
        await prepare(path);
        await trial.target.cloud.untilQuiet();
        const injected = trial.target.cloud.faults.add(fault);
        await act(path);
        await trial.timePasses();
        injected.remove();
        return injected;
      };
      // A run without a fault tells how many writes there are.
      const watched = await stepAt(`dies/${name}/none.wav`, {
        kind: 'delay',
        functionId,
        matches: isWrite,
        times: 0,
      });
      expect(watched.seen).toBeGreaterThan(1);
      let kills = 0;
      for (let write = 0; write < watched.seen; write++) {
        for (const kind of ['kill-before', 'kill-after'] as const) {
          const path = `dies/${name}/${kind} ${write}.wav`;
          const fault = { kind, functionId, matches: isWrite, skip: write, times: 1 };
          kills += (await stepAt(path, fault)).hits;
        }
      }
      expect(kills).toBe(2 * watched.seen);
      await trial.sweep();
      await trial.expectAllIsWell(`killed at one of the ${watched.seen} writes of ${name}`, kills);
    },
    240_000,
  );

  test('again and again, under load', async () => {
    const uploads = Array.from({ length: 12 }, (_, i) => trial.sources.put(`storm/${i}.wav`, trial.audio(20)));
    let kills = 0;
    for (let wave = 0; wave < 10; wave++) {
      await new Promise((resolve) => setTimeout(resolve, 150));
      kills += trial.target.cloud.killFunctions(INGEST);
      if (wave % 3 === 2) trial.ingestQueue.expireVisibility();
    }
    await Promise.all(uploads);
    await trial.timePasses();
    await trial.sweep();
    await trial.expectAllIsWell('killed at any time, under load', kills);
  });
});

test('two revisions race, the older one held up at each of its writes', async () => {
  const HELD_MS = 1500;
  const isWrite = ({ writes }: { readonly writes: boolean }) => writes;
  const watched = trial.target.cloud.faults.add({ kind: 'delay', functionId: INGEST, matches: isWrite, times: 0 });
  await trial.sources.put('race/none.wav', trial.audio());
  await trial.target.cloud.untilQuiet();
  watched.remove();
  let races = 0;
  for (let write = 0; write < watched.seen; write++) {
    const path = `race/${write}.wav`;
    const fault = trial.target.cloud.faults.add({
      kind: 'delay',
      delayMs: HELD_MS,
      functionId: INGEST,
      matches: isWrite,
      skip: write,
      times: 1,
    });
    await trial.sources.put(path, trial.audio());
    await expectSoon(() => fault.hits === 1);
    await trial.sources.put(path, trial.audio(22));
    await trial.timePasses();
    races += fault.hits;
    fault.remove();
  }
  await trial.sweep();
  expect(races).toBe(watched.seen);
  await trial.expectAllIsWell('a newer source comes while the older one is held up at a write', races);
}, 120_000);

async function expectSoon(isSo: () => boolean): Promise<void> {
  const deadlineMs = Date.now() + 20_000;
  while (!isSo()) {
    if (Date.now() > deadlineMs) throw new Error('what was waited for has not come');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test('the check finds what is lost', async () => {
  const path = 'negative control.wav';
  await trial.sources.put(path, trial.audio());
  await trial.target.cloud.untilQuiet();
  const track = await new Session(trial.target).trackAt(path);
  const { Contents = [] } = await trial.target.cloud.clients.s3.send(
    new ListObjectsV2Command({ Bucket: trial.target.cloud.mediaBucket, Prefix: `d/${track?.id}/` }),
  );
  await trial.target.damage(Contents.find(({ Key }) => Key?.includes('/chunks/'))?.Key ?? '');
  const { objectsLost } = await trial.sources.losses();
  expect(objectsLost).toHaveLength(1);
});
