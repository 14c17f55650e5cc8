import { isDeepStrictEqual } from 'node:util';
import { Chunker } from '../../lambdas/core/chunking/chunker.ts';
import { type ChunkingConfig, DEFAULT_CHUNKING } from '../../lambdas/core/chunking/strategy.ts';
import { isSourceFailure, type SourceFailureCode } from '../../lambdas/core/errors.ts';
import type { AudioFormat, PacketBatch, Scan, ScanSummary } from '../../lambdas/core/formats/format.ts';
import { IndexWriter } from '../../lambdas/core/index/index-writer.ts';
import { PacketTableBuilder } from '../../lambdas/core/index/packet-table.ts';
import type { Chunk } from '../../lambdas/core/index/page.ts';
import { type CollectedScan, collectScan } from './collect-scan.ts';
import type { MemoryGauge } from './fuzz-memory.ts';
import type { Opener } from './fuzz-scanners.ts';
import { BudgetedSource, FuzzViolation } from './fuzz-source.ts';

export type Verdict = {
  readonly outcome: 'accepted' | SourceFailureCode | 'violation';
  /** What no input may bring about, in words; empty when all is well. */
  readonly violations: readonly string[];
};

export type Examination = {
  /** The scan must not depend on what is read at a time: tried with this, too. */
  readonly blockBytes?: number | undefined;
  readonly gauge?: MemoryGauge | undefined;
};

const CHUNKINGS: readonly ChunkingConfig[] = [DEFAULT_CHUNKING, { strategy: 'bytes', targetBytes: 5000 }];

type Answer = { readonly scan: CollectedScan } | { readonly failure: { code: SourceFailureCode; message: string } };

/** Scans and chunks the bytes in every way, and holds the result against what every scanner promises. */
export async function examine(bytes: Uint8Array, open: Opener, options: Examination = {}): Promise<Verdict> {
  try {
    const { outcome, packets, decodedSamples } = await collected(bytes, open, options.blockBytes);
    const chunked = await streamed(bytes, open, options.gauge);
    expectSame('a second scan', chunked, { outcome, packets, decodedSamples });
    return { outcome, violations: [] };
  } catch (error) {
    return { outcome: 'violation', violations: [describeFault(error)] };
  }
}

/** What is compared between two scans of the same bytes: little, so that nothing is held that a scan did not hold. */
type Digest = {
  readonly outcome: 'accepted' | SourceFailureCode;
  readonly packets: number;
  readonly decodedSamples: number;
};

async function collected(bytes: Uint8Array, open: Opener, blockBytes: number | undefined): Promise<Digest> {
  const answer = await answerOf(bytes, open);
  if (blockBytes !== undefined) {
    const other = await answerOf(bytes, open, blockBytes);
    if (!isDeepStrictEqual(answer, other)) {
      throw new FuzzViolation(`read ${blockBytes} bytes at a time: ${glimpse(other)} instead of ${glimpse(answer)}`);
    }
  }
  if ('failure' in answer) return { outcome: answer.failure.code, packets: 0, decodedSamples: 0 };
  const { packets } = answer.scan;
  const decodedSamples = packets.reduce((sum, { samples }) => sum + samples, 0);
  return { outcome: 'accepted', packets: packets.length, decodedSamples };
}

async function answerOf(bytes: Uint8Array, open: Opener, blockBytes?: number): Promise<Answer> {
  const source = new BudgetedSource(bytes, blockBytes);
  try {
    const scan = await opened(source, open, blockBytes);
    const told = await collectScan({ ...scan, packets: () => guarded(scan, bytes.length) }, bytes.length);
    expectFormat(told.format);
    expectSummary(told.summary);
    expectPreroll(told);
    source.verify();
    return { scan: told };
  } catch (error) {
    source.verify();
    return { failure: namedFailure(error) };
  }
}

/** One pass through the chunkers, as at ingest: nothing is gathered, so what is held is the scanner's. */
async function streamed(bytes: Uint8Array, open: Opener, gauge?: MemoryGauge): Promise<Digest> {
  const source = new BudgetedSource(bytes, undefined, gauge?.observe);
  try {
    const scan = await opened(source, open);
    const tilings = CHUNKINGS.map((config) => new Tiling(config, scan.format, bytes.length));
    const batches = guarded(scan, bytes.length, gauge?.observe);
    let packets = 0;
    for (;;) {
      const step = await batches.next();
      if (step.done) {
        for (const tiling of tilings) tiling.finish(step.value);
        gauge?.check();
        source.verify();
        const decodedSamples = tilings[0]?.endSample ?? 0;
        return { outcome: 'accepted', packets, decodedSamples };
      }
      if (step.value.kind !== 'init') packets += step.value.count;
      for (const tiling of tilings) tiling.accept(step.value);
    }
  } catch (error) {
    source.verify();
    return { outcome: namedFailure(error).code, packets: 0, decodedSamples: 0 };
  }
}

async function opened(source: BudgetedSource, open: Opener, blockBytes?: number): Promise<Scan> {
  const scan = await open(source, blockBytes);
  if (scan === null) throw new FuzzViolation('nobody says why the file is refused');
  return scan;
}

/** Passes the batches on, and ends a scan that would never end or promises packets without number. */
async function* guarded(
  scan: Scan,
  byteLength: number,
  observe: () => void = () => {},
): AsyncGenerator<PacketBatch, ScanSummary, undefined> {
  const batches = scan.packets();
  let packets = 0;
  for (let count = 0; count <= byteLength + 16; count++) {
    const step = await batches.next();
    if (step.done) return step.value;
    observe();
    const batch = step.value;
    if (batch.kind !== 'init') packets += batch.count;
    if (packets > byteLength) break;
    expectBatch(batch, byteLength);
    yield batch;
  }
  throw new FuzzViolation(`more than ${packets} packets come of ${byteLength} bytes`);
}

function expectBatch(batch: PacketBatch, byteLength: number): void {
  if (batch.kind === 'init') return;
  if (batch.kind === 'run') {
    const { startByte, packetByteLength, packetSamples, count } = batch;
    const isRun = packetByteLength >= 1 && packetSamples >= 1 && count >= 0;
    if (!isRun || !(startByte >= 0 && startByte + count * packetByteLength <= byteLength)) {
      throw new FuzzViolation(`a run of ${count} packets of ${packetByteLength} bytes from byte ${startByte} on`);
    }
    return;
  }
  const columns = [batch.startByte, batch.samples, batch.prerollPackets, batch.prerollSamples ?? batch.samples];
  const { frames } = batch;
  const frameColumns = frames === undefined ? [] : [frames.startByte, frames.byteLength, frames.samples];
  if (columns.some(({ length }) => length < batch.count)) throw new FuzzViolation('columns of packets are short');
  if (frameColumns.some(({ length }) => length < (frames?.count ?? 0))) {
    throw new FuzzViolation('columns of frames are short');
  }
}

/** As many as ingest keeps for preroll. */
const KEPT_FRAMES = 4096;

/** Chunks as they come: they partition the bytes, tile the samples, fit into an index, and hold whole frames. */
class Tiling {
  readonly #chunker: Chunker;
  readonly #byteLength: number;
  readonly #index = new IndexWriter();
  readonly #tables: PacketTableBuilder | undefined;
  #endByte = 0;
  #count = 0;
  endSample = 0;

  constructor(config: ChunkingConfig, { sampleRate, decoderConfig }: AudioFormat, byteLength: number) {
    this.#chunker = new Chunker(config, sampleRate);
    this.#byteLength = byteLength;
    this.#tables = decoderConfig && new PacketTableBuilder(KEPT_FRAMES);
  }

  accept(batch: PacketBatch): void {
    if (batch.kind === 'packets' && batch.frames) this.#tables?.accept(batch.frames);
    for (const chunk of this.#chunker.accept(batch)) this.#add(chunk);
  }

  finish(summary: ScanSummary): void {
    for (const chunk of this.#chunker.finish(summary, this.#byteLength)) this.#add(chunk);
    this.#index.finish();
    if (this.#endByte !== this.#byteLength) throw new FuzzViolation(`the chunks end at byte ${this.#endByte}`);
    const { leadInSamples, totalSamples } = summary;
    if (leadInSamples + totalSamples > this.endSample) {
      throw new FuzzViolation(`the chunks end at sample ${this.endSample}, not ${leadInSamples} + ${totalSamples}`);
    }
  }

  #add(chunk: Chunk): void {
    const { number, startByte, endByte, startSample, endSample, preroll } = chunk;
    const follows = number === this.#count && startByte === this.#endByte && startSample === this.endSample;
    const isFilled = endByte > startByte && endSample >= startSample && Number.isSafeInteger(endSample);
    const isFirst = number === 0;
    const reaches = preroll.bytes >= 0 && preroll.bytes <= startByte && preroll.samples >= 0 && preroll.packets >= 0;
    if (!follows || !isFilled || !reaches || (isFirst && preroll.packets + preroll.bytes > 0)) {
      throw new FuzzViolation(`chunk after byte ${this.#endByte}, sample ${this.endSample}: ${JSON.stringify(chunk)}`);
    }
    this.#index.append(chunk);
    this.#expectFrames(chunk);
    this.#count++;
    this.#endByte = endByte;
    this.endSample = endSample;
  }

  #expectFrames(chunk: Chunk): void {
    const table = this.#tables?.take(chunk);
    if (table === undefined) return;
    const decoded = table.samples.slice(table.prerollFrames).reduce((sum, samples) => sum + samples, 0);
    const last = (table.startByte.at(-1) ?? 0) + (table.byteLength.at(-1) ?? 0);
    if (decoded !== chunk.endSample - chunk.startSample || last > chunk.endByte) {
      throw new FuzzViolation(`frames of ${decoded} samples up to byte ${last} in ${JSON.stringify(chunk)}`);
    }
  }
}

function expectFormat({ sampleRate, channels, container, codec, mimeType, extension }: AudioFormat): void {
  if (!Number.isSafeInteger(sampleRate) || sampleRate < 1) throw new FuzzViolation(`a sample rate of ${sampleRate}`);
  if (!Number.isSafeInteger(channels) || channels < 1) throw new FuzzViolation(`${channels} channels`);
  const named = [container, codec, mimeType, extension].every((name) => /^[\w./+-]+$/.test(name));
  if (!named) throw new FuzzViolation(`names ${container}, ${codec}, ${mimeType}, ${extension}`);
}

function expectSummary({ leadInSamples, totalSamples, audioStartByte, audioEndByte, warnings }: ScanSummary): void {
  const numbers = [leadInSamples, totalSamples, audioStartByte, audioEndByte];
  if (!numbers.every((value) => Number.isSafeInteger(value) && value >= 0)) {
    throw new FuzzViolation(`a summary of ${numbers.join(', ')}`);
  }
  for (const { code, message } of warnings) {
    if (!/^[a-z]+(_[a-z]+)*$/.test(code)) throw new FuzzViolation(`a warning of code ${JSON.stringify(code)}`);
    expectSentence(message);
  }
  const messages = new Set(warnings.map(({ message }) => message));
  if (messages.size < warnings.length) throw new FuzzViolation('a warning is given twice');
}

/** Chunk 0 is decoded without preroll, and so is the first packet. */
function expectPreroll({ packets }: CollectedScan): void {
  const beyond = packets.findIndex(({ prerollPackets }, i) => prerollPackets > i);
  if (beyond >= 0) throw new FuzzViolation(`packet ${beyond} needs more packets than come before it`);
}

const MAX_MESSAGE_CHARACTERS = 600;

/** A line for a person: what was in the file is not printed as it is, and what was computed is a number. */
function expectSentence(message: string): void {
  const isLine =
    message.length > 0 && message.length < MAX_MESSAGE_CHARACTERS && !/[\p{Cc}\p{Co}\p{Cn}]/u.test(message);
  if (!isLine || /NaN|Infinity|undefined|\[object/.test(message)) {
    throw new FuzzViolation(`the message ${JSON.stringify(message)}`);
  }
}

function namedFailure(error: unknown): { code: SourceFailureCode; message: string } {
  if (!isSourceFailure(error)) throw error;
  expectSentence(error.message);
  return { code: error.code, message: error.message };
}

function expectSame(name: string, actual: Digest, expected: Digest): void {
  if (!isDeepStrictEqual(actual, expected)) {
    throw new FuzzViolation(`${name} gives ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`);
  }
}

function glimpse(answer: Answer): string {
  if ('failure' in answer) return JSON.stringify(answer.failure);
  const { packets, frames, summary } = answer.scan;
  return `${packets.length} packets, ${frames.length} frames, ${JSON.stringify(summary)}`;
}

function describeFault(error: unknown): string {
  if (error instanceof FuzzViolation) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : `thrown: ${String(error)}`;
}
