/** Files that hurt a scanner that does anything for each unit of them that a longer file makes longer: of any length. */
import { adtsFrame } from './adts-stream.ts';
import { aiffFile, commChunk, ssndChunk } from './aiff-file.ts';
import { asfFile, asfObject, GUIDS } from './asf-file.ts';
import { concat, flacFrame, flacFrameHeader, flacStream } from './flac-stream.ts';
import { clusterNode, matroskaFile, opusBlocks, opusClusters, opusFrame, written } from './matroska-file.ts';
import { big, box, fullBox } from './mp4-boxes.ts';
import { mp4File } from './mp4-file.ts';
import { fragment, fragmentedFile } from './mp4-fragments.ts';
import { apeTag, ascii, id3v1Tag, id3v2Tag, mpegFrame } from './mpeg-stream.ts';
import { oggLink, oggPage, opusHead, opusHeaders, opusPackets } from './ogg-stream.ts';
import { dataChunk, fmtChunk, wavFile } from './wav-file.ts';
import { wavpackBlock, wavpackStream } from './wavpack-stream.ts';

export type FuzzPattern = (byteLength: number) => Uint8Array;

/** `unit` again and again behind `head`. */
function repeating(head: Uint8Array, ...units: readonly Uint8Array[]): FuzzPattern {
  const unit = concat(...units);
  return (byteLength) => {
    const bytes = new Uint8Array(byteLength);
    bytes.set(head.subarray(0, byteLength));
    for (let at = head.length; at < byteLength; at += unit.length) bytes.set(unit.subarray(0, byteLength - at), at);
    return bytes;
  };
}

const NOTHING = new Uint8Array(0);

const adtsPatterns: Readonly<Record<string, FuzzPattern>> = {
  'adts: sync words': repeating(NOTHING, Uint8Array.of(0xff, 0xf1)),
  'adts: the smallest frames': repeating(NOTHING, adtsFrame({ payloadBytes: 1 })),
  'adts: headers of the longest frames': repeating(adtsFrame(), adtsFrame({ payloadBytes: 0, statedByteLength: 8191 })),
  'adts: frames and sync words': repeating(NOTHING, adtsFrame(), Uint8Array.of(0xff, 0xf1, 0xff)),
};

const mpegPatterns: Readonly<Record<string, FuzzPattern>> = {
  'mpeg: sync words': repeating(NOTHING, Uint8Array.of(0xff, 0xfb)),
  'mpeg: headers': repeating(mpegFrame(), mpegFrame().subarray(0, 4)),
  'mpeg: the smallest frames': repeating(NOTHING, mpegFrame({ version: 2, kbps: 8, sampleRate: 24_000, channels: 1 })),
  'mpeg: a frame and a header': repeating(NOTHING, mpegFrame({ kbps: 32 }), mpegFrame().subarray(0, 4)),
  'mpeg: tags': repeating(NOTHING, id3v2Tag(0), apeTag(0), id3v1Tag()),
  'mpeg: tags among frames': repeating(mpegFrame(), mpegFrame({ kbps: 32 }), id3v2Tag(0), id3v1Tag()),
  'mpeg: beginnings of lyrics': repeating(mpegFrame(), mpegFrame({ kbps: 32 }), ascii('LYRICSBEGIN')),
};

const flacHead = flacStream({ blocks: [64] }).bytes;
const flacTiny = flacFrame({ samples: 192, number: 0, coding: 'constant' });
const flacHuge = flacFrameHeader({ samples: 65_535, number: 1 });

const flacPatterns: Readonly<Record<string, FuzzPattern>> = {
  'flac: sync words': repeating(flacHead, Uint8Array.of(0xff, 0xf8)),
  'flac: headers of huge frames': repeating(flacHead, flacFrameHeader({ samples: 65_535, number: 1, channels: 8 })),
  'flac: headers of the smallest frames': repeating(flacHead, flacFrameHeader({ samples: 16, number: 1, channels: 1 })),
  'flac: frames of one number': repeating(flacHead, flacTiny),
  'flac: frames and headers of huge ones': repeating(flacHead, flacTiny, flacHuge),
  'flac: frames that decode without end': repeating(flacHead, flacTiny, flacHuge, Uint8Array.of(0x10, 0, 0, 0x10)),
  'flac: tiny metadata': repeating(ascii('fLaC'), Uint8Array.of(1, 0, 0, 0)),
};

const matroskaHead = matroskaFile({ clusters: opusClusters(1, 3), segmentSize: 'unknown' }).bytes;
const element = (id: number, byteLength = 0): Uint8Array => written([{ id, body: [new Uint8Array(byteLength)] }]).bytes;

const matroskaPatterns: Readonly<Record<string, FuzzPattern>> = {
  'matroska: empty elements': repeating(matroskaHead, element(0xec)),
  'matroska: empty clusters': repeating(matroskaHead, element(0x1f43b675)),
  'matroska: marks of clusters': repeating(matroskaHead, Uint8Array.of(0x1f, 0x43, 0xb6, 0x75)),
  'matroska: clusters without end': repeating(
    matroskaHead,
    written([clusterNode({ blocks: [], size: 'unknown' })]).bytes,
  ),
  'matroska: clusters of one block': repeating(
    matroskaHead,
    written([clusterNode({ blocks: opusBlocks(1, 3) })]).bytes,
  ),
  'matroska: blocks without frames': repeating(matroskaHead, element(0xa3, 4)),
  'matroska: groups without blocks': repeating(matroskaHead, element(0xa0, 2)),
  'matroska: blocks of many frames': repeating(
    matroskaHead,
    written([clusterNode({ blocks: [{ lacing: 'fixed', frames: new Array(200).fill(opusFrame(1)) }] })]).bytes,
  ),
  'matroska: unknown elements': repeating(matroskaHead, Uint8Array.of(0xc1, 0x80)),
  'matroska: what is no element': repeating(matroskaHead, Uint8Array.of(0)),
  'matroska: a header that does not end': repeating(matroskaHead.subarray(0, 60), element(0xec)),
};

const track = { sizes: [30, 40, 50], edits: [{ startTicks: 1024, movieTicks: 0 }] };
const mp4Head = mp4File({ tracks: [track] }).bytes;
const typeOf = (bytes: Uint8Array): string => String.fromCharCode(...bytes.subarray(4, 8));

/** A movie with a table of that many bytes. */
function withTable(type: string, table: (byteLength: number) => Uint8Array): FuzzPattern {
  return (byteLength) => {
    const tables = (boxes: Uint8Array[]) => boxes.map((given) => (typeOf(given) === type ? table(byteLength) : given));
    return mp4File({ tracks: [{ ...track, tables }] }).bytes;
  };
}

function tableOf(type: string, entryBytes: number, head: readonly number[], entry: readonly number[]): FuzzPattern {
  return withTable(type, (byteLength) => {
    const count = Math.floor(byteLength / entryBytes);
    const entries = repeating(NOTHING, Uint8Array.from(entry))(count * entryBytes);
    return fullBox(type, 0, 0, head, big(count, 4), entries);
  });
}

/** Boxes in boxes, as deep as there are bytes. */
const nestedBoxes: FuzzPattern = (byteLength) => {
  const bytes = new Uint8Array(byteLength);
  bytes.set(mp4Head);
  const view = new DataView(bytes.buffer);
  for (let at = mp4Head.length; at + 8 <= byteLength; at += 8) {
    view.setUint32(at, byteLength - at);
    bytes.set(ascii('moof'), at + 4);
  }
  return bytes;
};

const fragmented = fragmentedFile({ tracks: [track] }, [], { ticks: 1024, byteLength: 5 }).bytes;
const tinyFragment = fragment(0, [{ byteLength: 1, runs: [{ sizes: [1], terse: true }] }]).bytes;

const mp4Patterns: Readonly<Record<string, FuzzPattern>> = {
  'mp4: empty boxes': repeating(mp4Head, box('free')),
  'mp4: empty fragments': repeating(fragmented, box('moof')),
  'mp4: the smallest fragments': repeating(fragmented, tinyFragment),
  'mp4: boxes in boxes': nestedBoxes,
  'mp4: packets without bytes': tableOf('stsz', 4, big(0, 4), big(0, 4)),
  'mp4: packets behind the end': tableOf('stsz', 4, big(0, 4), big(0x7fffffff, 4)),
  'mp4: one packet a chunk': tableOf('stco', 4, [], big(1, 4)),
  'mp4: runs of no packets': tableOf('stts', 8, [], [...big(0, 4), ...big(1024, 4)]),
  'mp4: chunks of no packets': tableOf('stsc', 12, [], [...big(1, 4), ...big(0, 4), ...big(1, 4)]),
  'mp4: edits': (byteLength) =>
    mp4File({
      tracks: [{ sizes: [9, 9], edits: new Array(Math.floor(byteLength / 12)).fill({ startTicks: 1, movieTicks: 1 }) }],
    }).bytes,
  'mp4: empty tracks': (byteLength) =>
    mp4File({ tracks: [track], movieBoxes: [repeating(NOTHING, box('trak'))(byteLength)] }).bytes,
  'mp4: empty tags': (byteLength) =>
    mp4File({ tracks: [track], movieBoxes: [box('udta', repeating(NOTHING, box('meta'))(byteLength))] }).bytes,
};

const oggHead = concat(...oggLink({ headers: opusHeaders(), packets: opusPackets(8), last: false }));
const bodyOf = (byteLength: number): Uint8Array => new Uint8Array(byteLength).fill(0xf8);
const newStream = oggPage({ serial: 99, first: true, segments: [19], body: opusHead() });

const oggPatterns: Readonly<Record<string, FuzzPattern>> = {
  'ogg: marks of pages': repeating(oggHead, ascii('OggS')),
  'ogg: pages without packets': repeating(oggHead, oggPage({ segments: [], body: NOTHING })),
  'ogg: pages of empty packets': repeating(oggHead, oggPage({ segments: new Array(255).fill(0), body: NOTHING })),
  'ogg: pages of small packets': repeating(oggHead, oggPage({ segments: new Array(255).fill(1), body: bodyOf(255) })),
  'ogg: a packet without end': repeating(
    oggHead,
    oggPage({ continued: true, granule: -1, segments: new Array(9).fill(255), body: bodyOf(9 * 255) }),
  ),
  'ogg: streams without packets': repeating(oggHead, newStream),
  'ogg: links': repeating(NOTHING, oggHead),
  'ogg: pages of another stream': repeating(oggHead, oggPage({ serial: 4, segments: [1], body: bodyOf(1) })),
  'ogg: headers without end': repeating(
    concat(oggPage({ first: true, segments: [19], body: opusHead() })),
    oggPage({ sequence: 1, granule: -1, segments: [255], body: bodyOf(255) }),
  ),
};

const wavpackHead = wavpackStream([22_050, 22_050]).bytes;

const wavpackPatterns: Readonly<Record<string, FuzzPattern>> = {
  'wavpack: marks of blocks': repeating(wavpackHead, ascii('wvpk')),
  'wavpack: blocks without samples': repeating(wavpackHead, wavpackBlock({ samples: 0 })),
  'wavpack: blocks of one sample': repeating(wavpackHead, wavpackBlock({ samples: 1, payload: Uint8Array.of(0, 0) })),
  'wavpack: groups without end': repeating(wavpackHead, wavpackBlock({ samples: 9, final: false })),
  'wavpack: headers of the longest blocks': repeating(
    wavpackHead,
    wavpackBlock({ samples: 9, statedSize: 1_000_000 }).subarray(0, 32),
  ),
};

const asfObjects = Array.from({ length: 30 }, () => ({ bytes: new Uint8Array(50).fill(1) }));
const asfHead = asfFile({ objects: asfObjects, broadcast: true }).bytes;
const asfTiny = asfFile({ objects: asfObjects, layout: 'compressed', packetByteLength: 100, broadcast: true });

const asfPatterns: Readonly<Record<string, FuzzPattern>> = {
  'asf: marks of packets': repeating(asfHead, Uint8Array.of(0x82, 0, 0)),
  'asf: what is no packet': repeating(asfHead, Uint8Array.of(1)),
  'asf: the smallest packets': repeating(
    asfTiny.bytes.subarray(0, asfTiny.dataStartByte),
    asfTiny.bytes.subarray(asfTiny.dataStartByte),
  ),
  'asf: empty header objects': (byteLength) => {
    const empty = asfObject(GUIDS.contentDescription, []);
    return asfFile({ objects: asfObjects, headerObjects: new Array(Math.floor(byteLength / 24)).fill(empty) }).bytes;
  },
};

const tinyChunk = { id: 'LIST', body: NOTHING };

const chunkPatterns: Readonly<Record<string, FuzzPattern>> = {
  'wav: empty chunks before the sound': (byteLength) =>
    wavFile([fmtChunk(), ...new Array(Math.floor(byteLength / 8)).fill(tinyChunk), dataChunk(40)]),
  'wav: empty chunks behind the sound': (byteLength) =>
    wavFile([fmtChunk(), dataChunk(40), ...new Array(Math.floor(byteLength / 8)).fill(tinyChunk)]),
  'wav: one byte a sample': (byteLength) =>
    wavFile([fmtChunk({ bitsPerSample: 8, channels: 1 }), dataChunk(byteLength)]),
  'aiff: empty chunks before the sound': (byteLength) =>
    aiffFile([commChunk(), ...new Array(Math.floor(byteLength / 8)).fill(tinyChunk), ssndChunk(40)]),
  'aiff: empty chunks behind the sound': (byteLength) =>
    aiffFile([commChunk(), ssndChunk(40), ...new Array(Math.floor(byteLength / 8)).fill(tinyChunk)]),
};

const noisePatterns: Readonly<Record<string, FuzzPattern>> = {
  'noise: zeros': repeating(NOTHING, Uint8Array.of(0)),
  'noise: ones': repeating(NOTHING, Uint8Array.of(0xff)),
  'noise: tags': repeating(NOTHING, id3v2Tag(0)),
};

export const FUZZ_PATTERNS: Readonly<Record<string, FuzzPattern>> = {
  ...adtsPatterns,
  ...mpegPatterns,
  ...flacPatterns,
  ...matroskaPatterns,
  ...mp4Patterns,
  ...oggPatterns,
  ...wavpackPatterns,
  ...asfPatterns,
  ...chunkPatterns,
  ...noisePatterns,
};
