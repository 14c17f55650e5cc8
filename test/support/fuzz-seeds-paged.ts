/** Files whose audio lies in pages, packets or blocks with headers of their own. */
import { type AsfObject, asfFile, extendedStreamProperties, streamProperties } from './asf-file.ts';
import { concat } from './flac-stream.ts';
import { id3v2Tag } from './mpeg-stream.ts';
import {
  flacHeaders,
  flacPackets,
  oggLink,
  opusHeaders,
  opusPackets,
  vorbisHeaders,
  vorbisPackets,
} from './ogg-stream.ts';
import type { VorbisShape } from './vorbis-packets.ts';
import { CHANNEL_INFO, emptyApeTag, joined, RIFF_HEADER, SAMPLE_RATE, wavpackStream } from './wavpack-stream.ts';

type Files = Readonly<Record<string, Uint8Array>>;

/** Everything that a setup header may hold. */
export const RICH_VORBIS: VorbisShape = {
  shortExponent: 7,
  longExponent: 13,
  modes: [false, true, true, false],
  codebooks: [
    { dimensions: 1, entries: 4, lengths: 'plain' },
    { dimensions: 2, entries: 30, lengths: 'sparse', lookup: { type: 1, valueBits: 4, values: 5 } },
    { dimensions: 3, entries: 9, lengths: 'ordered', lookup: { type: 2, valueBits: 8, values: 27 } },
  ],
  floors: [0, 1],
  residues: [0, 1, 2],
  submaps: 2,
  couplingSteps: 1,
};

export function oggSeeds(): Files {
  const modes = Array.from({ length: 60 }, (_, i) => (i % 5 === 0 ? 0 : 1));
  const vorbis = { headers: vorbisHeaders({}, 300), packets: vorbisPackets(modes) };
  const opus = { headers: opusHeaders({}, 100), packets: opusPackets(80) };
  const mapping = { blocks: Array.from({ length: 12 }, () => 64), channels: 1 };
  const flac = { headers: flacHeaders(mapping, { headers: 2, pictureBytes: 100 }), packets: flacPackets(mapping) };
  const pages = (link: Parameters<typeof oggLink>[0]): Uint8Array => concat(...oggLink(link));
  const interleaved = (): Uint8Array => {
    const [first = [], second = []] = [oggLink({ ...opus, serial: 1 }), oggLink({ ...vorbis, serial: 2 })];
    const both = first.flatMap((page, i) => [page, second[i] ?? new Uint8Array(0)]);
    return concat(...both);
  };
  return {
    Vorbis: pages({ ...vorbis, endTrim: 100 }),
    'Vorbis, rich setup': pages({
      headers: vorbisHeaders(RICH_VORBIS),
      packets: vorbisPackets(modes.slice(0, 30), RICH_VORBIS),
      segmentsPerPage: 5,
    }),
    'Vorbis, packets over pages': pages({
      headers: vorbisHeaders(),
      packets: vorbisPackets(modes.slice(0, 20), {}, 600),
      segmentsPerPage: 2,
    }),
    Opus: pages({ ...opus, endTrim: 200, last: 'empty' }),
    'Opus, from the middle': pages({ ...opus, granuleShift: 480_000, last: false }),
    FLAC: pages(flac),
    'several links': concat(
      pages({ ...vorbis, serial: 1 }),
      pages({ ...opus, serial: 2 }),
      pages({ ...vorbis, serial: 3 }),
    ),
    'two streams': interleaved(),
    tagged: concat(id3v2Tag(99), pages(opus)),
  };
}

export function wavpackSeeds(): Files {
  const groups = [...new Array(24).fill(4410), 777];
  const payload = (byteLength: number): Uint8Array =>
    Uint8Array.from({ length: byteLength }, (_, i) => (i * 37) & 0xff);
  return {
    stereo: wavpackStream(groups).bytes,
    'a change of format': joined(
      wavpackStream(groups.slice(0, 8), { float: true, bytesPerSample: 4 }).bytes,
      wavpackStream(groups, { checksumWords: 1 }).bytes,
    ),
    'with checksums': wavpackStream(groups, { checksumWords: 2, payload: payload(100), bytesPerSample: 3 }).bytes,
    'six channels': wavpackStream(groups.slice(0, 10), {
      layout: [2, 1, 1, 2],
      subBlocks: [{ id: CHANNEL_INFO, body: [6, 0x3f] }],
    }).bytes,
    'own rate, RIFF header, tag': joined(
      wavpackStream(groups, {
        rateNumber: 15,
        firstSubBlocks: [
          { id: RIFF_HEADER, body: new Array(44).fill(1) },
          { id: SAMPLE_RATE, body: [0x10, 0x27, 0] },
        ],
      }).bytes,
      emptyApeTag(),
    ),
    'unknown total, from the middle': wavpackStream(groups, { totalSamples: undefined, firstIndex: 9000 }).bytes,
    float: wavpackStream(groups.slice(0, 8), { float: true, bytesPerSample: 4, payload: payload(700) }).bytes,
  };
}

export function asfSeeds(): Files {
  const objects = (count: number, byteLength = 50): AsfObject[] =>
    Array.from({ length: count }, (_, number) => ({
      bytes: Uint8Array.from({ length: byteLength }, (_, i) => (number * 37 + i * 11) & 0x7f),
    }));
  const other = Array.from({ length: 20 }, () => ({ bytes: new Uint8Array(30), stream: 2 }));
  const spread = [3, 50, 10] as const;
  return {
    whole: asfFile({ objects: objects(50), layout: 'whole', packetByteLength: 430 }).bytes,
    filled: asfFile({ objects: objects(50), trailer: new Uint8Array(200) }).bytes,
    single: asfFile({ objects: objects(12, 500), layout: 'single' }).bytes,
    compressed: asfFile({
      objects: objects(60, 25),
      layout: 'compressed',
      unmarked: true,
      waveFormat: { blockAlign: 25 },
    }).bytes,
    'two streams, extended': asfFile({
      objects: objects(20).flatMap((object, i) => [object, ...other.slice(i, i + 1)]),
      streams: [streamProperties({ number: 2, video: true })],
      extensionObjects: [extendedStreamProperties(streamProperties())],
    }).bytes,
    'spread, broadcast': asfFile({
      objects: objects(20, 150),
      broadcast: true,
      streams: [streamProperties({ spread })],
    }).bytes,
  };
}
