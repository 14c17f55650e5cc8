/** Small files of every format, of every kind that its scanner treats in its own way: what is mutated. */
import { adtsFrame, programConfigBlock } from './adts-stream.ts';
import { aiffFile, commChunk, ssndChunk } from './aiff-file.ts';
import { concat, flacStream } from './flac-stream.ts';
import type { FuzzFormat } from './fuzz-fields.ts';
import type { FuzzSeed } from './fuzz-mutations.ts';
import { FuzzRandom } from './fuzz-random.ts';
import { matroskaSeeds, mp4Seeds } from './fuzz-seeds-boxed.ts';
import { asfSeeds, oggSeeds, wavpackSeeds } from './fuzz-seeds-paged.ts';
import { apeTag, id3v1Tag, id3v2Tag, infoFrame, junk, lyrics3Tag, MpegStream, mpegFrame } from './mpeg-stream.ts';
import { dataChunk, ds64Chunk, fmtChunk, wavFile } from './wav-file.ts';

type Files = Readonly<Record<string, Uint8Array>>;

/** In a fixed order: with another list, cases are other ones. */
export function madeSeeds(): FuzzSeed[] {
  const formats: readonly (readonly [FuzzFormat, Files])[] = [
    ['adts', adtsSeeds()],
    ['aiff', aiffSeeds()],
    ['asf', asfSeeds()],
    ['flac', flacSeeds()],
    ['matroska', matroskaSeeds()],
    ['mp4', mp4Seeds()],
    ['mpeg', mpegSeeds()],
    ['noise', noiseSeeds()],
    ['ogg', oggSeeds()],
    ['wav', wavSeeds()],
    ['wavpack', wavpackSeeds()],
  ];
  return formats.flatMap(([format, files]) =>
    Object.entries(files).map(([name, bytes]) => ({ format, name: `${format}: ${name}`, bytes })),
  );
}

function repeated(count: number, unit: (index: number) => Uint8Array): Uint8Array {
  return concat(...Array.from({ length: count }, (_, index) => unit(index)));
}

function adtsSeeds(): Files {
  const varied = (index: number) => adtsFrame({ payloadBytes: 20 + ((index * 37) % 200) });
  return {
    frames: repeated(60, varied),
    tagged: concat(id3v2Tag(300), repeated(20, varied), apeTag(40), id3v1Tag()),
    'with checksums': repeated(30, () => adtsFrame({ crc: true, mpeg2: true, sampleRate: 24_000 })),
    'several blocks a frame': repeated(20, () => adtsFrame({ rawBlocks: 3, payloadBytes: 200 })),
    'channels in the stream': repeated(20, () =>
      adtsFrame({ channelConfiguration: 0, payload: programConfigBlock({ front: [true], back: [false] }) }),
    ),
    'between junk': concat(junk(200), repeated(20, varied), junk(500), repeated(20, varied)),
  };
}

function aiffSeeds(): Files {
  return {
    plain: aiffFile([commChunk({ samples: 1000 }), ssndChunk(4000)]),
    'sound first, with an offset': aiffFile([ssndChunk(1200, { offset: 100 }), commChunk({ samples: 300 })]),
    'AIFF-C': aiffFile(
      [commChunk({ samples: 500, compression: 'sowt', compressionName: 'x' }), ssndChunk(2000)],
      'AIFC',
    ),
    'among other chunks': concat(
      id3v2Tag(50),
      aiffFile([
        { id: 'NAME', body: Uint8Array.of(1, 2, 3) },
        commChunk({ samples: 100, bits: 24, channels: 6 }),
        { id: 'ANNO', body: new Uint8Array(300) },
        ssndChunk(1800),
        { id: 'ID3 ', body: new Uint8Array(41) },
      ]),
    ),
  };
}

function flacSeeds(): Files {
  const blocks = Array.from({ length: 25 }, (_, i) => (i === 24 ? 77 : 192));
  const metadata = [
    { type: 3, body: new Uint8Array(36) },
    { type: 4, body: new Uint8Array(200) },
    { type: 1, body: new Uint8Array(900) },
  ];
  const low = { channels: 1, bitsPerSample: 8 } as const;
  const tiny = flacStream({ ...low, blocks: blocks.map(() => 40), coding: 'fixed' }).bytes;
  return {
    verbatim: flacStream({ ...low, blocks }).bytes,
    'constant, with metadata': flacStream({ blocks: blocks.map(() => 4096), coding: 'constant', metadata }).bytes,
    'variable blocks': flacStream({ ...low, blocks: blocks.map((_, i) => 30 + i * 7), variable: true, coding: 'lpc' })
      .bytes,
    'no STREAMINFO': flacStream({ blocks: [64, 64, 64, 64, 20], streamInfo: false }).bytes,
    'no total, terse, tagged': concat(
      id3v2Tag(100),
      flacStream({ ...low, blocks, terse: true, streamInfo: { totalSamples: 0 } }).bytes,
      id3v1Tag(),
    ),
    'changing rate': concat(
      flacStream({ ...low, blocks: [99, 99, 99] }).bytes,
      flacStream({ ...low, blocks: [99, 99], firstNumber: 3, sampleRate: 48_000 }).bytes.subarray(42),
    ),
    tiny,
  };
}

function mpegSeeds(): Files {
  const small = { kbps: 32, version: 2, sampleRate: 24_000, channels: 1 } as const;
  const reservoir = new MpegStream();
  for (let i = 0; i < 30; i++) reservoir.frame({ kbps: i % 3 === 0 ? 64 : 32, mainDataBegin: (i * 53) % 300 });
  const info = { frames: 20, byteLength: 3000, toc: true, quality: true, writer: 'LAME', delaySamples: 576 } as const;
  return {
    frames: new MpegStream().frame(small, 40).bytes(),
    reservoir: reservoir.bytes(),
    'Xing and tags': new MpegStream()
      .add(id3v2Tag(200), infoFrame({ ...info, paddingSamples: 900 }))
      .frame({ kbps: 32 }, 20)
      .add(lyrics3Tag(90), apeTag(60), id3v1Tag())
      .bytes(),
    VBRI: new MpegStream()
      .add(infoFrame({ mark: 'VBRI', frames: 10, byteLength: 1000 }))
      .frame(small, 10)
      .bytes(),
    'layer II': new MpegStream().frame({ layer: 2, kbps: 64, channels: 1, crc: true }, 20).bytes(),
    'layer I': new MpegStream().frame({ layer: 1, kbps: 64 }, 20).bytes(),
    'between junk': new MpegStream().add(junk(300)).frame(small, 15).add(junk(400)).frame(small, 15).bytes(),
    'old lyrics': new MpegStream().frame(small, 12).add(lyrics3Tag(300, 1), id3v1Tag()).bytes(),
    'free format': repeated(12, () => mpegFrame({ kbps: 0 }, 200)),
  };
}

function noiseSeeds(): Files {
  const sync = Uint8Array.from({ length: 4000 }, (_, i) => (i % 2 === 0 ? 0xff : 0xfb));
  return {
    noise: new FuzzRandom(7).bytes(4000),
    zeros: new Uint8Array(3000),
    text: Uint8Array.from('Once upon a time there was a file without any sound. '.repeat(40), (c) => c.charCodeAt(0)),
    'sync words': sync,
    'a byte': Uint8Array.of(0x49),
  };
}

function wavSeeds(): Files {
  return {
    plain: wavFile([fmtChunk(), dataChunk(4000)]),
    RF64: wavFile(
      [ds64Chunk(3000), fmtChunk({ bitsPerSample: 24 }), dataChunk(3000, { statedByteLength: 0xffffffff })],
      'RF64',
    ),
    'extensible, float': wavFile([
      fmtChunk({ tag: 3, bitsPerSample: 32, extensible: { channelMask: 3 } }),
      dataChunk(2400),
    ]),
    'among other chunks': wavFile([
      { id: 'LIST', body: new Uint8Array(99) },
      fmtChunk({ tag: 7, bitsPerSample: 8, channels: 1 }),
      { id: 'fact', body: new Uint8Array(4) },
      dataChunk(1501),
      { id: 'LIST', body: new Uint8Array(33) },
    ]),
    'no length': wavFile([fmtChunk({ channels: 1 }), dataChunk(2000, { statedByteLength: 0 })]),
  };
}
