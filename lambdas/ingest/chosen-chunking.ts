import { type ChunkingConfig, insteadOfSilences, silenceOptionsOf } from '../core/chunking/strategy.ts';
import { decodeAnalysis } from '../core/dsp/analysis-record.ts';
import { readSilences, SILENCE_BYTES, type Silence } from '../core/dsp/silence-record.ts';
import { CuepointError } from '../core/errors.ts';
import type { ObjectStore } from '../core/ports.ts';
import { type AnalysisName, copyAnalysis, readRecords } from '../core/track/analysis-objects.ts';
import { type AnalysisState, type FinishedAnalysis, finishedAnalysisOf } from '../core/track/analysis-state.ts';
import { digestOfBytes, revisionOf } from '../core/track/identity.ts';
import type { PublishedRevision, TrackRecord } from '../core/track/record.ts';
import type { IngestConfig } from './ports.ts';

/** The audio whose silences are known: the same source, in chunks of another kind. */
export type AnalysedRevision = { readonly published: PublishedRevision; readonly analysis: FinishedAnalysis };

export type ChosenChunking = {
  readonly chunking: ChunkingConfig;
  readonly revision: string;
  /** Where the silences are that chunks are to end in. */
  readonly analysed?: AnalysedRevision;
};

/** More are not looked through: 16 MiB, which a hundred hours of talk do not reach. */
const MAX_SILENCES = 1 << 20;

/**
 * How a source is to be cut, and the revision that comes of it. Chunks that are to end in silences need these to be known:
 * from an analysis of the very same source, which what is published now was made of. Until then, and where there are none, it
 * is cut by duration. So the revision depends on the source, the configuration and the silences, and on nothing else.
 */
export async function chooseChunking(
  { chunking: wanted, location }: Pick<IngestConfig, 'chunking' | 'location'>,
  record: TrackRecord | undefined,
  sourceVersion: string,
): Promise<ChosenChunking> {
  if (wanted.strategy !== 'silence') {
    return { chunking: wanted, revision: await revisionOf(sourceVersion, wanted, location) };
  }
  const analysed = record && (await analysedRevision(record, sourceVersion, wanted));
  const chunking: ChunkingConfig = analysed
    ? { ...wanted, silences: analysed.analysis.silencesDigest }
    : insteadOfSilences(wanted);
  const revision = await revisionOf(sourceVersion, chunking, location);
  return { chunking, revision, ...(analysed ? { analysed } : {}) };
}

async function analysedRevision(
  record: TrackRecord,
  sourceVersion: string,
  wanted: ChunkingConfig,
): Promise<AnalysedRevision | undefined> {
  const { published } = record;
  const analysis = finishedAnalysisOf(record);
  if (published === undefined || analysis === undefined || published.sourceVersion !== sourceVersion) return undefined;
  if (analysis.innerSilences === 0 || analysis.innerSilences > MAX_SILENCES) return undefined;
  const sought = silenceOptionsOf(wanted);
  const found = silenceOptionsOf(published.chunking);
  if (sought.thresholdDb !== found.thresholdDb || sought.minimumMs !== found.minimumMs) return undefined;
  // Samples of an older scanner's timeline are not those of today.
  const isOfToday = published.revision === (await revisionOf(sourceVersion, published.chunking, published.location));
  return isOfToday ? { published, analysis } : undefined;
}

/** The silences of an analysis, in decoded samples. Throws `chunk_lost` when they are not those that the record tells of. */
export async function readKnownSilences(
  media: ObjectStore,
  trackId: string,
  { published, analysis }: AnalysedRevision,
): Promise<Silence[]> {
  const bytes = await readInnerSilences(media, nameOf(trackId, analysis), analysis.summary);
  if ((await digestOfBytes(bytes)) !== analysis.silencesDigest) {
    throw new CuepointError('chunk_lost', 'the stored silences are not those of the analysis; it is to be made anew');
  }
  const { leadInSamples } = published;
  return readSilences(bytes).map(({ startSample, endSample }) => ({
    startSample: startSample + leadInSamples,
    endSample: endSample + leadInSamples,
  }));
}

/**
 * The silences that more audio comes behind, as they are stored: timeline samples, see silence-record.ts. One at the very end
 * is left out: what it would be cut off from is nothing.
 */
export async function readInnerSilences(
  media: ObjectStore,
  name: AnalysisName,
  summary: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const { series, totalSamples } = decodeAnalysis(summary);
  const silences = series.find((each) => each.name === 'silences');
  if (silences === undefined) return new Uint8Array(0);
  const bytes = new Uint8Array(await readRecords(media, name, silences, 0, silences.records));
  const last = readSilences(bytes.subarray(-SILENCE_BYTES)).at(-1);
  return last !== undefined && last.endSample >= totalSamples ? bytes.slice(0, -SILENCE_BYTES) : bytes;
}

/** Has the analysis of the audio go on with another revision of it. */
export async function bringAnalysis(
  media: ObjectStore,
  trackId: string,
  { analysis }: AnalysedRevision,
  revision: string,
): Promise<AnalysisState> {
  const brought = { ...analysis, revision };
  if (analysis.revision !== revision) {
    const { series } = decodeAnalysis(analysis.summary);
    await copyAnalysis(media, nameOf(trackId, analysis), nameOf(trackId, brought), analysis.summary, series);
  }
  return brought;
}

function nameOf(trackId: string, { revision, generation }: FinishedAnalysis): AnalysisName {
  return { trackId, revision, generation };
}
