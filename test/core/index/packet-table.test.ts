import fc from 'fast-check';
import { Chunker } from '../../../lambdas/core/chunking/chunker.ts';
import type { Packets } from '../../../lambdas/core/formats/format.ts';
import { type PacketTable, PacketTableBuilder } from '../../../lambdas/core/index/packet-table.ts';
import type { Chunk } from '../../../lambdas/core/index/page.ts';
import { packetStreams, type TestPacket } from '../../support/packet-stream.ts';

/** Every packet is two frames, but for those of one byte. */
function framesOf({ startByte, byteLength, samples }: TestPacket) {
  const half = byteLength >> 1;
  const parts =
    half === 0
      ? [[startByte, byteLength, samples]]
      : [
          [startByte, half, samples >> 1],
          [startByte + half, byteLength - half, samples - (samples >> 1)],
        ];
  return parts.map(([start = 0, length = 0, count = 0]) => ({ startByte: start, byteLength: length, samples: count }));
}

function batchOf(packets: readonly TestPacket[]): Packets {
  const frames = packets.flatMap(framesOf);
  return {
    kind: 'packets',
    count: packets.length,
    startByte: Float64Array.from(packets, ({ startByte }) => startByte),
    samples: Uint32Array.from(packets, ({ samples }) => samples),
    prerollPackets: Uint16Array.from(packets, ({ prerollPackets }) => prerollPackets),
    frames: {
      count: frames.length,
      startByte: Float64Array.from(frames, ({ startByte }) => startByte),
      byteLength: Uint32Array.from(frames, ({ byteLength }) => byteLength),
      samples: Uint32Array.from(frames, ({ samples }) => samples),
    },
  };
}

it('gives every chunk its frames and those of its preroll, however short the chunks are', () => {
  fc.assert(
    fc.property(
      packetStreams(),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 20_000 }),
      (stream, batch, target) => {
        const chunker = new Chunker({ strategy: 'bytes', targetBytes: target }, 44_100);
        const tables = new PacketTableBuilder(200);
        const taken: { chunk: Chunk; table: PacketTable }[] = [];
        const take = (chunks: Chunk[]) => taken.push(...chunks.map((chunk) => ({ chunk, table: tables.take(chunk) })));
        for (let i = 0; i < stream.packets.length; i += batch) {
          const packets = batchOf(stream.packets.slice(i, i + batch));
          if (packets.frames) tables.accept(packets.frames);
          take(chunker.accept(packets));
        }
        take(chunker.finish({ audioEndByte: stream.audioEndByte }, stream.byteLength));

        const all = stream.packets.flatMap(framesOf);
        for (const { chunk, table } of taken) {
          const inside = (from: number, to: number) =>
            all.filter(({ startByte }) => startByte >= from && startByte < to);
          const own = inside(chunk.startByte, chunk.endByte);
          const preroll = inside(chunk.startByte - chunk.preroll.bytes, chunk.startByte);
          const expected = [...preroll, ...own];
          expect(table).toEqual({
            chunk: chunk.number,
            prerollFrames: preroll.length,
            startByte: expected.map(({ startByte }) => startByte),
            byteLength: expected.map(({ byteLength }) => byteLength),
            samples: expected.map(({ samples }) => samples),
          });
          expect(own.reduce((sum, { samples }) => sum + samples, 0)).toBe(chunk.endSample - chunk.startSample);
        }
      },
    ),
    { numRuns: 60 },
  );
});
