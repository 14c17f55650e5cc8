/** Fragments of MP4 files, in every form that writers give them. */
import { concat } from './flac-stream.ts';
import { big, box, filler, fullBox, lasting } from './mp4-boxes.ts';
import { mp4File, type Placed, type TestFile, type TestMovie } from './mp4-file.ts';

export type TestRun = {
  readonly sizes: readonly number[];
  /** Left to the fragment's default when absent. */
  readonly durations?: readonly number[];
  /** Sizes left to the fragment's default. */
  readonly terse?: boolean;
  /** `false`: not said, so behind the run before it. */
  readonly placed?: boolean;
  /** Also sample flags and composition offsets, and the first sample's flags. */
  readonly verbose?: boolean;
};

export type TestTrackFragment = {
  readonly id?: number;
  readonly base?: 'moof' | 'explicit' | 'implicit';
  readonly startTicks?: number;
  readonly wide?: boolean;
  readonly ticks?: number;
  readonly byteLength?: number;
  readonly description?: number;
  readonly runs: readonly TestRun[];
};

/**
 * `moof` and `mdat`, to lie at `startByte` of a file; runs lie one behind the other in the order of the tracks.
 * `samples`: by track fragment.
 */
export function fragment(startByte: number, tracks: readonly TestTrackFragment[]): TestFile {
  const layout = (dataByte: number): { moof: Uint8Array; samples: Placed[][] } => {
    let at = dataByte;
    const samples: Placed[][] = [];
    const boxes = tracks.map((track) => {
      const placed: Placed[] = [];
      samples.push(placed);
      const runs = track.runs.map((run) => {
        const runByte = at;
        for (const byteLength of run.sizes) {
          placed.push({ startByte: at, byteLength });
          at += byteLength;
        }
        return runBox(run, runByte - startByte);
      });
      return box('traf', fragmentHeader(track, startByte), ...fragmentTime(track), ...runs);
    });
    return { moof: box('moof', fullBox('mfhd', 0, 0, big(1, 4)), ...boxes), samples };
  };
  const { moof, samples } = layout(startByte + layout(0).moof.length + 8);
  const sizes = tracks.flatMap(({ runs }) => runs.flatMap((run) => [...run.sizes]));
  return { bytes: concat(moof, box('mdat', ...sizes.map((size, index) => filler(size, index)))), samples };
}

function fragmentHeader(track: TestTrackFragment, startByte: number): Uint8Array {
  const { id = 1, base = 'moof', description, ticks, byteLength } = track;
  const flags =
    (base === 'explicit' ? 0x1 : 0) |
    (description === undefined ? 0 : 0x2) |
    (ticks === undefined ? 0 : 0x8) |
    (byteLength === undefined ? 0 : 0x10) |
    (base === 'moof' ? 0x20000 : 0);
  const field = (value: number | undefined): number[] => (value === undefined ? [] : big(value, 4));
  const baseByte = base === 'explicit' ? big(startByte, 8) : [];
  return fullBox('tfhd', 0, flags, big(id, 4), baseByte, field(description), field(ticks), field(byteLength));
}

function fragmentTime({ startTicks, wide = false }: TestTrackFragment): Uint8Array[] {
  if (startTicks === undefined) return [];
  return [fullBox('tfdt', wide ? 1 : 0, 0, big(startTicks, wide ? 8 : 4))];
}

function runBox(
  { sizes, durations, terse = false, placed = true, verbose = false }: TestRun,
  offset: number,
): Uint8Array {
  const flags =
    (placed ? 0x1 : 0) | (durations ? 0x100 : 0) | (terse ? 0 : 0x200) | (verbose ? 0x4 | 0x400 | 0x800 : 0);
  const entries = sizes.flatMap((size, index) => [
    ...(durations ? big(lasting(durations, index) ?? 0, 4) : []),
    ...(terse ? [] : big(size, 4)),
    ...(verbose ? [...big(0x02000000, 4), ...big(0, 4)] : []),
  ]);
  const head = [...(placed ? big(offset, 4) : []), ...(verbose ? big(0x02000000, 4) : [])];
  return fullBox('trun', 0, flags, big(sizes.length, 4), head, entries);
}

/** A movie whose samples are in fragments; `mvex` with these defaults. */
export function fragmentedFile(
  movie: Omit<TestMovie, 'behind' | 'moovLast'>,
  fragments: readonly (readonly TestTrackFragment[])[],
  defaults: { readonly ticks?: number; readonly byteLength?: number } = {},
): TestFile {
  const extension = box('mvex', ...movie.tracks.map((_, index) => fragmentDefaults(index + 1, defaults)));
  const start = mp4File({ ...movie, movieBoxes: [...(movie.movieBoxes ?? []), extension] });
  const parts = [start.bytes];
  const samples = start.samples.map((placed) => [...placed]);
  let byte = start.bytes.length;
  for (const tracks of fragments) {
    const made = fragment(byte, tracks);
    for (const [index, track] of tracks.entries()) samples[(track.id ?? 1) - 1]?.push(...(made.samples[index] ?? []));
    parts.push(made.bytes);
    byte += made.bytes.length;
  }
  return { bytes: concat(...parts), samples };
}

function fragmentDefaults(
  id: number,
  { ticks = 0, byteLength = 0 }: { ticks?: number; byteLength?: number },
): Uint8Array {
  return fullBox('trex', 0, 0, big(id, 4), big(1, 4), big(ticks, 4), big(byteLength, 4), big(0, 4));
}
