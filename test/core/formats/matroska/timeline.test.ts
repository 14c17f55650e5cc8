import {
  discardPadding,
  marked,
  matroskaFile,
  opusBlocks,
  opusClusters,
  opusFrame,
  opusHead,
  opusTrack,
  type TestBlock,
  type TestFile,
  text,
  uint,
  voidOf,
  vorbisPrivate,
  vorbisTrack,
} from '../../../support/matroska-file.ts';
import { vorbisComment, vorbisIdentification, vorbisPacket, vorbisSetup } from '../../../support/vorbis-packets.ts';
import { codesOf, places, scanned, startBytes } from './scanned.ts';

const plain: TestFile = { clusters: opusClusters(4, 3) };

describe('the timeline', () => {
  const last = (...ns: number[]): TestFile => ({
    clusters: [
      { blocks: opusBlocks(10) },
      {
        time: 200,
        blocks: ns.map((padding, i) => ({ time: i * 20, frames: [opusFrame()], group: [discardPadding(padding)] })),
      },
    ],
  });

  it.each<[string, TestFile, number]>([
    ['no padding', last(0), 0],
    ['part of the last block', last(8_583_333), 412],
    ['the whole last block', last(20_000_000), 960],
    ['more than the last block', last(25_000_000), 960],
    ['the last block and part of the one before', last(5_000_000, 20_000_000), 240 + 960],
    ['not what is said in the middle', last(5_000_000, 0), 0],
    ['not what is said of a beginning', last(-5_000_000), 0],
  ])('padding: %s', async (_, file, paddingSamples) => {
    const { packets, summary } = await scanned(matroskaFile(file).bytes);
    const decoded = packets.reduce((sum, { samples }) => sum + samples, 0);
    expect(summary.leadInSamples).toBe(312);
    expect(summary.totalSamples).toBe(decoded - 312 - paddingSamples);
  });

  it('OpusHead is believed before CodecDelay', async () => {
    const track = opusTrack({ codecPrivate: opusHead({ preSkip: 500 }), more: [uint(0x56aa, 6_500_000)] });
    const { summary } = await scanned(matroskaFile({ ...plain, tracks: [track] }).bytes);
    expect(summary.leadInSamples).toBe(500);
  });

  it.each([
    ['a gap', 3000, ['wrong_total']],
    ['clusters that overlap', -3000, ['wrong_total']],
    ['a little drift', 900, []],
  ])('%s in the timestamps changes no sample', async (_, shift, warnings) => {
    const shifted = opusClusters(300, 1).map(({ time = 0, blocks: own }, i) => ({
      time: i < 200 ? time : Math.max(0, time + shift),
      blocks: own,
    }));
    const scan = await scanned(matroskaFile({ clusters: shifted }).bytes);
    expect(scan.summary.totalSamples).toBe(300 * 960 - 312);
    expect(codesOf(scan)).toEqual(warnings);
  });

  it('timestamps are in units of TimestampScale', async () => {
    const inSamples = opusClusters(200, 1).map(({ blocks: own }, i) => ({ time: i * 960, blocks: own }));
    const scan = await scanned(matroskaFile({ info: [uint(0x2ad7b1, 20_833)], clusters: inSamples }).bytes);
    expect(codesOf(scan)).toEqual([]);
    const negative = await scanned(matroskaFile({ info: [uint(0x2ad7b1, 0)], clusters: inSamples }).bytes);
    expect(codesOf(negative)).toEqual(['wrong_total']);
  });
});

describe('preroll', () => {
  it('of Opus: the clusters that hold 1.5 s, fewer at the beginning', async () => {
    const { packets } = await scanned(matroskaFile({ clusters: opusClusters(6, 30) }).bytes);
    expect(packets.map(({ prerollPackets }) => prerollPackets)).toEqual([0, 1, 2, 3, 3, 3]);
    expect(packets[0]?.prerollSamples).toBeUndefined();
  });

  it('of Opus: no cluster more than needed', async () => {
    const { packets } = await scanned(matroskaFile({ clusters: opusClusters(3, 75) }).bytes);
    expect(packets.map(({ prerollPackets }) => prerollPackets)).toEqual([0, 1, 1]);
  });

  it('of Opus: 600 clusters of one frame of 2.5 ms', async () => {
    const tiny = Array.from({ length: 700 }, () => ({ blocks: [{ frames: [opusFrame(4, 28)] }] }));
    const { packets } = await scanned(matroskaFile({ clusters: tiny }).bytes);
    expect(packets.at(-1)?.prerollPackets).toBe(600);
  });
});

describe('Vorbis', () => {
  // Short blocks are of 256 samples, long ones of 2048.
  const short = vorbisPacket(0);
  const long = vorbisPacket(1);
  const block = (...frames: Uint8Array[]): TestBlock => ({ frames, lacing: 'xiph' });

  it('counts half of what two blocks share, and nothing for the first', async () => {
    const { bytes, marks } = matroskaFile({
      docType: 'matroska',
      tracks: [vorbisTrack()],
      clusters: [{ blocks: [block(short, long)] }, { time: 30, blocks: [block(long, short, short)] }],
    });
    const scan = await scanned(bytes);
    expect(scan.format).toMatchObject({ codec: 'vorbis', codecString: 'vorbis', sampleRate: 44_100, channels: 2 });
    expect(scan.frames.map(({ samples }) => samples)).toEqual([0, 576, 1024, 576, 128]);
    expect(places(scan.frames)).toEqual(places(marked(marks, 'frame')));
    expect(scan.packets).toEqual([
      { startByte: expect.anything(), samples: 576, prerollPackets: 0, prerollSamples: 0 },
      { startByte: expect.anything(), samples: 1728, prerollPackets: 1, prerollSamples: 576 },
    ]);
    expect(scan.summary).toMatchObject({ leadInSamples: 0, totalSamples: 576 + 1728 });
  });

  it('takes clusters of two frames for the preroll; the first of them yields nothing', async () => {
    const single = Array.from({ length: 4 }, (_, i) => ({ time: i * 20, blocks: [block(long)] }));
    const { packets } = await scanned(
      matroskaFile({ tracks: [vorbisTrack()], clusters: [...single, { blocks: [block(long, long)] }, ...single] })
        .bytes,
    );
    expect(packets.map(({ prerollPackets, prerollSamples }) => [prerollPackets, prerollSamples])).toEqual([
      [0, 0],
      [1, 0],
      [2, 1024],
      [2, 1024],
      [2, 1024],
      [1, 1024],
      [2, 2048],
      [2, 1024],
      [2, 1024],
    ]);
  });

  it('leaves out packets that name no mode, and the overlap goes on', async () => {
    const clustersOf = [{ blocks: [block(long, Uint8Array.of(1), long)] }];
    const scan = await scanned(matroskaFile({ tracks: [vorbisTrack()], clusters: clustersOf }).bytes);
    expect(scan.frames.map(({ samples }) => samples)).toEqual([0, 1024]);
    expect(codesOf(scan)).toEqual(['damaged_packets']);
  });

  it('keeps neither comments nor their cover', async () => {
    const headers = [vorbisIdentification(), vorbisComment(100_000), vorbisSetup()];
    const file: TestFile = {
      tracks: [vorbisTrack(vorbisPrivate(headers))],
      clusters: [{ blocks: [block(long, long)] }],
    };
    const { format, init } = await scanned(matroskaFile(file).bytes);
    expect(format.decoderConfig).toEqual(vorbisPrivate([vorbisIdentification(), vorbisComment(), vorbisSetup()]));
    expect(init.length).toBeLessThan(1000);
  });

  it('a stated delay is the lead-in, one beyond all sense is not', async () => {
    const withDelay = async (ns: number) => {
      const tracks = [vorbisTrack(vorbisPrivate(), [uint(0x56aa, ns)])];
      return (await scanned(matroskaFile({ tracks, clusters: [{ blocks: [block(long, long, long)] }] }).bytes)).summary;
    };
    expect(await withDelay(2_902_494)).toMatchObject({ leadInSamples: 128, totalSamples: 2048 - 128 });
    expect(await withDelay(1e18)).toMatchObject({ leadInSamples: 0, totalSamples: 2048 });
  });
});

describe('init', () => {
  it('is a file of its own with the clusters of the source behind it', async () => {
    const video = opusTrack({ number: 2, type: 1, codecId: 'V_VP9', codecPrivate: new Uint8Array(0) });
    const file: TestFile = {
      info: [uint(0x2ad7b1, 20_833), text(0x7ba9, 'a title')],
      tracks: [video, opusTrack({ more: [uint(0x56aa, 6_500_000)] })],
      beforeClusters: [voidOf(5000)],
      clusters: opusClusters(3, 4),
    };
    const { bytes } = matroskaFile(file);
    const whole = await scanned(bytes);
    expect(whole.init.length).toBeLessThan(300);
    const from = whole.packets[1]?.startByte ?? 0;
    const rest = Uint8Array.from([...whole.init, ...bytes.subarray(from)]);
    const part = await scanned(rest);
    const shift = whole.init.length - from;
    expect(startBytes(part.packets)).toEqual(whole.packets.slice(1).map(({ startByte }) => startByte + shift));
    expect(part.format).toEqual(whole.format);
    expect(part.init).toEqual(whole.init);
    expect(part.summary.warnings).toEqual(whole.summary.warnings);
  });

  it('says nothing of how the source was written', async () => {
    const one = await scanned(matroskaFile(plain).bytes);
    const other = await scanned(matroskaFile({ ...plain, segmentSize: 'unknown', beforeClusters: [voidOf(9)] }).bytes);
    expect(one.init).toEqual(other.init);
  });
});
