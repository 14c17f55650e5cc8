/** A track of the movie: ISO/IEC 14496-12, section 8.3 to 8.5. */
import { CuepointError } from '../../errors.ts';
import { type Box, type BoxReader, uint64 } from './box.ts';
import { type Edit, readEditList } from './edit-list.ts';
import { readSampleDescription, type SampleDescription } from './sample-entry.ts';
import { readSampleTable, type SampleTable } from './sample-table.ts';

export type Track = {
  readonly id: number;
  /** Ticks a second of this track's clock. */
  readonly timescale: number;
  /** What the header says of its length; 0 where it was written before that was known. */
  readonly statedTicks: number;
  readonly description: SampleDescription;
  readonly table: SampleTable;
  readonly edit: Edit | undefined;
};

/** What is known of any track before its codec is looked at. */
export type TrackOutline = {
  readonly enabled: boolean;
  /** `soun`, `vide`, `text` … */
  readonly handler: string;
  readonly boxes: { readonly tkhd: Box; readonly mdia: Box; readonly edts?: Box | undefined };
};

const ENABLED_FLAG = 1;

/** `null`: without a header or media, a track is nothing. */
export async function readTrackOutline(reader: BoxReader, box: Box): Promise<TrackOutline | null> {
  const { tkhd, mdia, edts } = await reader.findIn(box, ['tkhd', 'mdia', 'edts']);
  if (tkhd === undefined || mdia === undefined) return null;
  const { hdlr } = await reader.findIn(mdia, ['hdlr']);
  const flags = (await reader.body(tkhd, 4)).bytes[3] ?? 0;
  const handler = hdlr === undefined ? '' : String.fromCharCode(...(await reader.body(hdlr, 12)).bytes.subarray(8));
  return { enabled: (flags & ENABLED_FLAG) !== 0, handler, boxes: { tkhd, mdia, edts } };
}

/** Throws `malformed_header`, `unsupported_codec` or `drm_protected`. */
export async function readAudioTrack(reader: BoxReader, { boxes }: TrackOutline): Promise<Track> {
  const { mdhd, minf } = await reader.findIn(boxes.mdia, ['mdhd', 'minf']);
  const stbl = minf && (await reader.findIn(minf, ['stbl'])).stbl;
  const stsd = stbl && (await reader.findIn(stbl, ['stsd'])).stsd;
  const clock = mdhd && (await readClock(reader, mdhd));
  if (stbl === undefined || stsd === undefined || clock === undefined || clock.timescale === 0) {
    const missing = mdhd === undefined || clock?.timescale === 0 ? 'clock (mdhd)' : 'sample table (stbl, stsd)';
    throw new CuepointError(
      'malformed_header',
      `the MP4's audio track has no readable ${missing}, so its audio cannot be found; upload the whole file`,
    );
  }
  const description = await readSampleDescription(reader, stsd);
  const { elst } = boxes.edts === undefined ? {} : await reader.findIn(boxes.edts, ['elst']);
  return {
    id: await readTrackId(reader, boxes.tkhd),
    timescale: clock.timescale,
    statedTicks: clock.statedTicks,
    description,
    table: await readSampleTable(reader, stbl),
    edit: elst && (await readEditList(reader, elst)),
  };
}

/** Of `mdhd` and `mvhd`, which begin alike. `undefined`: cut. */
export async function readClock(
  reader: BoxReader,
  box: Box,
): Promise<{ timescale: number; statedTicks: number } | undefined> {
  const { view } = await reader.body(box, 32);
  const wide = view.byteLength > 0 && view.getUint8(0) === 1;
  if (view.byteLength < (wide ? 32 : 20)) return undefined;
  if (wide) return { timescale: view.getUint32(20), statedTicks: known(uint64(view, 24), 2 ** 64) };
  return { timescale: view.getUint32(12), statedTicks: known(view.getUint32(16), 2 ** 32 - 1) };
}

/** All ones: not known. */
function known(ticks: number, unknown: number): number {
  return ticks === unknown ? 0 : ticks;
}

async function readTrackId(reader: BoxReader, tkhd: Box): Promise<number> {
  const { view } = await reader.body(tkhd, 24);
  const wide = view.byteLength > 0 && view.getUint8(0) === 1;
  return view.byteLength === 24 ? view.getUint32(wide ? 20 : 12) : 0;
}
