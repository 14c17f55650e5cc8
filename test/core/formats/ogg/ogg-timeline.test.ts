import { concat } from '../../../support/flac-stream.ts';
import {
  ascii,
  flacHeaders,
  flacPackets,
  type OggLinkOptions,
  oggLink,
  oggPage,
  opusHeaders,
  opusPackets,
  vorbisHeaders,
  vorbisPackets,
} from '../../../support/ogg-stream.ts';
import { codes, decodedSamples, scanned } from './scanned.ts';

const vorbis = { headers: vorbisHeaders(), packets: vorbisPackets([1, 1, 1, 1, 1, 1, 1, 1, 1, 1]) };
const VORBIS_SAMPLES = 9 * 1024;
const opus = { headers: opusHeaders(), packets: opusPackets(10) };
const OPUS_SAMPLES = 9600;

describe('granule positions', () => {
  it.each<[string, OggLinkOptions, number, number]>([
    ['Vorbis: as many as there are samples', vorbis, 0, VORBIS_SAMPLES],
    ['Vorbis: a last page that says less is padded', { ...vorbis, endTrim: 1000 }, 0, VORBIS_SAMPLES - 1000],
    [
      'Vorbis: a first page that says less begins before 0',
      { ...vorbis, granuleShift: -500 },
      500,
      VORBIS_SAMPLES - 500,
    ],
    ['Vorbis: both', { ...vorbis, granuleShift: -500, endTrim: 9 }, 500, VORBIS_SAMPLES - 509],
    ['Vorbis: cut out of a longer stream', { ...vorbis, granuleShift: 10 ** 9, endTrim: 9 }, 0, VORBIS_SAMPLES - 9],
    [
      'Vorbis: of a single page the end is trimmed',
      { ...vorbis, packetsPerPage: 99, endTrim: 9 },
      0,
      VORBIS_SAMPLES - 9,
    ],
    ['Vorbis: an empty last page trims', { ...vorbis, last: 'empty', endTrim: 77 }, 0, VORBIS_SAMPLES - 77],
    ['Vorbis: more than there is', { ...vorbis, endTrim: -5000 }, 0, VORBIS_SAMPLES],
    ['Opus: pre-skip, and padding', { ...opus, endTrim: 333 }, 312, OPUS_SAMPLES - 312 - 333],
    ['Opus: cut out of a longer stream', { ...opus, granuleShift: 10 ** 12 }, 312, OPUS_SAMPLES - 312],
    [
      'Opus: a longer pre-skip than a page',
      { ...opus, headers: opusHeaders({ preSkip: 5000 }), packetsPerPage: 1 },
      5000,
      4600,
    ],
  ])('%s', async (_, options, leadInSamples, totalSamples) => {
    const { summary, packets } = await scanned(concat(...oggLink(options)));
    expect(summary).toMatchObject({ leadInSamples, totalSamples, warnings: [] });
    const all = options.packets.reduce((sum, { samples }) => sum + samples, 0);
    expect(decodedSamples({ packets })).toBe(all);
  });

  it('trim nothing of FLAC', async () => {
    const mapping = { blocks: [64, 64, 64] };
    const link = { headers: flacHeaders(mapping), packets: flacPackets(mapping), granuleShift: -20, endTrim: 30 };
    expect((await scanned(concat(...oggLink(link)))).summary).toMatchObject({ leadInSamples: 0, totalSamples: 192 });
  });

  it('trim nothing at the end where no page says that it is the last', async () => {
    const pages = oggLink({ ...vorbis, last: false });
    const page = pages.pop() as Uint8Array;
    const less = oggPage({ sequence: 4, granule: 5000, segments: [...page.slice(27, 29)], body: page.slice(29) });
    const scan = await scanned(concat(...pages, less));
    expect(scan.summary.totalSamples).toBe(VORBIS_SAMPLES);
    expect(codes(scan)).toEqual(['truncated']);
  });
});

describe('links one after the other', () => {
  it('are one timeline: what is to be dropped at each seam is in no packet', async () => {
    const first = oggLink({ ...opus, endTrim: 333 });
    const second = oggLink({ ...opus, serial: 2, headers: opusHeaders({ preSkip: 3840 }), endTrim: 100 });
    const bytes = concat(...first, ...second, ...second);
    const scan = await scanned(bytes);
    const perFirst = OPUS_SAMPLES - 312 - 333;
    const perSecond = OPUS_SAMPLES - 3840 - 100;
    expect(scan.summary).toMatchObject({ leadInSamples: 312, totalSamples: perFirst + 2 * perSecond });
    expect(codes(scan)).toEqual(['links_joined']);
    expect(scan.summary.warnings[0]?.message).toContain('3 streams');
    // Pages of 4, 4 and 2 packets of 960 samples.
    expect(scan.packets.map(({ samples }) => samples)).toEqual([
      ...[3840, 3840, 1920 - 333],
      ...[0, 3840, 1920 - 100],
      ...[0, 3840, 1920],
    ]);
    expect(scan.packets.map(({ prerollPackets }) => prerollPackets)).toEqual([0, 1, 2, 0, 1, 2, 0, 1, 2]);
    expect(scan.packets.map(({ prerollSamples }) => prerollSamples)).toEqual([
      ...[0, 3840, 7680],
      ...[3840, 3840, 7680],
      ...[3840, 3840, 7680],
    ]);
  });

  it('each has an init, from its first page of audio on', async () => {
    const other = vorbisHeaders({ modes: [false, true, true] });
    const links = [oggLink(vorbis), oggLink({ ...vorbis, serial: 7, headers: other })];
    const { init, initChanges, packets } = await scanned(concat(...links.flat()));
    expect(initChanges).toHaveLength(1);
    expect(initChanges[0]?.startByte).toBe(packets[3]?.startByte);
    const alone = links.map((link) => scanned(concat(...link)));
    expect(init).toEqual((await alone[0])?.init);
    expect(initChanges[0]?.init).toEqual((await alone[1])?.init);
    expect(initChanges[0]?.init).not.toEqual(init);
  });

  it('a trim at a seam may reach over many pages, and not into the link before', async () => {
    const short = { ...opus, packetsPerPage: 1, headers: opusHeaders({ preSkip: 0 }) };
    const bytes = concat(
      ...oggLink(short),
      ...oggLink({ ...short, endTrim: 4000 }),
      ...oggLink({ ...short, headers: opusHeaders({ preSkip: 960 }), endTrim: 9600 }),
      ...oggLink(short),
    );
    const { packets, summary } = await scanned(bytes);
    const samples = packets.map((packet) => packet.samples);
    expect(samples.slice(0, 10)).toEqual(new Array(10).fill(960));
    expect(samples.slice(10, 20)).toEqual([960, 960, 960, 960, 960, 800, 0, 0, 0, 0]);
    expect(samples.slice(20, 30)).toEqual(new Array(10).fill(0));
    expect(summary.totalSamples).toBe(9600 + 5600 + 9600);
  });

  it('a trim at a seam reaches as far in whatever blocks the file is read', async () => {
    const short = { headers: opusHeaders({ preSkip: 0 }), packets: opusPackets(300), packetsPerPage: 1 };
    const bytes = concat(...oggLink({ ...short, endTrim: 300 * 960 }), ...oggLink(opus));
    const whole = await scanned(bytes);
    expect(whole.packets.filter(({ samples }) => samples === 0)).toHaveLength(256);
    expect(await scanned(bytes, 50)).toEqual(whole);
  });

  it('a link without audio, or whose headers are broken, is passed over', async () => {
    const empty = oggLink({ ...vorbis, packets: [], last: 'empty' });
    const broken = oggLink({
      ...vorbis,
      headers: [vorbisHeaders()[0] ?? [], [ascii('\x03vorbis'), ascii('\x05vorbis')]],
    });
    const joined = await scanned(concat(...oggLink(vorbis), ...empty, ...oggLink(vorbis)));
    expect(joined.summary.totalSamples).toBe(2 * VORBIS_SAMPLES);
    expect(codes(joined)).toEqual(['links_joined']);
    const mended = await scanned(concat(...oggLink(vorbis), ...broken, ...oggLink(vorbis)));
    expect(mended.summary.totalSamples).toBe(2 * VORBIS_SAMPLES);
    expect(codes(mended)).toEqual(['damaged_pages', 'links_joined']);
    expect((await scanned(concat(...empty, ...oggLink(vorbis)))).summary.totalSamples).toBe(VORBIS_SAMPLES);
  });

  const flac = (width: { bitsPerSample?: number; channels?: number }): OggLinkOptions => {
    const mapping = { blocks: [64, 64], ...width };
    return { headers: flacHeaders(mapping), packets: flacPackets(mapping) };
  };
  it.each<[string, OggLinkOptions, OggLinkOptions, string, number]>([
    [
      'another rate',
      vorbis,
      { ...vorbis, headers: vorbisHeaders({ sampleRate: 48000 }) },
      'sample_rate_change',
      VORBIS_SAMPLES,
    ],
    ['another number of channels', flac({}), flac({ channels: 1 }), 'sample_rate_change', 128],
    ['another width', flac({}), flac({ bitsPerSample: 24 }), 'bits_per_sample_change', 128],
    ['another codec', vorbis, opus, 'sample_rate_change', VORBIS_SAMPLES],
    [
      'a codec that is not served',
      vorbis,
      { headers: [[ascii('Speex   ')], [ascii('tags')]], packets: opusPackets(4) },
      'sample_rate_change',
      VORBIS_SAMPLES,
    ],
  ])('%s ends the timeline', async (_, first, second, code, totalSamples) => {
    const firstPages = concat(...oggLink(first));
    const scan = await scanned(concat(firstPages, ...oggLink(second), ...oggLink(first)));
    expect(codes(scan)).toEqual([code]);
    expect(scan.summary).toMatchObject({ totalSamples, audioEndByte: firstPages.length });
    expect(scan.summary.warnings[0]?.message).toContain(`at byte ${firstPages.length}`);
  });
});

describe('streams side by side', () => {
  const video = oggLink({
    serial: 99,
    headers: [[ascii('\x80theora')], [ascii('\x81theora'), ascii('\x82theora')]],
    packets: opusPackets(30),
  });
  const interleaved = (a: Uint8Array[], b: Uint8Array[]): Uint8Array => {
    const pages: Uint8Array[] = [b[0] as Uint8Array, a[0] as Uint8Array];
    for (let i = 1; i < Math.max(a.length, b.length); i++)
      pages.push(...[a[i], b[i]].filter((page) => page !== undefined));
    return concat(...pages);
  };

  it('video is passed over, and announced in the init so that decoders pass it over', async () => {
    const scan = await scanned(interleaved(oggLink(vorbis), video));
    expect(scan.summary).toMatchObject({ totalSamples: VORBIS_SAMPLES, warnings: [] });
    const alone = await scanned(concat(...oggLink(vorbis)));
    expect(scan.packets.map(({ samples }) => samples)).toEqual(alone.packets.map(({ samples }) => samples));
    const announced = oggPage({ serial: 99, first: true, segments: [7], body: ascii('ignored') });
    expect(scan.init).toEqual(concat(alone.init.slice(0, 58), announced, alone.init.slice(58)));
  });

  it('of several audio streams the first is served', async () => {
    const scan = await scanned(interleaved(oggLink({ ...opus, serial: 5 }), oggLink(vorbis)));
    expect(scan.format.codec).toBe('vorbis');
    expect(codes(scan)).toEqual(['several_tracks']);
  });

  it('in a further link the one that goes on with the track is served', async () => {
    const both = interleaved(oggLink({ ...vorbis, serial: 5 }), oggLink(opus));
    const scan = await scanned(concat(...oggLink(vorbis), both));
    expect(codes(scan)).toEqual(['links_joined']);
    expect(scan.summary.totalSamples).toBe(2 * VORBIS_SAMPLES);
  });
});
