import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { ObjectStore, TrackIndex } from '../../lambdas/core/ports.ts';
import { ANALYSIS_GENERATION, beginAnalysis } from '../../lambdas/core/track/analysis-state.ts';
import { ID_LETTERS } from '../../lambdas/core/track/identity.ts';
import { chunksPrefix } from '../../lambdas/core/track/object-keys.ts';
import { updateTrack } from '../../lambdas/core/track/update.ts';
import { ingestSource } from '../../lambdas/ingest/ingest-source.ts';
import type { IngestEvent } from '../../lambdas/ingest/ports.ts';
import { eventFor, reconcile } from '../../lambdas/ingest/reconcile.ts';
import { SWEEP_STATE_KEY, sweep } from '../../lambdas/sweep/sweep.ts';
import type { EmbeddedStores } from '../../server/embedded-stores.ts';
import { wavFile } from '../support/audio-fixtures.ts';
import {
  objectBytes,
  openStores,
  publishedRecord,
  type TemporaryFolders,
  temporaryFolders,
} from '../support/embedded-fixture.ts';
import { overridden } from '../support/overridden.ts';

const KEYS = ['a.wav', 'b/c.wav', 'b/d.wav', 'e.wav', 'f.wav'];

let folders: TemporaryFolders;
let stores: EmbeddedStores;

beforeEach(async () => {
  folders = await temporaryFolders();
  stores = await openStores(folders);
  for (const [i, key] of KEYS.entries()) await folders.writeSource(key, wavFile(1, { seed: i + 1 }));
});

afterEach(async () => {
  await stores.close();
  await folders.remove();
});

const state = async (): Promise<unknown> =>
  JSON.parse(Buffer.from(await objectBytes(stores, SWEEP_STATE_KEY)).toString());

const plantState = async (text: string): Promise<void> => {
  const bytes = new TextEncoder().encode(text);
  await stores.media.put(SWEEP_STATE_KEY, { byteLength: bytes.length, parts: [bytes] }, { contentType: 'text/plain' });
};

const ingestAll = () => reconcile(stores, { dispatch: async (event) => void (await ingestSource(stores, event)) });

/** A clock by which whoever began something would have ended it. */
const later = { now: () => Date.now() + 24 * 3_600_000 };

/** Stops after so many events. */
function stoppedAfter(count: number) {
  const stopping = new AbortController();
  const events: IngestEvent[] = [];
  const dispatch = async (event: IngestEvent): Promise<void> => {
    events.push(event);
    if (events.length === count) stopping.abort();
  };
  return { context: { ...stores, signal: stopping.signal }, dispatch, events };
}

describe('sweep', () => {
  it('has everything looked at, however little one sweep can do', async () => {
    const seen: string[] = [];
    for (let i = 0; i < KEYS.length; i++) {
      const { context, dispatch, events } = stoppedAfter(1);
      await sweep(context, { dispatch });
      seen.push(...events.map(({ key }) => key));
    }
    expect(seen).toEqual(KEYS);
  });

  it('goes on where it was stopped, and forgets that when it has come to the end', async () => {
    const first = stoppedAfter(2);
    expect((await sweep(first.context, { dispatch: first.dispatch })).next).toEqual({
      phase: 'tracks',
      after: 'b/c.wav',
    });
    expect(await state()).toEqual({ slice: 'a', from: { phase: 'tracks', after: 'b/c.wav' } });
    const second = stoppedAfter(Number.POSITIVE_INFINITY);
    const report = await sweep(second.context, { dispatch: second.dispatch });
    expect(second.events.map(({ key }) => key)).toEqual(['b/d.wav', 'e.wav', 'f.wav']);
    expect(report.next).toBeUndefined();
    expect(await state()).toEqual({ slice: 'b' });
    const third = stoppedAfter(Number.POSITIVE_INFINITY);
    await sweep(third.context, { dispatch: third.dispatch });
    expect(third.events.map(({ key }) => key)).toEqual(KEYS);
  });

  it('records whose sources are gone are found behind the place, too', async () => {
    await ingestAll();
    for (const key of ['a.wav', 'e.wav', 'f.wav']) await unlink(join(folders.sourceFolder, key));
    const first = stoppedAfter(1);
    await sweep(first.context, { dispatch: first.dispatch });
    const second = stoppedAfter(Number.POSITIVE_INFINITY);
    await sweep(second.context, { dispatch: second.dispatch });
    // Of the others it tells, too: they are not analysed.
    const events = [...first.events, ...second.events].filter(({ kind }) => kind === 'removed');
    const removed = events.map(({ kind, key }) => [kind, key]);
    expect(removed).toEqual(['a.wav', 'e.wav', 'f.wav'].map((key) => ['removed', key]));
  });

  it('stopped among the orphans goes on among them', async () => {
    await ingestAll();
    const { records } = await stores.index.list({ folder: '', limit: 10 });
    for (const { trackId, version } of records) await stores.index.remove(trackId, version);
    for (const key of KEYS) await unlink(join(folders.sourceFolder, key));
    // Who is asked whether a revision is in use stops the sweep: the first time at the first manifest.
    let stopping = new AbortController();
    const index = overridden<TrackIndex>(stores.index, {
      get: async (trackId) => {
        stopping.abort();
        return stores.index.get(trackId);
      },
    }) as EmbeddedStores['index'];
    const phases: (string | undefined)[] = [];
    const slices = new Set<unknown>();
    let deleted = 0;
    do {
      stopping = new AbortController();
      const report = await sweep({ ...stores, index, signal: stopping.signal }, { dispatch: async () => undefined });
      phases.push(report.next?.phase);
      slices.add(((await state()) as { slice: unknown }).slice);
      deleted += report.orphansDeleted;
    } while ((slices.size < ID_LETTERS.length || phases.at(-1) !== undefined) && phases.length < 80);
    expect(phases.at(-1)).toBeUndefined();
    // The manifest goes with what else there is of its revision: what is left for the phases after it is little.
    expect(new Set(phases)).toEqual(new Set(['manifests', undefined]));
    // A chunk each.
    expect(deleted).toBe(KEYS.length);
    const { objects } = await stores.media.list({ prefix: '', limit: 10 });
    expect(objects.map(({ key }) => key)).toEqual([SWEEP_STATE_KEY]);
  });

  it.each([
    'not JSON',
    'null',
    '"tracks"',
    '{"phase":"tracks","after":"b"}',
    '{"slice":"ab","from":{"phase":"tracks","after":"b"}}',
    '{"slice":"1"}',
    '{"slice":"a","from":{"phase":"moods"}}',
  ])('what it left is not understood (%s): it begins anew', async (text) => {
    await plantState(text);
    const { context, dispatch, events } = stoppedAfter(Number.POSITIVE_INFINITY);
    await sweep(context, { dispatch });
    expect(events.map(({ key }) => key)).toEqual(KEYS);
    expect(await state()).toEqual({ slice: 'b' });
  });
});

describe('a sweep, of what costs requests for each track,', () => {
  /** A chunk of every track is gone. */
  async function damaged(): Promise<void> {
    await ingestAll();
    for (const key of KEYS) {
      const { trackId, published } = await publishedRecord(stores, key);
      const [chunk] = (await stores.media.list({ prefix: chunksPrefix(trackId, published.revision), limit: 1 }))
        .objects;
      if (chunk === undefined) throw new Error(`${key} has no chunk`);
      await stores.media.delete(chunk.key);
    }
  }

  it('looks at one letter of ids, the next one at the next: all within as many sweeps as there are letters', async () => {
    await damaged();
    const rebuilt: (string | undefined)[][] = [];
    for (const letter of ID_LETTERS) {
      const { dispatch, events } = stoppedAfter(Number.POSITIVE_INFINITY);
      await sweep({ ...stores, clock: later }, { dispatch });
      const ofLetter = events.filter(({ rebuild }) => rebuild);
      for (const { key } of ofLetter) expect((await publishedRecord(stores, key)).trackId[0]).toBe(letter);
      rebuilt.push(ofLetter.map(({ key }) => key));
    }
    expect(rebuilt.flat().sort()).toEqual(KEYS);
    expect(rebuilt.filter((keys) => keys.length > 0).length).toBeGreaterThan(1);
    // After the last comes the first.
    expect(await state()).toEqual({ slice: ID_LETTERS[0] });
  });

  it('looks at everything when it is asked to, and leaves the others their place', async () => {
    await damaged();
    await plantState('{"slice":"q"}');
    const { context, dispatch, events } = stoppedAfter(Number.POSITIVE_INFINITY);
    await sweep(context, { dispatch, everything: true });
    expect(events.filter(({ rebuild }) => rebuild).map(({ key }) => key)).toEqual(KEYS);
    expect(await state()).toEqual({ slice: 'q' });
  });

  it('lists no more of the media bucket for more tracks of other letters', async () => {
    await ingestAll();
    const ids = await Promise.all(KEYS.map(async (key) => (await publishedRecord(stores, key)).trackId));
    const free = [...ID_LETTERS].find((letter) => !ids.some((id) => id.startsWith(letter)));
    await plantState(JSON.stringify({ slice: free }));
    const asked: string[] = [];
    const media = overridden<ObjectStore>(stores.media, {
      list: async (options) => {
        asked.push(options.prefix);
        return stores.media.list(options);
      },
      head: async (key) => {
        asked.push(key);
        return stores.media.head(key);
      },
    });
    await sweep({ ...stores, media }, { dispatch: async () => undefined });
    // Its own state, and the orphans of that letter.
    expect(asked).toEqual([SWEEP_STATE_KEY, `manifests/${free}`, `d/${free}`]);
  });
});

describe('a sweep that meets what it cannot judge', () => {
  it('passes it over, logs it, and comes to the end', async () => {
    await ingestAll();
    const { trackId } = await publishedRecord(stores, 'b/c.wav');
    // An analysis that nobody can read.
    await updateTrack(stores.index, trackId, (stored) => ({
      record: stored && {
        ...stored,
        version: stored.version + 1,
        analysis: {
          outcome: 'done',
          revision: stored.published?.revision ?? '',
          generation: ANALYSIS_GENERATION,
          summary: Uint8Array.of(255, 255),
          silences: 0,
          innerSilences: 0,
          silencesDigest: '',
          filledSamples: 0,
          analysedAtMs: 0,
        },
      },
    }));
    const logged: unknown[] = [];
    const log = { ...stores.log, error: (_: string, fields?: object) => void logged.push(fields) };
    const { dispatch, events } = stoppedAfter(Number.POSITIVE_INFINITY);
    const report = await sweep({ ...stores, log }, { dispatch, everything: true });
    expect(report).toMatchObject({ sources: 5, skipped: 1 });
    expect(report.next).toBeUndefined();
    expect(logged).toMatchObject([{ what: 'b/c.wav', error: expect.any(Error) }]);
    expect(events.map(({ key }) => key)).toEqual(KEYS.filter((key) => key !== 'b/c.wav'));
  });

  it('gives up when too much in a row fails, and the next one goes on behind', async () => {
    for (let i = 0; i < 30; i++) await folders.writeSource(`many/${String(i).padStart(2, '0')}.wav`, wavFile(1));
    const down = async (event: IngestEvent): Promise<void> => {
      if (event.key.startsWith('many/')) throw new Error('the queue does not answer');
    };
    await expect(sweep(stores, { dispatch: down })).rejects.toThrow('the queue does not answer');
    expect(await state()).toEqual({ slice: 'a', from: { phase: 'tracks', after: 'many/18.wav' } });
    const { dispatch, events } = stoppedAfter(Number.POSITIVE_INFINITY);
    await sweep(stores, { dispatch });
    expect(events.map(({ key }) => key)[0]).toBe('many/19.wav');
  });
});

describe('a sweep beside the workers', () => {
  it('leaves to them what they began lately, and takes what they left', async () => {
    const began = Date.now();
    const dying = overridden<ObjectStore>(stores.media, { put: () => Promise.reject(new Error('killed')) });
    await ingestSource({ ...stores, media: dying }, await eventFor(stores, 'a.wav')).catch(() => undefined);
    const sweptAt = async (nowMs: number): Promise<string[]> => {
      const { dispatch, events } = stoppedAfter(Number.POSITIVE_INFINITY);
      await sweep({ ...stores, clock: { now: () => nowMs } }, { dispatch });
      return events.map(({ key }) => key);
    };
    expect(await sweptAt(began + 25 * 60_000)).toEqual(KEYS.filter((key) => key !== 'a.wav'));
    expect(await sweptAt(began + 31 * 60_000)).toEqual(KEYS);
  });

  it.each<[string, number, number, string[]]>([
    ['nothing waits for a worker: sends all', 0, 0, ['a.wav stored', 'b/c.wav removed', 'z.wav stored']],
    ['few do', 1000, 1000, ['a.wav stored', 'b/c.wav removed', 'z.wav stored']],
    ['many wait to be ingested: sends removals only', 1001, 0, ['b/c.wav removed']],
    ['many wait to be analysed: sends what is not ingested', 0, 1001, ['b/c.wav removed', 'z.wav stored']],
  ])('when %s', async (_, ingest, analyse, expected) => {
    for (const key of KEYS.slice(2)) await unlink(join(folders.sourceFolder, key));
    await ingestAll();
    await unlink(join(folders.sourceFolder, 'b/c.wav'));
    await folders.writeSource('z.wav', wavFile(1));
    const { context, dispatch, events } = stoppedAfter(Number.POSITIVE_INFINITY);
    const waiting = { ingest: async () => ingest, analyse: async () => analyse };
    const report = await sweep(context, { dispatch, waiting });
    expect(events.map(({ key, kind }) => `${key} ${kind}`)).toEqual(expected);
    expect(report.waiting).toBe(ingest > 1000 ? 2 : 0);
  });

  it('leaves alone the analysis that was begun lately', async () => {
    await ingestAll();
    const { trackId, published } = await publishedRecord(stores, 'a.wav');
    const began = Date.now();
    await updateTrack(stores.index, trackId, (stored) =>
      beginAnalysis(stored, published.revision, { nowMs: began, afresh: false }),
    );
    const sweptAt = async (nowMs: number): Promise<number> => {
      const { dispatch, events } = stoppedAfter(Number.POSITIVE_INFINITY);
      await sweep({ ...stores, clock: { now: () => nowMs } }, { dispatch });
      return events.filter(({ key }) => key === 'a.wav').length;
    };
    expect([await sweptAt(began + 25 * 60_000), await sweptAt(began + 31 * 60_000)]).toEqual([0, 1]);
  });
});
