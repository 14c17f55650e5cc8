/**
 * Decodes a published revision once, front to back, in constant memory: its timeline, sample by sample, as a player that
 * knows delay and padding has it. It can begin at any chunk and then gives the very samples that a decode of the whole has
 * from there on.
 */
import { openScan } from '../formats/detect.ts';
import type { ChunkIndex } from '../index/chunk-index.ts';
import type { Chunk } from '../index/page.ts';
import type { ByteSource, Decoder, DecoderConfig, FrameDecoder } from '../ports.ts';
import type { PublishedRevision } from '../track/record.ts';
import { decodeStartOf } from '../track/timeline.ts';
import { openAsfFeeds } from './asf-feed.ts';
import { type Feed, feedsOf, type Parting } from './feed.ts';
import { OggFrames } from './ogg-frames.ts';
import { SourceView } from './source-view.ts';
import { type PieceListener, TimelineSamples } from './timeline-samples.ts';

export type TrackDecodeOptions = {
  /** Best one that remembers what was read (`readOnce`): each byte is looked at by a scanner first. */
  readonly source: ByteSource;
  readonly decoder: Decoder;
  readonly published: PublishedRevision;
  readonly index: ChunkIndex;
  /** Begin with this chunk, whose samples have so many channels. */
  readonly from?: { readonly chunk: Chunk; readonly channels: number };
  readonly onPiece: PieceListener;
  /**
   * Called before each packet that is decoded. With a chunk: all before it was heard, its first sample comes next, and another
   * decode can go on with it. `losses`: those so far. `false`: stop here.
   */
  readonly onStep: (chunk: Chunk | undefined, losses: DecodeLosses) => Promise<boolean>;
};

/** Of the samples from where the decode began: those of one that goes on with a chunk are to be added. */
export type DecodeLosses = {
  /** Samples that nothing came out for, and are silence here. */
  readonly filledSamples: number;
  /** Samples of another rate or number of channels, left out. */
  readonly strangeSamples: number;
};

type TrackDecodeReport = DecodeLosses & {
  /** False: `onStep` stopped it. */
  readonly isComplete: boolean;
};

/** Throws what the scan throws, `unsupported_codec` and `decoder_missing` from the decoder, and failures of the source. */
export async function decodeTrack(options: TrackDecodeOptions): Promise<TrackDecodeReport> {
  const run = new TrackDecode(options);
  try {
    if (options.published.format.container === 'asf') await run.decodeAsf();
    else await run.decodeScan();
    return run.report();
  } finally {
    await run.close();
  }
}

class TrackDecode {
  readonly #options: TrackDecodeOptions;
  readonly #view: SourceView;
  readonly #samples: TimelineSamples;
  readonly #chunks: AsyncGenerator<Chunk, void, undefined>;
  readonly #parting: Parting;
  readonly #fromByte: number;
  /** The chunks that are not begun yet: the first two of them, as feeds are made one ahead. */
  #nextChunk: Chunk | undefined;
  #chunkAfterNext: Chunk | undefined;
  #decoder: FrameDecoder | undefined;
  #ogg: OggFrames | undefined;
  #init: Uint8Array;
  /** Where the last packet began that was not decoded whole. */
  #lossByte = -1;
  #isStopped = false;

  constructor(options: TrackDecodeOptions) {
    const { source, published, index, from, onPiece } = options;
    const { format, leadInSamples, totalSamples } = published;
    this.#options = options;
    this.#view = new SourceView(source);
    this.#chunks = index.chunks((from?.chunk.number ?? 0) + 1);
    const start = from && decodeStartOf(from.chunk, published);
    this.#fromByte = start?.startByte ?? 0;
    this.#parting = { fromByte: this.#fromByte, after: (byte) => this.#chunkStartAfter(byte) };
    this.#init = published.init;
    this.#samples = new TimelineSamples(
      {
        usualChannels: format.channels,
        ...(from ? { channels: from.channels } : {}),
        sampleRate: format.sampleRate,
        startSample: Math.max(leadInSamples, from?.chunk.startSample ?? 0),
        endSample: leadInSamples + totalSamples,
        position: start?.sample ?? 0,
      },
      onPiece,
    );
  }

  async decodeScan(): Promise<void> {
    const { source, decoder } = this.#options;
    const scan = await openScan(source, { decoder });
    this.#init = scan.init;
    await this.#awaitChunk();
    await this.#awaitChunk();
    const steps = feedsOf(scan.packets(), this.#parting);
    try {
      for await (const step of steps) {
        if (step.kind === 'init') {
          this.#closeDecoder();
          this.#init = step.init;
        } else if (step.feed.endByte > this.#fromByte) {
          if (!(await this.#goesOn(step.feed.startByte))) return;
          await this.#feed(step.feed);
        }
      }
    } finally {
      await steps.return(undefined as never);
    }
    await this.#end();
  }

  async decodeAsf(): Promise<void> {
    const { config, feeds } = await openAsfFeeds(this.#options.source);
    const decoder = await this.#options.decoder.open(config);
    this.#decoder = decoder;
    await this.#awaitChunk();
    await this.#awaitChunk();
    for await (const { startByte, objects } of feeds(this.#fromByte)) {
      if (!(await this.#goesOn(startByte))) return;
      const lostBefore = this.#lostFrames(decoder);
      for (const object of objects) this.#samples.take(await decoder.decode(object));
      if (this.#lostFrames(decoder) > lostBefore) this.#lossByte = startByte;
    }
    await this.#end();
  }

  report(): TrackDecodeReport {
    return { isComplete: !this.#isStopped, ...this.#samples.losses };
  }

  async close(): Promise<void> {
    this.#view.close();
    this.#closeDecoder();
    await this.#chunks.return(undefined);
  }

  /** What the decoder held back, then silence for what never came. */
  async #end(): Promise<void> {
    if (this.#decoder !== undefined) this.#samples.take(await this.#decoder.flush());
    const { leadInSamples, totalSamples } = this.#options.published;
    this.#samples.fillTo(leadInSamples + totalSamples);
  }

  /** Whether the packet that begins there is to be decoded. */
  async #goesOn(startByte: number): Promise<boolean> {
    if (this.#samples.isComplete) return false;
    let met: Chunk | undefined;
    while (this.#nextChunk !== undefined && this.#nextChunk.startByte <= startByte) {
      const chunk = this.#nextChunk;
      if (this.#canBeginAt(chunk, startByte)) met = chunk;
      await this.#awaitChunk();
    }
    this.#isStopped = !(await this.#options.onStep(met, this.#samples.losses));
    return !this.#isStopped;
  }

  /**
   * Only where decoder and index agree can another decode go on. And only with a preroll that is whole: behind a frame that
   * it refuses, what a decoder puts out depends on what it was fed before.
   */
  #canBeginAt(chunk: Chunk, startByte: number): boolean {
    const prerollByte = decodeStartOf(chunk, this.#options.published).startByte;
    return (
      chunk.startByte === startByte && chunk.startSample === this.#samples.position && prerollByte > this.#lossByte
    );
  }

  async #awaitChunk(): Promise<void> {
    const next = await this.#chunks.next();
    this.#nextChunk = this.#chunkAfterNext;
    this.#chunkAfterNext = next.done ? undefined : next.value;
  }

  #chunkStartAfter(byte: number): number {
    const chunk = [this.#nextChunk, this.#chunkAfterNext].find((each) => each !== undefined && each.startByte > byte);
    return chunk?.startByte ?? Number.POSITIVE_INFINITY;
  }

  async #feed(feed: Feed): Promise<void> {
    const { startByte: feedByte, startSample, endSample, extraSamples, endsInit } = feed;
    if (extraSamples > 0) this.#samples.begin(startSample, extraSamples);
    this.#decoder ??= await this.#openDecoder();
    const decoder = this.#decoder;
    const limit = endsInit ? endSample : undefined;
    const lostBefore = this.#lostFrames(decoder);
    for (const { startByte, endByte } of feed.frames ?? [feed]) {
      if (startByte < this.#fromByte) continue;
      const bytes = await this.#view.bytes(startByte, endByte);
      for (const frame of this.#ogg?.frames(bytes) ?? [bytes]) this.#samples.take(await decoder.decode(frame), limit);
    }
    if (endsInit) this.#samples.take(await decoder.flush(), limit);
    const isLoss = this.#lostFrames(decoder) > lostBefore;
    if (isLoss) this.#lossByte = feedByte;
    if (endSample !== undefined && (endsInit || isLoss)) this.#samples.fillTo(endSample);
  }

  /** So many nothing came out for, or something of another shape. */
  #lostFrames(decoder: FrameDecoder): number {
    return decoder.failedFrames + this.#samples.strangeFrames;
  }

  async #openDecoder(): Promise<FrameDecoder> {
    const { format } = this.#options.published;
    this.#ogg = format.container === 'ogg' ? new OggFrames(format.codec, this.#init) : undefined;
    const extradata = this.#ogg?.extradata ?? format.decoderConfig ?? extradataOf(format.container, this.#init);
    const config: DecoderConfig = {
      codec: format.codec,
      sampleRate: format.sampleRate,
      channels: format.channels,
      extradata,
      ...(format.bitsPerSample === undefined ? {} : { bitsPerSample: format.bitsPerSample }),
    };
    return this.#options.decoder.open(config);
  }

  #closeDecoder(): void {
    this.#decoder?.close();
    this.#decoder = undefined;
  }
}

/** `fLaC` and the header of a block. */
const FLAC_STREAM_INFO_AT = 8;

/** Frames of the other formats without a table tell all by themselves. */
function extradataOf(container: string, init: Uint8Array): Uint8Array {
  return container === 'flac' ? init.subarray(FLAC_STREAM_INFO_AT) : new Uint8Array(0);
}
