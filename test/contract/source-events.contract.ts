import type { SourceEvent, SourceEvents } from '../../lambdas/core/ports.ts';
import { numberedBytes } from './object-fixtures.ts';

export type SourceEventsHarness = {
  readonly events: SourceEvents;
  put(key: string, bytes: Uint8Array): Promise<void>;
  remove(key: string): Promise<void>;
  /** Where there is no renaming: copies, then removes. */
  rename(from: string, to: string): Promise<void>;
  /** An event that has not come after this long will not come. */
  readonly patienceMs: number;
  close(): Promise<void>;
};

const POLL_MS = 20;

/** As the fence compares them: strings, the shorter one padded with zeros on the right. */
function isLater(later: string, earlier: string): boolean {
  const length = Math.max(later.length, earlier.length);
  return later.padEnd(length, '0') > earlier.padEnd(length, '0');
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** What every SourceEvents keeps. Events may come twice, so that nothing here counts them. */
export function sourceEventsContract(name: string, makeHarness: () => Promise<SourceEventsHarness>): void {
  describe(`SourceEvents contract: ${name}`, () => {
    let harness: SourceEventsHarness;
    let seen: SourceEvent[];
    let unsubscribe: () => Promise<void>;
    beforeEach(async () => {
      harness = await makeHarness();
      seen = [];
      unsubscribe = await harness.events.subscribe((event) => seen.push(event));
    });
    afterEach(async () => {
      await unsubscribe();
      await harness.close();
    });

    /** The newest event of `key` once it is of `kind` and, when given, later than `than`. */
    const awaited = async (kind: SourceEvent['kind'], key: string, than?: SourceEvent): Promise<SourceEvent> => {
      const deadlineMs = Date.now() + harness.patienceMs;
      while (Date.now() < deadlineMs) {
        const newest = newestOf(key);
        if (newest?.kind === kind && (than === undefined || isLater(newest.sequencer, than.sequencer))) return newest;
        await pause(POLL_MS);
      }
      throw new Error(`no ${kind} event for "${key}" in ${harness.patienceMs} ms; seen: ${JSON.stringify(seen)}`);
    };
    const newestOf = (key: string) =>
      seen
        .filter((event) => event.key === key)
        .reduce<SourceEvent | undefined>(
          (newest, event) => (newest === undefined || isLater(event.sequencer, newest.sequencer) ? event : newest),
          undefined,
        );

    it('tells of what is stored, replaced and removed, each later than what was before', async () => {
      await harness.put('one.mp3', numberedBytes(100));
      const stored = await awaited('stored', 'one.mp3');
      await harness.put('one.mp3', numberedBytes(100, 1));
      const replaced = await awaited('stored', 'one.mp3', stored);
      await harness.remove('one.mp3');
      const removed = await awaited('removed', 'one.mp3', replaced);
      await harness.put('one.mp3', numberedBytes(50));
      await awaited('stored', 'one.mp3', removed);
      expect(new Set(seen.map((event) => event.key))).toEqual(new Set(['one.mp3']));
    });

    it('tells of keys at any depth and of any spelling', async () => {
      const keys = [
        'a/b/c/d/e/deep.flac',
        'a/b/near.flac',
        'two words/100% #1 & more+.mp3',
        `quotes'"[1](2){3}*.mp3`,
        'Ünï/日本\u{1f3b5}.ogg',
      ];
      for (const key of keys) await harness.put(key, numberedBytes(200));
      for (const key of keys) await awaited('stored', key);
      expect(new Set(seen.map((event) => event.key))).toEqual(new Set(keys));
      for (const key of keys) await harness.remove(key);
      for (const key of keys) await awaited('removed', key);
    });

    it('tells of a renaming as a removal and a storing', async () => {
      await harness.put('folder/old.mp3', numberedBytes(100));
      const stored = await awaited('stored', 'folder/old.mp3');
      await harness.rename('folder/old.mp3', 'folder/new.mp3');
      await awaited('removed', 'folder/old.mp3', stored);
      await awaited('stored', 'folder/new.mp3');
    });

    it('tells of everything when much happens at once', async () => {
      const keys = Array.from({ length: 40 }, (_, number) => `batch ${number % 4}/${number}.mp3`);
      await Promise.all(keys.map((key) => harness.put(key, numberedBytes(300))));
      for (const key of keys) await awaited('stored', key);
    });

    it('tells nothing more once it was told to stop', async () => {
      await harness.put('before.mp3', numberedBytes(100));
      await awaited('stored', 'before.mp3');
      await unsubscribe();
      const told = seen.length;
      await harness.put('after.mp3', numberedBytes(100));
      await harness.remove('before.mp3');
      await pause(Math.min(harness.patienceMs, 1_000));
      expect(seen.length).toBe(told);
    });

    it('can be stopped twice', async () => {
      await unsubscribe();
      await expect(unsubscribe()).resolves.toBeUndefined();
    });
  });
}
