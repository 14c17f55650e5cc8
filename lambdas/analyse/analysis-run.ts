import { silenceOptionsOf } from '../core/chunking/strategy.ts';
import { decodeTrack, type TrackDecodeReport } from '../core/decode/track-decode.ts';
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
  | { readonly end: 'complete'; readonly analysis: Analysis; readonly filledSamples: number }
  /** There was no more time: it was saved, and goes on in another run. */
  | { readonly end: 'paused' }
  /** Another revision is served by now. */
  | { readonly end: 'superseded' }
  | { readonly end: 'too_large'; readonly expectedMs: number };

/** A speed is believed after so much work. */
const MEASURED_MS = 5000;

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
  #firstSample = 0;
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
      onStep: (chunk) => this.#step(chunk),
    });
    return this.#stoppedBy ?? this.#finish(report);
  }

  async #finish(report: TrackDecodeReport): Promise<RunEnd> {
    const { totalSamples, format } = this.#target.published;
    if (report.strangeSamples > totalSamples / 2) {
      throw new CuepointError(
        'unsupported_codec',
        `the ${format.codec} audio decodes to another sample rate or other channels than the file states; encode it again`,
      );
    }
    const analyser = this.#analyserOf(format.channels);
    const analysis = analyser.finish();
    await this.#storePieces();
    return { end: 'complete', analysis, filledSamples: this.#filled(report.filledSamples) };
  }

  #filled(now: number): number {
    return (this.#saved?.filledSamples ?? 0) + now;
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

  async #step(chunk: Chunk | undefined): Promise<boolean> {
    await this.#storePieces();
    const nowMs = this.#context.clock.now();
    if (chunk === undefined) return true;
    const isStopping = this.#context.signal?.aborted === true;
    if (!isStopping && nowMs - this.#savedAtMs < this.#context.analyse.saveIntervalMs) return true;
    const expectedMs = this.#expectedMs(nowMs);
    if (expectedMs > this.#context.analyse.maxAnalysisMs) return this.#stop({ end: 'too_large', expectedMs });
    if (!(await this.#isWanted())) return this.#stop({ end: 'superseded' });
    await this.#save(chunk, nowMs);
    return isStopping ? this.#stop({ end: 'paused' }) : true;
  }

  #stop(by: Exclude<RunEnd, { end: 'complete' }>): false {
    this.#stoppedBy = by;
    return false;
  }

  /** What all of it would take at the speed of this run, what earlier runs took included; 0 while that is not known. */
  #expectedMs(nowMs: number): number {
    const ranMs = nowMs - this.#startedAtMs;
    const position = this.#analyser?.totalSamples ?? 0;
    const done = position - this.#firstSample;
    if (ranMs < MEASURED_MS || done <= 0) return 0;
    const left = this.#target.published.totalSamples - position;
    return (this.#saved?.spentMs ?? 0) + ranMs + (ranMs * left) / done;
  }

  async #isWanted(): Promise<boolean> {
    const { trackId, revision } = this.#target.name;
    const record = await this.#context.index.get(trackId);
    return record?.deletedAtMs === undefined && record?.published?.revision === revision;
  }

  async #save(chunk: Chunk, nowMs: number): Promise<void> {
    this.#savedAtMs = nowMs;
    if (this.#analyser === undefined) return;
    await storeSaved(this.#context.media, this.#target.name, {
      generation: this.#target.name.generation,
      nextChunk: chunk.number,
      channels: this.#channels,
      spentMs: (this.#saved?.spentMs ?? 0) + nowMs - this.#startedAtMs,
      filledSamples: this.#filled(0),
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
