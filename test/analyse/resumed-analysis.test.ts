/** An analysis that was interrupted and went on, of a source that cannot be decoded whole: it tells the same as at one go. */
import { analyseTrack } from '../../lambdas/analyse/analyse-track.ts';
import { trackView } from '../../lambdas/api/track-view.ts';
import type { Decoder, ObjectStore, TrackIndex } from '../../lambdas/core/ports.ts';
import { finishedAnalysisOf } from '../../lambdas/core/track/analysis-state.ts';
import type { AnalysisRequest } from '../../lambdas/ingest/ports.ts';
import type { EmbeddedStores } from '../../server/embedded-stores.ts';
import { adtsFrame, BitString } from '../support/adts-stream.ts';
import { AnalysedStores } from '../support/analysed-stores.ts';
import {
  mediaContents,
  openStores,
  publishedRecord,
  type TemporaryFolders,
  temporaryFolders,
} from '../support/embedded-fixture.ts';
import { overridden } from '../support/overridden.ts';

const KEY = 'talk.aac';
const CHUNKING = { strategy: 'duration', targetSeconds: 0.5, maxChunkBytes: 2 ** 23 } as const;
const FRAMES = 400;
const FRAME_SAMPLES = 1024;

/** ISO/IEC 14496-3, codebook 1 (table 4.A.2): the quads 0 0 0 1 and 0 0 0 -1. */
const QUADS = [0b10100, 0b10010] as const;
/** More bands than there are. */
const IMPOSSIBLE_BANDS = 63;

/** One channel: one long window, one scale factor band with one line that is not 0, as loud as `gain` says. */
function channelFields(bits: BitString, gain: number, bands = 1): BitString {
  bits.put(gain, 8).put(0, 4).put(bands, 6).put(0, 1);
  bits.put(1, 4).put(1, 5).put(0, 1).put(0, 3);
  return bits.put(QUADS[gain % 2] ?? 0, 5);
}

const END = 7;

const audible = (gain: number): Uint8Array => channelFields(new BitString().put(0, 7), gain).put(END, 3).bytes();
const damaged = (gain: number): Uint8Array =>
  channelFields(new BitString().put(0, 7), gain, IMPOSSIBLE_BANDS).put(END, 3).bytes();

/** A pair of channels, where the headers say that there is one. */
function pair(gain: number): Uint8Array {
  const bits = new BitString().put(1, 3).put(0, 4).put(0, 1);
  return channelFields(channelFields(bits, gain), gain).put(END, 3).bytes();
}

type FrameKind = 'audible' | 'damaged' | 'pair';

/** Louder and softer, so that no two frames are alike. */
function adts(kindOf: (frame: number) => FrameKind): Uint8Array {
  const payloads = { audible, damaged, pair };
  const frames = Array.from({ length: FRAMES }, (_, i) =>
    adtsFrame({ channelConfiguration: 1, payload: payloads[kindOf(i)](150 + ((i * 7) % 40)) }),
  );
  return Buffer.concat(frames);
}

const SOURCES: readonly (readonly [string, (frame: number) => FrameKind])[] = [
  ['every third frame of the first half is damaged', (i) => (i > 3 && i < 200 && i % 3 === 0 ? 'damaged' : 'audible')],
  ['frames are damaged in runs', (i) => (i < 300 && i % 40 > 25 ? 'damaged' : 'audible')],
  ['frames have other channels', (i) => (i > 3 && i < 150 && i % 5 === 0 ? 'pair' : 'audible')],
];

let folders: TemporaryFolders;
let service: AnalysedStores;

async function opened(source: Uint8Array): Promise<AnalysisRequest> {
  folders = await temporaryFolders();
  service = new AnalysedStores(await openStores(folders, { chunking: CHUNKING }));
  await folders.writeSource(KEY, source);
  await service.ingest(KEY);
  const [request] = service.requests.splice(0);
  if (request === undefined) throw new Error('nothing was asked for');
  return request;
}

async function closed(): Promise<void> {
  await service.stores.close();
  await folders.remove();
}

/** All that an analysis leaves behind, but for when it was made and of which version of the file. */
async function analysed() {
  const record = await publishedRecord(service.stores, KEY);
  const { analysedAtMs: _, revision, ...finished } = finishedAnalysisOf(record) ?? {};
  const objects = [...(await mediaContents(service.stores))].filter(([key]) => key.includes('/analysis'));
  return {
    finished,
    warnings: trackView(record).warnings,
    objects: objects.map(([key, hash]) => [key.replaceAll(revision ?? '', 'REVISION'), hash]),
  };
}

async function atOneGo(source: Uint8Array) {
  const request = await opened(source);
  expect(await analyseTrack(service.context(), request)).toMatchObject({ outcome: 'analysed' });
  const result = await analysed();
  await closed();
  return result;
}

/** Nothing is written any more once it was saved so often. */
function dyingAfter(saves: number): ObjectStore {
  const { media } = service.stores;
  let left = saves;
  return overridden<ObjectStore>(media, {
    put: async (key, body, attributes) => {
      if (left === 0) throw new Error('the process was killed');
      const stored = await media.put(key, body, attributes);
      if (key.endsWith('/analysis.bin')) left--;
      return stored;
    },
  });
}

describe.each(SOURCES)('%s', (_, kindOf) => {
  const source = adts(kindOf);
  const lostFrames = Array.from({ length: FRAMES }, (_unused, i) => kindOf(i)).filter((kind) => kind !== 'audible');
  let expected: Awaited<ReturnType<typeof atOneGo>>;

  beforeAll(async () => {
    expected = await atOneGo(source);
  });

  afterEach(closed);

  it('counts them', async () => {
    await opened(source);
    expect(expected.finished).toMatchObject({ outcome: 'done', filledSamples: lostFrames.length * FRAME_SAMPLES });
  });

  it('stopped at each chunk', async () => {
    const request = await opened(source);
    const outcomes: string[] = [];
    while (outcomes.at(-1) !== 'analysed' && outcomes.length < 30) {
      outcomes.push((await analyseTrack(service.context({ signal: AbortSignal.abort() }), request)).outcome);
    }
    expect(outcomes.length).toBeGreaterThan(5);
    expect(await analysed()).toEqual(expected);
  });

  it.each([1, 2, 3, 4])('killed after save %d', async (saves) => {
    const request = await opened(source);
    const killed = service.context({ media: dyingAfter(saves), analyse: { maxAnalysisMs: 1e9, saveIntervalMs: 0 } });
    await expect(analyseTrack(killed, request)).rejects.toMatchObject({ code: 'unavailable' });
    expect(await analyseTrack(service.context(), request)).toMatchObject({ outcome: 'analysed' });
    expect(await analysed()).toEqual(expected);
  });

  it('killed when all was stored, before it was noted', async () => {
    const request = await opened(source);
    const index = overridden<TrackIndex>(service.stores.index, {
      put: async (record) => {
        if (record.analysis !== undefined) throw new Error('the process was killed');
        return service.stores.index.put(record);
      },
    }) as EmbeddedStores['index'];
    await expect(analyseTrack(service.context({ index }), request)).rejects.toThrow();
    const decoder: Decoder = { open: () => Promise.reject(new Error('it is not to be decoded again')) };
    expect(await analyseTrack(service.context({ decoder }), request)).toMatchObject({ outcome: 'analysed' });
    expect(await analysed()).toEqual(expected);
  });
});

it('mostly of other channels, it is refused however often it was stopped', async () => {
  const request = await opened(adts((i) => (i > 3 && i < 220 ? 'pair' : 'audible')));
  const outcomes: string[] = [];
  while (outcomes.at(-1) !== 'unanalysed' && outcomes.length < 30) {
    outcomes.push((await analyseTrack(service.context({ signal: AbortSignal.abort() }), request)).outcome);
  }
  expect(outcomes.filter((outcome) => outcome === 'paused').length).toBeGreaterThan(3);
  expect(trackView(await publishedRecord(service.stores, KEY)).warnings).toMatchObject([
    { code: 'timeline_assumed' },
    { code: 'analysis_failed', message: expect.stringMatching(/other channels/) },
  ]);
  await closed();
});
