import { Chunker } from '../lambdas/core/chunking/chunker.ts';
import { DEFAULT_CHUNKING } from '../lambdas/core/chunking/strategy.ts';
import { ChunkIndex } from '../lambdas/core/index/chunk-index.ts';
import { IndexWriter } from '../lambdas/core/index/index-writer.ts';
import type { Chunk } from '../lambdas/core/index/page.ts';
import { makePlan } from '../lambdas/core/plan/plan.ts';
import { publishedRevision } from '../test/support/track-record.ts';
import { type BenchOptions, median, report } from './report.ts';

const LOOKUPS = 200_000;
const SCANS = 2000;
const PLANS = 20_000;
const ROUNDS = 5;

/** Chunks of uneven length, as a VBR file has them. */
function* chunks(count: number): Generator<Chunk> {
  let startByte = 0;
  for (let number = 0; number < count; number++) {
    const endByte = startByte + 100_000 + ((number * 2_654_435_761) % 100_000);
    yield {
      number,
      startByte,
      endByte,
      startSample: number * 441_216,
      endSample: (number + 1) * 441_216,
      preroll: { packets: 2, bytes: 800 + (number % 50), samples: 2304 },
    };
    startByte = endByte;
  }
}

type Loaded = Awaited<ReturnType<typeof loaded>>;

/** An index with all pages in memory, so that the lookup itself is what is measured. */
async function loaded(all: Iterable<Chunk>) {
  const writer = new IndexWriter();
  const pages: Uint8Array[] = [];
  let endByte = 0;
  let totalSamples = 0;
  for (const chunk of all) {
    ({ endByte, endSample: totalSamples } = chunk);
    pages.push(...writer.append(chunk).map((page) => page.bytes));
  }
  pages.push(...writer.finish().map((page) => page.bytes));
  const index = new ChunkIndex(writer, async (page) => pages[page]);
  for (let page = 0; page < pages.length; page++) await index.page(page);
  const revision = publishedRevision({ totalSamples, leadInSamples: 0 });
  return {
    index,
    revision,
    endByte,
    bytes: pages.reduce((sum, page) => sum + page.length, 0),
    count: writer.chunkCount,
  };
}

function nanosecondsPerCall(calls: number, call: (i: number) => unknown): number {
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.hrtime.bigint();
    for (let i = 0; i < calls; i++) call(i);
    rounds.push(Number(process.hrtime.bigint() - start) / calls);
  }
  return median(rounds);
}

/** What a request costs: a time range, at random, into the chunks that hold it. */
async function nanosecondsPerPlan({ index, revision }: Loaded): Promise<number> {
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.hrtime.bigint();
    for (let i = 0; i < PLANS; i++) {
      const startSample = (i * 2_654_435_761) % (revision.totalSamples - 20 * 44_100);
      await makePlan(
        revision,
        index,
        { kind: 'samples', startSample, endSample: startSample + 20 * 44_100 },
        { limit: 100 },
      );
    }
    rounds.push(Number(process.hrtime.bigint() - start) / PLANS);
  }
  return median(rounds);
}

/** A WAV-like track: the chunk table that ingest would make of so many hours. */
function hours(count: number): Chunk[] {
  const samples = count * 3600 * 44_100;
  const chunker = new Chunker(DEFAULT_CHUNKING, 44_100);
  const run = { kind: 'run', startByte: 44, packetByteLength: 4, packetSamples: 1, count: samples } as const;
  const end = 44 + samples * 4;
  return [...chunker.accept(run), ...chunker.finish({ audioEndByte: end }, end)];
}

export async function benchLookup(_: BenchOptions): Promise<number> {
  const all = [...chunks(100_000)];
  const index = await loaded(all);
  const points = Float64Array.from({ length: LOOKUPS }, (_, i) => ((i * 2_654_435_761) % 2 ** 32) / 2 ** 32);
  const at = (i: number, endByte: number): number => Math.floor((points[i % LOOKUPS] ?? 0) * endByte);
  for (let i = 0; i < 1000; i++) {
    const byte = at(i, index.endByte);
    const found = index.index.heldChunkAtByte(byte);
    if (found?.number !== all.findIndex((chunk) => chunk.endByte > byte)) throw new Error(`wrong chunk for ${byte}`);
  }

  const lookup =
    ({ index, endByte }: Loaded) =>
    (i: number) =>
      index.heldChunkAtByte(at(i, endByte));
  const packed = nanosecondsPerCall(LOOKUPS, lookup(index));
  const ends = Float64Array.from(all, (chunk) => chunk.endByte);
  const scan = nanosecondsPerCall(SCANS, (i) => ends.findIndex((end) => end > at(i, index.endByte)));
  const long = await loaded(hours(100));
  const short = await loaded(hours(1 / 6));
  const longNs = await nanosecondsPerPlan(long);
  const shortNs = await nanosecondsPerPlan(short);

  return (
    report('lookup in 100,000 chunks', packed, 'ns', { atMost: 1000 }) +
    report('linear scan of the same, over it', scan / packed, 'x', { atLeast: 10 }) +
    report(`20 s of 100 hours resolved into a plan (${long.count} chunks)`, longNs, 'ns') +
    report(`  over the same of 10 minutes (${short.count} chunks)`, longNs / shortNs, 'x', { atMost: 1.2 }) +
    report('packed index, bytes a chunk', index.bytes / index.count, 'B', { atMost: 10 })
  );
}
