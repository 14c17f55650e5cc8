import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { TrackIndex } from '../../lambdas/core/ports.ts';
import { ingestSource } from '../../lambdas/ingest/ingest-source.ts';
import type { IngestEvent } from '../../lambdas/ingest/ports.ts';
import { reconcile } from '../../lambdas/ingest/reconcile.ts';
import { SWEEP_STATE_KEY, sweep } from '../../lambdas/sweep/sweep.ts';
import type { EmbeddedStores } from '../../server/embedded-stores.ts';
import { wavFile } from '../support/audio-fixtures.ts';
import { objectBytes, openStores, type TemporaryFolders, temporaryFolders } from '../support/embedded-fixture.ts';
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
      await sweep(context, dispatch);
      seen.push(...events.map(({ key }) => key));
    }
    expect(seen).toEqual(KEYS);
  });

  it('goes on where it was stopped, and forgets that when it has come to the end', async () => {
    const first = stoppedAfter(2);
    expect((await sweep(first.context, first.dispatch)).next).toEqual({ phase: 'tracks', after: 'b/c.wav' });
    expect(await state()).toEqual({ phase: 'tracks', after: 'b/c.wav' });
    const second = stoppedAfter(Number.POSITIVE_INFINITY);
    const report = await sweep(second.context, second.dispatch);
    expect(second.events.map(({ key }) => key)).toEqual(['b/d.wav', 'e.wav', 'f.wav']);
    expect(report.next).toBeUndefined();
    expect(await stores.media.head(SWEEP_STATE_KEY)).toBeUndefined();
    const third = stoppedAfter(Number.POSITIVE_INFINITY);
    await sweep(third.context, third.dispatch);
    expect(third.events.map(({ key }) => key)).toEqual(KEYS);
  });

  it('records whose sources are gone are found behind the place, too', async () => {
    await reconcile(stores, { dispatch: async (event) => void (await ingestSource(stores, event)) });
    for (const key of ['a.wav', 'e.wav', 'f.wav']) await unlink(join(folders.sourceFolder, key));
    const first = stoppedAfter(1);
    await sweep(first.context, first.dispatch);
    const second = stoppedAfter(Number.POSITIVE_INFINITY);
    await sweep(second.context, second.dispatch);
    // Of the others it tells, too: they are not analysed.
    const events = [...first.events, ...second.events].filter(({ kind }) => kind === 'removed');
    const removed = events.map(({ kind, key }) => [kind, key]);
    expect(removed).toEqual(['a.wav', 'e.wav', 'f.wav'].map((key) => ['removed', key]));
  });

  it('stopped among the orphans goes on among them', async () => {
    await reconcile(stores, { dispatch: async (event) => void (await ingestSource(stores, event)) });
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
    let deleted = 0;
    do {
      stopping = new AbortController();
      const report = await sweep({ ...stores, index, signal: stopping.signal }, async () => undefined);
      phases.push(report.next?.phase);
      deleted += report.orphansDeleted;
    } while (phases.at(-1) !== undefined && phases.length < 40);
    expect(phases.at(-1)).toBeUndefined();
    // The manifest goes with what else there is of its revision: what is left for the phases after it is little.
    expect(new Set(phases)).toEqual(new Set(['manifests', undefined]));
    // A chunk each.
    expect(deleted).toBe(KEYS.length);
    expect((await stores.media.list({ prefix: '', limit: 10 })).objects).toEqual([]);
  });

  it.each(['not JSON', 'null', '{"phase":"moods"}', '"tracks"'])(
    'what it left is not understood (%s): it begins anew',
    async (text) => {
      const bytes = new TextEncoder().encode(text);
      await stores.media.put(
        SWEEP_STATE_KEY,
        { byteLength: bytes.length, parts: [bytes] },
        { contentType: 'text/plain' },
      );
      const { context, dispatch, events } = stoppedAfter(Number.POSITIVE_INFINITY);
      await sweep(context, dispatch);
      expect(events.map(({ key }) => key)).toEqual(KEYS);
    },
  );
});
