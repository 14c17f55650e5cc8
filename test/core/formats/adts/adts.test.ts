import { type AdtsFrameSpec, adtsFrame } from '../../../support/adts-stream.ts';
import { apeTag, ascii, concatBytes, id3v1Tag, id3v2Tag, junk, lyrics3Tag } from '../../../support/mpeg-stream.ts';
import { scanned, warningCodes } from './scanned.ts';

const FRAME_BYTES = adtsFrame().length;

function frames(count: number, spec: AdtsFrameSpec = {}): Uint8Array {
  return concatBytes(...Array.from({ length: count }, () => adtsFrame(spec)));
}

describe('format', () => {
  it.each<[string, AdtsFrameSpec, object]>([
    ['LC', {}, { sampleRate: 44_100, channels: 2, codecString: 'mp4a.40.2' }],
    ['Main', { objectType: 1 }, { codecString: 'mp4a.40.1' }],
    ['SSR', { objectType: 3 }, { codecString: 'mp4a.40.3' }],
    ['LTP', { objectType: 4 }, { codecString: 'mp4a.40.4' }],
    ['mono at the lowest rate', { sampleRate: 7350, channelConfiguration: 1 }, { sampleRate: 7350, channels: 1 }],
    ['5.1 at 48 kHz', { sampleRate: 48_000, channelConfiguration: 6 }, { sampleRate: 48_000, channels: 6 }],
    ['7.1', { channelConfiguration: 7 }, { channels: 8 }],
  ])('%s', async (_name, spec, expected) => {
    const { format, init } = await scanned(frames(5, spec));
    expect(format).toMatchObject({
      container: 'adts',
      codec: 'aac',
      mimeType: 'audio/aac',
      extension: 'aac',
      ...expected,
    });
    expect(init.length).toBe(0);
  });
});

describe('packets', () => {
  it('are frames, with the one before as preroll', async () => {
    const bytes = concatBytes(id3v2Tag(30), frames(4), frames(3, { payloadBytes: 200 }), id3v1Tag());
    const { packets, summary } = await scanned(bytes);
    const starts = [0, 1, 2, 3, 4]
      .map((index) => 40 + index * FRAME_BYTES)
      .concat([40 + 4 * FRAME_BYTES + 207, 40 + 4 * FRAME_BYTES + 414]);
    expect(packets.map(({ startByte }) => startByte)).toEqual(starts);
    expect(packets.map(({ prerollPackets }) => prerollPackets)).toEqual([0, 1, 1, 1, 1, 1, 1]);
    expect(summary).toMatchObject({
      leadInSamples: 0,
      totalSamples: 7 * 1024,
      audioStartByte: 40,
      audioEndByte: bytes.length - 128,
    });
    expect(summary.warnings.map(({ code }) => code)).toEqual(['timeline_assumed']);
  });

  it('of Main look further back, across batches too', async () => {
    const { packets } = await scanned(frames(5000, { objectType: 1, payloadBytes: 3 }));
    expect(packets.map(({ prerollPackets }) => prerollPackets)).toEqual(
      packets.map((_, index) => Math.min(index, 600)),
    );
  });

  it.each([1, 2, 3, 4])('%i raw data blocks hold 1024 samples each', async (rawBlocks) => {
    for (const crc of [false, true]) {
      const { packets } = await scanned(frames(4, { rawBlocks, crc }));
      expect(packets.map(({ samples }) => samples)).toEqual([1, 1, 1, 1].map(() => rawBlocks * 1024));
    }
  });

  it('go on where the CRC comes and goes', async () => {
    const { packets, summary } = await scanned(
      concatBytes(frames(3), frames(2, { crc: true, mpeg2: true }), frames(2)),
    );
    expect(packets.length).toBe(7);
    expect(summary.warnings.length).toBe(1);
  });
});

describe('between frames', () => {
  it.each<[string, Uint8Array, string[]]>([
    ['junk', junk(3000), ['junk_skipped']],
    ['one byte of junk', Uint8Array.of(0xff), ['junk_skipped']],
    ['zeros', new Uint8Array(10_000), ['junk_skipped']],
    ['an ID3v2 tag, as in a stream put together from segments', id3v2Tag(73), []],
    ['two tags', concatBytes(id3v2Tag(73), apeTag(500)), []],
    ['lyrics', lyrics3Tag(300), []],
    ['a single frame of another kind', frames(1, { sampleRate: 48_000 }), ['junk_skipped']],
  ])('%s', async (_name, between, codes) => {
    const bytes = concatBytes(frames(5), between, frames(5));
    const result = await scanned(bytes);
    const second = 5 * FRAME_BYTES + between.length;
    expect(result.packets.map(({ startByte }) => startByte)).toEqual(
      [0, 1, 2, 3, 4]
        .flatMap((index) => [index * FRAME_BYTES])
        .concat([0, 1, 2, 3, 4].map((index) => second + index * FRAME_BYTES)),
    );
    expect(warningCodes(result)).toEqual(codes);
    expect(result.summary.totalSamples).toBe(10 * 1024);
  });

  it('junk is counted from the first place on, the one before all frames included', async () => {
    const { summary } = await scanned(concatBytes(junk(100), frames(8), junk(50), frames(8), junk(7)));
    const message = summary.warnings.find(({ code }) => code === 'junk_skipped')?.message;
    expect(message).toContain('157 bytes');
    expect(message).toContain('first at byte 0');
  });

  it('a frame that lacks bytes is left out, and the one behind it is not', async () => {
    const bytes = concatBytes(frames(5), adtsFrame().subarray(0, 40), frames(5));
    const result = await scanned(bytes);
    expect(result.packets.length).toBe(10);
    expect(result.packets[5]?.startByte).toBe(5 * FRAME_BYTES + 40);
    expect(warningCodes(result)).toEqual(['damaged_frames']);
    expect(result.summary.warnings.at(-1)?.message).toContain(`byte ${5 * FRAME_BYTES}`);
  });

  it('a length that is too short leaves the rest of its frame as junk', async () => {
    const result = await scanned(concatBytes(frames(5), adtsFrame({ statedByteLength: 20 }), frames(5)));
    expect(result.packets.length).toBe(11);
    expect(warningCodes(result)).toEqual(['junk_skipped']);
  });
});

describe('the end', () => {
  const whole = frames(10);

  it.each([
    ['inside a frame', whole.length - 5, 9, ['truncated']],
    ['inside a header', 9 * FRAME_BYTES + 3, 9, ['truncated']],
    ['one byte into a header', 9 * FRAME_BYTES + 1, 9, ['truncated']],
    ['between frames', 9 * FRAME_BYTES, 9, []],
    ['in the second frame', FRAME_BYTES + 30, 1, ['truncated']],
  ])('%s', async (_name, byteLength, packets, codes) => {
    const result = await scanned(whole.subarray(0, byteLength));
    expect(result.packets.length).toBe(packets);
    expect(result.summary).toMatchObject({ totalSamples: packets * 1024, audioEndByte: packets * FRAME_BYTES });
    expect(warningCodes(result)).toEqual(codes);
  });

  it('a cut says where, and up to when it plays', async () => {
    const cut = frames(44, { sampleRate: 22_050, payloadBytes: 100 }).subarray(0, 43 * 107 + 50);
    const { summary } = await scanned(cut);
    expect(summary.warnings.at(-1)?.message).toContain(`ends at byte ${cut.length}`);
    expect(summary.warnings.at(-1)?.message).toContain('second 1.997');
  });

  it('what follows the last frame is junk', async () => {
    const result = await scanned(concatBytes(whole, ascii('and so on')));
    expect(result.summary.audioEndByte).toBe(whole.length);
    expect(warningCodes(result)).toEqual(['junk_skipped']);
  });

  it.each<[string, AdtsFrameSpec]>([
    ['rate', { sampleRate: 48_000 }],
    ['channels', { channelConfiguration: 1 }],
    ['profile', { objectType: 1 }],
  ])('the timeline ends where the %s changes', async (_name, spec) => {
    const result = await scanned(concatBytes(whole, frames(10, spec)));
    expect(result.packets.length).toBe(10);
    expect(result.summary.audioEndByte).toBe(whole.length);
    expect(warningCodes(result)).toEqual(['sample_rate_change']);
    expect(result.summary.warnings.at(-1)?.message).toContain(`at byte ${whole.length}, second 0.232`);
  });
});
