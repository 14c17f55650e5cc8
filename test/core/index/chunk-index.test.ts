import fc from 'fast-check';
import { Chunker } from '../../../lambdas/core/chunking/chunker.ts';
import { ChunkIndex } from '../../../lambdas/core/index/chunk-index.ts';
import { IndexWriter } from '../../../lambdas/core/index/index-writer.ts';
import {
  type Chunk,
  encodePage,
  IndexPage,
  lastAtMost,
  MAX_PAGE_BYTES,
  MAX_PAGE_CHUNKS,
} from '../../../lambdas/core/index/page.ts';
import { chunksOf, packetStreams } from '../../support/packet-stream.ts';

function packed(chunks: readonly Chunk[]): { index: ChunkIndex; pages: Uint8Array[]; loads: number[] } {
  const writer = new IndexWriter();
  const pages = [...chunks.flatMap((chunk) => writer.append(chunk)), ...writer.finish()].map((page) => page.bytes);
  const loads: number[] = [];
  const index = new ChunkIndex({ directory: writer.directory, chunkCount: writer.chunkCount }, async (pageNumber) => {
    loads.push(pageNumber);
    return pages[pageNumber];
  });
  return { index, pages, loads };
}

/** Chunks as a VBR MP3 of `count` ten-second chunks has them. */
function vbrChunks(count: number): Chunk[] {
  const chunks: Chunk[] = [];
  let startByte = 0;
  let startSample = 0;
  for (let number = 0; number < count; number++) {
    const random = (Math.imul(number + 1, 2654435761) >>> 0) / 2 ** 32;
    const endByte = startByte + 150_000 + Math.floor(random * 150_000);
    const endSample = startSample + 1152 * (382 + (number % 2));
    const packets = number === 0 ? 0 : 1 + (number % 8);
    chunks.push({
      number,
      startByte,
      endByte,
      startSample,
      endSample,
      preroll: { packets, bytes: packets * (250 + Math.floor(random * 200)), samples: packets * 1152 },
    });
    startByte = endByte;
    startSample = endSample;
  }
  return chunks;
}

async function collect(chunks: AsyncIterable<Chunk>): Promise<Chunk[]> {
  const all: Chunk[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return all;
}

describe('the packed chunk index', () => {
  it('gives back what was written, and finds as a naive scan does', async () => {
    await fc.assert(
      fc.asyncProperty(
        packetStreams(),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 }),
        async (stream, points) => {
          const chunks = chunksOf(new Chunker({ strategy: 'bytes', targetBytes: 2000 }, 44_100), stream, [9]);
          const { index } = packed(chunks);
          expect(await collect(index.chunks())).toEqual(chunks);

          const totalSamples = chunks.at(-1)?.endSample ?? 0;
          for (const point of points) {
            const byte = Math.min(stream.byteLength - 1, Math.floor(point * stream.byteLength));
            expect(await index.chunkAtByte(byte)).toEqual(chunks.find((chunk) => chunk.endByte > byte));
            const sample = Math.min(totalSamples - 1, Math.floor(point * totalSamples));
            expect(await index.chunkAtSample(sample)).toEqual(chunks.find((chunk) => chunk.endSample > sample));
            const endByte = Math.min(stream.byteLength, byte + 1 + Math.floor(point * 5000));
            expect(await collect(index.chunksInBytes(byte, endByte))).toEqual(
              chunks.filter((chunk) => chunk.endByte > byte && chunk.startByte < endByte),
            );
            const endSample = sample + 1 + Math.floor(point * 9000);
            expect(await collect(index.chunksInSamples(sample, endSample))).toEqual(
              chunks.filter((chunk) => chunk.endSample > sample && chunk.startSample < endSample),
            );
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it.each([
    ['bytes', 9_000_000_000_000, 3],
    ['samples', 3, 8_000_000_000_000],
  ])('keeps positions far beyond 2^32 exact (%s)', async (_, byteStep, sampleStep) => {
    const chunks = Array.from({ length: 900 }, (_, number) => ({
      number,
      startByte: number * byteStep,
      endByte: (number + 1) * byteStep,
      startSample: number * sampleStep,
      endSample: (number + 1) * sampleStep,
      preroll: { packets: 0, bytes: 0, samples: 0 },
    }));
    const { index } = packed(chunks);
    expect(await collect(index.chunks())).toEqual(chunks);
  });

  it('takes at most 8 bytes a chunk for seeking and 2 for preroll, in pages of at most 32 KiB', () => {
    const chunks = vbrChunks(100_000);
    const { pages } = packed(chunks);
    const { pages: withoutPreroll } = packed(
      chunks.map((chunk) => ({ ...chunk, preroll: { packets: 0, bytes: 0, samples: 0 } })),
    );
    const total = (all: Uint8Array[]): number => all.reduce((sum, page) => sum + page.length, 0);
    expect(Math.max(...pages.map((page) => page.length))).toBeLessThanOrEqual(MAX_PAGE_BYTES);
    expect(total(withoutPreroll) / chunks.length).toBeLessThanOrEqual(8);
    expect((total(pages) - total(withoutPreroll)) / chunks.length).toBeLessThanOrEqual(2);
  });

  it('splits a page that would be larger than 32 KiB', async () => {
    const huge = 2 ** 52;
    let startByte = 0;
    const chunks = Array.from({ length: MAX_PAGE_CHUNKS }, (_, number) => {
      const endByte = startByte + (number === 7 ? huge : 1 + number);
      const chunk: Chunk = {
        number,
        startByte,
        endByte,
        startSample: number,
        endSample: number + 1,
        preroll: {
          packets: number === 9 ? 60_000 : 0,
          bytes: number === 8 ? 2 ** 50 : 0,
          samples: number === 3 ? 2 ** 50 : 0,
        },
      };
      startByte = endByte;
      return chunk;
    });
    expect(encodePage(chunks)).toBeUndefined();
    const { index, pages } = packed(chunks);
    expect(pages.length).toBeGreaterThan(1);
    expect(Math.max(...pages.map((page) => page.length))).toBeLessThanOrEqual(MAX_PAGE_BYTES);
    expect(await collect(index.chunks())).toEqual(chunks);
  });

  it('loads one page for a lookup, none for the next in the same page', async () => {
    const chunks = vbrChunks(10 * MAX_PAGE_CHUNKS);
    const { index, loads } = packed(chunks);
    const target = chunks[5 * MAX_PAGE_CHUNKS + 11];
    expect(await index.chunkAtByte(target?.startByte ?? 0)).toEqual(target);
    expect(await index.chunkAtSample((target?.endSample ?? 0) - 1)).toEqual(target);
    expect(loads).toEqual([5]);
  });

  it('holds a bounded number of pages', async () => {
    const { index, loads } = packed(vbrChunks(70 * MAX_PAGE_CHUNKS));
    await collect(index.chunks());
    await index.chunkAtByte(0);
    expect(loads.filter((page) => page === 0)).toHaveLength(2);
  });

  it('refuses a page of another format and a missing page, by name', async () => {
    const [page] = packed(vbrChunks(3)).pages;
    expect(() => new IndexPage(Uint8Array.from(page ?? [], (byte, i) => (i === 0 ? 9 : byte)))).toThrow(/format 9/);
    const index = new ChunkIndex(
      { directory: [{ firstNumber: 0, firstByte: 0, firstSample: 0 }], chunkCount: 1 },
      async () => undefined,
    );
    await expect(index.chunkAtByte(0)).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringContaining('page 0'),
    });
  });

  it('refuses chunks out of order', () => {
    const [, second] = vbrChunks(2);
    expect(() => second && new IndexWriter().append(second)).toThrow(/expected chunk 0/);
  });
});

describe('lastAtMost', () => {
  it('finds what a scan finds, in any ascending column', () => {
    const columns = fc.array(fc.oneof(fc.nat(50), fc.nat(1_000_000)), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(columns, fc.integer({ min: -5, max: 1_000_100 }), fc.nat(), (values, anywhere, pick) => {
        const column = values.sort((a, b) => a - b);
        for (const value of [anywhere, column[pick % column.length] ?? 0, (column[pick % column.length] ?? 0) - 1]) {
          const scanned = Math.max(
            0,
            column.findLastIndex((entry) => entry <= value),
          );
          expect(lastAtMost(column, column.length, value)).toBe(scanned);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
