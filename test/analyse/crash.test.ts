import { trackView } from '../../lambdas/api/track-view.ts';
import { finishedAnalysisOf } from '../../lambdas/core/track/analysis-state.ts';
import { ingestSource } from '../../lambdas/ingest/ingest-source.ts';
import { reconcile } from '../../lambdas/ingest/reconcile.ts';
import type { Settings } from '../../server/settings.ts';
import { AnalysedStores, wavOf } from '../support/analysed-stores.ts';
import { startChild } from '../support/child-process.ts';
import { mediaContents, openStores, publishedRecord, temporaryFolders } from '../support/embedded-fixture.ts';

const KEY = 'a.wav';
const SOURCE = wavOf([{ seconds: 2 }, { seconds: 1, isSilent: true }, { seconds: 2 }]);
const DURATION = { chunking: { strategy: 'duration', targetSeconds: 1, maxChunkBytes: 2 ** 23 } } as const;
const SILENCES = {
  chunking: {
    strategy: 'silence',
    thresholdDb: -60,
    minimumSilenceMs: 500,
    minChunkSeconds: 1,
    maxChunkSeconds: 4,
    maxChunkBytes: 2 ** 23,
  },
} as const;

async function prepared(settings: Partial<Settings>) {
  const folders = await temporaryFolders();
  await folders.writeSource(KEY, SOURCE);
  const service = new AnalysedStores(await openStores(folders, settings));
  await service.ingest(KEY);
  await service.stores.close();
  return folders;
}

type Folders = Awaited<ReturnType<typeof prepared>>;

async function dieAt(folders: Folders, write: number, moment: string): Promise<NodeJS.Signals | null> {
  const child = startChild('analysis-crash.ts', [folders.sourceFolder, folders.dataFolder, KEY, String(write), moment]);
  await child.ended();
  return child.process.signalCode;
}

/** A new start: what it looks for, and what follows. Then what the track is, without what differs from run to run. */
async function recovered(folders: Folders) {
  const service = new AnalysedStores(await openStores(folders));
  const context = { ...service.ingestContext, config: { ...service.stores.config, retainReplacedMs: -1 } };
  for (let look = 0; look < 3; look++) {
    await reconcile(context, { analyses: true, dispatch: async (event) => void (await ingestSource(context, event)) });
    await service.analyseAll();
  }
  const record = await publishedRecord(service.stores, KEY);
  const { revision, chunking, chunkCount } = record.published;
  // Names of revisions differ, since a file written anew is another version of it.
  const objects = [...(await mediaContents(service.stores))]
    .filter(([key]) => !key.endsWith('manifest.json'))
    .map(([key, hash]) => [key.replaceAll(revision, 'REVISION'), hash]);
  const { summary, silencesDigest } = finishedAnalysisOf(record) ?? {};
  await service.stores.close();
  const { status, warnings } = trackView(record);
  return { status, warnings, chunking, chunkCount, summary, silencesDigest, objects };
}

describe.each([
  ['chunks by duration', DURATION],
  ['chunks at silences', SILENCES],
])('kill -9 at each write of an analysis, %s', (_, settings) => {
  it('ends ready after a restart, the same as without', async () => {
    const whole = await prepared(settings);
    const child = startChild('analysis-crash.ts', [whole.sourceFolder, whole.dataFolder, KEY, '0']);
    const writes = Number((await child.line('writes')).split(' ')[1]);
    await child.ended();
    expect(writes).toBeGreaterThanOrEqual(8);
    const expected = await recovered(whole);
    expect(expected).toMatchObject({ status: 'ready', chunking: { strategy: settings.chunking.strategy } });
    await whole.remove();

    const cases = Array.from({ length: writes }, (_unused, i) => [i + 1, i % 2 === 0 ? 'before' : 'after'] as const);
    const one = async ([write, moment]: readonly [number, string]): Promise<void> => {
      const folders = await prepared(settings);
      expect([write, moment, await dieAt(folders, write, moment)]).toEqual([write, moment, 'SIGKILL']);
      expect([write, moment, await recovered(folders)]).toEqual([write, moment, expected]);
      await folders.remove();
    };
    const lanes = [0, 1].map(async (lane) => {
      for (const [i, entry] of cases.entries()) if (i % 2 === lane) await one(entry);
    });
    await Promise.all(lanes);
  }, 180_000);
});
