import fc from 'fast-check';
import { openFlac } from '../../../../lambdas/core/formats/flac/flac.ts';
import type { ByteSource } from '../../../../lambdas/core/ports.ts';
import { concat, flacCrc16, flacFrame, flacFrameHeader, flacStream } from '../../../support/flac-stream.ts';
import { MemorySource } from '../../../support/memory-source.ts';
import { scanned } from './scanned.ts';

/** Counts bytes, so that a scan that goes back again and again is found out whatever the machine's speed. */
class CountingSource extends MemorySource implements ByteSource {
  bytesRead = 0;

  override async read(startByte: number, target: Uint8Array): Promise<void> {
    this.bytesRead += target.length;
    await super.read(startByte, target);
  }
}

function repeated(unit: Uint8Array, byteLength: number): Uint8Array {
  const bytes = new Uint8Array(byteLength);
  for (let at = 0; at + unit.length <= byteLength; at += unit.length) bytes.set(unit, at);
  return bytes;
}

/** A frame that holds `payload` as its samples: 8 bits, mono, verbatim. */
function frameAround(payload: Uint8Array, number: number): Uint8Array {
  const header = flacFrameHeader({ samples: payload.length, number, channels: 1, bitsPerSample: 8 });
  const unsealed = concat(header, Uint8Array.of(0x02), payload);
  const crc = flacCrc16(unsealed);
  return concat(unsealed, Uint8Array.of(crc >> 8, crc & 0xff));
}

const mono8 = { channels: 1, bitsPerSample: 8 };

function streamAround(payloads: readonly Uint8Array[]): { bytes: Uint8Array; frameBytes: number[] } {
  const head = flacStream({ ...mono8, blocks: [64], streamInfo: { totalSamples: 0 } }).bytes.slice(0, 42);
  const frames = payloads.map(frameAround);
  let byte = head.length;
  const frameBytes = frames.map((frame) => {
    byte += frame.length;
    return byte - frame.length;
  });
  return { bytes: concat(head, ...frames), frameBytes };
}

describe('samples that look like frames', () => {
  const nextNumber = (number: number) => flacFrameHeader({ ...mono8, samples: 2000, number });
  const embedded = concat(...[1, 2, 3, 4].map((number) => flacFrame({ ...mono8, samples: 100, number })));

  it.each([
    ['headers with a right CRC-8', repeated(nextNumber(9), 2000)],
    ['headers with the very number that is expected', repeated(nextNumber(1), 2000)],
    ['whole frames, numbered on, with right checksums', repeated(embedded, 2000)],
    ['sync codes only', repeated(Uint8Array.of(0xff, 0xf8), 2000)],
  ])('%s are samples', async (_, payload) => {
    const { bytes, frameBytes } = streamAround([payload, payload, payload]);
    for (const blockBytes of [undefined, 100]) {
      const { packets, summary } = await scanned(bytes, blockBytes);
      expect(packets.map(({ startByte }) => startByte)).toEqual(frameBytes);
      expect(summary.warnings).toEqual([]);
    }
  });

  it('and the same frames outside of a frame are frames', async () => {
    const { bytes } = streamAround([new Uint8Array(2000)]);
    const { packets } = await scanned(concat(bytes, embedded));
    expect(packets.length).toBe(5);
  });
});

describe('files made to hurt', () => {
  const head = flacStream({ blocks: [64] }).bytes;
  const huge = flacFrameHeader({ samples: 65535, number: 1, channels: 8, bitsPerSample: 32 });
  const tiny = flacFrame({ samples: 192, number: 0, coding: 'constant' });
  const hugeLikeTiny = flacFrameHeader({ samples: 65535, number: 1 });

  it.each([
    ['false headers of one number', flacFrameHeader({ samples: 4096, number: 1 })],
    ['false headers of huge frames', huge],
    ['valid frames with a false huge one behind each', concat(tiny, hugeLikeTiny)],
    ['frames that decode endlessly', concat(tiny, hugeLikeTiny, Uint8Array.of(0x10, 0, 0, 0x10))],
  ])('%s: read at most twice, and done in time', async (_, unit) => {
    const source = new CountingSource(concat(head, repeated(unit, 800_000)));
    const scan = await openFlac(source);
    const batches = scan?.packets();
    // A quadratic scan takes minutes here, and so runs into the time limit of a test.
    while ((await batches?.next())?.done === false);
    expect(source.bytesRead).toBeLessThan(2 * source.byteLength + (1 << 24) + 10_000);
  });

  it('a checksum is carried over a window that slides to behind a frame that was inspected', async () => {
    const twenty = flacFrame({ samples: 20, number: 0 });
    const bytes = concat(head, new Uint8Array(550), twenty, tiny, Uint8Array.of(0), tiny);
    const whole = await scanned(bytes);
    expect(await scanned(bytes, 1)).toEqual(whole);
    // A zero behind a frame leaves its checksum as it is, so it is taken for the frame's last byte.
    expect(whole.summary.warnings[0]?.message).toContain('in 1 place');
  });

  it('nothing behind a valid beginning makes it fail, or depend on the blocks it is read in', async () => {
    const pieces = fc.array(
      fc.oneof(
        fc.uint8Array({ maxLength: 60 }),
        fc.nat(9000).map((byteLength) => new Uint8Array(byteLength)),
        fc.constantFrom(tiny, huge, hugeLikeTiny, Uint8Array.of(0xff), Uint8Array.of(0xff, 0xf8)),
        fc.nat(200).map((number) => flacFrame({ samples: 20, number })),
      ),
      { maxLength: 20 },
    );
    await fc.assert(
      fc.asyncProperty(pieces, fc.integer({ min: 1, max: 99 }), async (parts, blockBytes) => {
        const bytes = concat(head, ...parts);
        const whole = await scanned(bytes);
        const { packets, summary } = await scanned(bytes, blockBytes);
        expect({ packets, summary }).toEqual({ packets: whole.packets, summary: whole.summary });
        const starts = packets.map(({ startByte }) => startByte);
        expect(starts).toEqual([...new Set(starts)].sort((a, b) => a - b));
        expect(summary.audioEndByte).toBeLessThanOrEqual(bytes.length);
        expect(summary.totalSamples).toBe(packets.reduce((sum, { samples }) => sum + samples, 0));
      }),
      { numRuns: 150 },
    );
  });
});
