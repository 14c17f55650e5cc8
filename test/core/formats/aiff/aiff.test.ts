import fc from 'fast-check';
import { aiff } from '../../../../lambdas/core/formats/aiff/aiff.ts';
import type { Scan } from '../../../../lambdas/core/formats/format.ts';
import type { ByteSource } from '../../../../lambdas/core/ports.ts';
import { type AiffChunk, aiffFile, type CommOptions, commChunk, ssndChunk } from '../../../support/aiff-file.ts';
import { type CollectedScan, collectScan } from '../../../support/collect-scan.ts';
import { MemorySource } from '../../../support/memory-source.ts';
import { concatBytes, id3v2Tag } from '../../../support/mpeg-stream.ts';

async function opened(bytes: Uint8Array): Promise<Scan> {
  const scan = await aiff.open(new MemorySource(bytes));
  if (scan === null) throw new Error('not recognised');
  return scan;
}

async function scanned(bytes: Uint8Array): Promise<CollectedScan> {
  return collectScan(await opened(bytes), bytes.length);
}

const codes = ({ summary }: CollectedScan): string[] => summary.warnings.map(({ code }) => code);

const name: AiffChunk = { id: 'NAME', body: new TextEncoder().encode('a dance ') };
const odd: AiffChunk = { id: 'ANNO', body: Uint8Array.of(1, 2, 3) };

const FORMATS: [string, CommOptions, string, number][] = [
  ['8 bits', { bits: 8 }, 'pcm_s8', 8],
  ['4 bits in one byte', { bits: 4 }, 'pcm_s8', 8],
  ['16 bits', {}, 'pcm_s16be', 16],
  ['12 bits in two bytes', { bits: 12 }, 'pcm_s16be', 16],
  ['20 bits in three bytes, six channels', { bits: 20, channels: 6 }, 'pcm_s24be', 24],
  ['32 bits', { bits: 32 }, 'pcm_s32be', 32],
  ['NONE', { compression: 'NONE', compressionName: 'not compressed', bits: 24 }, 'pcm_s24be', 24],
  ['twos', { compression: 'twos' }, 'pcm_s16be', 16],
  ['sowt', { compression: 'sowt' }, 'pcm_s16le', 16],
  ['sowt of 24 bits', { compression: 'sowt', bits: 24 }, 'pcm_s24le', 24],
  ['sowt of 32 bits', { compression: 'sowt', bits: 32 }, 'pcm_s32le', 32],
  ['raw', { compression: 'raw ', bits: 8 }, 'pcm_u8', 8],
  ['in24, whatever bits are stated', { compression: 'in24', bits: 16 }, 'pcm_s24be', 24],
  ['in32', { compression: 'in32', bits: 32 }, 'pcm_s32be', 32],
  ['fl32', { compression: 'fl32', bits: 0 }, 'pcm_f32be', 32],
  ['FL32', { compression: 'FL32', bits: 32 }, 'pcm_f32be', 32],
  ['fl64', { compression: 'fl64', bits: 64 }, 'pcm_f64be', 64],
  ['FL64', { compression: 'FL64', bits: 64 }, 'pcm_f64be', 64],
  ['alaw', { compression: 'alaw', bits: 16 }, 'pcm_alaw', 8],
  ['ALAW', { compression: 'ALAW', bits: 8 }, 'pcm_alaw', 8],
  ['ulaw', { compression: 'ulaw', bits: 16 }, 'pcm_mulaw', 8],
  ['ULAW, mono', { compression: 'ULAW', bits: 8, channels: 1 }, 'pcm_mulaw', 8],
];

function fileOf(comm: CommOptions, ...chunks: AiffChunk[]): Uint8Array {
  return aiffFile([commChunk(comm), ...chunks], comm.compression === undefined ? 'AIFF' : 'AIFC');
}

describe('sample formats', () => {
  it.each(FORMATS)('%s', async (_, comm, codec, bitsPerSample) => {
    const { channels = 2 } = comm;
    const blockByteLength = (channels * bitsPerSample) / 8;
    const bytes = fileOf(comm, ssndChunk(blockByteLength * 10));
    const { format, packets, summary } = await scanned(bytes);
    const extension = comm.compression === undefined ? 'aiff' : 'aifc';
    const names = { container: 'aiff', mimeType: 'audio/aiff', extension };
    expect(format).toEqual({ ...names, codec, sampleRate: 44_100, channels, bitsPerSample });
    const startByte = bytes.length - blockByteLength * 10;
    expect(packets[3]).toEqual({ startByte: startByte + 3 * blockByteLength, samples: 1, prerollPackets: 0 });
    expect(summary).toEqual({
      leadInSamples: 0,
      totalSamples: 10,
      audioStartByte: startByte,
      audioEndByte: bytes.length,
      warnings: [],
    });
  });

  it.each(FORMATS)('%s: init and blocks are a file of the same format', async (_, comm, codec) => {
    const bytes = fileOf(comm, ssndChunk(480, { statedByteLength: 0 }));
    const { format, init, packets, summary } = await scanned(bytes);
    const part = concatBytes(init, bytes.subarray(packets[2]?.startByte));
    const again = await scanned(part);
    expect(again.format).toMatchObject({ codec, sampleRate: format.sampleRate, channels: format.channels });
    expect(again.packets[0]?.startByte).toBe(init.length);
    expect(again.summary.totalSamples).toBe(summary.totalSamples - 2);
    expect(again.init).toEqual(init);
  });

  it.each<[string, CommOptions, string]>([
    ['IMA ADPCM', { compression: 'ima4' }, "'ima4', IMA ADPCM 4:1"],
    ['MACE', { compression: 'MAC6' }, "'MAC6', MACE 6:1"],
    ['a codec nobody knows', { compression: 'abcd' }, "'abcd'"],
    ['a codec that is no text', { compression: '\0\x01ab' }, '0x00016162'],
    ['integers of 40 bits', { bits: 40 }, 'samples of 40 bits'],
    ['offset binary of 16 bits', { compression: 'raw ', bits: 16 }, "samples of 16 bits ('raw ')"],
  ])('%s is refused by name', async (_, comm, words) => {
    const error = await opened(fileOf(comm, ssndChunk(64))).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'unsupported_codec', message: expect.stringContaining(words) });
  });

  it.each<[string, CommOptions]>([
    ['no channels', { channels: 0 }],
    ['samples of no bits', { bits: 0 }],
    ['a rate of 0', { rate: new Array<number>(10).fill(0) }],
    ['a negative rate', { rate: [0xc0, 0x0e, 0xac, 0x44, 0, 0, 0, 0, 0, 0] }],
    ['a rate that is no number', { rate: [0x7f, 0xff, 0xc0, 0, 0, 0, 0, 0, 0, 0] }],
    ['a rate beyond 32 bits', { rate: [0x40, 0x3e, 0xac, 0x44, 0, 0, 0, 0, 0, 0] }],
  ])('%s: malformed', async (_, comm) => {
    await expect(opened(fileOf(comm, ssndChunk(64)))).rejects.toMatchObject({ code: 'malformed_header' });
  });
});

describe('chunks', () => {
  const comm = commChunk();
  const ssnd = ssndChunk(40);

  it.each<[string, AiffChunk[]]>([
    ['before SSND', [name, odd, comm, name, ssnd]],
    ['after SSND', [comm, ssnd, name, odd]],
    ['SSND before COMM', [ssnd, odd, comm]],
    ['an odd one without its pad byte', [comm, { ...odd, unpadded: true }, ssnd]],
    ['odd samples without pad byte, then COMM', [ssndChunk(41, { unpadded: true }), comm]],
    ['samples that begin behind an offset', [comm, ssndChunk(40, { offset: 13 })]],
    [
      'a chunk inside of which samples seem to begin',
      [{ id: 'APPL', body: aiffFile([comm, ssndChunk(8)]) }, comm, ssnd],
    ],
    ['a second SSND', [comm, ssnd, ssndChunk(8)]],
  ])('%s', async (_, chunks) => {
    const bytes = aiffFile(chunks);
    const { packets, summary } = await scanned(bytes);
    expect(packets.length).toBe(10);
    const { audioStartByte, audioEndByte } = summary;
    expect(bytes.subarray(audioStartByte, audioEndByte)).toEqual(ssnd.body.subarray(8));
  });

  it('behind an ID3v2 tag', async () => {
    const { summary } = await scanned(concatBytes(id3v2Tag(100), aiffFile([comm, ssnd])));
    expect(summary).toMatchObject({ audioStartByte: 110 + 54, totalSamples: 10 });
  });

  it('samples of gigabytes: arithmetic, and only headers are read', async () => {
    const samples = 10 ** 9;
    const head = aiffFile([commChunk({ samples }), ssndChunk(0, { statedByteLength: 8 + samples * 4 })]);
    let bytesRead = 0;
    const source: ByteSource = {
      byteLength: head.length + samples * 4,
      async read(startByte, target) {
        bytesRead += target.length;
        target.set(head.subarray(startByte, startByte + target.length));
      },
    };
    const scan = await aiff.open(source);
    const step = await scan?.packets().next();
    expect(step?.value).toMatchObject({ startByte: head.length, packetByteLength: 4, count: samples });
    expect(bytesRead).toBeLessThan(10_000);
  });
});

describe('lengths that are wrong', () => {
  const comm = commChunk({ samples: 100 });

  it.each([
    ['0', 0],
    ['all ones', 0xffffffff],
    ["SoX's", 0x7ffff008],
  ])('streamed with a length of %s: up to the end of the file', async (_, statedByteLength) => {
    const result = await scanned(aiffFile([comm, ssndChunk(400, { statedByteLength })]));
    expect(result.packets.length).toBe(100);
    expect(codes(result)).toEqual(['wrong_total']);
  });

  it.each([
    ['more', 101],
    ['fewer', 7],
    ['none', 0],
  ])('COMM states %s samples: SSND is believed', async (_, samples) => {
    const result = await scanned(aiffFile([commChunk({ samples }), ssndChunk(400)]));
    expect(result.summary.totalSamples).toBe(100);
    expect(codes(result)).toEqual(['wrong_total']);
    expect(result.summary.warnings[0]?.message).toContain(`states ${samples} samples`);
  });

  it('a cut file is playable up to there', async () => {
    const whole = aiffFile([commChunk({ samples: 88_200 }), ssndChunk(88_200 * 4)]);
    const byteLength = 54 + 44_100 * 4 + 3;
    const result = await scanned(whole.subarray(0, byteLength));
    expect(result.summary).toMatchObject({ totalSamples: 44_100, audioEndByte: byteLength - 3 });
    expect(codes(result)).toEqual(['truncated']);
    expect(result.summary.warnings[0]?.message).toContain(`is cut at byte ${byteLength}`);
    expect(result.summary.warnings[0]?.message).toContain('second 1.000 of 2.000');
  });

  it('a rest that is no block is left to the trailer', async () => {
    const result = await scanned(aiffFile([commChunk(), ssndChunk(43), name]));
    expect(result.summary).toMatchObject({ totalSamples: 10, audioEndByte: 54 + 40 });
    expect(codes(result)).toEqual(['partial_block']);
  });
});

describe('what cannot be served', () => {
  const comm = commChunk();

  it.each<[string, Uint8Array, string]>([
    ['no COMM chunk', aiffFile([name, ssndChunk(40)]), 'malformed_header'],
    ['nothing behind AIFF', aiffFile([]), 'malformed_header'],
    ['a cut COMM chunk', aiffFile([comm]).subarray(0, 12 + 8 + 10), 'malformed_header'],
    [
      'a COMM chunk of four bytes',
      aiffFile([{ id: 'COMM', body: new Uint8Array(4) }, ssndChunk(40)]),
      'malformed_header',
    ],
    ["AIFF's COMM chunk in AIFF-C", aiffFile([comm, ssndChunk(40)], 'AIFC'), 'malformed_header'],
    ['no SSND chunk', aiffFile([comm, name]), 'no_audio'],
    ['an SSND chunk without samples', aiffFile([comm, ssndChunk(0)]), 'no_audio'],
    ['an SSND chunk cut in its fields', aiffFile([comm, ssndChunk(0)]).subarray(0, 12 + 26 + 8 + 5), 'no_audio'],
    ['less than a block', aiffFile([comm, ssndChunk(3)]), 'no_audio'],
    ['an offset beyond the samples', aiffFile([comm, ssndChunk(40, { offset: 4, statedByteLength: 9 })]), 'no_audio'],
  ])('%s', async (_, bytes, code) => {
    await expect(opened(bytes)).rejects.toMatchObject({ code });
  });

  it.each([
    ['another FORM', aiffFile([comm], '8SVX')],
    ['another beginning', aiffFile([comm]).fill(0x41, 0, 4)],
    ['eleven bytes', aiffFile([comm]).subarray(0, 11)],
    ['nothing', new Uint8Array(0)],
  ])('%s: null', async (_, bytes) => {
    expect(await aiff.open(new MemorySource(bytes))).toBeNull();
  });

  it('a file of empty chunks is given up', async () => {
    let bytesRead = 0;
    const head = aiffFile([]);
    const endless: ByteSource = {
      byteLength: 2 ** 32,
      async read(startByte, target) {
        bytesRead += target.length;
        target.fill(0);
        if (startByte === 0) target.set(head.subarray(0, target.length));
      },
    };
    await expect(aiff.open(endless)).rejects.toMatchObject({ code: 'malformed_header' });
    expect(bytesRead).toBeLessThan(200_000);
  });

  it('no bytes behind a FORM header end in anything but words', async () => {
    const chunks = fc.array(
      fc.oneof(
        fc.uint8Array({ maxLength: 40 }).map((body) => ({ id: 'ANNO', body })),
        fc.uint8Array({ maxLength: 26 }).map((body) => ({ id: 'COMM', body })),
        fc
          .record({ channels: fc.nat(3), bits: fc.nat(40), compression: fc.constantFrom('NONE', 'sowt', 'fl64') })
          .map(commChunk),
        fc
          .tuple(fc.nat(100), fc.nat(50), fc.boolean())
          .map(([length, offset, unpadded]) => ssndChunk(length, { offset, unpadded })),
        fc.nat(0xffffffff).map((statedByteLength) => ssndChunk(8, { statedByteLength })),
        fc.nat(0xffffffff).map((offset) => ({
          ...ssndChunk(30),
          body: Uint8Array.from([...big(offset), ...new Array<number>(40).fill(1)]),
        })),
      ),
    );
    await fc.assert(
      fc.asyncProperty(chunks, fc.constantFrom('AIFF', 'AIFC'), fc.nat(400), async (chunks, type, byteLength) => {
        const bytes = aiffFile(chunks, type).subarray(0, 12 + byteLength);
        const outcome = await scanned(bytes).catch((error: unknown) => error);
        if (outcome instanceof Error) expect(outcome).toHaveProperty('name', 'CuepointError');
        else expect(outcome).toHaveProperty('summary.audioEndByte', expect.any(Number));
      }),
    );
  });
});

function big(value: number): number[] {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff);
}

describe('what lies behind the chunks', () => {
  const whole = aiffFile([commChunk(), ssndChunk(40), name]);
  const cases: [name: string, rest: Uint8Array, codes: string[]][] = [
    ['nothing', Uint8Array.of(), []],
    ['the very same file once more', whole, ['later_stream']],
    ['bytes that are nothing', new TextEncoder().encode('What is this? It is no chunk.'), ['junk_skipped']],
    ['fewer bytes than a header of a chunk has', Uint8Array.of(1, 2, 3), ['junk_skipped']],
    ['zeros that fill up a sector', new Uint8Array(512), []],
    ['a chunk that nobody knows', aiffFile([{ id: 'xxxx', body: Uint8Array.of(1, 2, 3) }]).subarray(12), []],
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
