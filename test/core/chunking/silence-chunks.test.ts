import fc from 'fast-check';
import { Chunker } from '../../../lambdas/core/chunking/chunker.ts';
import type { SilenceChunking } from '../../../lambdas/core/chunking/strategy.ts';
import type { Silence } from '../../../lambdas/core/dsp/silence-record.ts';
import type { PacketBatch } from '../../../lambdas/core/formats/format.ts';
import type { Chunk } from '../../../lambdas/core/index/page.ts';

const RATE = 100;
const CONFIG: SilenceChunking = {
  strategy: 'silence',
  thresholdDb: -60,
  minimumSilenceMs: 500,
  minChunkSeconds: 5,
  maxChunkSeconds: 30,
  maxChunkBytes: 2 ** 30,
};
const BYTES_PER_SAMPLE = 2;

/** Equal packets of so many samples, one behind the other. */
function packetsOf(samples: number, count: number): PacketBatch {
  return {
    kind: 'packets',
    count,
    startByte: Float64Array.from({ length: count }, (_, i) => i * samples * BYTES_PER_SAMPLE),
    samples: new Uint32Array(count).fill(samples),
    prerollPackets: new Uint16Array(count),
  };
}

function runOf(samples: number, count: number): PacketBatch {
  return { kind: 'run', startByte: 0, packetByteLength: samples * BYTES_PER_SAMPLE, packetSamples: samples, count };
}

function cut(batch: PacketBatch, silences: readonly Silence[], samples: number, count: number, config = CONFIG) {
  const chunker = new Chunker(config, RATE, silences);
  const byteLength = samples * count * BYTES_PER_SAMPLE;
  const chunks = [...chunker.accept(batch), ...chunker.finish({ audioEndByte: byteLength }, byteLength)];
  return { chunks, forced: chunker.forcedCuts };
}

const endsOf = (chunks: readonly Chunk[]): number[] => chunks.map(({ endSample }) => endSample / RATE);

const silence = (start: number, end: number): Silence => ({ startSample: start * RATE, endSample: end * RATE });

describe('chunks that end in silences', () => {
  const cases: [name: string, silences: Silence[], expected: number[]][] = [
    [
      'end in the middle of the first that is far enough',
      [silence(2, 3), silence(8, 9), silence(12, 13)],
      [8.5, 38.5, 40],
    ],
    ['end in a part of one, where the shortest chunk ends in it', [silence(4, 5.4), silence(30, 31)], [5, 30.5, 40]],
    ['end after the longest chunk where none comes in time', [silence(34, 36)], [30, 35, 40]],
    ['end in a part of one, where the longest chunk ends in it', [silence(29.5, 35)], [30, 35, 40]],
  ];
  it.each(cases)('%s', (_, silences, expected) => {
    // 40 seconds of samples that are packets of their own, so that every place is a boundary.
    const { chunks } = cut(runOf(1, 40 * RATE), silences, 1, 40 * RATE);
    expect(endsOf(chunks)).toEqual(expected);
  });

  it('end at the boundary nearest to the middle', () => {
    // Boundaries at every 0.4 s; the middle is 8.5, between 8.4 and 8.8.
    const { chunks, forced } = cut(packetsOf(40, 50), [silence(8, 9)], 40, 50);
    expect(endsOf(chunks)).toEqual([8.4, 20]);
    expect(forced).toBe(0);
  });

  it('pass over a silence between two boundaries', () => {
    // Boundaries at every 2 s: none is in the first silence.
    const { chunks } = cut(packetsOf(200, 20), [silence(6.5, 7.5), silence(13, 15)], 200, 20);
    expect(endsOf(chunks)[0]).toBe(14);
  });

  it('count those that end where nothing is silent', () => {
    expect(cut(packetsOf(100, 95), [], 100, 95)).toMatchObject({ forced: 3 });
    expect(cut(runOf(1, 95 * RATE), [], 1, 95 * RATE)).toMatchObject({ forced: 3 });
  });

  it('are an error where the silences are not known', () => {
    expect(() => new Chunker(CONFIG, RATE)).toThrow(RangeError);
  });
});

it('partition the source, end in silences or are as long as one may be, whatever the packets are', () => {
  const silences = fc
    .array(fc.tuple(fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 50, max: 400 })), { maxLength: 20 })
    .map((pairs) => {
      let at = 0;
      return pairs.map(([gap, length]) => {
        const startSample = at + gap;
        at = startSample + length;
        return { startSample, endSample: at };
      });
    });
  fc.assert(
    fc.property(
      silences,
      fc.integer({ min: 1, max: 150 }),
      fc.integer({ min: 1, max: 300 }),
      fc.boolean(),
      (list, samples, count, isRun) => {
        const { chunks, forced } = cut((isRun ? runOf : packetsOf)(samples, count), list, samples, count);
        let [byte, sample, strays] = [0, 0, 0];
        for (const chunk of chunks) {
          expect([chunk.startByte, chunk.startSample]).toEqual([byte, sample]);
          const length = chunk.endSample - chunk.startSample;
          expect(length).toBeLessThanOrEqual(Math.max(samples, CONFIG.maxChunkSeconds * RATE));
          byte = chunk.endByte;
          sample = chunk.endSample;
          if (chunk === chunks.at(-1)) continue;
          const isSilent = list.some(({ startSample, endSample }) => startSample <= sample && sample <= endSample);
          if (isSilent) expect(length).toBeGreaterThanOrEqual(Math.min(CONFIG.minChunkSeconds * RATE, length));
          else strays++;
          // Nothing but the longest chunk ends outside of silences.
          if (!isSilent) expect(length + samples).toBeGreaterThan(CONFIG.maxChunkSeconds * RATE);
        }
        expect(byte).toBe(samples * count * BYTES_PER_SAMPLE);
        expect(strays).toBeLessThanOrEqual(forced);
      },
    ),
  );
});
