import { silenceOptionsOf } from '../core/chunking/strategy.ts';
import { type DecodeLosses, decodeTrack } from '../core/decode/track-decode.ts';
import { Analyser } from '../core/dsp/analyser.ts';
import type { Analysis } from '../core/dsp/analysis.ts';
import { MAX_CHANNELS } from '../core/dsp/speakers.ts';
import { CuepointError } from '../core/errors.ts';
import { ChunkIndex } from '../core/index/chunk-index.ts';
import type { Chunk } from '../core/index/page.ts';
import type { ObjectInfo } from '../core/ports.ts';
import { type AnalysisName, storePiece } from '../core/track/analysis-objects.ts';
import type { PublishedRevision } from '../core/track/record.ts';
import { objectSource, readOnce } from '../core/track/source-bytes.ts';
import type { AnalyseContext } from './ports.ts';
import { loadSaved, type SavedAnalysis, storeSaved } from './saved-analysis.ts';

export type RunTarget = {
  readonly name: AnalysisName;
  readonly published: PublishedRevision;
  readonly source: ObjectInfo;
};

/** Where a run ended. */
export type RunEnd =
  | { readonly end: 'complete'; readonly analysis: Analysis }
  /** There was no more time: it was saved, and goes on in another run. */
  | { readonly end: 'paused' }
  /** Another revision is served by now. */
  | { readonly end: 'superseded' }
  | { readonly end: 'too_large'; readonly expectedMs: number };

/** A speed is believed after so much work. */
const MEASURED_MS = 5000;
/** How often it is asked whether the revision is still served: a read of the record, and as much work in vain at most. */
const WANTED_INTERVAL_MS = 10_000;

/**
 * Decodes and measures a revision, on from where an earlier run was saved. Pieces of the series are stored as they are
 * completed. Memory: what a scan and one decoder hold, the analyser, the pieces of one packet.
 *
 * Throws what the scan, the decoder and the stores throw, and `unsupported_codec` for audio that cannot be measured.
 */
export async function runAnalysis(context: AnalyseContext, target: RunTarget): Promise<RunEnd> {
  return new AnalysisRun(context, target, await loadSaved(context.media, target.name)).run();
}

class AnalysisRun {
  readonly #context: AnalyseContext;
  readonly #target: RunTarget;
  readonly #saved: SavedAnalysis | undefined;
  readonly #startedAtMs: number;
  #analyser: Analyser | undefined;
  #channels: number;
  #savedAtMs: number;
  #wantedAtMs: number;
  readonly #firstSample: number;
  /** Where the first samples of this run ended, and when: before that packets were passed over, the decoder was loaded. */
  #measuredFrom: { readonly sample: number; readonly atMs: number } | undefined;
  #stoppedBy: Exclude<RunEnd, { end: 'complete' }> | undefined;

  constructor(context: AnalyseContext, target: RunTarget, saved: SavedAnalysis | undefined) {
    this.#context = context;
    this.#target = target;
    this.#saved = saved;
    this.#analyser = saved?.analyser;
    this.#channels = saved?.channels ?? 0;
    this.#firstSample = saved?.analyser.totalSamples ?? 0;
    this.#startedAtMs = context.clock.now();
    this.#savedAtMs = this.#startedAtMs;
    this.#wantedAtMs = this.#startedAtMs;
  }

  async run(): Promise<RunEnd> {
    const { index, sources, decoder, analyse } = this.#context;
    const { published, source, name } = this.#target;
    const chunks = new ChunkIndex(published, (page) => index.getPage(name.trackId, name.revision, page));
    const from = this.#saved && (await firstOf(chunks, this.#saved.nextChunk));
    const report = await decodeTrack({
      source: readOnce(objectSource(sources, source), analyse.readBlockBytes),
      decoder,
      published,
      index: chunks,
      ...(from ? { from: { chunk: from, channels: this.#channels } } : {}),
      onPiece: ({ interleaved, channels, startSample, endSample }) =>
        this.#analyserOf(channels).accept(interleaved, startSample, endSample),
      onStep: (chunk, losses) => this.#step(chunk, losses),
    });
    return this.#stoppedBy ?? this.#finish(report);
  }

  async #finish(lossesNow: DecodeLosses): Promise<RunEnd> {
    const { totalSamples, format } = this.#target.published;
    const { filledSamples, strangeSamples } = this.#lossesOfAll(lossesNow);
    if (strangeSamples > totalSamples / 2) {
      throw new CuepointError(
        'unsupported_codec',
        `the ${format.codec} audio decodes to another sample rate or other channels than the file states; encode it again`,
      );
    }
    const analyser = this.#analyserOf(format.channels);
    const analysis = analyser.finish(filledSamples);
    await this.#storePieces();
    return { end: 'complete', analysis };
  }

  /** With those of earlier runs. */
  #lossesOfAll(now: DecodeLosses): DecodeLosses {
    const { filledSamples = 0, strangeSamples = 0 } = this.#saved?.losses ?? {};
    return {
      filledSamples: filledSamples + now.filledSamples,
      strangeSamples: strangeSamples + now.strangeSamples,
    };
  }

  #analyserOf(channels: number): Analyser {
    if (this.#analyser !== undefined) return this.#analyser;
    const { format, totalSamples, chunking } = this.#target.published;
    if (channels > MAX_CHANNELS) {
      throw new CuepointError(
        'unsupported_codec',
        `${channels} channels were decoded, and up to ${MAX_CHANNELS} can be measured`,
      );
    }
    this.#channels = channels;
    this.#analyser = new Analyser({
      sampleRate: format.sampleRate,
      channels,
      ...(format.channelMask === undefined ? {} : { channelMask: format.channelMask }),
      expectedSamples: totalSamples,
      silences: silenceOptionsOf(chunking),
    });
    return this.#analyser;
  }

  /** Each packet: whether there is time for all of it, whether it is still wanted, whether it is to be saved. */
  async #step(chunk: Chunk | undefined, lossesNow: DecodeLosses): Promise<boolean> {
    await this.#storePieces();
    const { clock, signal, analyse } = this.#context;
    const nowMs = clock.now();
    const expectedMs = this.#expectedMs(nowMs);
    if (expectedMs > analyse.maxAnalysisMs) return this.#stop({ end: 'too_large', expectedMs });
    const isStopping = signal?.aborted === true;
    const isSaveDue = isStopping || nowMs - this.#savedAtMs >= analyse.saveIntervalMs;
    const savedAt = isSaveDue ? chunk : undefined;
    // What is not wanted any more is not saved either.
    if (savedAt !== undefined || nowMs - this.#wantedAtMs >= WANTED_INTERVAL_MS) {
      this.#wantedAtMs = nowMs;
      if (!(await this.#isWanted())) return this.#stop({ end: 'superseded' });
    }
    if (savedAt === undefined) return true;
    await this.#save(savedAt, lossesNow, nowMs);
    return isStopping ? this.#stop({ end: 'paused' }) : true;
  }

  #stop(by: Exclude<RunEnd, { end: 'complete' }>): false {
    this.#stoppedBy = by;
    return false;
  }

  /** What all of it will take: what it took by now, over all runs, and once a speed is known, what is left at that. */
  #expectedMs(nowMs: number): number {
    const spentMs = this.#spentMs(nowMs);
    const sample = this.#analyser?.totalSamples ?? 0;
    if (sample <= this.#firstSample) return spentMs;
    this.#measuredFrom ??= { sample, atMs: nowMs };
    const measuredMs = nowMs - this.#measuredFrom.atMs;
    const measuredSamples = sample - this.#measuredFrom.sample;
    if (measuredMs < MEASURED_MS || measuredSamples <= 0) return spentMs;
    return spentMs + (measuredMs * (this.#target.published.totalSamples - sample)) / measuredSamples;
  }

  #spentMs(nowMs: number): number {
    return (this.#saved?.spentMs ?? 0) + nowMs - this.#startedAtMs;
  }

  async #isWanted(): Promise<boolean> {
    const { trackId, revision } = this.#target.name;
    const record = await this.#context.index.get(trackId);
    return record?.deletedAtMs === undefined && record?.published?.revision === revision;
  }

  async #save(chunk: Chunk, lossesNow: DecodeLosses, nowMs: number): Promise<void> {
    this.#savedAtMs = nowMs;
    if (this.#analyser === undefined) return;
    await storeSaved(this.#context.media, this.#target.name, {
      generation: this.#target.name.generation,
      nextChunk: chunk.number,
      channels: this.#channels,
      spentMs: this.#spentMs(nowMs),
      losses: this.#lossesOfAll(lossesNow),
      analyser: this.#analyser,
    });
  }

  async #storePieces(): Promise<void> {
    for (const piece of this.#analyser?.takePieces() ?? []) {
      await storePiece(this.#context.media, this.#target.name, piece);
    }
  }
}

async function firstOf(chunks: ChunkIndex, number: number): Promise<Chunk | undefined> {
  for await (const chunk of chunks.chunks(number, number + 1)) return chunk;
  return undefined;
}
