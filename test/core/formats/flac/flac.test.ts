import fc from 'fast-check';
import { flac, openFlac } from '../../../../lambdas/core/formats/flac/flac.ts';
import { parseStreamInfo } from '../../../../lambdas/core/formats/flac/stream-info.ts';
import {
  type Coding,
  concat,
  type FlacStream,
  flacFrame,
  flacFrameHeader,
  flacStream,
} from '../../../support/flac-stream.ts';
import { MemorySource } from '../../../support/memory-source.ts';
import { scanned } from './scanned.ts';

const ten = { blocks: [...new Array(9).fill(64), 33] };

/** The stream with the bytes of frame `number` from `offset` on replaced. */
function damaged(stream: FlacStream, number: number, offset: number, bytes: readonly number[]): Uint8Array {
  const copy = stream.bytes.slice();
  copy.set(bytes, (stream.frameBytes[number] ?? 0) + offset);
  return copy;
}

function cutOut(stream: FlacStream, first: number, end: number): Uint8Array {
  return concat(stream.bytes.slice(0, stream.frameBytes[first]), stream.bytes.slice(stream.frameBytes[end]));
}

/** Of a frame of 64 samples at 44.1 kHz whose number takes one byte. */
const HEADER_BYTES = 9;
/** Inside frame `number` of a verbatim stream: behind both headers, before the CRC-16. */
const INSIDE = 24;

describe('an intact stream', () => {
  it.each<[string, Parameters<typeof flacStream>[0]]>([
    ['fixed blocks, a shorter last one', ten],
    ['one frame', { blocks: [4096] }],
    ['variable blocks', { blocks: [100, 4096, 17, 576, 16], variable: true, coding: 'lpc' }],
    ['numbers from two bytes on', { ...ten, firstNumber: 120, coding: 'fixed' }],
    ['silence in the smallest frames', { blocks: new Array(500).fill(4096), coding: 'constant' }],
    ['rate and width from STREAMINFO', { ...ten, terse: true, sampleRate: 22050, bitsPerSample: 24 }],
    ['eight channels of 32 bits', { ...ten, channels: 8, bitsPerSample: 32, sampleRate: 384_000 }],
    ['no STREAMINFO', { ...ten, streamInfo: false, metadata: [{ type: 4, body: new Uint8Array(8) }] }],
    ['a stream cut out of a longer one', { ...ten, firstNumber: 2 ** 20 }],
    ['a variable one cut out of a longer one', { ...ten, firstNumber: 2 ** 33, variable: true }],
  ])('%s: every frame is a packet, nothing is to be said', async (_, options) => {
    const stream = flacStream(options);
    const { packets, summary, format } = await scanned(stream.bytes);
    expect(packets).toEqual(
      options.blocks.map((samples, i) => ({ startByte: stream.frameBytes[i], samples, prerollPackets: 0 })),
    );
    expect(summary).toEqual({
      leadInSamples: 0,
      totalSamples: stream.totalSamples,
      audioStartByte: stream.audioStartByte,
      audioEndByte: stream.bytes.length,
      warnings: [],
    });
    const { sampleRate = 44100, channels = 2, bitsPerSample = 16 } = options;
    const names = { container: 'flac', codec: 'flac', mimeType: 'audio/flac', extension: 'flac' };
    expect(format).toEqual({ ...names, sampleRate, channels, bitsPerSample });
  });

  it('gives the same packets whatever the blocks it is read in', async () => {
    const coding = fc.constantFrom<Coding>('constant', 'verbatim', 'fixed', 'lpc');
    const blocks = fc.array(fc.integer({ min: 16, max: 90 }), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(coding, blocks, fc.integer({ min: 1, max: 70 }), async (coding, blocks, blockBytes) => {
        const { bytes } = flacStream({ blocks, coding, variable: true });
        const whole = await scanned(bytes);
        expect(whole.packets.length).toBe(blocks.length);
        expect(await scanned(bytes, blockBytes)).toEqual(whole);
      }),
      { numRuns: 40 },
    );
  });

  it('can be scanned twice', async () => {
    const scan = await openFlac(new MemorySource(flacStream(ten).bytes));
    const first = await scan?.packets().next();
    expect((await scan?.packets().next())?.value).toEqual(first?.value);
    expect(first?.done).toBe(false);
  });
});

describe('what decoders are given first', () => {
  it('is the STREAMINFO of the source without total and MD5', async () => {
    const { init } = await scanned(flacStream(ten).bytes);
    expect(init.length).toBe(42);
    expect(parseStreamInfo(init.subarray(8))).toMatchObject({
      minBlockSamples: 64,
      sampleRate: 44100,
      totalSamples: 0,
    });
    expect(init.subarray(26).every((byte) => byte === 0)).toBe(true);
  });

  it.each([
    ['fixed', false, 64, 64],
    ['variable', true, 16, 65535],
  ])('is made up where the source has none (%s blocks)', async (_, variable, minBlockSamples, maxBlockSamples) => {
    const { init } = await scanned(
      flacStream({ ...ten, variable, streamInfo: false, metadata: [{ type: 1, body: new Uint8Array(4) }] }).bytes,
    );
    const expected = { minBlockSamples, maxBlockSamples, sampleRate: 44100, channels: 2, bitsPerSample: 16 };
    expect(parseStreamInfo(init.subarray(8))).toMatchObject(expected);
  });

  it('follows the frames where STREAMINFO says otherwise from the start', async () => {
    const { init, format, summary } = await scanned(flacStream({ ...ten, streamInfo: { sampleRate: 32000 } }).bytes);
    expect(parseStreamInfo(init.subarray(8)).sampleRate).toBe(44100);
    expect(format.sampleRate).toBe(44100);
    expect(summary.warnings).toEqual([]);
  });
});

describe('what is not FLAC', () => {
  it.each([
    ['another signature', Uint8Array.of(0x4f, 0x67, 0x67, 0x53, 0, 0, 0, 0)],
    ['three bytes', Uint8Array.of(0x66, 0x4c, 0x61)],
    ['zeros', new Uint8Array(1000)],
  ])('%s: null', async (_, bytes) => {
    expect(await flac.open(new MemorySource(bytes))).toBeNull();
  });

  it('leading ID3v2 tags do not hide it', async () => {
    const tag = concat(Uint8Array.of(0x49, 0x44, 0x33, 4, 0, 0, 0, 0, 1, 0), new Uint8Array(128));
    const stream = flacStream(ten);
    const { summary } = await scanned(concat(tag, stream.bytes));
    expect(summary).toMatchObject({ totalSamples: stream.totalSamples, audioStartByte: 138 + stream.audioStartByte });
  });

  it.each([
    ['metadata that go astray', [0x66, 0x4c, 0x61, 0x43, 4, 1, 0, 0, 1, 2], 'malformed_header'],
    ['the signature alone', [0x66, 0x4c, 0x61, 0x43], 'malformed_header'],
    ['no frame', [...flacStream({ blocks: [64] }).bytes.subarray(0, 42)], 'no_audio'],
    [
      'noise for frames',
      [...flacStream({ blocks: [64] }).bytes.subarray(0, 42), ...new Array(300).fill(77)],
      'no_audio',
    ],
  ])('%s: refused in words', async (_, bytes, code) => {
    await expect(scanned(Uint8Array.from(bytes))).rejects.toMatchObject({ code });
  });
});

describe('damage', () => {
  it('a frame that cannot be decoded is left out, as decoders do, and the rest goes on', async () => {
    const stream = flacStream(ten);
    // A reserved subframe type.
    const { packets, summary } = await scanned(damaged(stream, 4, HEADER_BYTES, [0x7f, 0x7f]));
    expect(packets.map(({ startByte }) => startByte)).toEqual(stream.frameBytes.filter((_, i) => i !== 4));
    expect(summary.totalSamples).toBe(stream.totalSamples - 64);
    expect(summary.warnings).toMatchObject([{ code: 'damaged_frames' }]);
    expect(summary.warnings[0]?.message).toContain(`byte ${stream.frameBytes[4]}`);
  });

  it('a frame whose structure holds is kept although its checksum is wrong, as decoders do', async () => {
    const stream = flacStream(ten);
    const { packets, summary } = await scanned(damaged(stream, 4, INSIDE, [0, 1, 2]));
    expect(packets.map(({ startByte }) => startByte)).toEqual(stream.frameBytes);
    expect(summary.warnings).toMatchObject([{ code: 'damaged_frames' }]);
  });

  it.each([
    ['the first frame', 0],
    ['the last but one', 8],
    ['the last', 9],
  ])('%s may be the damaged one', async (_, number) => {
    const stream = flacStream(ten);
    const { packets, summary } = await scanned(damaged(stream, number, HEADER_BYTES, [0x7f, 0x7f]));
    expect(packets.map(({ startByte }) => startByte)).toEqual(stream.frameBytes.filter((_, i) => i !== number));
    expect(summary.warnings).toMatchObject([{ code: 'damaged_frames' }]);
  });

  it('a broken header costs its frame only', async () => {
    const stream = flacStream(ten);
    const { packets, summary } = await scanned(damaged(stream, 4, 2, [0x11]));
    expect(packets.map(({ startByte }) => startByte)).toEqual(stream.frameBytes.filter((_, i) => i !== 4));
    expect(summary.warnings).toMatchObject([{ code: 'damaged_frames' }]);
  });

  it('missing frames are told from the numbers', async () => {
    const stream = flacStream(ten);
    const { packets, summary } = await scanned(cutOut(stream, 3, 5));
    expect(packets.length).toBe(8);
    expect(summary.warnings).toMatchObject([{ code: 'damaged_frames' }]);
  });

  it('junk between frames costs nothing', async () => {
    const stream = flacStream(ten);
    const at = stream.frameBytes[5] ?? 0;
    const junk = concat(
      stream.bytes.slice(0, at),
      new TextEncoder().encode('not a frame '.repeat(9)),
      stream.bytes.slice(at),
    );
    const { packets, summary } = await scanned(junk);
    expect(packets.length).toBe(10);
    expect(summary).toMatchObject({ totalSamples: stream.totalSamples, audioEndByte: junk.length });
    expect(summary.warnings).toMatchObject([{ code: 'junk_skipped' }]);
  });

  it('two files in one are one timeline, as decoders play them', async () => {
    const stream = flacStream(ten);
    const { packets, summary } = await scanned(concat(stream.bytes, stream.bytes));
    expect(packets.length).toBe(20);
    expect(summary.totalSamples).toBe(2 * stream.totalSamples);
    expect(summary.warnings.map(({ code }) => code)).toEqual(['junk_skipped', 'wrong_total']);
  });

  it('junk before the first frame is not audio', async () => {
    const stream = flacStream(ten);
    const head = stream.bytes.slice(0, stream.audioStartByte);
    const { packets, summary } = await scanned(
      concat(head, new Uint8Array(99).fill(7), stream.bytes.slice(stream.audioStartByte)),
    );
    expect(packets.length).toBe(10);
    expect(summary).toMatchObject({ audioStartByte: stream.audioStartByte + 99 });
    expect(summary.warnings).toMatchObject([{ code: 'junk_skipped' }]);
  });
});

describe('the end', () => {
  const stream = flacStream(ten);

  it.each([
    ['inside the last frame', stream.bytes.length - 1],
    ['behind its header', (stream.frameBytes[9] ?? 0) + HEADER_BYTES],
    ['inside its header', (stream.frameBytes[9] ?? 0) + 4],
    ['behind one byte of it', (stream.frameBytes[9] ?? 0) + 1],
  ])('a file cut %s is playable up to there', async (_, byteLength) => {
    const { packets, summary } = await scanned(stream.bytes.slice(0, byteLength));
    expect(packets.length).toBe(9);
    expect(summary).toMatchObject({ totalSamples: 9 * 64, audioEndByte: stream.frameBytes[9] });
    expect(summary.warnings).toMatchObject([{ code: 'truncated' }]);
    expect(summary.warnings[0]?.message).toContain(`cut at byte ${byteLength}`);
    expect(summary.warnings[0]?.message).toContain('up to second 0.013');
  });

  it('a total that the frames do not reach is named', async () => {
    const { summary } = await scanned(flacStream({ ...ten, streamInfo: { totalSamples: 99_999 } }).bytes);
    expect(summary.totalSamples).toBe(stream.totalSamples);
    expect(summary.warnings).toMatchObject([{ code: 'wrong_total' }]);
  });

  it('an unknown total is none to disagree with', async () => {
    const { summary } = await scanned(flacStream({ ...ten, streamInfo: { totalSamples: 0 } }).bytes);
    expect(summary.warnings).toEqual([]);
  });

  const id3v1 = concat(new TextEncoder().encode('TAG'), new Uint8Array(125));

  it.each<[string, Uint8Array, string[]]>([
    ['ID3v1', id3v1, []],
    ['APEv2', concat(new TextEncoder().encode('APETAGEX'), Uint8Array.of(0, 0, 0, 0, 32), new Uint8Array(19)), []],
    ['zeros', new Uint8Array(4096), ['junk_skipped']],
    ['noise', new Uint8Array(3001).fill(0x5a), ['junk_skipped']],
    ['noise and a tag', concat(new Uint8Array(3001).fill(0x5a), id3v1), ['junk_skipped']],
    ['noise with a sync code in it', Uint8Array.of(1, 0xff, 0xf8, 0xc9, 0x18, 0, 3, 4), ['junk_skipped']],
  ])('%s behind the last frame is not audio', async (_, trailer, codes) => {
    const { packets, summary } = await scanned(concat(stream.bytes, trailer));
    expect(packets.length).toBe(10);
    expect(summary.audioEndByte).toBe(stream.bytes.length);
    expect(summary.warnings.map(({ code }) => code)).toEqual(codes);
  });
});

describe('a change of format', () => {
  const first = flacStream(ten);
  const join = (options: Omit<Parameters<typeof flacFrame>[0], 'samples' | 'number'>): Uint8Array =>
    concat(first.bytes, ...[10, 11, 12].map((number) => flacFrame({ samples: 64, number, ...options })));

  it.each([
    ['sample rate', { sampleRate: 48000 }, 'sample_rate_change'],
    ['channels', { channels: 1 }, 'sample_rate_change'],
    ['width', { bitsPerSample: 24 }, 'bits_per_sample_change'],
  ])('of %s ends the timeline', async (_, options, code) => {
    const { packets, summary } = await scanned(join(options));
    expect(packets.length).toBe(10);
    expect(summary).toMatchObject({ totalSamples: first.totalSamples, audioEndByte: first.bytes.length });
    expect(summary.warnings).toMatchObject([{ code }]);
    expect(summary.warnings[0]?.message).toContain(`at byte ${first.bytes.length}, second 0.014`);
  });

  it('that is none goes on', async () => {
    const { packets } = await scanned(join({}));
    expect(packets.length).toBe(13);
  });

  it('takes a whole frame: a header alone changes nothing', async () => {
    const fake = flacFrameHeader({ samples: 64, number: 10, sampleRate: 48000 });
    const { packets, summary } = await scanned(concat(first.bytes, fake, new Uint8Array(40).fill(9)));
    expect(packets.length).toBe(10);
    expect(summary.warnings.map(({ code }) => code)).toEqual(['junk_skipped']);
  });
});
