import fc from 'fast-check';
import { mpegAudio } from '../../../../lambdas/core/formats/mpeg/mpeg-audio.ts';
import { MemorySource } from '../../../support/memory-source.ts';
import {
  apeTag,
  expectedPrerolls,
  frameSamples,
  id3v1Tag,
  id3v2Header,
  id3v2Tag,
  infoFrame,
  junk,
  lyrics3Tag,
  type MpegFrameSpec,
  MpegStream,
  mainDataBytes,
} from '../../../support/mpeg-stream.ts';
import { scanned, warningCodes, warningsOf } from './scanned.ts';

function expectedPackets({ frames }: MpegStream) {
  const prerolls = expectedPrerolls(frames.map(({ spec }) => spec));
  return frames.map(({ startByte, spec }, index) => ({
    startByte,
    samples: frameSamples(spec),
    prerollPackets: prerolls[index],
  }));
}

/** Frames of one kind whose reservoirs are filled and drained at random, at bitrates that vary. */
function streams(maxFrames = 60): fc.Arbitrary<MpegStream> {
  const kind = fc.constantFrom<{ common: MpegFrameSpec; rates: readonly number[] }>(
    { common: { sampleRate: 48_000 }, rates: [32, 40, 320] },
    { common: { crc: true }, rates: [128, 160] },
    { common: { version: 2, sampleRate: 24_000 }, rates: [8, 16, 160] },
    { common: { version: 2, sampleRate: 24_000, crc: true }, rates: [8] },
    { common: { version: 2, sampleRate: 22_050, channels: 1 }, rates: [8, 64] },
    { common: { version: 2.5, sampleRate: 8000, channels: 1 }, rates: [8, 24] },
    { common: { layer: 2 }, rates: [192, 32] },
    { common: { layer: 1, sampleRate: 32_000 }, rates: [384] },
  );
  const frame = fc.record({
    rate: fc.nat(2),
    padded: fc.boolean(),
    mainDataBegin: fc.oneof(fc.constant(0), fc.nat(255)),
  });
  return fc.tuple(kind, fc.array(frame, { minLength: 3, maxLength: maxFrames })).map(([{ common, rates }, frames]) => {
    const stream = new MpegStream();
    for (const { rate, ...own } of frames) {
      stream.frame({ ...common, ...own, kbps: rates[rate % rates.length] ?? Number.NaN });
    }
    return stream;
  });
}

describe('packets', () => {
  it.each<[string, MpegFrameSpec, string, number]>([
    ['MPEG-1 Layer III', {}, 'mp3', 1152],
    ['MPEG-1 Layer III mono with CRC', { channels: 1, crc: true, sampleRate: 32_000 }, 'mp3', 1152],
    ['MPEG-2 Layer III', { version: 2, sampleRate: 16_000, kbps: 64 }, 'mp3', 576],
    ['MPEG-2.5 Layer III', { version: 2.5, sampleRate: 11_025, kbps: 32 }, 'mp3', 576],
    ['MPEG-1 Layer II', { layer: 2, kbps: 256 }, 'mp2', 1152],
    ['MPEG-2 Layer II', { version: 2, layer: 2, sampleRate: 24_000, kbps: 160, channels: 1 }, 'mp2', 1152],
    ['MPEG-1 Layer I', { layer: 1, kbps: 384 }, 'mp1', 384],
  ])('%s', async (_name, spec, codec, samples) => {
    const stream = new MpegStream()
      .frame(spec, 5)
      .frame({ ...spec, padded: true })
      .frame(spec, 4);
    const result = await scanned(stream.bytes());
    expect(result.packets).toEqual(expectedPackets(stream));
    expect(result.format).toEqual({
      container: 'mp3',
      codec,
      mimeType: 'audio/mpeg',
      extension: codec,
      sampleRate: spec.sampleRate ?? 44_100,
      channels: spec.channels ?? 2,
    });
    expect(result.summary).toEqual({
      leadInSamples: 0,
      totalSamples: 10 * samples,
      audioStartByte: 0,
      audioEndByte: stream.byteLength,
      warnings: expect.anything(),
    });
    expect(warningCodes(result)).toEqual([]);
  });

  it.each<[string, MpegFrameSpec, number[], number[]]>([
    ['no reservoir', {}, [0, 0, 0, 0], [0, 1, 1, 1]],
    // 417 − 4 − 32 = 381 bytes of main data a frame: 382 reach into two.
    ['MPEG-1', {}, [0, 381, 382, 0, 511, 1], [0, 1, 2, 3, 2, 3]],
    // 24 − 4 − 17 = 3 bytes a frame.
    ['MPEG-2', { version: 2, sampleRate: 24_000, kbps: 8 }, [0, 3, 4, 0, 0, 0, 1, 18], [0, 1, 2, 3, 4, 2, 2, 6]],
    ['reaching before the first frame', {}, [500, 500, 500, 500], [0, 1, 2, 3]],
    ['Layer I', { layer: 1 }, [0, 0, 0, 0], [0, 1, 2, 2]],
    ['Layer II', { layer: 2 }, [0, 0, 0, 0], [0, 1, 1, 1]],
  ])('preroll by hand: %s', async (_name, spec, reaches, expected) => {
    const stream = new MpegStream();
    for (const mainDataBegin of reaches) stream.frame({ ...spec, mainDataBegin });
    const { packets } = await scanned(stream.bytes());
    expect(packets.map(({ prerollPackets }) => prerollPackets)).toEqual(expected);
  });

  it('looks back as far as a frame can reach: 255 frames of one byte each', async () => {
    const spec = { version: 2, sampleRate: 24_000, kbps: 8, crc: true } as const;
    expect(mainDataBytes(spec)).toBe(1);
    const stream = new MpegStream()
      .frame(spec, 400)
      .frame({ ...spec, mainDataBegin: 255 })
      .frame(spec);
    const { packets } = await scanned(stream.bytes());
    expect(packets).toEqual(expectedPackets(stream));
    expect(packets.at(-1)?.prerollPackets).toBe(256);
  });

  it('are what was written, whatever the size of blocks', async () => {
    await fc.assert(
      fc.asyncProperty(streams(), fc.integer({ min: 1, max: 3000 }), async (stream, blockBytes) => {
        const { packets, summary } = await scanned(stream.bytes(), blockBytes);
        expect(packets).toEqual(expectedPackets(stream));
        expect([summary.audioStartByte, summary.audioEndByte]).toEqual([0, stream.byteLength]);
      }),
      { numRuns: 60 },
    );
  });

  it('come in batches that stay as they are', async () => {
    const stream = new MpegStream().frame({ kbps: 32 }, 10_000);
    const scan = await mpegAudio.open(new MemorySource(stream.bytes()));
    const batches = [];
    for await (const batch of scan?.packets() ?? []) if (batch.kind === 'packets') batches.push(batch);
    expect(batches.map(({ count }) => count)).toEqual([4096, 4096, 1808]);
    const startBytes = batches.flatMap(({ startByte }) => Array.from(startByte));
    expect(startBytes).toEqual(stream.frames.map(({ startByte }) => startByte));
  });
});

describe('what stands around and between', () => {
  const LAME = { writer: 'LAME', delaySamples: 576, paddingSamples: 1000 } as const;

  it.each<[string, MpegStream, { codes?: string[]; tail?: number }]>([
    ['nothing', new MpegStream().frame({}, 20), {}],
    [
      'tags at both ends',
      new MpegStream()
        .add(id3v2Tag(70_000), id3v2Tag(20), apeTag(80))
        .frame({}, 20)
        .add(lyrics3Tag(300), apeTag(5000), id3v1Tag()),
      { tail: 326 + 5064 + 128 },
    ],
    ['an info frame', new MpegStream().add(infoFrame({ frames: 20, ...LAME })).frame({}, 20), {}],
    ['padding before', new MpegStream().add(id3v2Tag(20), new Uint8Array(20_000)).frame({}, 20), {}],
    ['junk before', new MpegStream().add(junk(20_000)).frame({}, 20), { codes: ['junk_skipped'] }],
    ['junk between', new MpegStream().frame({}, 10).add(junk(20_000)).frame({}, 10), { codes: ['junk_skipped'] }],
    [
      'zeros between',
      new MpegStream().frame({}, 10).add(new Uint8Array(5000)).frame({}, 10),
      { codes: ['junk_skipped'] },
    ],
    ['junk behind', new MpegStream().frame({}, 20).add(junk(9000)), { codes: ['junk_skipped'], tail: 9000 }],
    // The frame behind junk is lost to decoders, so the last one before is where the audio ends.
    [
      'junk, then one last frame',
      new MpegStream().frame({}, 20).add(junk(9000)).frame(),
      { codes: ['junk_skipped'], tail: 9417 },
    ],
    [
      'zeros between',
      new MpegStream().frame({}, 10).add(new Uint8Array(700)).frame({}, 10),
      { codes: ['junk_skipped'] },
    ],
    ['two bytes behind', new MpegStream().frame({}, 20).add(junk(2)), { codes: ['junk_skipped'], tail: 2 }],
    ['tags between', new MpegStream().frame({}, 10).add(id3v1Tag(), id3v2Tag(30_000), apeTag(40)).frame({}, 10), {}],
    ['Lyrics3 between', new MpegStream().frame({}, 10).add(lyrics3Tag(3000), id3v1Tag()).frame({}, 10), {}],
    [
      'a tag between that claims more than there is',
      new MpegStream().frame({}, 10).add(id3v2Header(1_000_000), junk(50)).frame({}, 10),
      { codes: ['junk_skipped'] },
    ],
    ['a tag before tags at the end', new MpegStream().frame({}, 20).add(id3v2Tag(500), id3v1Tag()), { tail: 638 }],
    [
      'one frame of another kind',
      new MpegStream()
        .frame({}, 10)
        .add(infoFrame({ sampleRate: 48_000 }))
        .frame({}, 10),
      { codes: ['junk_skipped'] },
    ],
  ])('%s', async (_name, stream, { codes = [], tail = 0 }) => {
    const expected = expectedPackets(stream);
    for (const blockBytes of [1000, 3000, undefined]) {
      const result = await scanned(stream.bytes(), blockBytes);
      expect(result.packets).toEqual(expected);
      expect(warningCodes(result)).toEqual(codes);
      expect(result.summary.audioStartByte).toBe(stream.frames[0]?.startByte);
      expect(result.summary.audioEndByte).toBe(stream.byteLength - tail);
    }
  });

  it('says how much junk there is and where it begins', async () => {
    const stream = new MpegStream().frame({}, 4).add(junk(100)).frame({}, 4).add(junk(30)).frame({}, 4);
    const { summary } = await scanned(stream.bytes());
    expect(warningsOf({ summary })).toEqual([
      { code: 'junk_skipped', message: `130 bytes that are not MPEG audio were skipped, first at byte ${4 * 417}` },
    ]);
  });

  it('takes only the first frame for an info frame', async () => {
    const joined = new MpegStream()
      .add(infoFrame({ frames: 5 }))
      .frame({}, 5)
      .add(infoFrame({ frames: 5 }))
      .frame({}, 5);
    const { packets } = await scanned(joined.bytes());
    expect(packets.length).toBe(11);
    expect(packets[0]?.startByte).toBe(417);
  });

  it('takes the channels from the audio, not from the info frame', async () => {
    const stream = new MpegStream().add(infoFrame({ frames: 5 })).frame({ channels: 1 }, 5);
    expect((await scanned(stream.bytes())).format.channels).toBe(1);
  });
});
