/** What is to be done about one source and its track. */
import { analysisOf, analysisUnderWay, needsAnalysis } from '../core/track/analysis-state.ts';
import { type Attempts, attemptsOf, nextAttemptMs } from '../core/track/attempts.ts';
import type { IngestState, TrackRecord } from '../core/track/record.ts';
import { forgetRetired, isFinal } from '../core/track/transitions.ts';
import { updateTrack } from '../core/track/update.ts';
import { chooseChunking } from './chosen-chunking.ts';
import type { Pair } from './merge-listings.ts';
import { lacksParts, lostAnalysis } from './missing-parts.ts';
import type { IngestContext } from './ports.ts';

/** Events can be redelivered for as long as a queue keeps them; SQS keeps them 14 days at most. */
const TOMBSTONE_LIFE_MS = 15 * 24 * 3600 * 1000;

/**
 * What was handed over may wait for long, as decoding takes long: an event more would take its place, and wait from the
 * beginning. After a day it got lost.
 */
const HANDED_OVER_MS = 24 * 3600 * 1000;

/**
 * `stored`, `removed`: an event is to be made up for it, with `rebuild` because something of it is lost. `waiting`: it is
 * being worked on, or was tried in vain and its time has not come again. `failed`: it is not tried again by itself.
 */
export type Judgement = {
  readonly verdict: 'stored' | 'removed' | 'unchanged' | 'waiting' | 'failed' | 'tombstonesForgotten';
  readonly rebuild?: true;
  /** The tries so far count for nothing: there was no decoder and is one now, or the host was stopped in the middle. */
  readonly retryFailed?: true;
};

export type JudgeOptions = {
  /** What has no analysis is to be ingested again, which has it analysed. */
  readonly analyses: boolean;
  /** What failed is to be tried again, whenever it was tried before. */
  readonly retryFailed: boolean;
  /** What was begun so lately and did not end yet is being worked on. 0: nobody works but who asks. */
  readonly underWayMs: number;
  /** Of what is published, also whether all of it is there; `chunks`, too. */
  readonly deep: { readonly chunks: boolean } | undefined;
};

export async function judge(context: IngestContext, pair: Pair, options: JudgeOptions): Promise<Judgement> {
  const { source, record } = pair;
  const nowMs = context.clock.now();
  if (source === undefined) {
    if (record === undefined) return { verdict: 'unchanged' };
    if (record.deletedAtMs === undefined) return { verdict: 'removed' };
    if (nowMs - record.deletedAtMs < TOMBSTONE_LIFE_MS) return { verdict: 'unchanged' };
    const isForgotten = await context.index.remove(record.trackId, record.version);
    return { verdict: isForgotten ? 'tombstonesForgotten' : 'unchanged' };
  }
  if (record === undefined || record.deletedAtMs !== undefined) return { verdict: 'stored' };
  await releaseRetired(context, record);
  const { revision } = await chooseChunking(context.config, record, source.version);
  const ingest = record.ingest?.revision === revision ? record.ingest : undefined;
  if (record.published?.revision !== revision) {
    if (ingest && context.config.decoderExpected && lackedDecoder(ingest))
      return { verdict: 'stored', retryFailed: true };
    return ingest ? ofIngest(ingest, nowMs, options) : { verdict: 'stored' };
  }
  if (options.deep && (await lacksParts(context, record, options.deep))) {
    return { ...(ingest ? ofIngest(ingest, nowMs, options) : { verdict: 'stored' }), rebuild: true };
  }
  return ofAnalysis(context, record, nowMs, options);
}

function lackedDecoder({ failure, decoderExpected }: IngestState): boolean {
  return failure?.code === 'decoder_missing' && decoderExpected !== true;
}

/** Of an ingest that did not end in what is published. */
function ofIngest(ingest: IngestState, nowMs: number, options: JudgeOptions): Judgement {
  if (isFinal(ingest.failure) && !options.retryFailed) return { verdict: 'failed' };
  const underWayMs = isHandedOver(ingest) && options.underWayMs > 0 ? HANDED_OVER_MS : options.underWayMs;
  return ofTries(attemptsOf(ingest), ingest.failure !== undefined, nowMs, { ...options, underWayMs });
}

function isHandedOver({ handedOver, failure }: IngestState): boolean {
  return handedOver === true && failure === undefined;
}

async function ofAnalysis(
  context: IngestContext,
  record: TrackRecord,
  nowMs: number,
  options: JudgeOptions,
): Promise<Judgement> {
  if (!options.analyses) return { verdict: 'unchanged' };
  const state = analysisOf(record);
  if (needsAnalysis(record)) {
    const tries = analysisUnderWay(record);
    return tries ? ofTries(tries, state?.outcome === 'failed', nowMs, options) : { verdict: 'stored' };
  }
  if (state?.outcome !== 'done') return { verdict: options.retryFailed ? 'stored' : 'unchanged' };
  const isLost = options.deep && (await lostAnalysis(context, record.trackId, state));
  return { verdict: isLost ? 'stored' : 'unchanged' };
}

function ofTries(tries: Attempts, hasFailed: boolean, nowMs: number, options: JudgeOptions): Judgement {
  const { retryFailed, underWayMs } = options;
  // On a machine of one's own tries cost nothing, and say little: its disk was full, or its owner stopped it in the middle.
  if (underWayMs === 0) return { verdict: 'stored', retryFailed: true };
  const dueMs = hasFailed ? nextAttemptMs(tries) : tries.startedAtMs + underWayMs;
  return { verdict: (hasFailed && retryFailed) || nowMs >= dueMs ? 'stored' : 'waiting' };
}

async function releaseRetired(context: IngestContext, record: TrackRecord): Promise<void> {
  if (record.retired.length === 0) return;
  const beforeMs = context.clock.now() - context.config.retainReplacedMs;
  await updateTrack(context.index, record.trackId, (stored) => ({ record: stored && forgetRetired(stored, beforeMs) }));
}
