import fc from 'fast-check';
import { QueueClock } from './queue-clock.ts';
import { type QueueOptions, WorkQueue } from './work-queue.ts';

const HIDDEN_MS = 30_000;

function makeQueue(options: Partial<QueueOptions> = {}) {
  const clock = new QueueClock();
  const all = { name: 'q', arn: 'arn', url: 'url', clock, visibilityTimeoutMs: HIDDEN_MS, delayMs: 0, ...options };
  const queue = new WorkQueue(all);
  return { queue, clock };
}

const bodies = (messages: readonly { body: string }[]) => messages.map(({ body }) => body);

describe('a queue', () => {
  test('hides what was received until its visibility timeout ends', () => {
    const { queue, clock } = makeQueue();
    queue.send('a');
    expect(bodies(queue.receive(10))).toEqual(['a']);
    expect(queue.receive(10)).toEqual([]);
    expect(queue.state()).toEqual({ visible: 0, inFlight: 1, delayed: 0, held: 0 });
    clock.advance(HIDDEN_MS);
    expect(queue.receive(10)).toMatchObject([{ body: 'a', receives: 2 }]);
  });

  test('forgets what was deleted, and only by the newest handle', () => {
    const { queue, clock } = makeQueue();
    queue.send('a');
    const [first] = queue.receive(1);
    clock.advance(HIDDEN_MS);
    const [second] = queue.receive(1);
    expect(queue.delete(first?.receiptHandle ?? '')).toBe(false);
    expect(queue.delete(second?.receiptHandle ?? '')).toBe(true);
    clock.advance(HIDDEN_MS);
    expect(queue.receive(1)).toEqual([]);
  });

  test('gives no more than asked for', () => {
    const { queue } = makeQueue();
    for (const body of ['a', 'b', 'c']) queue.send(body);
    expect(queue.receive(2)).toHaveLength(2);
    expect(queue.receive(2)).toHaveLength(1);
  });

  test('keeps delayed messages back', () => {
    const { queue, clock } = makeQueue({ delayMs: 5_000 });
    queue.send('a');
    queue.send('now', 0);
    expect(bodies(queue.receive(10))).toEqual(['now']);
    expect(queue.state().delayed).toBe(1);
    clock.advance(5_000);
    expect(bodies(queue.receive(10))).toEqual(['a']);
  });

  test('moves what was received too often to the dead letters, and nothing else', () => {
    const { queue: dead } = makeQueue();
    const { queue, clock } = makeQueue({ redrive: { deadLetters: () => dead, maxReceives: 2 } });
    queue.send('bad');
    for (let receive = 0; receive < 2; receive++) {
      expect(bodies(queue.receive(10))).toEqual(['bad']);
      expect(dead.bodies()).toEqual([]);
      clock.advance(HIDDEN_MS);
    }
    queue.send('good');
    expect(bodies(queue.receive(10))).toEqual(['good']);
    expect(dead.bodies()).toEqual(['bad']);
  });

  test('wakes whoever waits, when a message comes and when time moves on', async () => {
    const { queue, clock } = makeQueue();
    const signal = new AbortController().signal;
    const first = queue.untilVisible(signal);
    queue.send('a');
    await first;
    queue.receive(1);
    const second = queue.untilVisible(signal);
    clock.advance(HIDDEN_MS);
    await second;
    expect(queue.receive(1)).toHaveLength(1);
  });

  test('lets go of whoever waits when it is stopped', async () => {
    const { queue } = makeQueue();
    const stopping = new AbortController();
    const waiting = queue.untilVisible(stopping.signal);
    stopping.abort();
    await waiting;
    expect(queue.state().visible).toBe(0);
  });
});

describe('what may happen to messages', () => {
  test('a bounded number is dropped, doubled or late; what matches is chosen by its text', () => {
    const { queue, clock } = makeQueue();
    queue.disturbances.add({ kind: 'drop', times: 1, matches: (body) => body.startsWith('b') });
    queue.disturbances.add({ kind: 'duplicate', times: 1, matches: (body) => body === 'd' });
    queue.disturbances.add({ kind: 'delay', times: 1, delayMs: 1_000, matches: (body) => body === 'c' });
    for (const body of ['a', 'b1', 'b2', 'c', 'd']) queue.send(body);
    expect(bodies(queue.receive(10))).toEqual(['a', 'b2', 'd', 'd']);
    clock.advance(1_000);
    expect(bodies(queue.receive(10))).toEqual(['c']);
    expect(queue.disturbances.count).toBe(3);
  });

  test('what is held comes when it is released, in the order chosen', () => {
    const { queue } = makeQueue();
    queue.hold();
    for (const body of ['a', 'b', 'c']) queue.send(body);
    expect(queue.state()).toMatchObject({ visible: 0, held: 3 });
    queue.release((held) => [...held].reverse());
    expect(bodies(queue.receive(10))).toEqual(['c', 'b', 'a']);
    queue.send('d');
    expect(bodies(queue.receive(10))).toEqual(['d']);
  });

  test('undisturbed, whatever is sent is received until it is deleted: nothing is lost, nothing comes of nothing', () => {
    const step = fc.oneof(
      fc.constant('send' as const),
      fc.constant('receive' as const),
      fc.constant('delete' as const),
      fc.constant('advance' as const),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { queue, clock } = makeQueue();
        const live = new Set<string>();
        let handles: { body: string; handle: string }[] = [];
        for (const [index, name] of steps.entries()) {
          if (name === 'send') {
            queue.send(`m${index}`);
            live.add(`m${index}`);
          } else if (name === 'receive') {
            handles = queue.receive(3).map(({ body, receiptHandle }) => ({ body, handle: receiptHandle }));
            for (const { body } of handles) expect(live).toContain(body);
          } else if (name === 'delete') {
            for (const { body, handle } of handles) if (queue.delete(handle)) live.delete(body);
          } else clock.advance(HIDDEN_MS);
        }
        clock.advance(HIDDEN_MS);
        expect(new Set(bodies(queue.receive(100)))).toEqual(live);
      }),
    );
  });
});
