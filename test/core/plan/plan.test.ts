import fc from 'fast-check';
import { Chunker } from '../../../lambdas/core/chunking/chunker.ts';
import { aiffHeader } from '../../../lambdas/core/formats/aiff/aiff-header.ts';
import { parseCommChunk } from '../../../lambdas/core/formats/aiff/comm-chunk.ts';
import { readForm } from '../../../lambdas/core/formats/aiff/form.ts';
import { ChunkIndex } from '../../../lambdas/core/index/chunk-index.ts';
import { IndexWriter } from '../../../lambdas/core/index/index-writer.ts';
import { byteExcerpt, excerptSlice, timeExcerpt } from '../../../lambdas/core/plan/excerpt.ts';
import { makePlan } from '../../../lambdas/core/plan/plan.ts';
import { concat } from '../../support/flac-stream.ts';
import { MemorySource } from '../../support/memory-source.ts';
import { chunksOf, packetStreams, type TestPacket, type TestStream } from '../../support/packet-stream.ts';
import { publishedRevision } from '../../support/track-record.ts';

type Case = {
  readonly stream: TestStream;
  readonly leadIn: number;
  readonly padding: number;
  readonly targetBytes: number;
};

const cases: fc.Arbitrary<Case> = fc.record({
  stream: packetStreams(120),
  leadIn: fc.nat(3000),
  padding: fc.nat(3000),
  targetBytes: fc.integer({ min: 1, max: 20_000 }),
});

function indexed({ stream, leadIn, padding, targetBytes }: Case) {
  const decodedSamples = stream.packets.reduce((sum, packet) => sum + packet.samples, 0);
  const chunks = chunksOf(new Chunker({ strategy: 'bytes', targetBytes }, 44_100), stream, [11]);
  const writer = new IndexWriter();
  const pages = [...chunks.flatMap((chunk) => writer.append(chunk)), ...writer.finish()].map((page) => page.bytes);
  const revision = publishedRevision({
    byteLength: stream.byteLength,
    leadInSamples: leadIn,
    totalSamples: Math.max(0, decodedSamples - leadIn - padding),
    audioStartByte: stream.packets[0]?.startByte ?? 0,
    audioEndByte: stream.audioEndByte,
    chunkCount: chunks.length,
    directory: writer.directory,
  });
  return { revision, index: new ChunkIndex(writer, async (page) => pages[page]) };
}

/** What a decoder puts out that is fed the packets in [startByte, endByte): the numbers of the decoded samples. */
function decode(packets: readonly TestPacket[], startByte: number, endByte: number): { first: number; end: number } {
  let sample = 0;
  let first = -1;
  let end = 0;
  for (const packet of packets) {
    const isFed = packet.startByte >= startByte && packet.startByte + packet.byteLength <= endByte;
    if (isFed && first < 0) first = sample;
    sample += packet.samples;
    if (isFed) end = sample;
  }
  return { first, end };
}

const share = fc.double({ min: 0, max: 1, noNaN: true });

describe('makePlan', () => {
  it('trims each chunk, decoded alone from its preroll, to its part of the range; together they are the range', async () => {
    await fc.assert(
      fc.asyncProperty(cases, share, share, async (one, from, length) => {
        const { revision, index } = indexed(one);
        fc.pre(revision.totalSamples > 0);
        const startSample = Math.min(revision.totalSamples - 1, Math.floor(from * revision.totalSamples));
        const endSample = Math.min(revision.totalSamples, startSample + 1 + Math.floor(length * revision.totalSamples));
        const plan = await makePlan(revision, index, { kind: 'samples', startSample, endSample }, { limit: 10_000 });

        let next = startSample;
        for (const { chunk, preroll, trim } of plan.chunks) {
          const { first, end } = decode(one.stream.packets, preroll.startByte, chunk.endByte);
          expect(first + trim.skipSamples - one.leadIn).toBe(next);
          expect(first + trim.skipSamples + trim.takeSamples).toBeLessThanOrEqual(end);
          next += trim.takeSamples;
        }
        expect(next).toBe(endSample);
      }),
    );
  });

  it('cuts byte ranges into slices that follow each other', async () => {
    await fc.assert(
      fc.asyncProperty(cases, share, share, async (one, from, length) => {
        const { revision, index } = indexed(one);
        const startByte = Math.min(revision.byteLength - 1, Math.floor(from * revision.byteLength));
        const endByte = Math.min(revision.byteLength, startByte + 1 + Math.floor(length * revision.byteLength));
        const plan = await makePlan(revision, index, { kind: 'bytes', startByte, endByte }, { limit: 10_000 });
        let next = startByte;
        for (const { chunk, slice } of plan.chunks) {
          expect(chunk.startByte + slice.offset).toBe(next);
          expect(slice.length).toBeGreaterThan(0);
          next += slice.length;
        }
        expect(next).toBe(endByte);
      }),
    );
  });

  it('goes on where a limit cut it', async () => {
    await fc.assert(
      fc.asyncProperty(cases, fc.integer({ min: 1, max: 7 }), async (one, limit) => {
        const { revision, index } = indexed(one);
        const query = { kind: 'bytes', startByte: 0, endByte: revision.byteLength } as const;
        const whole = await makePlan(revision, index, query, { limit: 10_000 });
        const pieces: unknown[] = [];
        let fromChunk: number | undefined = 0;
        while (fromChunk !== undefined) {
          const part = await makePlan(revision, index, query, { limit, fromChunk });
          expect(part.chunks.length).toBeLessThanOrEqual(limit);
          pieces.push(...part.chunks);
          fromChunk = part.nextChunk;
        }
        expect(pieces).toEqual(whole.chunks);
      }),
      { numRuns: 40 },
    );
  });
});

describe('excerpts', () => {
  const noLaterInit = (firstChunk: number): Promise<Uint8Array> => {
    throw new Error(`no init was said to hold from chunk ${firstChunk} on`);
  };

  it('begin with the init that holds for their first chunk', async () => {
    const packets = Array.from({ length: 40 }, (_, i) => ({
      startByte: i * 10,
      byteLength: 10,
      samples: 100,
      prerollPackets: 0,
    }));
    const stream = { packets, audioEndByte: 400, byteLength: 400 };
    const { revision, index } = indexed({ stream, leadIn: 0, padding: 0, targetBytes: 100 });
    const linked = {
      ...revision,
      laterInits: [
        { firstChunk: 2, byteLength: 1 },
        { firstChunk: 3, byteLength: 1 },
      ],
    };
    const later = async (firstChunk: number): Promise<Uint8Array> => Uint8Array.of(firstChunk);
    const prefixes: unknown[] = [];
    for (const startSample of [0, 1000, 2000, 3000]) {
      const { prefix } = await timeExcerpt(linked, index, { startSample, endSample: startSample + 1 }, later);
      prefixes.push(prefix === revision.init ? 'its own' : prefix[0]);
    }
    expect(prefixes).toEqual(['its own', 'its own', 2, 3]);
  });

  it('in which two streams meet are refused', async () => {
    const packets = Array.from({ length: 40 }, (_, i) => ({
      startByte: i * 10,
      byteLength: 10,
      samples: 100,
      prerollPackets: 0,
    }));
    const stream = { packets, audioEndByte: 400, byteLength: 400 };
    const { revision, index } = indexed({ stream, leadIn: 0, padding: 0, targetBytes: 100 });
    const linked = { ...revision, laterInits: [{ firstChunk: 2, byteLength: 1 }] };
    const later = async (): Promise<Uint8Array> => Uint8Array.of(2);
    const asked = timeExcerpt(linked, index, { startSample: 1900, endSample: 2100 }, later);
    await expect(asked).rejects.toMatchObject({ code: 'time_range_unsupported' });
  });

  it('of AIFF have a header of their own length', async () => {
    const format = {
      container: 'aiff',
      codec: 'pcm_s16be',
      mimeType: 'audio/aiff',
      extension: 'aiff',
      sampleRate: 8000,
    };
    const described = { codec: format.codec, sampleRate: 8000, channels: 2, bitsPerSample: 16 };
    for (const compression of ['NONE', 'twos']) {
      const init = aiffHeader({ ...described, compression });
      const revision = publishedRevision({ format: { ...format, ...described }, init, totalSamples: 1000 });
      const index = new ChunkIndex({ directory: [], chunkCount: 0 }, async () => undefined);
      const { prefix } = await timeExcerpt(revision, index, { startSample: 10, endSample: 30 }, noLaterInit);
      const layout = await readForm(new MemorySource(concat(prefix, new Uint8Array(80))), 0);
      expect(layout).toMatchObject({ dataStartByte: prefix.length, declaredByteLength: 80 });
      expect(parseCommChunk(layout?.comm ?? prefix, layout?.isAifc ?? false).statedSamples).toBe(20);
      expect(new DataView(prefix.buffer).getUint32(4)).toBe(prefix.length + 80 - 8);
    }
  });

  it('of containers with packet tables are refused: their bytes alone do not play', async () => {
    const format = {
      container: 'mp4',
      decoderConfig: new Uint8Array(2),
      codec: 'aac',
      mimeType: 'audio/mp4',
      extension: 'm4a',
      sampleRate: 44_100,
      channels: 2,
    };
    const revision = publishedRevision({ format, totalSamples: 1000 });
    const index = new ChunkIndex({ directory: [], chunkCount: 0 }, async () => undefined);
    const asked = timeExcerpt(revision, index, { startSample: 10, endSample: 30 }, noLaterInit);
    await expect(asked).rejects.toMatchObject({ code: 'time_range_unsupported' });
  });

  it('of time decode to the range, once trimmed', async () => {
    await fc.assert(
      fc.asyncProperty(cases, share, share, async (one, from, length) => {
        const { revision, index } = indexed(one);
        fc.pre(revision.totalSamples > 0);
        const startSample = Math.min(revision.totalSamples - 1, Math.floor(from * revision.totalSamples));
        const endSample = Math.min(revision.totalSamples, startSample + 1 + Math.floor(length * revision.totalSamples));
        const excerpt = await timeExcerpt(revision, index, { startSample, endSample }, noLaterInit);
        const { first, end } = decode(one.stream.packets, excerpt.startByte, excerpt.endByte);
        expect(first + (excerpt.trim?.skipSamples ?? 0) - one.leadIn).toBe(startSample);
        expect(excerpt.trim?.takeSamples).toBe(endSample - startSample);
        expect(end).toBeGreaterThanOrEqual(endSample + one.leadIn);
        expect(excerpt.prefix).toBe(revision.init);
      }),
    );
  });

  it('of PCM have a header of their own, speakers and all', async () => {
    const format = {
      container: 'wav',
      codec: 'pcm_s24le',
      mimeType: 'audio/wav',
      extension: 'wav',
      sampleRate: 48_000,
      channels: 6,
      bitsPerSample: 24,
      channelMask: 0x60f,
    };
    const revision = publishedRevision({ format, audioStartByte: 80, audioEndByte: 80 + 18_000, totalSamples: 1000 });
    const index = new ChunkIndex({ directory: [], chunkCount: 0 }, async () => undefined);
    const excerpt = await timeExcerpt(revision, index, { startSample: 10, endSample: 30 }, noLaterInit);
    expect(excerpt).toMatchObject({
      startByte: 80 + 180,
      endByte: 80 + 540,
      trim: { skipSamples: 0, takeSamples: 20 },
    });
    const view = new DataView(excerpt.prefix.buffer, excerpt.prefix.byteOffset);
    expect([view.getUint16(20, true), view.getUint32(40, true)]).toEqual([0xfffe, 0x60f]);
  });

  it('are cut by ranges of their body as a buffer of it would be', () => {
    const source = Uint8Array.from({ length: 100 }, (_, i) => i);
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 20 }),
        fc.nat(100),
        fc.nat(100),
        fc.nat(130),
        fc.nat(130),
        (prefix, a, b, c, d) => {
          const excerpt = { ...byteExcerpt({ startByte: Math.min(a, b), endByte: Math.max(a, b) }), prefix };
          const body = [...prefix, ...source.subarray(excerpt.startByte, excerpt.endByte)];
          const range = { startByte: Math.min(c, d, body.length), endByte: Math.min(Math.max(c, d), body.length) };
          const slice = excerptSlice(excerpt, range);
          expect([...slice.prefix, ...source.subarray(slice.source.startByte, slice.source.endByte)]).toEqual(
            body.slice(range.startByte, range.endByte),
          );
        },
      ),
    );
  });
});
