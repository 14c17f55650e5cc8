import fc from 'fast-check';
import { parseFrameHeader } from '../../../../lambdas/core/formats/flac/frame-header.ts';
import { ogg, openOgg } from '../../../../lambdas/core/formats/ogg/ogg.ts';
import { opusPacketSamples } from '../../../../lambdas/core/formats/opus/toc.ts';
import { concat } from '../../../support/flac-stream.ts';
import { MemorySource } from '../../../support/memory-source.ts';
import {
  type AudioPacket,
  flacHeaders,
  flacPackets,
  type OggLinkOptions,
  oggLink,
  opusHeaders,
  opusPackets,
  pageStarts,
  vorbisHeaders,
  vorbisPackets,
} from '../../../support/ogg-stream.ts';
import { modelDecode, type Yields } from './model-decoder.ts';
import { codes, decodedSamples, scanned } from './scanned.ts';

const MODES = [0, 0, 1, 1, 1, 0, 0, 1, 0, 1, 1, 1, 1, 0, 1, 1, 1];

const vorbis = { headers: vorbisHeaders(), packets: vorbisPackets(MODES) };
const opus = { headers: opusHeaders(), packets: opusPackets(200) };
const flacMapping = { blocks: [...new Array(9).fill(64), 33] };
const flac = { headers: flacHeaders(flacMapping), packets: flacPackets(flacMapping) };

function samplesOf(packets: readonly AudioPacket[]): number {
  return packets.reduce((sum, { samples }) => sum + samples, 0);
}

describe('an intact stream', () => {
  it.each<[string, OggLinkOptions, number]>([
    ['Vorbis', vorbis, 0],
    ['Vorbis, one packet a page', { ...vorbis, packetsPerPage: 1 }, 0],
    ['Vorbis behind a picture of two pages', { ...vorbis, headers: vorbisHeaders({}, 100_000) }, 0],
    ['Vorbis whose last page is empty', { ...vorbis, last: 'empty' }, 0],
    ['Opus', opus, 312],
    ['Opus of 2.5 ms', { ...opus, packets: opusPackets(900, { toc: 0xe0, samples: 120 }), packetsPerPage: 1 }, 312],
    ['Opus of 60 ms in three frames', { ...opus, packets: opusPackets(9, { toc: 0xfd, samples: 1920 }) }, 312],
    ['Opus behind a picture of two pages', { ...opus, headers: opusHeaders({}, 100_000) }, 312],
    ['FLAC', flac, 0],
    [
      'FLAC, more headers than stated',
      { ...flac, headers: flacHeaders(flacMapping, { headers: 0, pictureBytes: 70_000 }) },
      0,
    ],
  ])('%s: every page is a packet, nothing is to be said', async (_, options, leadIn) => {
    const pages = oggLink(options);
    const bytes = concat(...pages);
    const { packets, summary, initChanges } = await scanned(bytes);
    const starts = pageStarts(pages);
    const audio = packets.map(({ startByte }) => startByte);
    const withPackets = options.last === 'empty' ? starts.slice(0, -1) : starts;
    expect(audio).toEqual(withPackets.slice(-audio.length));
    expect(decodedSamples({ packets })).toBe(samplesOf(options.packets));
    expect(initChanges).toEqual([]);
    expect(summary).toEqual({
      leadInSamples: leadIn,
      totalSamples: samplesOf(options.packets) - leadIn,
      audioStartByte: audio[0],
      audioEndByte: bytes.length,
      warnings: [],
    });
  });

  const named = { container: 'ogg', mimeType: 'audio/ogg' };
  it.each<[string, OggLinkOptions, object]>([
    ['Vorbis', vorbis, { codec: 'vorbis', codecString: 'vorbis', extension: 'ogg', sampleRate: 44100, channels: 2 }],
    ['Opus', opus, { codec: 'opus', codecString: 'opus', extension: 'opus', sampleRate: 48000, channels: 2 }],
    [
      'Opus surround',
      { ...opus, headers: opusHeaders({ family: 1, channels: 6 }) },
      { codec: 'opus', codecString: 'opus', extension: 'opus', sampleRate: 48000, channels: 6 },
    ],
    [
      'FLAC',
      flac,
      { codec: 'flac', codecString: 'flac', extension: 'oga', sampleRate: 44100, channels: 2, bitsPerSample: 16 },
    ],
  ])('%s has its format', async (_, options, format) => {
    expect((await scanned(concat(...oggLink(options)))).format).toEqual({ ...named, ...format });
  });

  it('is found behind an ID3v2 tag', async () => {
    const tag = Uint8Array.of(0x49, 0x44, 0x33, 4, 0, 0, 0, 0, 0, 5, 1, 2, 3, 4, 5);
    const { summary } = await scanned(concat(tag, ...oggLink(vorbis)));
    expect(summary).toMatchObject({ totalSamples: samplesOf(vorbis.packets), warnings: [] });
  });

  it('can be scanned twice', async () => {
    const scan = await ogg.open(new MemorySource(concat(...oggLink(vorbis))));
    const first = await scan?.packets().next();
    expect((await scan?.packets().next())?.value).toEqual(first?.value);
    expect(first?.done).toBe(false);
  });

  it.each([
    ['noise', 'RIFF....WAVE'],
    ['nothing', ''],
    ['half a signature', 'Ogg'],
  ])('%s is null', async (_, text) => {
    const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
    expect(await openOgg(new MemorySource(bytes))).toBeNull();
  });

  it('does not read its comments into memory, nor twice', async () => {
    const source = new MemorySource(concat(...oggLink({ ...opus, headers: opusHeaders({}, 1_200_000) })));
    let bytesRead = 0;
    let largest = 0;
    const counted = {
      byteLength: source.byteLength,
      read: (startByte: number, target: Uint8Array) => {
        bytesRead += target.length;
        largest = Math.max(largest, target.length);
        return source.read(startByte, target);
      },
    };
    for await (const _ of (await openOgg(counted))?.packets() ?? []);
    expect(bytesRead).toBeLessThan(source.byteLength + 2 ** 19);
    expect(largest).toBeLessThan(2 ** 20);
  });
});

describe('the init', () => {
  it.each<[string, OggLinkOptions, number]>([
    ['Vorbis', { ...vorbis, headers: vorbisHeaders({}, 50_000) }, 200],
    ['Opus', { ...opus, headers: opusHeaders({}, 50_000) }, 91],
    ['FLAC', { ...flac, headers: flacHeaders(flacMapping, { pictureBytes: 50_000 }) }, 119],
  ])('of %s holds small headers that make a stream of any page of audio', async (_, options, most) => {
    const pages = oggLink(options);
    const { init, packets } = await scanned(concat(...pages));
    expect(init.length).toBeLessThanOrEqual(most);
    const audio = concat(...pages).slice(packets[0]?.startByte);
    const again = await scanned(concat(init, audio));
    expect(again.packets.map(({ samples }) => samples)).toEqual(packets.map(({ samples }) => samples));
    expect(again.init).toEqual(init);
  });

  it('of Opus has no pre-skip and keeps gain and channels', async () => {
    const head = { preSkip: 3840, channels: 6, family: 1, outputGain: -700 };
    const { init, summary } = await scanned(concat(...oggLink({ ...opus, headers: opusHeaders(head) })));
    expect(summary.leadInSamples).toBe(3840);
    const expected = opusHeaders({ ...head, preSkip: 0 })[0]?.[0] as Uint8Array;
    expect(init.slice(28, 28 + expected.length)).toEqual(expected);
  });

  it('of Vorbis may need more than one page', async () => {
    const lookup = { type: 2, valueBits: 16, values: 30_240 } as const;
    const codebooks = [{ dimensions: 4, entries: 7560, lengths: 'plain', lookup }] as const;
    const { init } = await scanned(concat(...oggLink({ ...vorbis, headers: vorbisHeaders({ codebooks }) })));
    expect(init.length).toBeGreaterThan(65_300);
    const again = await scanned(concat(init, ...oggLink(vorbis).slice(2)));
    expect(again.init).toEqual(init);
  });
});

describe('pages that part packets', () => {
  const vorbisYields: Yields = (packet, previous) => {
    const block = (byte: number | undefined): number => (((byte ?? 0) >> 1) & 1 ? 128 : 64);
    return previous === undefined ? 0 : (block(previous[0]) + block(packet[0])) / 4;
  };
  const small = { shortExponent: 6, longExponent: 7 };
  const sizes = fc.array(fc.integer({ min: 5, max: 900 }), { minLength: 2, maxLength: 16 });
  const resized = (packets: AudioPacket[], sizes: number[]): AudioPacket[] =>
    packets.map((packet, i) => ({ ...packet, bytes: concat(packet.bytes, new Uint8Array(sizes[i] ?? 0)) }));
  const link = fc.oneof(
    sizes.map((sizes) => ({
      headers: vorbisHeaders(small),
      packets: resized(
        vorbisPackets(
          sizes.map((size) => size & 1),
          small,
        ),
        sizes,
      ),
      yields: vorbisYields,
      numberOf: (packet: Uint8Array) => packet[3] as number,
    })),
    sizes.map((sizes) => ({
      headers: opusHeaders({ preSkip: 0 }),
      packets: resized(opusPackets(sizes.length, { toc: 0xe0, samples: 120 }), sizes),
      yields: ((packet) => opusPacketSamples(packet, 0, 1) ?? 0) as Yields,
      numberOf: (packet: Uint8Array) => packet[3] as number,
    })),
    sizes.map((sizes) => {
      const mapping = { blocks: sizes.map((size) => 16 + (size % 200)), channels: 1 };
      return {
        headers: flacHeaders(mapping),
        packets: flacPackets(mapping),
        yields: ((packet) => parseFrameHeader(packet, 0, undefined)?.samples ?? 0) as Yields,
        numberOf: (packet: Uint8Array) => packet[4] as number,
      };
    }),
  );

  it('decode from every packet of the scan, behind init and preroll, as in the whole', async () => {
    await fc.assert(
      fc.asyncProperty(
        link,
        fc.integer({ min: 1, max: 12 }),
        async ({ yields, numberOf, ...link }, segmentsPerPage) => {
          const bytes = concat(...oggLink({ ...link, segmentsPerPage }));
          const { init, packets, summary } = await scanned(bytes);
          const whole = modelDecode(bytes, yields, numberOf);
          expect(decodedSamples({ packets })).toBe(whole.length);
          expect(summary.warnings).toEqual([]);
          let startSample = 0;
          for (const [i, { startByte, samples, prerollPackets, prerollSamples }] of packets.entries()) {
            const from = packets[i - prerollPackets]?.startByte ?? startByte;
            const alone = modelDecode(concat(init, bytes.slice(from)), yields, numberOf);
            expect(alone.slice(prerollSamples)).toEqual(whole.slice(startSample));
            startSample += samples;
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('do not depend on the blocks the file is read in', async () => {
    await fc.assert(
      fc.asyncProperty(
        link,
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 99 }),
        async (link, segmentsPerPage, blockBytes) => {
          const bytes = concat(...oggLink({ ...link, segmentsPerPage }), ...oggLink({ ...link, endTrim: 50 }));
          const whole = await scanned(bytes);
          expect(codes(whole)).toEqual(['links_joined']);
          expect(await scanned(bytes, blockBytes)).toEqual(whole);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('a packet longer than its run of pages is one packet, however long', async () => {
    const packets = resized(opusPackets(3), [0, 300_000, 0]);
    const { packets: runs } = await scanned(concat(...oggLink({ ...opus, packets, packetsPerPage: 1 })));
    expect(runs.map(({ samples }) => samples)).toEqual([960, 960, 960]);
  });
});

describe('preroll', () => {
  it.each<[string, OggLinkOptions, number[], number[]]>([
    ['Vorbis: two packets', { ...vorbis, packetsPerPage: 1 }, [0, 1, 2, 2, 2, 2], [0, 0, 128, 576, 1024, 1024]],
    [
      'Vorbis: a page that has as many',
      { ...vorbis, packetsPerPage: 3 },
      [0, 1, 1, 1, 1, 1],
      [0, 704, 1600, 1152, 2048, 1152],
    ],
    [
      'Vorbis: of a page that begins inside a packet, what is whole',
      { ...vorbis, packets: vorbisPackets(new Array(12).fill(1), {}, 300), segmentsPerPage: 3 },
      [0, 1, 2, 2, 2, 2],
      [0, 0, 2048, 1024, 2048, 1024],
    ],
    ['FLAC: none', { ...flac, packetsPerPage: 1 }, [0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0]],
    [
      'Opus: 1.5 seconds, or what there is',
      { ...opus, packets: opusPackets(200), packetsPerPage: 25 },
      [0, 1, 2, 3, 3, 3],
      [0, 24_000, 48_000, 72_000, 72_000, 72_000],
    ],
  ])('%s', async (_, options, prerollPackets, prerollSamples) => {
    const { packets } = await scanned(concat(...oggLink(options)));
    const first = packets.slice(0, 6);
    expect(first.map((packet) => packet.prerollPackets)).toEqual(prerollPackets);
    expect(first.map((packet) => packet.prerollSamples)).toEqual(prerollSamples);
  });

  it('reaches no further back than chunkers remember', async () => {
    const packets = opusPackets(1500).map((packet, i) =>
      i < 1450 ? { bytes: Uint8Array.of(0x03, 0), samples: 0 } : packet,
    );
    const { packets: runs } = await scanned(concat(...oggLink({ ...opus, packets, packetsPerPage: 1 })));
    expect(Math.max(...runs.map(({ prerollPackets }) => prerollPackets))).toBeLessThanOrEqual(1024);
  });
});
