import { openMatroska } from '../../../../lambdas/core/formats/matroska/matroska.ts';
import {
  binary,
  encodings,
  marked,
  matroskaFile,
  opusBlocks,
  opusClusters,
  opusFrame,
  opusHead,
  opusTrack,
  type TestBlock,
  type TestCluster,
  type TestFile,
  uint,
  voidOf,
  written,
} from '../../../support/matroska-file.ts';
import { MemorySource } from '../../../support/memory-source.ts';
import { codesOf, places, scanned, startBytes } from './scanned.ts';

const plain: TestFile = { clusters: opusClusters(4, 3) };

describe('recognition', () => {
  it.each([
    ['webm', 'webm', 'audio/webm', 'webm'],
    ['matroska', 'matroska', 'audio/matroska', 'mka'],
  ])('DocType %s', async (docType, container, mimeType, extension) => {
    const { format } = await scanned(matroskaFile({ ...plain, docType }).bytes);
    const names = { container, mimeType, extension, codec: 'opus', codecString: 'opus' };
    expect(format).toEqual({ ...names, sampleRate: 48_000, channels: 2, decoderConfig: opusHead() });
  });

  it.each([
    ['another DocType', matroskaFile({ ...plain, docType: 'movie' }).bytes],
    ['no DocType', written([{ id: 0x1a45dfa3, body: [uint(0x4286, 1)] }]).bytes],
    ['something else', Uint8Array.from('fLaC and more', (letter) => letter.charCodeAt(0))],
    ['zeros', new Uint8Array(100)],
    ['one byte', Uint8Array.of(0x1a)],
  ])('%s is none', async (_, bytes) => {
    expect(await openMatroska(new MemorySource(bytes))).toBeNull();
  });
});

describe('where the clusters are', () => {
  const cues = { id: 0x1c53bb6b, body: [new Uint8Array(300)] };
  const seekHead = { id: 0x114d9b74, body: [new Uint8Array(80)] };
  const tags = { id: 0x1254c367, body: [new Uint8Array(500)] };
  const attachments = { id: 0x1941a469, body: [new Uint8Array(20_000).fill(0x1f)] };
  const crc = binary(0xbf, new Uint8Array(4));
  const unknown = binary(0x4dab, new Uint8Array(9));
  const live: TestCluster[] = opusClusters(4, 3).map((cluster) => ({ ...cluster, size: 'unknown' }));

  it.each<[string, TestFile]>([
    ['one after the other', plain],
    [
      'behind an index, tags and a cover',
      { ...plain, beforeClusters: [seekHead, cues, tags, attachments, voidOf(77)] },
    ],
    ['before an index, tags and a cover', { ...plain, afterClusters: [cues, tags, attachments, voidOf(3)] }],
    ['in a Segment of unknown size', { ...plain, segmentSize: 'unknown' }],
    ['of unknown size themselves, as live recordings have them', { segmentSize: 'unknown', clusters: live }],
    ['of unknown size, ended by other elements', { clusters: live.flatMap((cluster) => [cluster, tags, voidOf(5)]) }],
    [
      'with checksums first',
      { clusters: plain.clusters.map((cluster) => ({ ...cluster, first: [crc] }) as TestCluster) },
    ],
    [
      'with elements that this scanner does not know',
      { clusters: opusClusters(4, 3).map((c) => ({ ...c, first: [unknown] })) },
    ],
    ['behind elements that it does not know', { ...plain, beforeClusters: [unknown] }],
    ['in a Segment that says it is shorter', { ...plain, segmentSize: 150 }],
    ['behind a cluster without audio', { clusters: [{ time: 0, blocks: [] }, ...opusClusters(4, 3)] }],
  ])('%s', async (_, file) => {
    const { bytes, marks } = matroskaFile(file);
    const scan = await scanned(bytes);
    expect(startBytes(scan.packets)).toEqual(startBytes(marked(marks, 'cluster')).slice(-4));
    expect(places(scan.frames)).toEqual(places(marked(marks, 'frame')));
    expect(scan.packets.map(({ samples }) => samples)).toEqual([2880, 2880, 2880, 2880]);
    expect(scan.summary).toEqual({
      leadInSamples: 312,
      totalSamples: 4 * 2880 - 312,
      audioStartByte: scan.packets[0]?.startByte,
      audioEndByte: marked(marks, 'block').at(-1)?.endByte,
      warnings: [],
    });
  });

  it('are cut at a block where they are longer than 30 s', async () => {
    const { bytes, marks } = matroskaFile({
      clusters: [{ blocks: opusBlocks(1600) }, { time: 32_000, blocks: opusBlocks(2) }],
    });
    const { packets } = await scanned(bytes);
    const first = marked(marks, 'block')[1500]?.startByte;
    const [one, two] = startBytes(marked(marks, 'cluster'));
    expect(packets.map(({ startByte, samples }) => [startByte, samples])).toEqual([
      [one, 1500 * 960],
      [first, 100 * 960],
      [two, 2 * 960],
    ]);
  });

  it('are cut at a block where they are larger than 2 MiB', async () => {
    const large = Array.from({ length: 5 }, (_, i) => ({ time: i * 20, frames: [opusFrame(600_000)] }));
    const { bytes, marks } = matroskaFile({ clusters: [{ blocks: large }] });
    const { packets, frames } = await scanned(bytes);
    const [cluster] = startBytes(marked(marks, 'cluster'));
    expect(startBytes(packets)).toEqual([cluster, marked(marks, 'block')[3]?.startByte]);
    expect(places(frames)).toEqual(places(marked(marks, 'frame')));
  });
});

describe('blocks', () => {
  const frames = [opusFrame(300), opusFrame(300, 28), opusFrame(300, 3)];
  const uneven = [opusFrame(20), opusFrame(555, 28), opusFrame(510, 3), opusFrame(7)];

  it.each<[string, TestBlock, number[]]>([
    ['one frame', { frames: [opusFrame(30)] }, [960]],
    ['fixed lacing', { frames, lacing: 'fixed' }, [960, 120, 2880]],
    ['Xiph lacing', { frames: uneven, lacing: 'xiph' }, [960, 120, 2880, 960]],
    ['EBML lacing', { frames: uneven, lacing: 'ebml' }, [960, 120, 2880, 960]],
    ['lacing of one frame', { frames: [opusFrame(30)], lacing: 'xiph' }, [960]],
    ['a group', { frames: uneven, lacing: 'ebml', group: [uint(0x9b, 33), voidOf(4)] }, [960, 120, 2880, 960]],
  ])('%s', async (_, block, samples) => {
    const { bytes, marks } = matroskaFile({ clusters: [{ blocks: [block, block] }] });
    const scan = await scanned(bytes);
    expect(places(scan.frames)).toEqual(places(marked(marks, 'frame')));
    expect(scan.frames.map((frame) => frame.samples)).toEqual([...samples, ...samples]);
    expect(codesOf(scan)).toEqual([]);
  });

  it.each<[string, TestBlock | Uint8Array]>([
    ['fixed lacing that does not divide', { frames: [opusFrame(5), opusFrame(6)], lacing: 'fixed' }],
    ['a frame of no bytes', { frames: [opusFrame(0)] }],
    ['a frame without a count', { frames: [Uint8Array.of(0xff)] }],
    ['Xiph sizes beyond the block', Uint8Array.of(0xa3, 0x87, 0x81, 0, 0, 2, 1, 200, 0xf8)],
    ['Xiph sizes that end inside', Uint8Array.of(0xa3, 0x87, 0x81, 0, 0, 2, 1, 255, 255)],
    ['EBML sizes below zero', Uint8Array.of(0xa3, 0x88, 0x81, 0, 0, 6, 2, 0x81, 0x80, 0xf8)],
    ['a lacing without a count', Uint8Array.of(0xa3, 0x84, 0x81, 0, 0, 2)],
    ['a block without room for its head', Uint8Array.of(0xa3, 0x82, 0x81, 0)],
    ['a group without a block', Uint8Array.of(0xa0, 0x83, 0x9b, 0x81, 20)],
    ['a group that goes astray', Uint8Array.of(0xa0, 0x83, 0, 0, 0)],
  ])('%s: left out, with a warning', async (_, broken) => {
    const { bytes, marks } = matroskaFile({ clusters: [{ blocks: [...opusBlocks(2), broken, ...opusBlocks(2)] }] });
    const scan = await scanned(bytes);
    expect(scan.frames.length).toBe(4);
    expect(scan.frames.at(-1)?.startByte).toBe(marked(marks, 'frame').at(-1)?.startByte);
    expect(codesOf(scan)).toEqual(['damaged_packets']);
  });
});

describe('tracks', () => {
  const video = opusTrack({ number: 2, type: 1, codecId: 'V_VP9', codecPrivate: new Uint8Array(0) });
  const picture: TestBlock = { track: 2, frames: [new Uint8Array(5000)] };
  const second = (more: readonly ReturnType<typeof uint>[] = []) => opusTrack({ number: 2, more });

  it('a video beside is passed over', async () => {
    const beside = opusClusters(3, 2).map((cluster) => ({ ...cluster, blocks: [picture, ...cluster.blocks, picture] }));
    const { bytes, marks } = matroskaFile({ tracks: [video, opusTrack()], clusters: beside });
    const scan = await scanned(bytes);
    expect(places(scan.frames)).toEqual(places(marked(marks, 'frame')));
    expect(startBytes(scan.packets)).toEqual(startBytes(marked(marks, 'cluster')));
    expect(codesOf(scan)).toEqual([]);
  });

  it('pictures larger than any block of audio are passed over, in groups, too', async () => {
    const huge = { track: 2, frames: [new Uint8Array(3_000_000)] };
    const { bytes, marks } = matroskaFile({
      tracks: [video, opusTrack()],
      clusters: [{ blocks: [huge, ...opusBlocks(1), { ...huge, group: [] }, ...opusBlocks(1)] }],
    });
    const scan = await scanned(bytes, 1000);
    expect(places(scan.frames)).toEqual(places(marked(marks, 'frame')));
    expect(codesOf(scan)).toEqual([]);
  });

  it.each([
    ['the first of two', [opusTrack(), second()]],
    ['not one of another codec', [opusTrack({ number: 3, codecId: 'A_AAC' }), opusTrack(), second()]],
    ['not one that is disabled', [second([uint(0xb9, 0)]), opusTrack()]],
    ['the default one', [second([uint(0x88, 0)]), opusTrack()]],
    ['not an encrypted one', [second([encodings([uint(0x5033, 1)])]), opusTrack()]],
  ])('%s is served, with a warning that there are several', async (_, tracks) => {
    const { bytes, marks } = matroskaFile({ tracks, clusters: opusClusters(2, 2) });
    const scan = await scanned(bytes);
    expect(places(scan.frames)).toEqual(places(marked(marks, 'frame')));
    expect(codesOf(scan)).toEqual(['several_tracks']);
  });

  it('a disabled one is served where there is no other', async () => {
    const { bytes } = matroskaFile({ ...plain, tracks: [opusTrack({ more: [uint(0xb9, 0), uint(0x88, 0)] })] });
    expect((await scanned(bytes)).packets.length).toBe(4);
  });
});
