import type { SourceEvent } from '../../lambdas/core/ports.ts';
import type { IngestOutcome } from '../../lambdas/ingest/ingest-source.ts';
import { IngestQueue } from '../../server/ingest-queue.ts';
import { silentLog } from '../support/silent-log.ts';

const event = (key: string, sequencer: string): SourceEvent => ({ kind: 'stored', key, sequencer });
const done: IngestOutcome = { outcome: 'current', trackId: 't', revision: 'r' };

/** An ingest that ends when it is told to. */
function heldIngest() {
  const started: string[] = [];
  const release: ((outcome: IngestOutcome | Error) => void)[] = [];
  const ingest = (next: SourceEvent): Promise<IngestOutcome> => {
    started.push(`${next.key}:${next.sequencer}`);
    return new Promise((resolve, reject) =>
      release.push((outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome))),
    );
  };
  const end = async (outcome: IngestOutcome | Error = done): Promise<void> => {
    release.shift()?.(outcome);
    // The queue goes on in the microtasks after.
    for (let i = 0; i < 10; i++) await Promise.resolve();
  };
  return { started, ingest, end };
}

describe('IngestQueue', () => {
  const givenUp: string[] = [];
  const giveUp = async (key: string): Promise<void> => void givenUp.push(key);

  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('runs two keys at once, and one key never twice at once', async () => {
    const { started, ingest, end } = heldIngest();
    const queue = new IngestQueue(ingest, giveUp, silentLog);
    for (const next of [event('a', '1'), event('a', '2'), event('b', '1'), event('c', '1')]) queue.push(next);
    expect(started).toEqual(['a:1', 'b:1']);
    await end();
    await end();
    expect(started).toEqual(['a:1', 'b:1', 'a:2', 'c:1']);
  });

  it('keeps only the newest event that waits for a key, in whatever order they come', async () => {
    const { started, ingest, end } = heldIngest();
    const queue = new IngestQueue(ingest, giveUp, silentLog);
    for (const sequencer of ['1', '3', '5', '4', '2']) queue.push(event('a', sequencer));
    await end();
    expect(started).toEqual(['a:1', 'a:5']);
    await end();
    expect(started).toHaveLength(2);
    expect(queue.isUnderWay('a')).toBe(false);
  });

  it('tries what may pass again, later and later, and then leaves it to the next sweep', async () => {
    const { started, ingest, end } = heldIngest();
    const queue = new IngestQueue(ingest, giveUp, silentLog);
    queue.push(event('a', '1'));
    for (const delayMs of [1000, 5000, 30_000]) {
      await end(new Error('busy'));
      const tries = started.length;
      jest.advanceTimersByTime(delayMs - 1);
      expect(started).toHaveLength(tries);
      jest.advanceTimersByTime(1);
      expect(started).toHaveLength(tries + 1);
    }
    await end(new Error('busy'));
    jest.advanceTimersByTime(3_600_000);
    expect(started).toHaveLength(4);
    expect(givenUp).toEqual(['a']);
  });

  it('looks again at a source that was replaced while it was read', async () => {
    const { started, ingest, end } = heldIngest();
    const queue = new IngestQueue(ingest, giveUp, silentLog);
    queue.push(event('a', '1'));
    await end({ outcome: 'superseded', trackId: 't' });
    jest.advanceTimersByTime(1000);
    expect(started).toEqual(['a:1', 'a:1']);
    // A file that keeps growing is looked at more and more rarely.
    await end({ outcome: 'superseded', trackId: 't' });
    jest.advanceTimersByTime(4999);
    expect(started).toHaveLength(2);
    jest.advanceTimersByTime(1);
    expect(started).toHaveLength(3);
  });

  it('tells when it is idle, and takes nothing more once closed', async () => {
    const { started, ingest, end } = heldIngest();
    const queue = new IngestQueue(ingest, giveUp, silentLog);
    await queue.whenIdle();
    queue.push(event('a', '1'));
    let idle = false;
    const waited = queue.whenIdle().then(() => {
      idle = true;
    });
    await Promise.resolve();
    expect(idle).toBe(false);
    await end();
    await waited;

    queue.push(event('b', '1'));
    const closed = queue.close();
    queue.push(event('c', '1'));
    await end();
    await closed;
    expect(started).toEqual(['a:1', 'b:1']);
  });
});
