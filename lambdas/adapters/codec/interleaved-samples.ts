/**
 * From FFmpeg's sample formats to the two kinds of samples that the Decoder port speaks of.
 *
 * Spec: https://ffmpeg.org/doxygen/trunk/group__lavu__sampfmts.html
 */

/** Sample formats by FFmpeg's names, each at its number (AVSampleFormat); a trailing `p` means one plane a channel. */
export const SAMPLE_FORMATS = ['u8', 's16', 's32', 'flt', 'dbl', 'u8p', 's16p', 's32p', 'fltp', 'dblp'] as const;
export type SampleFormat = (typeof SAMPLE_FORMATS)[number];

/** Where a plane's samples go in the interleaved target: to `first`, `first + stride` … */
type Places = { readonly count: number; readonly first: number; readonly stride: number };

/**
 * `samples` samples a channel, interleaved: integers left-justified in 32 bits (8 bits are unsigned with zero at 128),
 * floats as they are. Doubles are rounded to the nearest float. `planes`: one of all channels, or one a channel for the
 * planar formats; each may be longer than its samples. Always a copy.
 */
export function interleavedSamples(
  planes: readonly Uint8Array[],
  format: SampleFormat,
  samples: number,
  channels: number,
): Int32Array | Float32Array {
  const planar = format.endsWith('p');
  const planeCount = planar ? channels : 1;
  if (planes.length < planeCount) {
    throw new RangeError(`${planes.length} planes for ${channels} channels of ${format}`);
  }
  const integers = new Int32Array(samples * channels);
  const floats = new Float32Array(integers.buffer);
  for (const [channel, plane] of planes.slice(0, planeCount).entries()) {
    const places = planar
      ? { count: samples, first: channel, stride: channels }
      : { count: samples * channels, first: 0, stride: 1 };
    place(plane, format, places, integers, floats);
  }
  return /^(flt|dbl)/.test(format) ? floats : integers;
}

/** `integers` and `floats` are the same memory. Planes are in the machine's byte order, as FFmpeg writes them. */
function place(plane: Uint8Array, format: SampleFormat, places: Places, integers: Int32Array, floats: Float32Array) {
  const { count } = places;
  switch (format) {
    case 'u8':
    case 'u8p':
      return placeBytes(plane.subarray(0, count), integers, places);
    case 's16':
    case 's16p':
      return placeShorts(viewed(Int16Array, plane, count), integers, places);
    case 's32':
    case 's32p':
    // Floats are copied as the words they are.
    case 'flt':
    case 'fltp':
      return placeWords(viewed(Int32Array, plane, count), integers, places);
    case 'dbl':
    case 'dblp':
      return placeDoubles(viewed(Float64Array, plane, count), floats, places);
  }
}

// One loop for each kind of array: engines compile a loop that sees several kinds to code ten times slower.

function placeBytes(source: Uint8Array, target: Int32Array, { count, first, stride }: Places): void {
  for (let i = 0, at = first; i < count; i++, at += stride) target[at] = ((source[i] ?? 0) - 128) << 24;
}

function placeShorts(source: Int16Array, target: Int32Array, { count, first, stride }: Places): void {
  for (let i = 0, at = first; i < count; i++, at += stride) target[at] = (source[i] ?? 0) << 16;
}

function placeWords(source: Int32Array, target: Int32Array, { count, first, stride }: Places): void {
  if (stride === 1) target.set(source, first);
  else for (let i = 0, at = first; i < count; i++, at += stride) target[at] = source[i] ?? 0;
}

function placeDoubles(source: Float64Array, target: Float32Array, { count, first, stride }: Places): void {
  for (let i = 0, at = first; i < count; i++, at += stride) target[at] = source[i] ?? 0;
}

type ViewConstructor<View> = {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): View;
};

/** A view where the plane lies on a multiple of its sample's size; typed arrays cannot begin elsewhere, so else a copy. */
function viewed<View>(View: ViewConstructor<View>, plane: Uint8Array, count: number): View {
  const aligned = plane.byteOffset % View.BYTES_PER_ELEMENT === 0 ? plane : Uint8Array.from(plane);
  return new View(aligned.buffer, aligned.byteOffset, count);
}
