/** MP4 files box by box, as writers write them and as they get them wrong. */
import { concat } from './flac-stream.ts';
import { ascii, big, box, filler, fullBox, lasting } from './mp4-boxes.ts';
import { aacEntry } from './mp4-entries.ts';

export type TestEdit = { readonly startTicks: number; readonly movieTicks: number; readonly rate?: number };

export type TestTrack = {
  /** The whole sample entry; several make several descriptions. */
  readonly entries?: readonly Uint8Array[];
  readonly entriesVersion?: number;
  readonly handler?: string;
  readonly id?: number;
  readonly disabled?: boolean;
  readonly timescale?: number;
  /** Byte length of each sample. */
  readonly sizes: readonly number[];
  /** Ticks of each sample; the last one goes on. */
  readonly durations?: readonly number[];
  /** Samples of each chunk; the last one goes on. */
  readonly perChunk?: readonly number[];
  /** Description of each chunk; the last one goes on. */
  readonly descriptions?: readonly number[];
  readonly edits?: readonly TestEdit[];
  /** 64-bit edits and clocks. */
  readonly wide?: boolean;
  readonly sizeTable?: 'stsz' | 'constant' | 4 | 8 | 16;
  readonly offsetTable?: 'stco' | 'co64';
  /** The bytes of sample `index`. */
  readonly data?: (index: number, byteLength: number) => Uint8Array;
  /** Takes the sample table's boxes and gives others. */
  readonly tables?: (boxes: Uint8Array[]) => Uint8Array[];
};

export type TestMovie = {
  readonly tracks: readonly TestTrack[];
  readonly brand?: string | null;
  readonly moovLast?: boolean;
  readonly movieTimescale?: number;
  /** Text of an iTunSMPB tag. */
  readonly gaplessTag?: string;
  /** Further boxes inside `moov`, `udta` among them. */
  readonly movieBoxes?: readonly Uint8Array[];
  /** Zeros between two chunks. */
  readonly gapBytes?: number;
  /** Boxes behind everything else: fragments. */
  readonly behind?: readonly Uint8Array[];
  /** Takes the places of the chunks of each track and gives others. */
  readonly offsets?: (offsets: number[], track: number) => number[];
};

export type Placed = { readonly startByte: number; readonly byteLength: number };

export type TestFile = {
  readonly bytes: Uint8Array;
  /** By track. */
  readonly samples: readonly (readonly Placed[])[];
};

/** Chunks of the tracks take turns in one `mdat`. */
export function mp4File(movie: TestMovie): TestFile {
  const { tracks, brand = 'M4A ', moovLast = false, gapBytes = 0, behind = [] } = movie;
  const head = brand === null ? new Uint8Array(0) : box('ftyp', ascii(brand), big(512, 4), ascii(`${brand}isom`));
  const moovOf = (offsets: number[][]): Uint8Array => {
    const given = offsets.map((chunks, track) => movie.offsets?.(chunks, track) ?? chunks);
    return movieBox(movie, given);
  };
  const media = mediaData(tracks, gapBytes);
  // Its length does not depend on what the offsets are.
  const moovBytes = moovOf(media.chunkBytes).length;
  const mediaByte = head.length + (moovLast ? 0 : moovBytes) + 8;
  const moov = moovOf(media.chunkBytes.map((chunks) => chunks.map((byte) => byte + mediaByte)));
  const mdat = box('mdat', media.body);
  const samples = media.samples.map((placed) =>
    placed.map(({ startByte, byteLength }) => ({ startByte: startByte + mediaByte, byteLength })),
  );
  return { bytes: concat(head, ...(moovLast ? [mdat, moov] : [moov, mdat]), ...behind), samples };
}

function mediaData(tracks: readonly TestTrack[], gapBytes: number) {
  const parts: Uint8Array[] = [];
  const chunkBytes: number[][] = tracks.map(() => []);
  const samples: Placed[][] = tracks.map(() => []);
  let byte = 0;
  const put = (part: Uint8Array): void => {
    parts.push(part);
    byte += part.length;
  };
  const chunked = tracks.map(chunksOf);
  const rounds = Math.max(0, ...chunked.map((chunks) => chunks.length));
  for (let round = 0; round < rounds; round++) {
    for (const [index, track] of tracks.entries()) {
      const chunk = chunked[index]?.[round];
      if (chunk === undefined) continue;
      chunkBytes[index]?.push(byte);
      for (const sample of chunk) {
        const byteLength = track.sizes[sample] ?? 0;
        samples[index]?.push({ startByte: byte, byteLength });
        put(track.data?.(sample, byteLength) ?? filler(byteLength, sample));
      }
      put(new Uint8Array(gapBytes));
    }
  }
  const body = new Uint8Array(byte);
  let at = 0;
  for (const part of parts) {
    body.set(part, at);
    at += part.length;
  }
  return { body, chunkBytes, samples };
}

/** The indices of the samples of each chunk. */
function chunksOf({ sizes, perChunk = [3] }: TestTrack): number[][] {
  const chunks: number[][] = [];
  for (let sample = 0; sample < sizes.length; ) {
    const count = lasting(perChunk, chunks.length) ?? 1;
    chunks.push(Array.from({ length: Math.min(count, sizes.length - sample) }, (_, i) => sample + i));
    sample += count;
  }
  return chunks;
}

function movieBox(movie: TestMovie, offsets: readonly (readonly number[])[]): Uint8Array {
  const { tracks, movieTimescale = 1000, gaplessTag, movieBoxes = [] } = movie;
  return box(
    'moov',
    fullBox('mvhd', 0, 0, big(0, 8), big(movieTimescale, 4), big(0, 84)),
    ...tracks.map((track, index) => trackBox(track, index + 1, offsets[index] ?? [])),
    ...movieBoxes,
    ...(gaplessTag === undefined ? [] : [box('udta', metaBox(gaplessItem(gaplessTag)))]),
  );
}

export function gaplessItem(text: string, name = 'iTunSMPB'): Uint8Array {
  return box(
    '----',
    fullBox('mean', 0, 0, ascii('com.apple.iTunes')),
    fullBox('name', 0, 0, ascii(name)),
    box('data', big(1, 4), big(0, 4), ascii(text)),
  );
}

export function metaBox(...items: Uint8Array[]): Uint8Array {
  const handler = fullBox('hdlr', 0, 0, big(0, 4), ascii('mdirappl'), big(0, 9));
  return fullBox('meta', 0, 0, handler, box('ilst', ...items));
}

function trackBox(track: TestTrack, ordinal: number, offsets: readonly number[]): Uint8Array {
  const { handler = 'soun', id = ordinal, disabled = false, timescale = 44100, edits, wide = false } = track;
  const ticks = track.sizes.reduce((sum, _, index) => sum + durationOf(track, index), 0);
  const clock = wide
    ? fullBox('mdhd', 1, 0, big(0, 16), big(timescale, 4), big(ticks, 8), big(0, 4))
    : fullBox('mdhd', 0, 0, big(0, 8), big(timescale, 4), big(ticks, 4), big(0, 4));
  const header = wide
    ? fullBox('tkhd', 1, disabled ? 0 : 3, big(0, 16), big(id, 4), big(0, 72))
    : fullBox('tkhd', 0, disabled ? 0 : 3, big(0, 8), big(id, 4), big(0, 68));
  const media = box(
    'mdia',
    clock,
    fullBox('hdlr', 0, 0, big(0, 4), ascii(handler), big(0, 13)),
    box('minf', fullBox('smhd', 0, 0, big(0, 4)), box('stbl', ...tableBoxes(track, offsets))),
  );
  return box('trak', header, ...(edits === undefined ? [] : [box('edts', editList(edits, wide))]), media);
}

function editList(edits: readonly TestEdit[], wide: boolean): Uint8Array {
  const width = wide ? 8 : 4;
  const entries = edits.flatMap(({ startTicks, movieTicks, rate = 1 }) => [
    ...big(movieTicks, width),
    ...(wide
      ? [...big(startTicks < 0 ? -1 : Math.floor(startTicks / 2 ** 32), 4), ...big(startTicks, 4)]
      : big(startTicks, 4)),
    ...big(rate, 2),
    ...big(0, 2),
  ]);
  return fullBox('elst', wide ? 1 : 0, 0, big(edits.length, 4), entries);
}

function tableBoxes(track: TestTrack, offsets: readonly number[]): Uint8Array[] {
  const { entries = [aacEntry()], entriesVersion = 0, offsetTable = 'stco', tables = (boxes) => boxes } = track;
  const width = offsetTable === 'co64' ? 8 : 4;
  return tables([
    fullBox('stsd', entriesVersion, 0, big(entries.length, 4), ...entries),
    durationTable(track),
    chunkTable(track),
    sizeTable(track),
    fullBox(
      offsetTable,
      0,
      0,
      big(offsets.length, 4),
      offsets.flatMap((byte) => big(byte, width)),
    ),
  ]);
}

function durationOf({ durations = [1024] }: TestTrack, index: number): number {
  return lasting(durations, index) ?? 0;
}

function durationTable(track: TestTrack): Uint8Array {
  const runs: { count: number; ticks: number }[] = [];
  for (const index of track.sizes.keys()) {
    const ticks = durationOf(track, index);
    const last = runs.at(-1);
    if (last?.ticks === ticks) last.count++;
    else runs.push({ count: 1, ticks });
  }
  return fullBox(
    'stts',
    0,
    0,
    big(runs.length, 4),
    runs.flatMap(({ count, ticks }) => [...big(count, 4), ...big(ticks, 4)]),
  );
}

function chunkTable(track: TestTrack): Uint8Array {
  const runs: { first: number; samples: number; description: number }[] = [];
  for (const [index, chunk] of chunksOf(track).entries()) {
    const description = lasting(track.descriptions ?? [1], index) ?? 1;
    const last = runs.at(-1);
    if (last?.samples === chunk.length && last.description === description) continue;
    runs.push({ first: index + 1, samples: chunk.length, description });
  }
  const entries = runs.flatMap((run) => [...big(run.first, 4), ...big(run.samples, 4), ...big(run.description, 4)]);
  return fullBox('stsc', 0, 0, big(runs.length, 4), entries);
}

function sizeTable({ sizes, sizeTable: kind = 'stsz' }: TestTrack): Uint8Array {
  if (kind === 'stsz')
    return fullBox(
      'stsz',
      0,
      0,
      big(0, 4),
      big(sizes.length, 4),
      sizes.flatMap((size) => big(size, 4)),
    );
  if (kind === 'constant') return fullBox('stsz', 0, 0, big(sizes[0] ?? 0, 4), big(sizes.length, 4));
  const entries =
    kind === 4
      ? Array.from(
          { length: Math.ceil(sizes.length / 2) },
          (_, i) => ((sizes[2 * i] ?? 0) << 4) | (sizes[2 * i + 1] ?? 0),
        )
      : sizes.flatMap((size) => big(size, kind / 8));
  return fullBox('stz2', 0, 0, [0, 0, 0, kind], big(sizes.length, 4), entries);
}
