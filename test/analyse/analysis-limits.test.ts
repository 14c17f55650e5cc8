/** Time for an analysis, whether it is still wanted, and saving: each looked at by itself. The clock is moved by the work. */
import { type AnalysisOutcome, analyseTrack } from '../../lambdas/analyse/analyse-track.ts';
import type { AnalyseConfig, AnalyseContext } from '../../lambdas/analyse/ports.ts';
import type { Clock, Decoder, ObjectStore } from '../../lambdas/core/ports.ts';
import { ingestSource } from '../../lambdas/ingest/ingest-source.ts';
import type { AnalysisRequest } from '../../lambdas/ingest/ports.ts';
import { eventFor } from '../../lambdas/ingest/reconcile.ts';
import { AnalysedStores, wavOf } from '../support/analysed-stores.ts';
import { openStores, type TemporaryFolders, temporaryFolders } from '../support/embedded-fixture.ts';
import { overridden } from '../support/overridden.ts';

const KEY = 'talk.wav';
const SECONDS = 60;
const TALK = wavOf([{ seconds: SECONDS }]);
const START_MS = 1_800_000_000_000;
const NEVER_MS = 1e9;
const chunksOf = (targetSeconds: number) => ({ strategy: 'duration', targetSeconds, maxChunkBytes: 2 ** 23 }) as const;

/** The decoder of the stores, for which a second of audio takes so long, and opening it so long. */
type Work = { readonly msPerSecond: number; readonly openMs?: number; readonly onWork?: (ms: number) => Promise<void> };

let folders: TemporaryFolders;
let service: AnalysedStores;
let workedMs: number;

async function opened(targetSeconds = 1): Promise<AnalysisRequest> {
  folders = await temporaryFolders();
  service = new AnalysedStores(await openStores(folders, { chunking: chunksOf(targetSeconds) }));
  workedMs = 0;
  await folders.writeSource(KEY, TALK);
  await service.ingest(KEY);
  const [request] = service.requests.splice(0);
  if (request === undefined) throw new Error('nothing was asked for');
  return request;
}

afterEach(async () => {
  await service.stores.close();
  await folders.remove();
});

function analyse(
  request: AnalysisRequest,
  { msPerSecond, openMs = 0, onWork }: Work,
  analyse: AnalyseConfig,
  changes: Partial<AnalyseContext> = {},
): Promise<AnalysisOutcome> {
  const clock: Clock = { now: () => START_MS + workedMs };
  const decoder: Decoder = {
    open: async (config) => {
      workedMs += openMs;
      const frames = await service.stores.decoder.open(config);
      return overridden(frames, {
        decode: async (frame) => {
          const decoded = await frames.decode(frame);
          for (const { samples, sampleRate } of decoded) workedMs += (samples / sampleRate) * msPerSecond;
          await onWork?.(workedMs);
          return decoded;
        },
      });
    },
  };
  return analyseTrack(service.context({ clock, decoder, analyse, ...changes }), request);
}

describe('an analysis that would take longer than is allowed', () => {
  it.each([
    ['saved rarely', 1, 60_000],
    ['saved often', 1, 1000],
    ['of one chunk, where nothing can be saved', 3600, 60_000],
  ])('says so after five seconds of work: %s', async (_, targetSeconds, saveIntervalMs) => {
    const request = await opened(targetSeconds);
    const outcome = await analyse(request, { msPerSecond: 1000 }, { maxAnalysisMs: 15_000, saveIntervalMs });
    expect(outcome).toMatchObject({ outcome: 'unanalysed', failure: { code: 'too_large' } });
    expect(workedMs).toBeGreaterThanOrEqual(5000);
    expect(workedMs).toBeLessThan(8000);
  });

  it('says so however short its runs are', async () => {
    const request = await opened();
    const limits = { maxAnalysisMs: 15_000, saveIntervalMs: 60_000 };
    const outcomes: string[] = [];
    while (!outcomes.includes('unanalysed') && outcomes.length < SECONDS) {
      const stopped = { signal: AbortSignal.abort() };
      outcomes.push((await analyse(request, { msPerSecond: 1000 }, limits, stopped)).outcome);
    }
    expect(outcomes.at(-1)).toBe('unanalysed');
    expect(workedMs).toBeLessThan(18_000);
  });
});

describe('an analysis that ends in time', () => {
  it('is made', async () => {
    const limits = { maxAnalysisMs: 1000 * (SECONDS + 5), saveIntervalMs: NEVER_MS };
    expect(await analyse(await opened(), { msPerSecond: 1000 }, limits)).toMatchObject({ outcome: 'analysed' });
  });

  it('is made where its decoder was long in coming: that says nothing of its speed', async () => {
    const limits = { maxAnalysisMs: 40_000, saveIntervalMs: NEVER_MS };
    const outcome = await analyse(await opened(), { msPerSecond: 200, openMs: 20_000 }, limits);
    expect(outcome).toMatchObject({ outcome: 'analysed' });
  });
});

describe('an analysis of what is not served any more', () => {
  it.each([
    ['saved rarely', NEVER_MS],
    ['saved often', 1000],
  ])('stops within ten seconds, and saves nothing more: %s', async (_, saveIntervalMs) => {
    const request = await opened();
    let isReplaced = false;
    const onWork = async (): Promise<void> => {
      if (isReplaced || workedMs < 3000) return;
      isReplaced = true;
      // The same bytes, cut otherwise: the source itself gives nothing away.
      const config = { ...service.stores.config, chunking: chunksOf(2), retainReplacedMs: -1 };
      await ingestSource({ ...service.ingestContext, config }, await eventFor(service.stores, KEY));
    };
    const savedInVain: string[] = [];
    const media = overridden<ObjectStore>(service.stores.media, {
      put: (key, body, attributes) => {
        if (isReplaced && key.endsWith('/analysis.bin')) savedInVain.push(key);
        return service.stores.media.put(key, body, attributes);
      },
    });
    const limits = { maxAnalysisMs: NEVER_MS, saveIntervalMs };
    const outcome = await analyse(request, { msPerSecond: 1000, onWork }, limits, { media });
    expect(outcome).toMatchObject({ outcome: 'superseded' });
    expect({ isReplaced, savedInVain }).toEqual({ isReplaced: true, savedInVain: [] });
    expect(workedMs).toBeLessThan(16_000);
  });
});
