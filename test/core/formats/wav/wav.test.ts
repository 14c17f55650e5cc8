import fc from 'fast-check';
import type { PacketRun, Scan, ScanSummary } from '../../../../lambdas/core/formats/format.ts';
import { wav } from '../../../../lambdas/core/formats/wav/wav.ts';
import { wavHeader } from '../../../../lambdas/core/formats/wav/wav-header.ts';
import type { ByteSource } from '../../../../lambdas/core/ports.ts';
import { MemorySource } from '../../../support/memory-source.ts';
import {
  dataChunk,
  ds64Chunk,
  type FmtOptions,
  fmtChunk,
  GUID_TAIL,
  type WavChunk,
  wavFile,
} from '../../../support/wav-file.ts';

async function opened(bytes: Uint8Array): Promise<Scan> {
  const scan = await wav.open(new MemorySource(bytes));
  if (scan === null) throw new Error('not recognised');
  return scan;
}

async function scanned(bytes: Uint8Array): Promise<{ run: PacketRun; summary: ScanSummary }> {
  const batches = (await opened(bytes)).packets();
  const first = await batches.next();
  const second = await batches.next();
  if (first.done || first.value.kind !== 'run' || !second.done) throw new Error('expected one run');
  return { run: first.value, summary: second.value };
}

const list: WavChunk = { id: 'LIST', body: new TextEncoder().encode('INFOISFT\x05\0\0\0tool\0\0') };
const odd: WavChunk = { id: 'note', body: Uint8Array.of(1, 2, 3) };

describe('sample formats', () => {
  it.each<[string, FmtOptions, string, number]>([
    ['8 bits', { bitsPerSample: 8 }, 'pcm_u8', 8],
    ['16 bits', {}, 'pcm_s16le', 16],
    ['24 bits', { bitsPerSample: 24 }, 'pcm_s24le', 24],
    ['32 bits', { bitsPerSample: 32 }, 'pcm_s32le', 32],
    ['20 bits in three bytes', { bitsPerSample: 20 }, 'pcm_s24le', 24],
    ['24 bits in four bytes', { bitsPerSample: 24, blockByteLength: 8 }, 'pcm_s32le', 32],
    ['float', { tag: 3, bitsPerSample: 32 }, 'pcm_f32le', 32],
    ['double', { tag: 3, bitsPerSample: 64 }, 'pcm_f64le', 64],
    ['A-law', { tag: 6, bitsPerSample: 8 }, 'pcm_alaw', 8],
    ['µ-law', { tag: 7, bitsPerSample: 8 }, 'pcm_mulaw', 8],
    ['extensible PCM, 7.1', { bitsPerSample: 24, channels: 8, extensible: { channelMask: 0x63f } }, 'pcm_s24le', 24],
    ['extensible, fewer valid bits', { bitsPerSample: 24, extensible: { validBits: 20 } }, 'pcm_s24le', 24],
    ['extensible float', { tag: 3, bitsPerSample: 32, channels: 1, extensible: {} }, 'pcm_f32le', 32],
    ['a block that the header leaves out', { blockByteLength: 0 }, 'pcm_s16le', 16],
  ])('%s', async (_, options, codec, bitsPerSample) => {
    const { channels = 2 } = options;
    const blockByteLength = (channels * bitsPerSample) / 8;
    const bytes = wavFile([fmtChunk(options), dataChunk(blockByteLength * 10)]);
    const scan = await opened(bytes);
    const names = { container: 'wav', mimeType: 'audio/wav', extension: 'wav' };
    const mask = options.extensible?.channelMask;
    const speakers = mask === undefined ? {} : { channelMask: mask };
    expect(scan.format).toEqual({ ...names, codec, sampleRate: 44100, channels, bitsPerSample, ...speakers });
    const { run, summary } = await scanned(bytes);
    const startByte = bytes.length - blockByteLength * 10;
    expect(run).toEqual({ kind: 'run', startByte, packetByteLength: blockByteLength, packetSamples: 1, count: 10 });
    expect(summary).toEqual({
      leadInSamples: 0,
      totalSamples: 10,
      audioStartByte: startByte,
      audioEndByte: bytes.length,
      warnings: [],
    });
  });

  it.each<[string, FmtOptions, string]>([
    ['MP3', { tag: 0x55, bitsPerSample: 0 }, '0x0055 (MP3)'],
    ['Microsoft ADPCM', { tag: 2, bitsPerSample: 4 }, '0x0002 (Microsoft ADPCM)'],
    ['a tag nobody knows', { tag: 0x1234 }, '0x1234'],
    ['MP3 in extensible', { tag: 0x55, extensible: {} }, '0x0055 (MP3)'],
    [
      'a foreign sub-format',
      { extensible: { guidTail: GUID_TAIL.map((byte) => byte + 1) } },
      '0xfffe (an unknown sub-format)',
    ],
    ['integers of 64 bits', { bitsPerSample: 64 }, 'samples of 64 bits in format 0x0001'],
    ['floats of 16 bits', { tag: 3, bitsPerSample: 16 }, 'samples of 16 bits in format 0x0003'],
  ])('%s is refused by name', async (_, options, name) => {
    const error = await opened(wavFile([fmtChunk(options), dataChunk(64)])).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'unsupported_codec', message: expect.stringContaining(name) });
  });

  it.each<[string, FmtOptions]>([
    ['no channels', { channels: 0, blockByteLength: 2 }],
    ['a rate of 0', { sampleRate: 0 }],
    ['blocks that the channels do not divide', { blockByteLength: 5 }],
    ['blocks too small for their bits', { bitsPerSample: 24, blockByteLength: 4 }],
    ['neither block nor bits', { bitsPerSample: 0, blockByteLength: 0 }],
  ])('%s: malformed', async (_, options) => {
    await expect(opened(wavFile([fmtChunk(options), dataChunk(64)]))).rejects.toMatchObject({
      code: 'malformed_header',
    });
  });
});

describe('chunks', () => {
  const fmt = fmtChunk();
  const data = dataChunk(40);

  it.each<[string, WavChunk[]]>([
    ['before data', [list, odd, fmt, list, data]],
    ['after data', [fmt, data, list, odd]],
    ['data before fmt', [data, odd, fmt]],
    ['an odd one without its pad byte', [fmt, { ...odd, unpadded: true }, data]],
    ['odd data without pad byte, then fmt', [dataChunk(41, { unpadded: true }), fmt]],
    ['an empty data chunk, then the real one', [fmt, dataChunk(0), data]],
    ['a chunk inside of which data seems to begin', [{ id: 'JUNK', body: wavFile([fmt, dataChunk(8)]) }, fmt, data]],
  ])('%s', async (_, chunks) => {
    const { run } = await scanned(wavFile(chunks));
    expect(run.count).toBe(10);
    const bytes = wavFile(chunks).subarray(run.startByte, run.startByte + 40);
    expect(bytes).toEqual(data.body);
  });

  it.each(['RF64', 'BW64'])('%s: the length is in ds64', async (form) => {
    const bytes = wavFile([ds64Chunk(40), fmt, dataChunk(40, { statedByteLength: 0xffffffff }), list], form);
    const { run, summary } = await scanned(bytes);
    expect(run.count).toBe(10);
    expect(summary.warnings).toEqual([]);
  });

  it('RF64 beyond 4 GiB: arithmetic, and only headers are read', async () => {
    const dataByteLength = 6 * 2 ** 30;
    const head = wavHeader({ sampleRate: 48000, channels: 2, codec: 'pcm_s16le', bitsPerSample: 16 }, dataByteLength);
    let bytesRead = 0;
    const source: ByteSource = {
      byteLength: head.length + dataByteLength,
      async read(startByte, target) {
        bytesRead += target.length;
        target.set(head.subarray(startByte, startByte + target.length));
      },
    };
    const scan = await wav.open(source);
    const step = await scan?.packets().next();
    expect(step?.value).toMatchObject({ startByte: head.length, packetByteLength: 4, count: dataByteLength / 4 });
    expect(bytesRead).toBeLessThan(10_000);
  });
});

describe('lengths that are wrong', () => {
  const fmt = fmtChunk();

  it.each([
    ['0', 0],
    ['all ones', 0xffffffff],
    ['all ones less a header', 0xffffffff - 44],
    ["SoX's", 0x7ffff000],
  ])('streamed with a length of %s: up to the end of the file', async (_, statedByteLength) => {
    const { run, summary } = await scanned(wavFile([fmt, dataChunk(400, { statedByteLength })]));
    expect(run.count).toBe(100);
    expect(summary.warnings).toMatchObject([{ code: 'wrong_total' }]);
  });

  it('a cut file is playable up to there', async () => {
    const whole = wavFile([fmt, dataChunk(44100 * 4 * 2)]);
    const byteLength = 44 + 44100 * 4 + 3;
    const { summary } = await scanned(whole.subarray(0, byteLength));
    expect(summary).toMatchObject({ totalSamples: 44100, audioEndByte: byteLength - 3 });
    expect(summary.warnings).toMatchObject([{ code: 'truncated' }]);
    expect(summary.warnings[0]?.message).toContain(`cut at byte ${byteLength}`);
    expect(summary.warnings[0]?.message).toContain('second 1.000 of 2.000');
  });

  it('a rest that is no block is left to the trailer', async () => {
    const { summary } = await scanned(wavFile([fmt, dataChunk(43), list]));
    expect(summary).toMatchObject({ totalSamples: 10, audioEndByte: 44 + 40 });
    expect(summary.warnings).toMatchObject([{ code: 'partial_block' }]);
  });
});

describe('what cannot be served', () => {
  const fmt = fmtChunk();
  const fmtCut = wavFile([fmt]).subarray(0, 12 + 8 + 10);

  it.each([
    ['no fmt chunk', wavFile([list, dataChunk(40)]), 'malformed_header'],
    ['nothing behind WAVE', wavFile([]), 'malformed_header'],
    ['a cut fmt chunk', fmtCut, 'malformed_header'],
    [
      'a fmt chunk of four bytes',
      wavFile([{ id: 'fmt ', body: new Uint8Array(4) }, dataChunk(40)]),
      'malformed_header',
    ],
    ['no data chunk', wavFile([fmt, list]), 'no_audio'],
    ['a data chunk without bytes', wavFile([fmt, dataChunk(0)]), 'no_audio'],
    ['less than a block', wavFile([fmt, dataChunk(3)]), 'no_audio'],
    ['RIFX', wavFile([fmt, dataChunk(40)], 'RIFX'), 'unsupported_codec'],
  ])('%s', async (_, bytes, code) => {
    await expect(opened(bytes)).rejects.toMatchObject({ code });
  });

  it('RIFX is named', async () => {
    await expect(opened(wavFile([fmt], 'RIFX'))).rejects.toThrow('big-endian RIFX');
  });

  it.each([
    ['another RIFF form', wavFile([fmt]).fill(0x41, 8, 12)],
    ['eleven bytes', wavFile([fmt]).subarray(0, 11)],
    ['nothing', new Uint8Array(0)],
  ])('%s: null', async (_, bytes) => {
    expect(await wav.open(new MemorySource(bytes))).toBeNull();
  });

  it('1 GB of zeros is null at once', async () => {
    let bytesRead = 0;
    const zeros: ByteSource = {
      byteLength: 2 ** 30,
      async read(_, target) {
        bytesRead += target.length;
      },
    };
    expect(await wav.open(zeros)).toBeNull();
    expect(bytesRead).toBeLessThan(100);
  });

  it('no bytes behind a RIFF header end in anything but words', async () => {
    const chunks = fc.array(
      fc.oneof(
        fc.uint8Array({ maxLength: 40 }).map((body) => ({ id: 'LIST', body })),
        fc.nat(100).map((byteLength) => dataChunk(byteLength)),
        fc.nat(0xffffffff).map((statedByteLength) => dataChunk(8, { statedByteLength })),
        fc.record({ tag: fc.nat(8), channels: fc.nat(3), bitsPerSample: fc.nat(40) }).map(fmtChunk),
      ),
    );
    await fc.assert(
      fc.asyncProperty(chunks, fc.constantFrom('RIFF', 'RF64'), async (chunks, form) => {
        const bytes = wavFile(chunks, form);
        const outcome = await scanned(bytes).catch((error: unknown) => error);
        if (outcome instanceof Error) expect(outcome).toHaveProperty('name', 'CuepointError');
        else expect(outcome).toHaveProperty('summary.audioEndByte', expect.any(Number));
      }),
    );
  });
});

describe('what lies behind the chunks', () => {
  const whole = wavFile([fmtChunk(), dataChunk(40), list]);
  const cases: [name: string, rest: Uint8Array, codes: string[]][] = [
    ['nothing', Uint8Array.of(), []],
    ['the very same file once more', whole, ['later_stream']],
    ['bytes that are nothing', new TextEncoder().encode('What is this? It is no chunk.'), ['junk_skipped']],
    ['fewer bytes than a header of a chunk has', Uint8Array.of(1, 2, 3), ['junk_skipped']],
    ['zeros that fill up a sector', new Uint8Array(512), []],
    ['a chunk that nobody knows', wavFile([{ id: 'bevt', body: Uint8Array.of(1, 2, 3) }]).subarray(12), []],
    ['ID3v1', Uint8Array.from({ length: 128 }, (_, index) => 'TAG'.charCodeAt(index) || 32), []],
  ];
  it.each(cases)('%s', async (_name, rest, codes) => {
    const bytes = new Uint8Array([...whole, ...rest]);
    const { summary } = await scanned(bytes);
    expect(summary.warnings.map(({ code }) => code)).toEqual(codes);
    expect(summary.totalSamples).toBe(10);
    if (codes.length > 0)
      expect(summary.warnings[0]?.message).toContain(`byte${codes[0] === 'junk_skipped' ? 's' : ''} ${whole.length}`);
  });
});
