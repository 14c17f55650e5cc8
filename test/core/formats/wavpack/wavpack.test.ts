import fc from 'fast-check';
import { wavpack } from '../../../../lambdas/core/formats/wavpack/wavpack.ts';
import { MemorySource } from '../../../support/memory-source.ts';
import {
  CHANNEL_INFO,
  emptyApeTag,
  joined,
  RIFF_HEADER,
  SAMPLE_RATE,
  wavpackBlock,
  wavpackStream,
} from '../../../support/wavpack-stream.ts';
import { codesOf, scanned } from './scanned.ts';

const TEN = [...new Array(9).fill(22050), 777];
const SIX_CHANNELS = [2, 1, 1, 2] as const;
const id3v1 = joined(Uint8Array.of(0x54, 0x41, 0x47), new Uint8Array(125));
const id3v2 = joined(Uint8Array.of(0x49, 0x44, 0x33, 4, 0, 0, 0, 0, 1, 0), new Uint8Array(128));

describe('an intact file', () => {
  it.each<[string, Parameters<typeof wavpackStream>, object]>([
    ['stereo of 16 bits', [TEN], { sampleRate: 44100, channels: 2, bitsPerSample: 16 }],
    ['one block', [[5]], { channels: 2 }],
    ['mono', [TEN, { channels: 1 }], { channels: 1 }],
    ['8 bits', [TEN, { bytesPerSample: 1 }], { bitsPerSample: 8 }],
    ['20 bits in three bytes', [TEN, { bytesPerSample: 3, unusedBits: 4 }], { bitsPerSample: 20 }],
    ['float', [TEN, { bytesPerSample: 4, float: true }], { bitsPerSample: 32 }],
    ['192 kHz', [TEN, { rateNumber: 14 }], { sampleRate: 192000 }],
    ['the oldest version', [TEN, { version: 0x402 }], {}],
    ['an unknown total', [TEN, { totalSamples: undefined }], {}],
    ['a total that needs 40 bits, cut', [TEN, { firstIndex: 2 ** 33, totalSamples: 2 ** 39 }], {}],
    ['cut out of a longer one', [TEN, { firstIndex: 12345 }], {}],
    ['six channels', [TEN, { layout: SIX_CHANNELS }], { channels: 6 }],
    ['short checksums', [TEN, { checksumWords: 1 }], {}],
    ['long checksums', [TEN, { checksumWords: 2 }], {}],
  ])('%s: every group is a packet, nothing is to be said', async (_, input, expected) => {
    const stream = wavpackStream(...input);
    const { packets, summary, format, init } = await scanned(stream.bytes);
    expect(packets).toEqual(
      input[0].map((samples, i) => ({ startByte: stream.groupBytes[i], samples, prerollPackets: 0 })),
    );
    expect(summary).toEqual({
      leadInSamples: 0,
      totalSamples: stream.totalSamples,
      audioStartByte: 0,
      audioEndByte: stream.bytes.length,
      warnings: [],
    });
    const names = { container: 'wavpack', codec: 'wavpack', mimeType: 'audio/x-wavpack', extension: 'wv' };
    expect(format).toMatchObject({ ...names, ...expected });
    expect(init.length).toBe(0);
  });

  it.each<[string, number[], number]>([
    ['24 bits', [0x39, 0x30, 0], 12345],
    ['31 bits', [0, 0, 0, 0x81], 2 ** 24],
    ['a length that no writer has', [1], 44100],
  ])('states an unusual rate in a sub-block: %s', async (_, body, sampleRate) => {
    const riffHeader = { id: RIFF_HEADER, body: new Array(600).fill(7) };
    const firstSubBlocks = [riffHeader, { id: SAMPLE_RATE, body }];
    const { format } = await scanned(wavpackStream(TEN, { rateNumber: 15, firstSubBlocks }).bytes);
    expect(format.sampleRate).toBe(sampleRate);
  });

  it.each<[string, number[], number | undefined]>([
    ['of one byte', [6, 0x3f], 0x3f],
    ['of three bytes', [6, 1, 2, 3], 0x030201],
    ['behind long counts', [5, 3, 0, 0x0f, 6, 0], 0x60f],
    ['of four bytes behind long counts', [5, 3, 0, 0x3f, 0, 0, 0x80], 0x8000003f],
    ['of 0, which says nothing', [6, 0], undefined],
  ])('states its speakers in a mask %s', async (_, body, channelMask) => {
    const firstSubBlocks = [{ id: CHANNEL_INFO, body }];
    const { format } = await scanned(wavpackStream(TEN, { layout: SIX_CHANNELS, firstSubBlocks }).bytes);
    expect(format.channelMask).toBe(channelMask);
  });

  it('begins and ends with blocks that hold no audio: they are no packets', async () => {
    const stream = wavpackStream(TEN);
    const silent = wavpackBlock({ samples: 0, subBlocks: [{ id: RIFF_HEADER, body: [1, 2, 3] }] });
    const { packets, summary } = await scanned(joined(silent, stream.bytes, silent));
    expect(packets.length).toBe(10);
    expect(summary).toMatchObject({
      audioStartByte: silent.length,
      audioEndByte: silent.length + stream.bytes.length,
      warnings: [],
    });
  });

  it.each<[string, Uint8Array, Uint8Array]>([
    ['ID3v2 and ID3v1', id3v2, id3v1],
    ['APEv2', emptyApeTag(), emptyApeTag()],
    ['APEv2 and ID3v1', new Uint8Array(0), joined(emptyApeTag(), id3v1)],
  ])('tags around it are not audio: %s', async (_, before, after) => {
    const stream = wavpackStream(TEN);
    const { packets, summary } = await scanned(joined(before, stream.bytes, after));
    expect(packets[0]?.startByte).toBe(before.length);
    expect(summary).toMatchObject({ audioEndByte: before.length + stream.bytes.length, warnings: [] });
  });

  it('gives the same answer whatever the blocks it is read in', async () => {
    const groups = fc.array(fc.integer({ min: 1, max: 90000 }), { minLength: 1, maxLength: 12 });
    const layout = fc.constantFrom<readonly (1 | 2)[]>([1], [2], [2, 1], SIX_CHANNELS);
    const words = fc.constantFrom<0 | 1 | 2>(0, 1, 2);
    await fc.assert(
      fc.asyncProperty(groups, layout, words, fc.integer({ min: 1, max: 99 }), async (groups, layout, words, size) => {
        const { bytes } = wavpackStream(groups, { layout, checksumWords: words });
        const whole = await scanned(bytes);
        expect(whole.packets.map(({ samples }) => samples)).toEqual(groups);
        expect(await scanned(bytes, size)).toEqual(whole);
      }),
      { numRuns: 60 },
    );
  });
});

describe('what is not WavPack, or is not served', () => {
  it.each([
    ['another signature', Uint8Array.of(0x4f, 0x67, 0x67, 0x53, 0, 0, 0, 0)],
    ['three bytes', Uint8Array.of(0x77, 0x76, 0x70)],
    ['zeros', new Uint8Array(1000)],
    ['nothing', new Uint8Array(0)],
  ])('%s: null', async (_, bytes) => {
    expect(await wavpack.open(new MemorySource(bytes))).toBeNull();
  });

  it.each<[string, Uint8Array, string, RegExp]>([
    ['WavPack 3', wavpackStream(TEN, { version: 3 }).bytes, 'unsupported_codec', /WavPack 3,/],
    ['a version to come', wavpackStream(TEN, { version: 0x411 }).bytes, 'unsupported_codec', /0x411/],
    ['DSD', wavpackStream(TEN, { dsd: true }).bytes, 'unsupported_codec', /DSD/],
    [
      'a rate of 0',
      wavpackStream(TEN, { rateNumber: 15, firstSubBlocks: [{ id: SAMPLE_RATE, body: [0, 0, 0] }] }).bytes,
      'malformed_header',
      /0 Hz/,
    ],
    ['the signature alone', wavpackStream(TEN).bytes.slice(0, 4), 'no_audio', /not one whole/],
    ['no more than the first half of a block', wavpackStream([5]).bytes.slice(0, 40), 'no_audio', /not one whole/],
    ['blocks without audio', wavpackBlock({ samples: 0 }), 'no_audio', /not one whole/],
    ['groups that never end', wavpackBlock({ samples: 5, final: false }), 'no_audio', /not one whole/],
    ['noise', joined(wavpackBlock({ samples: 5 }).slice(0, 20), new Uint8Array(300).fill(7)), 'no_audio', /whole/],
  ])('%s: refused in words', async (_, bytes, code, message) => {
    await expect(scanned(bytes)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });
});

describe('what the file declares', () => {
  it.each<[string, number, string[]]>([
    ['its total', 199227, []],
    ['less', 100, ['wrong_total']],
    ['more', 300000, ['truncated']],
  ])('%s', async (_, totalSamples, codes) => {
    const scan = await scanned(wavpackStream(TEN, { totalSamples }).bytes);
    expect(scan.summary.totalSamples).toBe(199227);
    expect(codesOf(scan)).toEqual(codes);
  });
});

describe('a file that changes', () => {
  it.each<[string, Parameters<typeof wavpackStream>[1], string]>([
    ['its rate', { rateNumber: 10 }, 'sample_rate_change'],
    ['its channels', { channels: 1 }, 'sample_rate_change'],
    ['its width', { bytesPerSample: 3 }, 'bits_per_sample_change'],
    ['to float', { bytesPerSample: 4, float: true }, 'bits_per_sample_change'],
  ])('%s: the timeline ends there', async (_, other, code) => {
    const first = wavpackStream(TEN);
    const scan = await scanned(joined(first.bytes, wavpackStream(TEN, other).bytes));
    expect(scan.packets.length).toBe(10);
    expect(scan.summary).toMatchObject({ totalSamples: first.totalSamples, audioEndByte: first.bytes.length });
    expect(codesOf(scan)).toEqual([code]);
  });

  it('for one block only is damaged', async () => {
    const [first, second] = [wavpackStream([100, 100]), wavpackStream([100, 100], { firstIndex: 250 })];
    const odd = wavpackBlock({ samples: 50, index: 200, rateNumber: 3 });
    const scan = await scanned(joined(first.bytes, odd, second.bytes));
    expect(scan.packets.length).toBe(4);
    expect(codesOf(scan)).toEqual(['damaged_packets']);
  });

  it('begins anew: joined files are one', async () => {
    const { bytes } = wavpackStream(TEN);
    const scan = await scanned(joined(bytes, bytes));
    expect(scan.packets.length).toBe(20);
    expect(codesOf(scan)).toEqual(['links_joined']);
  });
});
