import fc from 'fast-check';
import { openWavPack } from '../../../../lambdas/core/formats/wavpack/wavpack.ts';
import type { ByteSource } from '../../../../lambdas/core/ports.ts';
import { MemorySource } from '../../../support/memory-source.ts';
import { joined, type WavPackStream, wavpackBlock, wavpackStream } from '../../../support/wavpack-stream.ts';
import { codesOf, scanned } from './scanned.ts';

const TEN = [...new Array(9).fill(22050), 777];
const ten = wavpackStream(TEN);

/** The stream with the bytes of group `number` from `offset` on replaced. */
function damaged(stream: WavPackStream, number: number, offset: number, bytes: readonly number[]): Uint8Array {
  const copy = stream.bytes.slice();
  copy.set(bytes, (stream.groupBytes[number] ?? 0) + offset);
  return copy;
}

function without(stream: WavPackStream, from: number, to: number): Uint8Array {
  return joined(stream.bytes.slice(0, from), stream.bytes.slice(to));
}

const startOf = (number: number): number => ten.groupBytes[number] ?? 0;

describe('damage', () => {
  it.each<[string, Uint8Array, number, string[]]>([
    ['a signature is gone', damaged(ten, 4, 0, [0]), 9, ['junk_skipped', 'damaged_packets']],
    ['a size is too large', damaged(ten, 4, 4, [0, 4]), 9, ['damaged_packets']],
    ['a size is odd', damaged(ten, 4, 4, [49]), 9, ['junk_skipped', 'damaged_packets']],
    [
      'the samples of a block are impossible',
      damaged(ten, 4, 20, [0, 0, 0, 1]),
      9,
      ['junk_skipped', 'damaged_packets'],
    ],
    ['bytes are missing in a block', without(ten, startOf(4) + 40, startOf(4) + 50), 9, ['damaged_packets']],
    ['a block is missing', without(ten, startOf(4), startOf(5)), 9, ['damaged_packets']],
    [
      'zeros between blocks',
      joined(ten.bytes.slice(0, startOf(4)), new Uint8Array(100), ten.bytes.slice(startOf(4))),
      10,
      ['junk_skipped'],
    ],
    ['zeros at the end', joined(ten.bytes, new Uint8Array(100)), 10, ['junk_skipped']],
    ['three bytes at the end', joined(ten.bytes, new Uint8Array(3)), 10, ['junk_skipped']],
    ['the last block is cut', ten.bytes.slice(0, -1), 9, ['truncated']],
    ['the last header is cut', ten.bytes.slice(0, startOf(9) + 31), 9, ['truncated']],
    ['cut behind a signature', ten.bytes.slice(0, startOf(9) + 4), 9, ['truncated']],
    ['cut between two blocks', ten.bytes.slice(0, startOf(9)), 9, ['truncated']],
    ['the first block is damaged', damaged(ten, 0, 4, [0, 4]), 9, ['damaged_packets']],
  ])('%s: the rest is served', async (_, bytes, packetCount, codes) => {
    const scan = await scanned(bytes);
    expect(scan.packets.length).toBe(packetCount);
    expect(codesOf(scan)).toEqual(codes);
    for (const blockBytes of [1, 33, 64]) expect(await scanned(bytes, blockBytes)).toEqual(scan);
  });

  it.each([1, 2] as const)('inside of a block is noticed by its checksum of %i words', async (checksumWords) => {
    const stream = wavpackStream(TEN, { checksumWords });
    const scan = await scanned(damaged(stream, 4, 40, [0, 0]));
    expect(scan.packets.length).toBe(10);
    expect(codesOf(scan)).toEqual(['damaged_packets']);
    expect(codesOf(await scanned(damaged(ten, 4, 40, [0, 0])))).toEqual([]);
  });

  it.each<[string, (group: readonly Uint8Array[]) => Uint8Array[]]>([
    ['without its beginning', (group) => group.slice(1)],
    ['without its end', (group) => group.slice(0, -1)],
    [
      'with a block of another time',
      ([first, ...rest]) => [first, block(2, 1), ...rest].filter((b) => b !== undefined),
    ],
  ])('a group %s is left out', async (_, alter) => {
    const group = (number: number): Uint8Array[] => [
      block(number, 2, { initial: true }),
      block(number, 1),
      block(number, 2, { final: true }),
    ];
    const bytes = joined(...group(0), ...alter(group(1)), ...group(3));
    const scan = await scanned(bytes);
    expect(scan.format.channels).toBe(5);
    expect(scan.packets.map(({ samples }) => samples)).toEqual([100, 100]);
    expect(codesOf(scan)).toEqual(['damaged_packets']);
  });

  it('a cut group is dropped whole', async () => {
    const stream = wavpackStream([100, 100], { layout: [2, 1, 2] });
    const scan = await scanned(stream.bytes.slice(0, -1));
    expect(scan.packets.length).toBe(1);
    expect(codesOf(scan)).toEqual(['truncated']);
  });
});

function block(number: number, channels: 1 | 2, ends: { initial?: boolean; final?: boolean } = {}): Uint8Array {
  const { initial = false, final = false } = ends;
  return wavpackBlock({ samples: 100, index: number * 100, channels, initial, final });
}

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

describe('audio that looks like blocks', () => {
  const header = wavpackBlock({ samples: 22050, index: 22050, payload: new Uint8Array(0) });
  it.each([
    ['signatures', Uint8Array.of(0x77, 0x76, 0x70, 0x6b)],
    ['headers of large blocks', wavpackBlock({ samples: 9, statedSize: 0x80000 }).slice(0, 32)],
    ['whole blocks', header],
  ])('%s are audio', async (_, unit) => {
    const stream = wavpackStream(TEN, { payload: repeated(unit, 3000) });
    for (const blockBytes of [undefined, 99]) {
      const scan = await scanned(stream.bytes, blockBytes);
      expect(scan.packets.map(({ startByte }) => startByte)).toEqual(stream.groupBytes);
      expect(codesOf(scan)).toEqual([]);
    }
  });
});

describe('files made to hurt', () => {
  const large = wavpackBlock({ samples: 9, statedSize: 0xffff0 }).slice(0, 32);

  it.each([
    ['signatures', Uint8Array.of(0x77, 0x76, 0x70, 0x6b)],
    ['headers of the largest blocks', large],
    ['the least blocks', wavpackBlock({ samples: 0 })],
    ['least blocks with a false large one behind each', joined(wavpackBlock({ samples: 0 }), large)],
    ['first letters', Uint8Array.of(0x77)],
  ])('%s: read at most twice, and done in time', async (_, unit) => {
    const source = new CountingSource(joined(ten.bytes, repeated(unit, 4_000_000)));
    const scan = await openWavPack(source);
    const batches = scan?.packets();
    // A quadratic scan takes minutes here, and so runs into the time limit of a test.
    while ((await batches?.next())?.done === false);
    expect(source.bytesRead).toBeLessThan(2 * source.byteLength + (1 << 20));
  });

  it('nothing behind a valid beginning makes it fail, or depend on the blocks it is read in', async () => {
    const pieces = fc.array(
      fc.oneof(
        fc.uint8Array({ maxLength: 60 }),
        fc.constantFrom(large, ten.bytes, Uint8Array.of(0x77, 0x76), wavpackBlock({ samples: 0 })),
        fc.nat(200).map((samples) => wavpackBlock({ samples, rateNumber: samples % 16 })),
        fc.nat(200).map((samples) => wavpackBlock({ samples, initial: samples % 3 > 0, final: samples % 2 > 0 })),
        fc.nat(60).map((byteLength) => wavpackBlock({ samples: 7 }).slice(0, byteLength)),
      ),
      { maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(pieces, fc.integer({ min: 1, max: 99 }), async (parts, blockBytes) => {
        const bytes = joined(ten.bytes, ...parts);
        const whole = await scanned(bytes);
        expect(await scanned(bytes, blockBytes)).toEqual(whole);
        expect(whole.packets.length).toBeGreaterThan(0);
      }),
      { numRuns: 150 },
    );
  });
});
