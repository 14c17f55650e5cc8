import fc from 'fast-check';
import { CuepointError, isSourceFailure } from '../../../../lambdas/core/errors.ts';
import { openOgg } from '../../../../lambdas/core/formats/ogg/ogg.ts';
import { concat } from '../../../support/flac-stream.ts';
import { MemorySource } from '../../../support/memory-source.ts';
import {
  type AudioPacket,
  ascii,
  flacHeaders,
  flacPackets,
  type OggLinkOptions,
  oggLink,
  oggPage,
  opusHead,
  opusHeaders,
  opusPackets,
  pageStarts,
  SERIAL,
  vorbisHeaders,
  vorbisPackets,
} from '../../../support/ogg-stream.ts';
import { codes, scanned } from './scanned.ts';

const opus: OggLinkOptions = { headers: opusHeaders({ preSkip: 0 }), packets: opusPackets(20), packetsPerPage: 2 };
const vorbis: OggLinkOptions = {
  headers: vorbisHeaders(),
  packets: vorbisPackets([1, 1, 0, 1, 0, 1, 1, 1]),
  packetsPerPage: 2,
};
const PAGE_SAMPLES = 1920;
const HEADER_PAGES = 2;

/** What a scan fails with; anything but a named failure is thrown. */
async function failure(bytes: Uint8Array, blockBytes?: number): Promise<CuepointError | undefined> {
  try {
    await scanned(bytes, blockBytes);
    return undefined;
  } catch (error) {
    if (isSourceFailure(error)) return error;
    throw error;
  }
}

describe('damage', () => {
  const pages = oggLink(opus);
  const flipped = (page: number): Uint8Array[] =>
    pages.map((bytes, i) => (i === page ? bytes.map((byte, at) => (at === 40 ? byte ^ 1 : byte)) : bytes));

  it('a page with a wrong checksum is left out, the others are served', async () => {
    const scan = await scanned(concat(...flipped(5)));
    expect(scan.packets.map(({ startByte }) => startByte)).toEqual(
      pageStarts(pages).filter((_, i) => i >= HEADER_PAGES && i !== 5),
    );
    expect(scan.summary.totalSamples).toBe(9 * PAGE_SAMPLES);
    expect(codes(scan)).toEqual(['damaged_pages']);
    const byte = pageStarts(pages)[6];
    expect(scan.summary.warnings[0]?.message).toContain(`1 place, the first at byte ${byte}, second 0.120`);
  });

  it.each<[string, Uint8Array, string[], number]>([
    ['a missing page', concat(...pages.filter((_, i) => i !== 7)), ['damaged_pages'], 9],
    ['missing pages in two places', concat(...pages.filter((_, i) => i !== 4 && i !== 7)), ['damaged_pages'], 8],
    [
      'pages in another order',
      concat(...pages.slice(0, 4), ...pages.slice(5, 7), ...pages.slice(4, 5), ...pages.slice(7)),
      ['damaged_pages'],
      10,
    ],
    [
      'junk between pages',
      concat(...pages.slice(0, 6), ascii('OggS junk OggS'), ...pages.slice(6)),
      ['junk_skipped'],
      10,
    ],
    ['junk behind the last page', concat(...pages, ascii('TAG of another time')), ['junk_skipped'], 10],
    ['a tag behind the last page', concat(...pages, ascii('TAG'), new Uint8Array(125)), [], 10],
    ['a lost last page', concat(...pages.slice(0, -1)), ['truncated'], 9],
    ['no page marked as the last', concat(...oggLink({ ...opus, last: false })), ['truncated'], 10],
    ['pages of a stream that began elsewhere', concat(...oggLink(opus).slice(4), ...pages), ['junk_skipped'], 10],
    ['a lost page of tags', concat(...pages.filter((_, i) => i !== 1)), ['damaged_pages'], 10],
  ])('%s', async (_, bytes, expected, pagesLeft) => {
    const scan = await scanned(bytes);
    expect(codes(scan)).toEqual(expected);
    expect(scan.summary.totalSamples).toBe(pagesLeft * PAGE_SAMPLES);
  });

  it('packets that decoders pass over are left out', async () => {
    const packets = opusPackets(4);
    const bad = [
      ...packets.slice(0, 2),
      { bytes: Uint8Array.of(0xff, 0x00), samples: 0 },
      { bytes: new Uint8Array(0), samples: 0 },
      ...packets.slice(2),
    ];
    const scan = await scanned(concat(...oggLink({ ...opus, packets: bad })));
    expect(codes(scan)).toEqual(['damaged_packets']);
    expect(scan.summary.totalSamples).toBe(4 * 960);
  });

  it('a page in the middle of a packet joins what is left of it, a lost beginning loses it', async () => {
    const long = (packet: AudioPacket): AudioPacket => ({
      ...packet,
      bytes: concat(packet.bytes, new Uint8Array(700)),
    });
    const parted = oggLink({ ...opus, packets: opusPackets(4).map(long), segmentsPerPage: 1 });
    const without = (page: number): Uint8Array => concat(...parted.filter((_, i) => i !== HEADER_PAGES + page));
    expect((await scanned(without(4))).summary.totalSamples).toBe(4 * 960);
    expect((await scanned(without(3))).summary.totalSamples).toBe(3 * 960);
  });
});

describe('a file cut at any byte', () => {
  it.each<[string, OggLinkOptions]>([
    ['Opus', opus],
    ['Vorbis', vorbis],
  ])('of %s plays up to its last whole page, or says why not', async (_, options) => {
    const pages = oggLink(options);
    const bytes = concat(...pages);
    const starts = pageStarts(pages);
    for (let length = 4; length < bytes.length; length += length < 400 ? 1 : 7) {
      const whole = starts.filter((start, i) => i >= HEADER_PAGES && start + (pages[i]?.length ?? 0) <= length).length;
      const failed = await failure(bytes.slice(0, length), 64);
      if (whole === 0) {
        expect(['malformed_header', 'no_audio']).toContain(failed?.code);
        expect(failed?.message).toMatch(/; /);
        continue;
      }
      const scan = await scanned(bytes.slice(0, length));
      expect(scan.packets).toHaveLength(whole);
      expect(codes(scan)).toEqual(['truncated']);
      expect(scan.summary.warnings[0]?.message).toContain(`ends at byte ${length}`);
    }
  });
});

describe('refused', () => {
  const stream = (first: Uint8Array): Uint8Array =>
    concat(...oggLink({ headers: [[first], [ascii('more headers')]], packets: opusPackets(4) }));

  it.each<[string, Uint8Array, string, string]>([
    ['Speex', stream(ascii('Speex   1.2')), 'unsupported_codec', 'Speex'],
    ['PCM', stream(ascii('PCM     ')), 'unsupported_codec', 'PCM'],
    ['video alone', stream(ascii('\x80theora...')), 'unsupported_codec', 'Theora video'],
    ['the old FLAC mapping', stream(ascii('fLaC')), 'unsupported_codec', 'FLAC'],
    ['what nobody knows', stream(ascii('zzz')), 'unsupported_codec', 'unknown'],
    ['Opus of the future', stream(opusHead({ version: 16 })), 'unsupported_codec', 'version 16'],
    ['Opus channels of an unknown kind', stream(opusHead({ family: 77 })), 'unsupported_codec', 'family 77'],
    ['Opus without channels', stream(opusHead({ channels: 0 })), 'malformed_header', '0 channels'],
    ['Opus with too many channels', stream(opusHead({ channels: 3 })), 'malformed_header', '3 channels'],
    ['a cut OpusHead', stream(opusHead().slice(0, 15)), 'malformed_header', '15 bytes'],
    ['a cut identification header', stream(ascii('\x01vorbis')), 'malformed_header', 'identification'],
    ['FLAC without STREAMINFO', stream(ascii('\x7fFLAC\x01\x00')), 'malformed_header', 'STREAMINFO'],
    ['another version of FLAC in Ogg', stream(ascii('\x7fFLAC\x02\x00')), 'unsupported_codec', 'version 2'],
    [
      'Vorbis without setup',
      concat(...oggLink({ ...vorbis, headers: vorbisHeaders().slice(0, 1) })),
      'malformed_header',
      'missing or cut',
    ],
    [
      'a setup that is nonsense',
      concat(...oggLink({ ...vorbis, headers: [vorbisHeaders()[0] ?? [], [ascii('\x05vorbis!')]] })),
      'malformed_header',
      'contradicts itself',
    ],
    [
      'a setup of 300 KB',
      concat(
        ...oggLink({
          ...vorbis,
          headers: [vorbisHeaders()[0] ?? [], [concat(ascii('\x05vorbis'), new Uint8Array(300_000))]],
        }),
      ),
      'malformed_header',
      '300007 bytes',
    ],
    ['no page that is intact', ascii('OggS and nothing else'), 'malformed_header', 'no intact page'],
    ['pages without headers', concat(...oggLink(opus).slice(3)), 'malformed_header', 'no intact page'],
    ['headers alone', concat(...oggLink(opus).slice(0, 2)), 'no_audio', 'behind its headers'],
    ['a first page alone', concat(...oggLink(vorbis).slice(0, 1)), 'malformed_header', 'setup'],
    [
      'one packet of Vorbis, which yields nothing',
      concat(...oggLink({ ...vorbis, packets: vorbisPackets([1]) })),
      'no_audio',
      'no sample',
    ],
    [
      'less than the pre-skip',
      concat(...oggLink({ headers: opusHeaders({ preSkip: 9999 }), packets: opusPackets(4) })),
      'no_audio',
      'no sample',
    ],
  ])('%s', async (_, bytes, code, named) => {
    const failed = await failure(bytes);
    expect(failed?.code).toBe(code);
    expect(failed?.message).toContain(named);
  });
});

describe('files made to hurt', () => {
  it('mixtures of pages, parts of pages and noise end in words or in a scan, whatever the blocks', async () => {
    const flac = { headers: flacHeaders({ blocks: [64] }), packets: flacPackets({ blocks: [64, 64, 64] }) };
    const parts = [opus, vorbis, flac, { ...opus, segmentsPerPage: 1, serial: 4 }].flatMap((link) => oggLink(link));
    const piece = fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(...parts) },
      { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...parts), fc.nat(60)).map(([page, to]) => page.slice(0, to)) },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }) },
      {
        weight: 1,
        arbitrary: fc
          .record({
            granule: fc.maxSafeInteger(),
            sequence: fc.nat(),
            continued: fc.boolean(),
            first: fc.boolean(),
            last: fc.boolean(),
            segments: fc.array(fc.constantFrom(0, 1, 3, 255), { maxLength: 6 }),
          })
          .map((page) =>
            oggPage({
              ...page,
              serial: SERIAL,
              body: new Uint8Array(page.segments.reduce<number>((sum, length) => sum + length, 0)).fill(4),
            }),
          ),
      },
    );
    const start = fc.constantFrom(...[opus, vorbis, flac].map((link) => concat(...oggLink(link).slice(0, 3))));
    await fc.assert(
      fc.asyncProperty(
        start,
        fc.array(piece, { maxLength: 20 }),
        fc.integer({ min: 1, max: 99 }),
        async (start, pieces, blockBytes) => {
          const bytes = concat(start, ...pieces);
          const failed = await failure(bytes);
          if (failed === undefined) expect(await scanned(bytes, blockBytes)).toEqual(await scanned(bytes));
          else expect((await failure(bytes, blockBytes))?.message).toBe(failed.message);
        },
      ),
      { numRuns: 80 },
    );
  });

  it('pages within pages do not cost more than time in proportion', async () => {
    // Each of these claims what follows as its body, and none has the right checksum.
    const claim = concat(ascii('OggS\0'), new Uint8Array(21), Uint8Array.of(0xff));
    const bytes = concat(...oggLink(opus), ...new Array<Uint8Array>(60_000).fill(claim));
    // A quadratic scan runs into the time limit of a test.
    expect(codes(await scanned(bytes))).toEqual(['junk_skipped']);
  });

  it('a thousand links, and a thousand streams in one', async () => {
    const link = concat(...oggLink({ ...opus, packets: opusPackets(1) }));
    const many = await scanned(concat(...new Array<Uint8Array>(1000).fill(link)));
    expect(many.initChanges).toHaveLength(999);
    const tooMany = await scanned(concat(...new Array<Uint8Array>(2002).fill(link)));
    expect([tooMany.initChanges.length, codes(tooMany)]).toEqual([1999, ['links_joined', 'links_left_out']]);
    const firsts = Array.from({ length: 1000 }, (_, serial) =>
      oggPage({ serial, first: true, segments: [4], body: ascii('CMML') }),
    );
    const wide = await scanned(concat(...firsts, ...oggLink(opus)));
    expect(wide.summary.totalSamples).toBe(10 * PAGE_SAMPLES);
    expect(wide.init.length).toBeLessThan(3000);
  });

  it('a source that fails is not taken for a broken file', async () => {
    const source = new MemorySource(concat(...oggLink(opus)));
    source.read = () => Promise.reject(new CuepointError('unavailable', 'try again'));
    await expect(openOgg(source)).rejects.toMatchObject({ code: 'unavailable' });
  });
});
