import fc from 'fast-check';
import { mp4, openMp4 } from '../../../../lambdas/core/formats/mp4/mp4.ts';
import { concat, flacFrame, flacStream } from '../../../support/flac-stream.ts';
import { MemorySource } from '../../../support/memory-source.ts';
import { ascii, big, box, fullBox } from '../../../support/mp4-boxes.ts';
import {
  aacEntry,
  alacCookie,
  alacPacket,
  LC_CONFIG,
  opusBox,
  soundEntry,
  streamBox,
} from '../../../support/mp4-entries.ts';
import { mp4File, type TestMovie, type TestTrack } from '../../../support/mp4-file.ts';
import { scanned, warningCodes } from './scanned.ts';

const sizes = [7, 300, 12, 255, 31, 9, 40];
const edits = [{ startTicks: 1024, movieTicks: 0 }];
const aac: TestTrack = { sizes, edits };

describe('where the samples lie', () => {
  const small = [3, 15, 1, 7, 9, 2, 8];
  it.each<[string, TestMovie]>([
    ['one chunk', { tracks: [{ ...aac, perChunk: [100] }] }],
    ['a chunk each', { tracks: [{ ...aac, perChunk: [1] }], gapBytes: 5 }],
    ['chunks of changing length', { tracks: [{ ...aac, perChunk: [1, 1, 3, 2] }], gapBytes: 1 }],
    ['64-bit offsets', { tracks: [{ ...aac, offsetTable: 'co64' }] }],
    ['64-bit headers', { tracks: [{ ...aac, wide: true }] }],
    ['sizes of 16 bits', { tracks: [{ ...aac, sizeTable: 16 }] }],
    ['sizes of 8 bits', { tracks: [{ ...aac, sizes: small, sizeTable: 8 }] }],
    ['sizes of 4 bits', { tracks: [{ ...aac, sizes: small, sizeTable: 4 }] }],
    ['one size for all', { tracks: [{ ...aac, sizes: [20, 20, 20, 20, 20], sizeTable: 'constant' }] }],
    ['beside a video', { tracks: [{ handler: 'vide', sizes: [900, 50, 60], perChunk: [1] }, aac] }],
    ['beside text', { tracks: [aac, { handler: 'text', sizes: [20, 20], perChunk: [1] }] }],
    ['without ftyp', { tracks: [aac], brand: null }],
    ['QuickTime', { tracks: [{ ...aac, entries: [aacEntry(LC_CONFIG, { version: 1 })] }], brand: 'qt  ' }],
  ])('%s', async (_, movie) => {
    for (const moovLast of [false, true]) {
      const file = mp4File({ ...movie, moovLast });
      const index = movie.tracks.findIndex(({ handler = 'soun' }) => handler === 'soun');
      const placed = file.samples[index] ?? [];
      const scan = await scanned(file.bytes);
      expect(scan.frames).toEqual(placed.map((sample) => ({ ...sample, samples: 1024 })));
      expect(scan.packets).toEqual(
        placed.map(({ startByte }, i) => ({ startByte, samples: 1024, prerollPackets: i === 0 ? 0 : 1 })),
      );
      const last = placed.at(-1);
      expect(scan.summary).toMatchObject({
        leadInSamples: 1024,
        totalSamples: (placed.length - 1) * 1024,
        audioStartByte: placed[0]?.startByte,
        audioEndByte: (last?.startByte ?? 0) + (last?.byteLength ?? 0),
      });
      expect(warningCodes(scan)).toEqual(moovLast ? ['moov_last'] : []);
    }
  });

  it('whatever is read at a time', async () => {
    const tables = fc.record({
      sizes: fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 2, maxLength: 40 }),
      perChunk: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 9 }),
      sizeTable: fc.constantFrom('stsz' as const, 8 as const, 16 as const),
      offsetTable: fc.constantFrom('stco' as const, 'co64' as const),
    });
    await fc.assert(
      fc.asyncProperty(tables, fc.boolean(), fc.integer({ min: 1, max: 99 }), async (track, moovLast, blockBytes) => {
        const { bytes, samples } = mp4File({ tracks: [{ ...track, edits }], moovLast, gapBytes: 3 });
        const whole = await scanned(bytes);
        expect(whole.frames.map(({ startByte, byteLength }) => ({ startByte, byteLength }))).toEqual(samples[0]);
        expect(await scanned(bytes, blockBytes)).toEqual(whole);
      }),
      { numRuns: 40 },
    );
  });

  it('of a long track neither the audio nor a table is held', async () => {
    const long = mp4File({ tracks: [{ sizes: new Array(40_000).fill(3), perChunk: [20], edits }] });
    const source = new MemorySource(long.bytes);
    let largest = 0;
    let bytesRead = 0;
    const scan = await openMp4({
      byteLength: source.byteLength,
      read: (startByte, target) => {
        largest = Math.max(largest, target.length);
        bytesRead += target.length;
        return source.read(startByte, target);
      },
    });
    const batches = scan?.packets();
    let packets = 0;
    for (let step = await batches?.next(); step && !step.done; step = await batches?.next()) {
      packets += step.value.kind === 'packets' ? step.value.count : 0;
    }
    expect(packets).toBe(40_000);
    expect(largest).toBeLessThanOrEqual(1 << 16);
    expect(bytesRead).toBeLessThan(40_000 * 4 + (40_000 / 20) * 4 + 60_000);
  });
});

describe('codecs', () => {
  const names = { container: 'mp4', mimeType: 'audio/mp4', extension: 'm4a' };

  it('AAC', async () => {
    const { format, init } = await scanned(mp4File({ tracks: [aac] }).bytes);
    const decoderConfig = Uint8Array.from(LC_CONFIG);
    expect(format).toEqual({
      ...names,
      codec: 'aac',
      codecString: 'mp4a.40.2',
      sampleRate: 44100,
      channels: 2,
      decoderConfig,
    });
    expect(init).toEqual(decoderConfig);
  });

  it.each<[string, Uint8Array]>([
    ['sizes of descriptors in four bytes', soundEntry('mp4a', [streamBox(0x40, LC_CONFIG, true)])],
    ['MPEG-2 AAC', soundEntry('mp4a', [streamBox(0x67, LC_CONFIG)])],
    ['QuickTime, inside wave', soundEntry('mp4a', [waveBox(streamBox(0x40, LC_CONFIG))], { version: 1 })],
    ['QuickTime, version 2', soundEntry('mp4a', [streamBox(0x40, LC_CONFIG)], { version: 2 })],
    ['boxes in front', soundEntry('mp4a', [box('btrt', big(0, 12)), streamBox(0x40, LC_CONFIG)])],
  ])('AAC: %s', async (_, entry) => {
    const { format } = await scanned(mp4File({ tracks: [{ ...aac, entries: [entry] }] }).bytes);
    expect(format).toMatchObject({ codec: 'aac', sampleRate: 44100 });
  });

  it.each<[string, readonly number[], number, object]>([
    // Object type 5: 22,050 Hz doubled, stereo.
    ['HE, as its config says', [0x2b, 0x92, 0x08, 0x00], 0, { codecString: 'mp4a.40.5', sampleRate: 44100 }],
    ['HE, as the entry says', [0x13, 0x90], 44100, { codecString: 'mp4a.40.5', sampleRate: 44100 }],
    ['LC at half the rate', [0x13, 0x90], 22050, { codecString: 'mp4a.40.2', sampleRate: 22050 }],
  ])('AAC: %s', async (_, config, sampleRate, expected) => {
    const entries = [aacEntry(config, { sampleRate })];
    const scan = await scanned(
      mp4File({ tracks: [{ sizes: new Array(50).fill(9), timescale: 22050, entries }] }).bytes,
    );
    const doubled = scan.format.sampleRate === 44100;
    expect(scan.format).toMatchObject(expected);
    expect(scan.packets[49]).toMatchObject({ samples: doubled ? 2048 : 1024, prerollPackets: doubled ? 32 : 1 });
    expect(scan.summary.totalSamples).toBe(50 * (doubled ? 2048 : 1024));
  });

  it.each<[string, Uint8Array, string]>([
    ['MP4', soundEntry('alac', [fullBox('alac', 0, 0, alacCookie({ bitsPerSample: 24 }))]), 'M4A '],
    [
      'QuickTime',
      soundEntry('alac', [waveBox(fullBox('alac', 0, 0, alacCookie({ bitsPerSample: 24 })))], { version: 1 }),
      'qt  ',
    ],
  ])('ALAC in %s: the last packet says that it is short', async (_, entry, brand) => {
    const data = (index: number, byteLength: number): Uint8Array => alacPacket(byteLength, index === 4 ? 1000 : 4096);
    const track = { entries: [entry], sizes: [20, 30, 20, 20, 50], durations: [4096], data };
    const { format, packets, summary } = await scanned(mp4File({ tracks: [track], brand }).bytes);
    const decoderConfig = Uint8Array.from([
      0,
      0,
      0,
      36,
      ...ascii('alac'),
      0,
      0,
      0,
      0,
      ...alacCookie({ bitsPerSample: 24 }),
    ]);
    const sound = { codec: 'alac', codecString: 'alac', sampleRate: 44100, channels: 2, bitsPerSample: 24 };
    expect(format).toEqual({ ...names, ...sound, decoderConfig });
    expect(packets.map(({ samples }) => samples)).toEqual([4096, 4096, 4096, 4096, 1000]);
    expect(packets.every(({ prerollPackets }) => prerollPackets === 0)).toBe(true);
    expect(summary).toMatchObject({ leadInSamples: 0, totalSamples: 4 * 4096 + 1000, warnings: [] });
  });

  it('FLAC: packets are asked where the clock is coarse', async () => {
    const frames = [4096, 4096, 4096, 700].map((samples, number) => flacFrame({ samples, number }));
    const streamInfo = flacStream({ blocks: [4096] }).bytes.subarray(4, 42);
    const track = {
      entries: [soundEntry('fLaC', [fullBox('dfLa', 0, 0, streamInfo)])],
      sizes: frames.map(({ length }) => length),
      timescale: 1000,
      durations: [93, 93, 92, 16],
      data: (index: number) => frames[index] ?? new Uint8Array(0),
    };
    const { format, packets, summary } = await scanned(mp4File({ tracks: [track] }).bytes);
    expect(packets.map(({ samples }) => samples)).toEqual([4096, 4096, 4096, 700]);
    expect(summary).toMatchObject({ leadInSamples: 0, totalSamples: 3 * 4096 + 700, warnings: [] });
    expect(format).toMatchObject({
      codec: 'flac',
      codecString: 'flac',
      sampleRate: 44100,
      channels: 2,
      bitsPerSample: 16,
    });
    expect(format.decoderConfig?.length).toBe(42);
    // Total and checksum are of the whole file, and so left out.
    expect(format.decoderConfig?.subarray(22).some((byte) => byte !== 0)).toBe(false);
  });

  it('Opus: 1.5 s of preroll, and a last packet longer than its duration', async () => {
    // 20 ms of CELT in one frame.
    const data = (_: number, byteLength: number): Uint8Array => new Uint8Array(byteLength).fill(0xfc);
    const durations = [...new Array(99).fill(960), 300];
    const track = {
      entries: [soundEntry('Opus', [opusBox()])],
      timescale: 48000,
      sizes: new Array(100).fill(9),
      durations,
      data,
    };
    const { format, packets, summary } = await scanned(mp4File({ tracks: [track] }).bytes);
    const head = [...ascii('OpusHead'), 1, 2, 0x38, 0x01, 0x44, 0xac, 0, 0, 0x00, 0xff, 0];
    expect(format).toEqual({
      ...names,
      codec: 'opus',
      codecString: 'opus',
      sampleRate: 48000,
      channels: 2,
      decoderConfig: Uint8Array.from(head),
    });
    expect(packets.map(({ samples }) => samples)).toEqual(new Array(100).fill(960));
    expect(packets.map(({ prerollPackets }) => prerollPackets)).toEqual(packets.map((_, i) => Math.min(i, 75)));
    expect(summary).toMatchObject({ leadInSamples: 312, totalSamples: 99 * 960 + 300 - 312, warnings: [] });
  });

  it('Opus with a channel mapping', async () => {
    const entry = soundEntry('Opus', [opusBox({ channels: 6, mapping: [1, 4, 2, 0, 4, 1, 2, 3, 5] })]);
    const data = (_: number, byteLength: number): Uint8Array => new Uint8Array(byteLength).fill(0xfc);
    const track = { entries: [entry], timescale: 48000, sizes: [9], durations: [960], data };
    const { format } = await scanned(mp4File({ tracks: [track] }).bytes);
    expect([...(format.decoderConfig?.subarray(18) ?? [])]).toEqual([1, 4, 2, 0, 4, 1, 2, 3, 5]);
  });
});

describe('which track', () => {
  const ac3 = { sizes: [20, 20], entries: [soundEntry('ac-3', [])] };
  it.each<[string, TestTrack[], number]>([
    ['the first', [aac, aac], 0],
    ['the first that is enabled', [{ ...aac, disabled: true }, aac, aac], 1],
    [
      'a disabled one where no other is',
      [
        { ...aac, disabled: true },
        { ...aac, disabled: true },
      ],
      0,
    ],
    ['the first that is of a served codec', [ac3, aac], 1],
    ['a served one, though disabled', [ac3, { ...aac, disabled: true }], 1],
  ])('%s', async (_, tracks, chosen) => {
    const { bytes, samples } = mp4File({ tracks });
    const scan = await scanned(bytes);
    expect(scan.frames.map(({ startByte }) => startByte)).toEqual(samples[chosen]?.map(({ startByte }) => startByte));
    expect(warningCodes(scan)).toEqual(['several_tracks']);
    expect(scan.summary.warnings[0]?.message).toContain(`track ${chosen + 1} is served`);
  });
});

describe('one description under several numbers', () => {
  it('goes on', async () => {
    const entries = [aacEntry(), aacEntry([0x11, 0x90]), aacEntry()];
    const scan = await scanned(mp4File({ tracks: [{ ...aac, entries, descriptions: [1, 3] }] }).bytes);
    expect(scan.packets.length).toBe(sizes.length);
    expect(warningCodes(scan)).toEqual([]);
  });

  it('and another one ends the timeline', async () => {
    const entries = [aacEntry(), aacEntry([0x11, 0x90]), aacEntry()];
    const scan = await scanned(mp4File({ tracks: [{ ...aac, entries, descriptions: [1, 2] }] }).bytes);
    expect(scan.packets.length).toBe(3);
    expect(warningCodes(scan)).toEqual(['sample_rate_change']);
  });
});

describe('what cannot be served', () => {
  const movie = (entry: Uint8Array): Uint8Array => mp4File({ tracks: [{ sizes: [20, 20], entries: [entry] }] }).bytes;
  const without = (type: string): Uint8Array =>
    mp4File({ tracks: [{ ...aac, tables: (boxes) => boxes.filter((table) => typeOf(table) !== type) }] }).bytes;
  const protectedEntry = soundEntry('mp4a', [streamBox(0x40, LC_CONFIG), box('sinf', big(0, 8))]);
  const equal = { sizes: new Array(9).fill(20) };
  const reversed = mp4File({ tracks: [equal], offsets: (offsets) => [...offsets].reverse() }).bytes;
  const ftyp = box('ftyp', ascii('M4A '), big(0, 4));

  it.each<[string, Uint8Array, string, string]>([
    ['AC-3', movie(soundEntry('ac-3', [])), 'unsupported_codec', 'AC-3 (Dolby Digital)'],
    ['AMR', movie(soundEntry('samr', [])), 'unsupported_codec', 'AMR narrowband'],
    ['QuickTime PCM', movie(soundEntry('sowt', [])), 'unsupported_codec', 'uncompressed PCM'],
    ['MP3', movie(soundEntry('mp4a', [streamBox(0x6b, [])])), 'unsupported_codec', 'MP3'],
    ['what nobody knows', movie(soundEntry('q\x01zz', [])), 'unsupported_codec', '"q\\x01zz"'],
    ['an unknown object type', movie(soundEntry('mp4a', [streamBox(0x99, [])])), 'unsupported_codec', '0x99'],
    ['encrypted', movie(soundEntry('enca', [])), 'drm_protected', 'encrypted'],
    ['FairPlay', movie(soundEntry('drms', [])), 'drm_protected', 'drms'],
    ['a protection box', movie(protectedEntry), 'drm_protected', 'encrypted'],
    ['no esds', movie(soundEntry('mp4a', [])), 'malformed_header', 'esds'],
    ['a cut magic cookie', movie(soundEntry('alac', [fullBox('alac', 0, 0, big(0, 9))])), 'malformed_header', 'cookie'],
    [
      'an ALAC rate of 0',
      movie(soundEntry('alac', [fullBox('alac', 0, 0, alacCookie({ sampleRate: 0 }))])),
      'malformed_header',
      '0 Hz',
    ],
    ['a cut dfLa', movie(soundEntry('fLaC', [fullBox('dfLa', 0, 0)])), 'malformed_header', 'dfLa'],
    ['a cut dOps', movie(soundEntry('Opus', [opusBox({ mapping: [1, 4] })])), 'malformed_header', 'dOps'],
    ['no sizes', without('stsz'), 'malformed_header', 'stsz'],
    ['no durations', without('stts'), 'malformed_header', 'stts'],
    ['no chunk runs', without('stsc'), 'malformed_header', 'stsc'],
    ['no offsets', without('stco'), 'malformed_header', 'stco'],
    ['no descriptions', without('stsd'), 'malformed_header', 'stsd'],
    ['video only', mp4File({ tracks: [{ handler: 'vide', sizes: [9] }] }).bytes, 'no_audio', 'video only'],
    ['no track', mp4File({ tracks: [] }).bytes, 'no_audio', 'no track'],
    ['a track without samples', mp4File({ tracks: [{ sizes: [] }] }).bytes, 'no_audio', 'not one packet'],
    ['audio before its time', reversed, 'packets_out_of_order', 'order of its time'],
    ['media data without a header', concat(ftyp, box('mdat', big(0, 99))), 'malformed_header', 'still being written'],
    ['nothing but a type', ftyp, 'malformed_header', 'no header'],
    [
      'a fragment without a header',
      concat(ftyp, box('moof'), box('mdat')),
      'malformed_header',
      'initialization segment',
    ],
    ['a picture', concat(ftyp, fullBox('meta', 0, 0), box('mdat', [1])), 'no_audio', 'picture'],
    ['a compressed header', concat(ftyp, box('moov', box('cmov', big(0, 9)))), 'unsupported_codec', 'compressed'],
  ])('%s', async (_, bytes, code, words) => {
    await expect(scanned(bytes)).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
  });

  it.each([
    ['nothing', new Uint8Array(0)],
    ['seven bytes', Uint8Array.of(0, 0, 0, 20, 0x66, 0x74, 0x79)],
    ['text', new TextEncoder().encode('Its free content, and the rest of it')],
    ['a size that is none', Uint8Array.from([0, 0, 0, 3, ...ascii('ftyp'), ...big(0, 20)])],
    ['room without anything', concat(box('free', big(0, 9)), Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9))],
    ['another format', flacStream({ blocks: [64] }).bytes],
  ])('%s: null', async (_, bytes) => {
    expect(await mp4.open(new MemorySource(bytes))).toBeNull();
  });

  it('1 GB of zeros is null at once', async () => {
    let bytesRead = 0;
    const zeros = {
      byteLength: 2 ** 30,
      async read(_: number, target: Uint8Array) {
        bytesRead += target.length;
      },
    };
    expect(await mp4.open(zeros)).toBeNull();
    expect(bytesRead).toBeLessThan(10_000);
  });
});

function waveBox(...children: Uint8Array[]): Uint8Array {
  return box('wave', box('frma', ascii('mp4a')), ...children, big(0, 4));
}

function typeOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(4, 8));
}

describe('what lies behind the audio', () => {
  const { bytes } = mp4File({ tracks: [aac] });

  it.each<[string, Uint8Array, string[]]>([
    ['nothing', bytes, []],
    ['another file', concat(bytes, bytes), ['later_stream']],
    ['a box that the end of the file cuts', concat(bytes, box('free', new Uint8Array(90)).slice(0, 50)), ['truncated']],
    ['a box that is whole', concat(bytes, box('free', new Uint8Array(90))), []],
  ])('%s: all of it is served', async (_, file, codes) => {
    const whole = await scanned(bytes);
    const scan = await scanned(file);
    expect(scan.packets).toEqual(whole.packets);
    expect(scan.summary.totalSamples).toBe(whole.summary.totalSamples);
    expect(warningCodes(scan).filter((code) => code !== 'timeline_assumed')).toEqual(codes);
  });
});
