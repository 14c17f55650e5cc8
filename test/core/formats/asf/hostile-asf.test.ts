import fc from 'fast-check';
import { CuepointError } from '../../../../lambdas/core/errors.ts';
import { openAsf } from '../../../../lambdas/core/formats/asf/asf.ts';
import { parseDataPacket } from '../../../../lambdas/core/formats/asf/data-packet.ts';
import { type AsfFile, asfFile } from '../../../support/asf-file.ts';
import { MemorySource } from '../../../support/memory-source.ts';
import { BAD_PIECE, FRAME_SAMPLES, OverlappingDecoder } from './overlapping-decoder.ts';
import { codesOf, objectsOf, scanned } from './scanned.ts';

/** Six objects fit into a packet. */
const sixty = asfFile({ objects: objectsOf(60), layout: 'whole', packetByteLength: 430 });
const split = asfFile({ objects: objectsOf(60), layout: 'filled', packetByteLength: 400 });

function packetByte(file: AsfFile, number: number): number {
  return file.dataStartByte + number * file.packetByteLength;
}

function changed(file: AsfFile, byte: number, bytes: readonly number[]): Uint8Array {
  const copy = file.bytes.slice();
  copy.set(bytes, byte);
  return copy;
}

function spliced(file: AsfFile, byte: number, removed: number, inserted = 0): Uint8Array {
  return Uint8Array.from([
    ...file.bytes.subarray(0, byte),
    ...new Array(inserted).fill(0x82),
    ...file.bytes.subarray(byte + removed),
  ]);
}

describe('damage', () => {
  it.each<[string, Uint8Array, number, string[]]>([
    ['nothing is damaged', sixty.bytes, 61, []],
    ['a packet that is none', changed(sixty, packetByte(sixty, 4), new Array(20).fill(0)), 55, ['damaged_packets']],
    ['the first packet is none', changed(sixty, packetByte(sixty, 0), [0x82, 0, 0, 0x11, 0]), 55, ['damaged_packets']],
    ['bytes missing', spliced(sixty, packetByte(sixty, 4) + 100, 33), 55, ['damaged_packets', 'truncated']],
    ['bytes too many', spliced(sixty, packetByte(sixty, 4), 0, 33), 60, ['damaged_packets']],
    ['a packet missing', spliced(sixty, packetByte(sixty, 4), 430), 55, ['truncated']],
    ['a packet missing amid objects', spliced(split, packetByte(split, 4), 400), 55, ['damaged_packets', 'truncated']],
    ['the last packet without its padding', sixty.bytes.slice(0, -14), 61, ['truncated']],
    ['the last packet cut in its middle', sixty.bytes.slice(0, -200), 58, ['truncated']],
    ['the last packet cut in its head', sixty.bytes.slice(0, -420), 55, ['truncated']],
    ['a packet cut amid objects', split.bytes.slice(0, packetByte(split, 4) + 200), 25, ['truncated']],
  ])('%s: the rest is served', async (_, bytes, frames, codes) => {
    const scan = await scanned(bytes);
    const decodedSamples = scan.packets.reduce((sum, { samples }) => sum + samples, 0);
    expect({ frames: decodedSamples / FRAME_SAMPLES, codes: codesOf(scan) }).toEqual({ frames, codes });
    for (const blockBytes of [1, 431]) expect(await scanned(bytes, { blockBytes })).toEqual(scan);
  });

  it('in what the codec decodes is counted', async () => {
    const objects = objectsOf(60);
    for (const number of [7, 8]) objects[number]?.bytes.fill(BAD_PIECE);
    const scan = await scanned(asfFile({ objects }).bytes);
    expect(codesOf(scan)).toEqual(['damaged_packets']);
    expect(scan.summary.totalSamples).toBe(57 * FRAME_SAMPLES);
    expect(scan.summary.warnings.at(-1)?.message).toMatch(/2 codec packets do not decode/);
  });

  it('of packets that nothing marks is stepped over', async () => {
    const file = asfFile({ objects: objectsOf(60), layout: 'whole', packetByteLength: 430, unmarked: true });
    const scan = await scanned(changed(file, packetByte(file, 4), [0x11, 0]));
    expect(codesOf(scan)).toEqual(['damaged_packets']);
  });

  it.each<[string, object, string[]]>([
    ['more packets than there are', { declaredPackets: 99 }, ['wrong_total']],
    ['a longer data object', { declaredDataByteLength: 1_000_000 }, ['truncated']],
    ['a shorter one', { declaredDataByteLength: 50 + 5 * 400 }, ['wrong_total']],
  ])('the header declares %s', async (_, declared, codes) => {
    expect(codesOf(await scanned(asfFile({ objects: objectsOf(60), ...declared }).bytes))).toEqual(codes);
  });
});

describe('files made to hurt', () => {
  it('any bytes are a packet or none', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 90 }), fc.boolean(), (bytes, marked) => {
        const packet = marked ? Uint8Array.from([0x82, 0, 0, 0x11, 0x5d, ...bytes]) : bytes;
        const payloads = parseDataPacket(packet, 0, packet.length, 1) ?? [];
        for (const { bytes: view } of payloads) expect(view.length).toBeLessThanOrEqual(packet.length);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['marks', Uint8Array.of(0x82, 0, 0)],
    ['first bytes of marks', Uint8Array.of(0x82)],
    ['nothing', Uint8Array.of(0)],
    ['heads of packets', Uint8Array.of(0x82, 0, 0, 0x11, 0x5d, 0, 0)],
  ])('%s for packets: done in time', async (_, unit) => {
    const hurt = new Uint8Array(sixty.bytes.length + 1_000_000);
    hurt.set(sixty.bytes);
    for (let at = sixty.bytes.length; at + unit.length <= hurt.length; at += unit.length) {
      hurt.set(unit, at);
    }
    new DataView(hurt.buffer).setBigUint64(sixty.dataStartByte - 34, BigInt(hurt.length), true);
    // A quadratic scan takes minutes here, and so runs into the time limit of a test.
    expect(codesOf(await scanned(hurt))).toContain('damaged_packets');
  });

  const small = [
    asfFile({ objects: objectsOf(12), layout: 'whole', packetByteLength: 200 }),
    asfFile({ objects: objectsOf(12), layout: 'filled', packetByteLength: 200 }),
  ] as const;

  it('nothing fails but in words, or depends on the blocks it is read in', async () => {
    const change = fc.tuple(fc.nat(small[0].bytes.length - 1), fc.uint8Array({ minLength: 1, maxLength: 4 }));
    const file = fc.constantFrom(...small);
    const changes = fc.array(change, { minLength: 1, maxLength: 6 });
    const outcome = (bytes: Uint8Array, blockBytes?: number) =>
      scanned(bytes, blockBytes === undefined ? {} : { blockBytes }).catch((error: unknown) => {
        if (error instanceof CuepointError) return error.code;
        if (error instanceof Error && error.message === 'not recognised') return null;
        throw error;
      });
    await fc.assert(
      fc.asyncProperty(file, changes, fc.integer({ min: 1, max: 99 }), async ({ bytes }, changes, blockBytes) => {
        const copy = bytes.slice();
        for (const [place, values] of changes) {
          const at = place % copy.length;
          copy.set(values.subarray(0, copy.length - at), at);
        }
        expect(await outcome(copy, blockBytes)).toEqual(await outcome(copy));
      }),
      { numRuns: 100 },
    );
  });

  it('decoders are closed when the scan is given up', async () => {
    const decoder = new OverlappingDecoder();
    const scan = await openAsf(new MemorySource(asfFile({ objects: objectsOf(2200) }).bytes), { decoder });
    for await (const batch of scan?.packets() ?? []) {
      expect(batch.kind).toBe('packets');
      break;
    }
    expect(decoder.opened).toBeGreaterThan(1);
    expect(decoder.closed).toBe(decoder.opened);
  });
});
