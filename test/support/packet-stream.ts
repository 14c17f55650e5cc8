import fc from 'fast-check';
import type { Chunker } from '../../lambdas/core/chunking/chunker.ts';
import type { PacketBatch } from '../../lambdas/core/formats/format.ts';
import type { Chunk } from '../../lambdas/core/index/page.ts';

/** A packet as a test thinks of it: where it starts, how long it is, what it yields and needs. */
export type TestPacket = {
  readonly startByte: number;
  readonly byteLength: number;
  readonly samples: number;
  readonly prerollPackets: number;
};

export type TestStream = {
  readonly packets: readonly TestPacket[];
  readonly audioEndByte: number;
  readonly byteLength: number;
};

/** Packet streams with a header, junk between packets, a trailer, and prerolls that reach any distance back. */
export function packetStreams(maxPackets = 300): fc.Arbitrary<TestStream> {
  const packet = fc.record({
    gap: fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, fc.nat(500)),
    byteLength: fc.integer({ min: 1, max: 3000 }),
    samples: fc.oneof(fc.constant(1152), fc.integer({ min: 1, max: 5000 })),
    prerollPackets: fc.nat(60),
  });
  return fc
    .record({
      header: fc.nat(2000),
      trailer: fc.nat(500),
      packets: fc.array(packet, { minLength: 1, maxLength: maxPackets }),
    })
    .map(({ header, trailer, packets }) => {
      let byte = header;
      const placed = packets.map(({ gap, byteLength, samples, prerollPackets }, i) => {
        const startByte = i === 0 ? byte : byte + gap;
        byte = startByte + byteLength;
        return { startByte, byteLength, samples, prerollPackets: Math.min(prerollPackets, i) };
      });
      return { packets: placed, audioEndByte: byte, byteLength: byte + trailer };
    });
}

/** Cuts the packets into batches of the given sizes, taken in turn. */
export function* batches(packets: readonly TestPacket[], sizes: readonly number[]): Generator<PacketBatch> {
  let from = 0;
  for (let turn = 0; from < packets.length; turn++) {
    const part = packets.slice(from, from + Math.max(1, sizes[turn % sizes.length] ?? 1));
    from += part.length;
    yield {
      kind: 'packets',
      count: part.length,
      startByte: Float64Array.from(part, (packet) => packet.startByte),
      samples: Uint32Array.from(part, (packet) => packet.samples),
      prerollPackets: Uint16Array.from(part, (packet) => packet.prerollPackets),
    };
  }
}

export function chunksOf(chunker: Chunker, stream: TestStream, sizes: readonly number[]): Chunk[] {
  const chunks: Chunk[] = [];
  for (const batch of batches(stream.packets, sizes)) chunks.push(...chunker.accept(batch));
  chunks.push(...chunker.finish(stream, stream.byteLength));
  return chunks;
}
