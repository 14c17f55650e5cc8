/** Files whose audio lies in a tree of elements or boxes. */
import { BitString, programConfigFields } from './adts-stream.ts';
import { flacFrame, flacStream } from './flac-stream.ts';
import { RICH_VORBIS } from './fuzz-seeds-paged.ts';
import {
  binary,
  discardPadding,
  encodings,
  matroskaFile,
  opusBlocks,
  opusClusters,
  opusFrame,
  opusTrack,
  uint,
  voidOf,
  vorbisPrivate,
  vorbisTrack,
} from './matroska-file.ts';
import { fullBox } from './mp4-boxes.ts';
import { aacEntry, alacCookie, alacPacket, LC_CONFIG, opusBox, soundEntry } from './mp4-entries.ts';
import { mp4File, type TestTrack } from './mp4-file.ts';
import { fragmentedFile } from './mp4-fragments.ts';
import { vorbisComment, vorbisIdentification, vorbisPacket, vorbisSetup } from './vorbis-packets.ts';

type Files = Readonly<Record<string, Uint8Array>>;

export function matroskaSeeds(): Files {
  const [laced, grouped] = [[opusFrame(9), opusFrame(14), opusFrame(11)], [opusFrame(20)]];
  const file = (given: Parameters<typeof matroskaFile>[0]): Uint8Array => matroskaFile(given).bytes;
  return {
    WebM: file({ clusters: opusClusters(8, 20) }),
    'unknown sizes': file({
      segmentSize: 'unknown',
      clusters: opusClusters(5, 12).map((cluster) => ({ ...cluster, size: 'unknown' as const })),
    }),
    lacing: file({
      clusters: (['xiph', 'ebml', 'none'] as const).map((lacing, i) => ({
        time: i * 400,
        blocks: Array.from({ length: 8 }, (_, j) => ({ lacing, frames: laced, time: j * 60 })),
      })),
    }),
    'groups, padding, other tracks': file({
      docType: 'matroska',
      tracks: [opusTrack({ number: 2, type: 1, codecId: 'V_VP9' }), opusTrack({ number: 1 })],
      beforeClusters: [voidOf(60), { id: 0x1c53bb6b, body: [binary(0xbb, new Uint8Array(30))] }],
      clusters: [
        {
          first: [binary(0xbf, new Uint8Array(4))],
          blocks: [
            ...opusBlocks(6),
            { frames: grouped, time: 120, group: [uint(0x9b, 20)] },
            { frames: [new Uint8Array(300)], track: 2, time: 130 },
            { frames: grouped, time: 140, group: [discardPadding(5_000_000)] },
          ],
        },
      ],
      afterClusters: [voidOf(20)],
    }),
    'encrypted blocks, compressed track': file({
      tracks: [
        opusTrack({ number: 1 }),
        opusTrack({ number: 2, more: [encodings([{ id: 0x5034, body: [uint(0x4254, 3)] }])] }),
      ],
      clusters: [
        { blocks: opusBlocks(4) },
        { time: 80, blocks: [{ frames: [new Uint8Array(30)], encrypted: true }, ...opusBlocks(4)] },
      ],
    }),
    'many small frames': file({
      clusters: [
        {
          blocks: Array.from({ length: 25 }, (_, i) => ({
            lacing: 'fixed' as const,
            time: i * 500,
            frames: new Array<Uint8Array>(200).fill(opusFrame(1, 28)),
          })),
        },
      ],
    }),
    'Vorbis, rich setup': file({
      docType: 'matroska',
      tracks: [
        vorbisTrack(vorbisPrivate([vorbisIdentification(RICH_VORBIS), vorbisComment(20), vorbisSetup(RICH_VORBIS)])),
      ],
      clusters: [
        { blocks: Array.from({ length: 9 }, (_, j) => ({ time: j * 30, frames: [vorbisPacket(j % 4, 20)] })) },
      ],
    }),
    Vorbis: file({
      docType: 'matroska',
      tracks: [vorbisTrack()],
      clusters: Array.from({ length: 5 }, (_, i) => ({
        time: i * 300,
        blocks: Array.from({ length: 9 }, (_, j) => ({ time: j * 30, frames: [vorbisPacket((i + j) % 2, 20)] })),
      })),
    }),
  };
}

/** AAC LC at 22.05 kHz under explicit band replication; and AAC LC whose channels a program config element tells. */
const HE_CONFIG = [0x2b, 0x92, 0x08, 0x00];
const CHANNELS_CONFIG = Array.from(
  programConfigFields(new BitString().put(2, 5).put(4, 4).put(0, 4).put(0, 3), { front: [true], side: [true] }).bytes(),
);

export function mp4Seeds(): Files {
  const sizes = Array.from({ length: 60 }, (_, i) => 20 + ((i * 37) % 90));
  const edits = [{ startTicks: 1024, movieTicks: 1200 }];
  const aac: TestTrack = { sizes, edits };
  const flac = flacStream({ blocks: [64, 64], channels: 1, bitsPerSample: 8 });
  const frameOf = (number: number) => flacFrame({ samples: 64, number, channels: 1, bitsPerSample: 8 });
  return {
    AAC: mp4File({ tracks: [aac] }).bytes,
    'moov last, gapless tag': mp4File({
      tracks: [{ sizes }],
      moovLast: true,
      gaplessTag: ' 00000000 00000840 000001C0 000000000000F000',
    }).bytes,
    'beside a video': mp4File({
      tracks: [
        { handler: 'vide', sizes: [200, 50, 60, 200, 90], perChunk: [1] },
        { ...aac, perChunk: [5, 1, 2] },
      ],
    }).bytes,
    'compact tables': mp4File({
      tracks: [{ sizes: sizes.map((size) => size % 15), sizeTable: 4, offsetTable: 'co64', wide: true, edits }],
      brand: 'qt  ',
      gapBytes: 3,
    }).bytes,
    'one size': mp4File({ tracks: [{ ...aac, sizes: sizes.map(() => 33), sizeTable: 'constant', perChunk: [4] }] })
      .bytes,
    'several descriptions': mp4File({
      tracks: [{ ...aac, entries: [aacEntry(), aacEntry(LC_CONFIG, { version: 1 })], descriptions: [1, 1, 1, 2] }],
    }).bytes,
    'HE-AAC, two tracks, edits': mp4File({
      tracks: [
        {
          sizes,
          entries: [aacEntry(HE_CONFIG)],
          edits: [
            { startTicks: -1, movieTicks: 50 },
            { startTicks: 2048, movieTicks: 600 },
            { startTicks: 9000, movieTicks: 300 },
          ],
        },
        { sizes: sizes.slice(0, 20), entries: [aacEntry(CHANNELS_CONFIG)], disabled: true },
      ],
    }).bytes,
    ALAC: mp4File({
      tracks: [
        {
          sizes: sizes.slice(0, 20),
          entries: [soundEntry('alac', [fullBox('alac', 0, 0, alacCookie())])],
          durations: [4096],
          data: (index, byteLength) => alacPacket(byteLength, index === 19 ? 100 : 4096),
        },
      ],
    }).bytes,
    Opus: mp4File({
      tracks: [
        {
          sizes,
          timescale: 48_000,
          durations: [960],
          entries: [soundEntry('Opus', [opusBox()], { sampleRate: 48_000 })],
          edits: [{ startTicks: 312, movieTicks: 0 }],
          data: (_, byteLength) => Uint8Array.from({ length: byteLength }, (__, i) => (i === 0 ? 0xf8 : i)),
        },
      ],
    }).bytes,
    FLAC: mp4File({
      tracks: [
        {
          sizes: Array.from({ length: 20 }, (_, i) => frameOf(i).length),
          durations: [64],
          data: (index) => frameOf(index),
          entries: [soundEntry('fLaC', [fullBox('dfLa', 0, 0, flac.bytes.subarray(4, 42))], { channels: 1 })],
        },
      ],
    }).bytes,
    fragments: fragmentedFile(
      { tracks: [{ sizes: [], edits: [{ startTicks: 1024, movieTicks: 0 }] }] },
      Array.from({ length: 6 }, (_, i) => [
        { startTicks: i * 5120, runs: [{ sizes: [20, 30, 7] }, { sizes: [44, 9], verbose: true, durations: [1024] }] },
      ]),
      { ticks: 1024 },
    ).bytes,
  };
}
