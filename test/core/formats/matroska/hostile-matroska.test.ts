import fc from 'fast-check';
import { CuepointError } from '../../../../lambdas/core/errors.ts';
import { openMatroska } from '../../../../lambdas/core/formats/matroska/matroska.ts';
import type { ByteSource } from '../../../../lambdas/core/ports.ts';
import {
  binary,
  blockNode,
  clusterNode,
  marked,
  matroskaFile,
  type Node,
  opusFrame,
  opusTrack,
  type TestBlock,
  type TestCluster,
  uint,
  voidOf,
  vorbisTrack,
  written,
} from '../../../support/matroska-file.ts';
import { MemorySource } from '../../../support/memory-source.ts';
import { vorbisPacket } from '../../../support/vorbis-packets.ts';
import { places, scanned } from './scanned.ts';

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

const lacing = fc.constantFrom('none', 'xiph', 'ebml', 'fixed');

function blocksOf(frame: fc.Arbitrary<Uint8Array>): fc.Arbitrary<TestBlock> {
  const several = fc.array(frame, { minLength: 1, maxLength: 6 });
  return fc
    .record({ frames: several, lacing, time: fc.nat(500), group: fc.boolean(), track: fc.constantFrom(1, 1, 1, 2) })
    .map(({ frames, lacing: chosen, time, group, track }): TestBlock => {
      const [first = new Uint8Array(1)] = frames;
      const fitting = chosen === 'none' ? [first] : chosen === 'fixed' ? frames.map(() => first) : frames;
      return { frames: fitting, lacing: chosen, time, track, ...(group ? { group: [uint(0x9b, 20)] } : {}) };
    });
}

function clustersOf(frame: fc.Arbitrary<Uint8Array>): fc.Arbitrary<TestCluster[]> {
  const cluster = fc
    .record({ time: fc.nat(9999), blocks: fc.array(blocksOf(frame), { maxLength: 6 }), unknown: fc.boolean() })
    .map(({ unknown, ...rest }): TestCluster => (unknown ? { ...rest, size: 'unknown' } : rest));
  return fc.array(cluster, { minLength: 1, maxLength: 6 });
}

const opusFrames = fc
  .record({ byteLength: fc.integer({ min: 2, max: 700 }), configuration: fc.nat(31) })
  .map(({ byteLength, configuration }) => opusFrame(byteLength, configuration));
const vorbisFrames = fc
  .record({ mode: fc.nat(1), byteLength: fc.integer({ min: 1, max: 300 }) })
  .map(({ mode, byteLength }) => vorbisPacket(mode, byteLength));

describe.each([
  ['Opus', opusTrack(), opusFrames],
  ['Vorbis', vorbisTrack(), vorbisFrames],
])('any file of %s', (_, track, frame) => {
  it('has the frames that were put into it, whatever it is read in', async () => {
    await fc.assert(
      fc.asyncProperty(clustersOf(frame), fc.integer({ min: 1, max: 99 }), async (clusters, blockBytes) => {
        const whole: Node = clusterNode({ blocks: Array.from({ length: 20 }, () => ({ frames: [opusFrame(8)] })) });
        const file = { tracks: [track, opusTrack({ number: 2, type: 1 })], clusters: [whole, ...clusters] };
        const { bytes, marks } = matroskaFile(file);
        const scan = await scanned(bytes);
        expect(places(scan.frames)).toEqual(places(marked(marks, 'frame')));
        expect(await scanned(bytes, blockBytes)).toEqual(scan);
      }),
      { numRuns: 25 },
    );
  });
});

describe('files made to hurt', () => {
  const { bytes: head } = matroskaFile({ segmentSize: 'unknown', clusters: [] });
  const good = written([clusterNode({ blocks: [{ frames: [opusFrame(20)] }, { frames: [opusFrame(20)] }] })]).bytes;
  const unitOf = (...nodes: Node[]): Uint8Array => written(nodes).bytes;

  it.each<[string, Uint8Array]>([
    ['cluster IDs', Uint8Array.of(0x1f, 0x43, 0xb6, 0x75)],
    ['clusters of unknown size that begin anew', Uint8Array.of(0x1f, 0x43, 0xb6, 0x75, 0xff, 0xe7, 0x81, 0)],
    ['clusters that nonsense follows', unitOf(clusterNode({ blocks: [], size: 'unknown' }), new Uint8Array(2))],
    ['empty elements', Uint8Array.of(0xec, 0x80)],
    ['elements that are not known', Uint8Array.of(0xa9, 0x80)],
    ['blocks of other tracks', unitOf(blockNode({ track: 9, frames: [new Uint8Array(1)] }))],
    ['blocks of one byte', unitOf(blockNode({ frames: [opusFrame(1)] }))],
    [
      'blocks of many frames of one byte',
      unitOf(blockNode({ frames: Array(256).fill(opusFrame(1, 28)), lacing: 'fixed' })),
    ],
    ['clusters of one block of one byte', unitOf(clusterNode({ blocks: [{ frames: [opusFrame(1, 28)] }] }))],
    ['clusters whose blocks are broken', unitOf(clusterNode({ blocks: [{ frames: [opusFrame(0)] }] }))],
    ['sizes that reach far', Uint8Array.of(0xa3, 0x10, 0x0f, 0xff, 0xff, 0x81)],
    ['groups within groups', Uint8Array.of(0xa0, 0x84)],
    ['first bytes of cluster IDs', Uint8Array.of(0x1f)],
  ])('%s: read about once, and done in time', async (_, unit) => {
    const source = new CountingSource(Uint8Array.from([...head, ...good, ...repeated(unit, 200_000)]));
    const batches = (await openMatroska(source))?.packets();
    // A quadratic scan takes minutes here, and so runs into the time limit of a test.
    while ((await batches?.next())?.done === false);
    expect(source.bytesRead).toBeLessThan(1.1 * source.byteLength + 50_000);
  });

  it('a header of endless elements ends in words', async () => {
    const endless = matroskaFile({ tracks: [repeated(Uint8Array.of(0xec, 0x80), 140_000)], clusters: [] }).bytes;
    await expect(openMatroska(new MemorySource(endless))).rejects.toMatchObject({ name: 'CuepointError' });
  });

  it('lengths that no memory holds are not believed', async () => {
    const track = { id: 0xae, body: [uint(0xd7, 1), uint(0x83, 2), { id: 0x63a2, body: [], size: 2 ** 40 }] };
    const { bytes } = matroskaFile({ tracks: [track], clusters: [] });
    await expect(openMatroska(new MemorySource(bytes))).rejects.toMatchObject({ name: 'CuepointError' });
  });

  it('no bytes make it fail otherwise, hang, or depend on the blocks it is read in', async () => {
    const pieces = fc.array(
      fc.oneof(
        fc.uint8Array({ maxLength: 60 }),
        fc.nat(3000).map((byteLength) => new Uint8Array(byteLength)),
        clustersOf(opusFrames).map((clusters) => unitOf(...clusters.map(clusterNode))),
        fc.constantFrom(
          good,
          good.subarray(0, 9),
          Uint8Array.of(0x1f, 0x43),
          Uint8Array.of(0x1f, 0x43, 0xb6, 0x75, 0xff),
        ),
        fc.constantFrom(unitOf(voidOf(7)), unitOf(binary(0x1c53bb6b, new Uint8Array(9))), Uint8Array.of(0xa9, 0x81, 7)),
      ),
      { maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(pieces, fc.integer({ min: 1, max: 99 }), async (parts, blockBytes) => {
        const bytes = written([head, good, ...parts]).bytes;
        const whole = await scanned(bytes);
        expect(await scanned(bytes, blockBytes)).toEqual(whole);
      }),
      { numRuns: 80 },
    );
  });

  it('nor does any change of a byte, or two', async () => {
    const blocks = [1, 2, 3].map((i) => ({ time: i, frames: [opusFrame(40), opusFrame(41)], lacing: 'ebml' as const }));
    const file = matroskaFile({
      tracks: [vorbisTrack(), opusTrack({ number: 2 })],
      clusters: [{ blocks }, { blocks }],
    });
    const change = fc.record({ at: fc.nat(file.bytes.length - 1), value: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 2 }), async (changes) => {
        const bytes = file.bytes.slice();
        for (const { at, value } of changes) bytes[at] = value;
        const outcome = async (blockBytes?: number) =>
          openMatroska(new MemorySource(bytes), blockBytes)
            .then((scan) => (scan === null ? null : scanned(bytes, blockBytes)))
            .catch((error: unknown) => {
              if (error instanceof CuepointError) return error.message;
              throw error;
            });
        expect(await outcome(13)).toEqual(await outcome());
      }),
      { numRuns: 200 },
    );
  });
});
