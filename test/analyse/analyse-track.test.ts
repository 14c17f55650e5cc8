import { analyseTrack, giveUpAnalysis } from '../../lambdas/analyse/analyse-track.ts';
import { trackView } from '../../lambdas/api/track-view.ts';
import { decodeAnalysis } from '../../lambdas/core/dsp/analysis-record.ts';
import { CuepointError } from '../../lambdas/core/errors.ts';
import type { Clock, Decoder, Log, ObjectStore, TrackIndex } from '../../lambdas/core/ports.ts';
import { finishedAnalysisOf } from '../../lambdas/core/track/analysis-state.ts';
import { MAX_ATTEMPTS } from '../../lambdas/core/track/attempts.ts';
import { UnreadableObject } from '../../lambdas/core/track/unreadable-object.ts';
import { ingestSource } from '../../lambdas/ingest/ingest-source.ts';
import { eventFor, reconcile } from '../../lambdas/ingest/reconcile.ts';
import type { EmbeddedStores } from '../../server/embedded-stores.ts';
import { AnalysedStores, wavOf } from '../support/analysed-stores.ts';
import {
  mediaContents,
  objectBytes,
  openStores,
  publishedRecord,
  recordOf,
  type TemporaryFolders,
  temporaryFolders,
} from '../support/embedded-fixture.ts';
import { overridden } from '../support/overridden.ts';

const KEY = 'talk.wav';
const CHUNKING = { strategy: 'duration', targetSeconds: 1, maxChunkBytes: 2 ** 23 } as const;
const TALK = wavOf([{ seconds: 3 }, { seconds: 1, isSilent: true }, { seconds: 3 }]);

let folders: TemporaryFolders;
let service: AnalysedStores;

beforeEach(async () => {
  folders = await temporaryFolders();
  service = new AnalysedStores(await openStores(folders, { chunking: CHUNKING }));
  await folders.writeSource(KEY, TALK);
});

afterEach(async () => {
  await service.stores.close();
  await folders.remove();
});

async function view() {
  const record = await recordOf(service.stores, KEY);
  if (record === undefined) throw new Error('there is no record');
  return trackView(record);
}

/** All objects of the analysis, by what follows the revision in their keys, with their hashes. */
async function analysisObjects(): Promise<Record<string, string>> {
  const contents = [...(await mediaContents(service.stores))].filter(([key]) => key.includes('/analysis'));
  return Object.fromEntries(contents.map(([key, hash]) => [key.replace(/^.*?\/analysis/, 'analysis'), hash]));
}

const noDecoder: Decoder = {
  open: async () => {
    throw new CuepointError('decoder_missing', 'none is installed');
  },
};

describe('analyseTrack', () => {
  it('makes a playable track ready, and has nothing to do the second time', async () => {
    await service.ingest(KEY);
    expect((await view()).status).toBe('playable');
    const [request] = service.requests;
    if (request === undefined) throw new Error('nothing was asked for');
    expect(await service.analyseAll()).toEqual(['analysed']);
    const { status, analysis, warnings, links } = await view();
    expect({ status, warnings }).toEqual({ status: 'ready', warnings: [] });
    expect(analysis).toMatchObject({ silences: 1 });
    expect(links).toMatchObject({ waveform: expect.stringMatching(/waveform\.json$/) });
    const before = await recordOf(service.stores, KEY);
    expect(await analyseTrack(service.context(), request)).toMatchObject({ outcome: 'current' });
    expect(await recordOf(service.stores, KEY)).toEqual(before);
    await service.ingest(KEY);
    expect(service.requests).toEqual([]);
  });

  it('measures every sample of the timeline', async () => {
    await service.ingest(KEY);
    await service.analyseAll();
    const record = await publishedRecord(service.stores, KEY);
    const finished = finishedAnalysisOf(record);
    const analysis = decodeAnalysis(finished?.summary ?? new Uint8Array(0));
    expect(analysis.totalSamples).toBe(record.published.totalSamples);
    expect(finished).toMatchObject({ silences: 1, innerSilences: 1, filledSamples: 0 });
  });

  it('leaves a track playable without a decoder, and says so once', async () => {
    const said: string[] = [];
    const log: Log = { ...service.stores.log, warn: (event, fields) => void said.push(`${event} ${fields?.code}`) };
    await service.ingest(KEY);
    const [request] = service.requests;
    if (request === undefined) throw new Error('nothing was asked for');
    await analyseTrack(service.context({ decoder: noDecoder, log }), request);
    await analyseTrack(service.context({ decoder: noDecoder, log }), request);
    const { status, warnings } = await view();
    expect(status).toBe('playable');
    expect(warnings.map(({ code }) => code)).toEqual(['decoder_missing']);
    expect(said).toEqual(['track_not_analysed decoder_missing']);
    // Where there is one, it is made when it is asked for again.
    expect(await analyseTrack(service.context(), { ...request, retryFailed: true })).toMatchObject({
      outcome: 'analysed',
    });
    expect((await view()).warnings).toEqual([]);
  });

  it('leaves a track playable when its audio cannot be decoded', async () => {
    const refusing: Decoder = {
      open: async () => {
        throw new CuepointError('unsupported_codec', 'the codec is unheard of');
      },
    };
    await service.ingest(KEY);
    expect(await service.analyseAll({ decoder: refusing })).toEqual(['unanalysed']);
    expect(await view()).toMatchObject({
      status: 'playable',
      warnings: [{ code: 'analysis_failed', message: 'the codec is unheard of' }],
    });
  });

  it('says too_large as soon as it is clear, and not at the end', async () => {
    let nowMs = 1_800_000_000_000;
    // Two seconds for each second of audio: fourteen in all, and ten are allowed.
    const clock: Clock = { now: () => (nowMs += 2000) };
    await service.ingest(KEY);
    const context = service.context({ clock, analyse: { maxAnalysisMs: 10_000, saveIntervalMs: 0 } });
    const [request] = service.requests.splice(0);
    if (request === undefined) throw new Error('nothing was asked for');
    const outcome = await analyseTrack(context, request);
    expect(outcome).toMatchObject({ outcome: 'unanalysed', failure: { code: 'too_large' } });
    expect((await view()).warnings).toMatchObject([{ code: 'too_large' }]);
    expect(Object.keys(await analysisObjects())).not.toContain('analysis/1/record.bin');
    // The same work with more time allowed ends.
    const patient = { ...context, analyse: { ...context.analyse, maxAnalysisMs: 3_600_000 } };
    expect(await analyseTrack(patient, { ...request, retryFailed: true })).toMatchObject({ outcome: 'analysed' });
  });

  it('stopped again and again comes to the very same as at one go', async () => {
    await service.ingest(KEY);
    await service.analyseAll();
    const expected = await analysisObjects();
    const summary = finishedAnalysisOf(await publishedRecord(service.stores, KEY))?.summary;
    await service.stores.close();
    await folders.remove();

    folders = await temporaryFolders();
    service = new AnalysedStores(await openStores(folders, { chunking: CHUNKING }));
    await folders.writeSource(KEY, TALK);
    await service.ingest(KEY);
    const [request] = service.requests;
    if (request === undefined) throw new Error('nothing was asked for');
    const outcomes: string[] = [];
    while (outcomes.at(-1) !== 'analysed' && outcomes.length < 20) {
      outcomes.push((await analyseTrack(service.context({ signal: AbortSignal.abort() }), request)).outcome);
    }
    // One chunk a run; the last run has the last chunk, behind which nothing is to be saved.
    expect(outcomes).toEqual([...Array(6).fill('paused'), 'analysed']);
    expect(await analysisObjects()).toEqual(expected);
    expect(finishedAnalysisOf(await publishedRecord(service.stores, KEY))?.summary).toEqual(summary);
  });

  it('takes what was stored whole and not noted, without decoding it again', async () => {
    await service.ingest(KEY);
    // The first write counts the try, the second would note the analysis.
    let puts = 0;
    const index = overridden<TrackIndex>(service.stores.index, {
      put: async (record) => {
        if (++puts > 1) throw new Error('the power went');
        return service.stores.index.put(record);
      },
    }) as EmbeddedStores['index'];
    await expect(service.analyseAll({ index })).rejects.toThrow();
    expect((await view()).status).toBe('playable');
    await service.ingest(KEY);
    expect(await service.analyseAll({ decoder: noDecoder })).toEqual(['analysed']);
    expect((await view()).status).toBe('ready');
  });

  it('does nothing for a revision that is not served any more', async () => {
    await service.ingest(KEY);
    await folders.writeSource(KEY, wavOf([{ seconds: 2 }], 9));
    const [old] = service.requests.splice(0);
    await service.ingest(KEY);
    expect(old && (await analyseTrack(service.context(), old))).toMatchObject({ outcome: 'superseded' });
    expect(await service.analyseAll()).toEqual(['analysed']);
  });

  it('notices that the source was replaced before its event came', async () => {
    await service.ingest(KEY);
    await folders.writeSource(KEY, wavOf([{ seconds: 2 }], 9));
    expect(await service.analyseAll()).toEqual(['superseded']);
    expect((await view()).status).toBe('playable');
  });

  it('throws what may pass, and notes it when nobody tries again', async () => {
    await service.ingest(KEY);
    const [request] = service.requests;
    if (request === undefined) throw new Error('nothing was asked for');
    const media = overridden<ObjectStore>(service.stores.media, {
      put: async () => {
        throw new Error('the disk is full');
      },
    });
    const failing = service.context({ media });
    const failure = await analyseTrack(failing, request).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'unavailable' });
    await giveUpAnalysis(failing, request, failure);
    expect((await view()).warnings).toMatchObject([
      { code: 'analysis_failed', message: expect.stringContaining('full') },
    ]);
    expect(await analyseTrack(service.context(), request)).toMatchObject({ outcome: 'analysed' });
  });
});

describe('an analysis that never comes to its end', () => {
  it('is begun so often and no more, then ends in words; begun anew when somebody asks', async () => {
    const dying = new Error('the decoder took the process with it');
    const decoder: Decoder = { open: () => Promise.reject(dying) };
    await service.ingest(KEY);
    const [request] = service.requests.splice(0);
    if (request === undefined) throw new Error('nothing was asked for');
    // Nobody lives to tell: neither the failure nor that it was given up is noted.
    let begun = 0;
    let outcome = 'interrupted';
    while (outcome === 'interrupted' && begun <= 100) {
      const run = analyseTrack(service.context({ decoder }), request);
      outcome = (await run.catch(() => ({ outcome: 'interrupted' }))).outcome;
      if (outcome === 'interrupted') begun++;
    }
    expect([outcome, begun]).toEqual(['unanalysed', MAX_ATTEMPTS]);
    expect((await view()).warnings).toMatchObject([
      { code: 'analysis_failed', message: expect.stringMatching(/20 times.*memory.*--retry-failed.*given_up/) },
    ]);
    expect(await service.ingest(KEY)).toMatchObject({ outcome: 'current' });
    expect(service.requests).toEqual([]);
    await ingestSource(service.ingestContext, { ...(await eventFor(service.stores, KEY)), retryFailed: true });
    expect(service.requests).toEqual([{ ...request, retryFailed: true }]);
    expect(await service.analyseAll()).toEqual(['analysed']);
  });

  it('runs that came forward do not count', async () => {
    await service.ingest(KEY);
    const [request] = service.requests.splice(0);
    if (request === undefined) throw new Error('nothing was asked for');
    for (let run = 0; run < 3; run++) {
      const stopped = service.context({ signal: AbortSignal.abort() });
      expect(await analyseTrack(stopped, request)).toMatchObject({ outcome: 'paused' });
    }
    expect((await recordOf(service.stores, KEY))?.analysing?.attempts).toBe(1);
    expect(await analyseTrack(service.context(), request)).toMatchObject({ outcome: 'analysed' });
    expect((await recordOf(service.stores, KEY))?.analysing).toBeUndefined();
  });

  it('whose source may not be read says what to do, at once', async () => {
    await service.ingest(KEY);
    const sources = overridden<ObjectStore>(service.stores.sources, {
      read: () => Promise.reject(new UnreadableObject('it is in an archive; restore it')),
    });
    expect(await service.analyseAll({ sources })).toEqual(['unanalysed']);
    expect((await recordOf(service.stores, KEY))?.analysis).toMatchObject({
      failure: { code: 'source_unreadable', message: 'it is in an archive; restore it' },
    });
    await service.ingest(KEY);
    expect(service.requests).toEqual([]);
  });
});

describe('reconcile', () => {
  const look = () =>
    reconcile(service.ingestContext, {
      analyses: true,
      dispatch: async (event) => void (await ingestSource(service.ingestContext, event)),
    });

  it('has analysed what is not, and leaves alone what is', async () => {
    await service.ingest(KEY);
    service.requests.length = 0;
    await look();
    expect(await service.analyseAll()).toEqual(['analysed']);
    await look();
    expect(service.requests).toEqual([]);
  });

  it('has an analysis made again of which a piece is missing', async () => {
    await service.ingest(KEY);
    await service.analyseAll();
    const expected = await analysisObjects();
    const [lost = ''] = [...(await mediaContents(service.stores)).keys()].filter((key) => key.includes('waveform-0'));
    await service.stores.media.delete(lost);
    await look();
    expect((await view()).status).toBe('playable');
    await service.analyseAll();
    expect(await analysisObjects()).toEqual(expected);
    expect(await objectBytes(service.stores, lost)).not.toHaveLength(0);
  });

  it('does not ask for analyses unless it is told to', async () => {
    await service.ingest(KEY);
    service.requests.length = 0;
    await reconcile(service.ingestContext, {
      dispatch: async (event) => void (await ingestSource(service.ingestContext, event)),
    });
    expect(service.requests).toEqual([]);
  });
});
