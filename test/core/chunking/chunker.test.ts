import fc from 'fast-check';
import { Chunker } from '../../../lambdas/core/chunking/chunker.ts';
import {
  type BytesChunking,
  CHUNKS_PER_DOUBLING,
  DEFAULT_CHUNKING,
  type DurationChunking,
} from '../../../lambdas/core/chunking/strategy.ts';
import type { PacketBatch } from '../../../lambdas/core/formats/format.ts';
import type { Chunk } from '../../../lambdas/core/index/page.ts';
import { chunksOf, packetStreams, type TestStream } from '../../support/packet-stream.ts';

const RATE = 44_100;

const configs: fc.Arbitrary<DurationChunking | BytesChunking> = fc.oneof(
  fc.record({
    strategy: fc.constant('duration' as const),
    targetSeconds: fc.double({ min: 0.01, max: 3, noNaN: true }),
    maxChunkBytes: fc.integer({ min: 500, max: 100_000 }),
  }),
  fc.record({ strategy: fc.constant('bytes' as const), targetBytes: fc.integer({ min: 1, max: 50_000 }) }),
);

/** The rule of the docstring, packet by packet, with all packets at hand. */
function naiveChunks(
  config: DurationChunking | BytesChunking,
  { packets, audioEndByte, byteLength }: TestStream,
): Chunk[] {
  const starts: number[] = [0];
  const sampleAt = [0];
  for (const packet of packets) sampleAt.push((sampleAt.at(-1) ?? 0) + packet.samples);
  const endOf = (i: number): number => packets[i + 1]?.startByte ?? audioEndByte;
  const startOf = (first: number): number => (first === 0 ? 0 : (packets[first]?.startByte ?? 0));
  for (let i = 1; i < packets.length; i++) {
    const first = starts.at(-1) ?? 0;
    const grid =
      config.strategy === 'duration' ? Math.max(1, Math.round(config.targetSeconds * RATE)) : Number.MAX_VALUE;
    const maxBytes = config.strategy === 'duration' ? config.maxChunkBytes : config.targetBytes;
    const crossesGrid = Math.floor((sampleAt[i] ?? 0) / grid) > Math.floor((sampleAt[first] ?? 0) / grid);
    if (crossesGrid || endOf(i) - startOf(first) > maxBytes) starts.push(i);
  }
  return starts.map((first, number) => {
    const next = starts[number + 1];
    const preroll = first === 0 ? 0 : (packets[first]?.prerollPackets ?? 0);
    const startByte = startOf(first);
    return {
      number,
      startByte,
      endByte: next === undefined ? byteLength : startOf(next),
      startSample: sampleAt[first] ?? 0,
      endSample: sampleAt[next ?? packets.length] ?? 0,
      preroll: {
        packets: preroll,
        bytes: preroll === 0 ? 0 : startByte - (packets[first - preroll]?.startByte ?? 0),
        samples: (sampleAt[first] ?? 0) - (sampleAt[first - preroll] ?? 0),
      },
    };
  });
}

describe('Chunker', () => {
  it('cuts as the naive rule does, however the packets are batched', () => {
    fc.assert(
      fc.property(
        configs,
        packetStreams(),
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
        (config, stream, sizes) => {
          expect(chunksOf(new Chunker(config, RATE), stream, sizes)).toEqual(naiveChunks(config, stream));
        },
      ),
    );
  });

  it('partitions the bytes and tiles the samples', () => {
    fc.assert(
      fc.property(configs, packetStreams(), (config, stream) => {
        const chunks = chunksOf(new Chunker(config, RATE), stream, [7]);
        let byte = 0;
        let sample = 0;
        for (const [i, chunk] of chunks.entries()) {
          expect(chunk).toMatchObject({ number: i, startByte: byte, startSample: sample });
          expect(chunk.endByte).toBeGreaterThan(chunk.startByte);
          byte = chunk.endByte;
          sample = chunk.endSample;
        }
        expect(byte).toBe(stream.byteLength);
        expect(sample).toBe(stream.packets.reduce((sum, packet) => sum + packet.samples, 0));
      }),
    );
  });

  it('cuts a run as it cuts the same packets one by one', () => {
    const cases = fc.record({
      startByte: fc.nat(200),
      packetByteLength: fc.integer({ min: 1, max: 24 }),
      packetSamples: fc.integer({ min: 1, max: 3 }),
      count: fc.integer({ min: 1, max: 3000 }),
    });
    const small: fc.Arbitrary<DurationChunking | BytesChunking> = fc.oneof(
      fc.record({
        strategy: fc.constant('duration' as const),
        targetSeconds: fc.double({ min: 0.0001, max: 0.02, noNaN: true }),
        maxChunkBytes: fc.integer({ min: 1, max: 20_000 }),
      }),
      fc.record({ strategy: fc.constant('bytes' as const), targetBytes: fc.integer({ min: 1, max: 9000 }) }),
    );
    fc.assert(
      fc.property(small, cases, fc.integer({ min: 1, max: 3000 }), fc.nat(50), (config, run, split, trailer) => {
        const packets = Array.from({ length: run.count }, (_, i) => ({
          startByte: run.startByte + i * run.packetByteLength,
          byteLength: run.packetByteLength,
          samples: run.packetSamples,
          prerollPackets: 0,
        }));
        const audioEndByte = run.startByte + run.count * run.packetByteLength;
        const stream = { packets, audioEndByte, byteLength: audioEndByte + trailer };

        const chunker = new Chunker(config, RATE);
        const first = Math.min(split, run.count);
        const chunks = chunker.accept({ kind: 'run', ...run, count: first });
        if (first < run.count) {
          const startByte = run.startByte + first * run.packetByteLength;
          chunks.push(...chunker.accept({ kind: 'run', ...run, startByte, count: run.count - first }));
        }
        chunks.push(...chunker.finish(stream, stream.byteLength));

        expect(chunks).toEqual(chunksOf(new Chunker(config, RATE), stream, [1000]));
      }),
    );
  });

  it('takes a million packets, one packet, and refuses none', () => {
    const packets = Array.from({ length: 1_000_000 }, (_, i) => ({
      startByte: 100 + i * 417,
      byteLength: 417,
      samples: 1152,
      prerollPackets: Math.min(i, 2),
    }));
    const audioEndByte = 100 + packets.length * 417;
    const million = chunksOf(
      new Chunker(DEFAULT_CHUNKING, RATE),
      { packets, audioEndByte, byteLength: audioEndByte },
      [4096],
    );
    expect(million.at(-1)).toMatchObject({ endByte: audioEndByte, endSample: 1152 * packets.length });
    expect(million[1]?.preroll).toEqual({ packets: 2, bytes: 834, samples: 2304 });

    const one = { packets: packets.slice(0, 1), audioEndByte: 517, byteLength: 600 };
    expect(chunksOf(new Chunker(DEFAULT_CHUNKING, RATE), one, [1])).toEqual([
      {
        number: 0,
        startByte: 0,
        endByte: 600,
        startSample: 0,
        endSample: 1152,
        preroll: { packets: 0, bytes: 0, samples: 0 },
      },
    ]);

    expect(() => new Chunker(DEFAULT_CHUNKING, RATE).finish({ audioEndByte: 0 }, 10)).toThrow(
      expect.objectContaining({ code: 'no_audio' }),
    );
  });

  it('doubles the target every 4,096 chunks', () => {
    const hours = 100;
    const chunker = new Chunker(DEFAULT_CHUNKING, 8000);
    const count = hours * 3600 * 8000;
    const chunks = chunker.accept({ kind: 'run', startByte: 44, packetByteLength: 2, packetSamples: 1, count });
    chunks.push(...chunker.finish({ audioEndByte: 44 + 2 * count }, 44 + 2 * count));

    const seconds = (chunk: Chunk | undefined): number => ((chunk?.endSample ?? 0) - (chunk?.startSample ?? 0)) / 8000;
    expect(chunks.length).toBe(13_204);
    expect(seconds(chunks[CHUNKS_PER_DOUBLING - 1])).toBe(10);
    expect(seconds(chunks[CHUNKS_PER_DOUBLING])).toBe(20);
    expect(seconds(chunks[2 * CHUNKS_PER_DOUBLING])).toBe(40);
  });
});

describe('a change of init', () => {
  const packets = (startByte: number, count: number, prerollPackets: number, prerollSamples?: number): PacketBatch => ({
    kind: 'packets',
    count,
    startByte: Float64Array.from({ length: count }, (_, i) => startByte + i * 10),
    samples: new Uint32Array(count).fill(100),
    prerollPackets: new Uint16Array(count).fill(prerollPackets),
    ...(prerollSamples === undefined ? {} : { prerollSamples: new Uint32Array(count).fill(prerollSamples) }),
  });
  const init = Uint8Array.of(1);
  const config = { strategy: 'bytes', targetBytes: 1000 } as const;

  it('begins a chunk where its bytes begin, without preroll', () => {
    const chunker = new Chunker(config, 1000);
    const chunks = [
      ...chunker.accept(packets(5, 10, 2)),
      ...chunker.accept({ kind: 'init', startByte: 105, init }),
      ...chunker.accept(packets(125, 3, 2)),
      ...chunker.finish({ audioEndByte: 155 }, 160),
    ];
    const none = { packets: 0, bytes: 0, samples: 0 };
    expect(chunks).toEqual([
      { number: 0, startByte: 0, endByte: 105, startSample: 0, endSample: 1000, preroll: none },
      { number: 1, startByte: 105, endByte: 160, startSample: 1000, endSample: 1300, preroll: none },
    ]);
  });

  it('keeps the preroll of what follows behind it, and what the scan states of it', () => {
    const chunker = new Chunker({ strategy: 'bytes', targetBytes: 20 }, 1000);
    const chunks = [
      ...chunker.accept(packets(0, 4, 3)),
      ...chunker.accept({ kind: 'init', startByte: 40, init }),
      ...chunker.accept(packets(50, 4, 3, 77)),
      ...chunker.finish({ audioEndByte: 90 }, 90),
    ];
    expect(chunks.map(({ startByte, preroll }) => [startByte, preroll])).toEqual([
      [0, { packets: 0, bytes: 0, samples: 0 }],
      [20, { packets: 2, bytes: 20, samples: 200 }],
      // The delay of the link's own codec, which no chunk holds.
      [40, { packets: 0, bytes: 0, samples: 77 }],
      [60, { packets: 1, bytes: 10, samples: 77 }],
      [80, { packets: 3, bytes: 30, samples: 77 }],
    ]);
  });

  it('takes the length of a preroll that begins inside a packet as stated', () => {
    const chunker = new Chunker({ strategy: 'bytes', targetBytes: 20 }, 1000);
    const stated = { ...packets(0, 4, 1, 30), prerollBytes: new Float64Array(4).fill(4) };
    const chunks = [...chunker.accept(stated), ...chunker.finish({ audioEndByte: 40 }, 40)];
    expect(chunks[1]).toMatchObject({ startByte: 20, preroll: { packets: 1, bytes: 4, samples: 30 } });
  });

  it('says which chunk it holds from', () => {
    const chunker = new Chunker(config, 1000);
    expect(chunker.nextNumber).toBe(0);
    chunker.accept({ kind: 'init', startByte: 3, init });
    expect(chunker.nextNumber).toBe(0);
    chunker.accept(packets(5, 10, 0));
    chunker.accept({ kind: 'init', startByte: 105, init });
    expect(chunker.nextNumber).toBe(1);
    // No packet came in between, so no chunk did.
    chunker.accept({ kind: 'init', startByte: 120, init });
    expect(chunker.nextNumber).toBe(1);
  });
});

describe('frames of packets', () => {
  it('a chunk is closed before it has more than 65,536 of them, however the packets are batched', () => {
    const framesEach = 1000;
    const batchOf = (first: number, count: number): PacketBatch => ({
      kind: 'packets',
      count,
      startByte: Float64Array.from({ length: count }, (_, i) => (first + i) * framesEach),
      samples: new Uint32Array(count).fill(framesEach),
      prerollPackets: new Uint16Array(count),
      frames: {
        count: count * framesEach,
        startByte: Float64Array.from({ length: count * framesEach }, (_, i) => first * framesEach + i),
        byteLength: new Uint32Array(count * framesEach).fill(1),
        samples: new Uint32Array(count * framesEach).fill(1),
      },
    });
    const cut = (...counts: number[]): number[] => {
      const chunker = new Chunker({ strategy: 'bytes', targetBytes: 10 ** 9 }, 1000);
      let first = 0;
      const chunks = counts.flatMap((count) => {
        first += count;
        return chunker.accept(batchOf(first - count, count));
      });
      const end = { audioEndByte: first * framesEach };
      return [...chunks, ...chunker.finish(end, end.audioEndByte)].map(({ endByte }) => endByte);
    };
    expect(cut(150)).toEqual([65_000, 130_000, 150_000]);
    expect(cut(1, 64, 1, 84)).toEqual(cut(150));
  });
});
