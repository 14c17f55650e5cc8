/**
 * The sample description of a track: ISO/IEC 14496-12, sections 8.5.2 and 12.2.3, and QuickTime's sound sample
 * descriptions, which are longer in their versions 1 and 2 and may keep the codec's box inside a `wave` box.
 */
import { CuepointError } from '../../errors.ts';
import type { Box, BoxReader } from './box.ts';
import { parseElementaryStream } from './elementary-stream-descriptor.ts';
import { aacCodec, alacCodec, type EntryFields, flacCodec, opusCodec, type TrackCodec } from './track-codec.ts';
import { unsupportedEntry, unsupportedStream } from './unsupported-codec.ts';

export type SampleDescription = {
  readonly codec: TrackCodec;
  /** Which of the track's sample descriptions (counted from 1) are the very one that `codec` is of. */
  readonly indices: ReadonlySet<number>;
};

/** Version, flags, number of entries. */
const TABLE_HEADER_BYTES = 8;
/** Six reserved bytes and a data reference, then the fields that all audio has. */
const AUDIO_FIELDS_BYTES = 28;
/** What QuickTime's versions of the entry add, behind those fields. */
const QUICKTIME_FIELDS_BYTES: Readonly<Record<number, number>> = { 1: 16, 2: 36 };

/** Larger than any codec's box as far as it matters. */
const MAX_CONFIG_BYTES = 4096;

/** Entries that are compared with the first; what only joined files have, and then few. */
const MAX_COMPARED_ENTRIES = 16;
const MAX_COMPARED_BYTES = 1 << 14;

const ENCRYPTED: ReadonlySet<string> = new Set(['enca', 'drms', 'aavd']);
/** MPEG-4 audio, and MPEG-2 AAC Main, LC and SSR. */
const AAC_STREAMS: ReadonlySet<number> = new Set([0x40, 0x66, 0x67, 0x68]);

/**
 * `table`: the track's `stsd`; its first entry counts. Throws `drm_protected`, `unsupported_codec` (by name) or
 * `malformed_header`.
 */
export async function readSampleDescription(reader: BoxReader, table: Box): Promise<SampleDescription> {
  const { view } = await reader.body(table, TABLE_HEADER_BYTES);
  if (view.byteLength < TABLE_HEADER_BYTES) throw cutEntry(view.byteLength);
  const tableVersion = view.getUint8(0);
  const entriesByte = table.bodyByte + TABLE_HEADER_BYTES;
  const entry = await reader.boxAt(entriesByte, table.endByte);
  if (entry === null || entry.cut) throw cutEntry(table.endByte - entriesByte);
  const codec = await readEntry(reader, entry, tableVersion);
  return { codec, indices: await equalEntries(reader, entry, table.endByte) };
}

async function readEntry(reader: BoxReader, entry: Box, tableVersion: number): Promise<TrackCodec> {
  const { view } = await reader.body(entry, AUDIO_FIELDS_BYTES);
  if (view.byteLength < AUDIO_FIELDS_BYTES) throw cutEntry(view.byteLength);
  // The version counts only in QuickTime's own descriptions: ISO's version 1 is announced by the table's version.
  const quickTimeVersion = tableVersion === 0 ? view.getUint16(8) : 0;
  const fieldBytes = AUDIO_FIELDS_BYTES + (QUICKTIME_FIELDS_BYTES[quickTimeVersion] ?? 0);
  const children = { startByte: entry.bodyByte + fieldBytes, endByte: entry.endByte };
  const direct = await reader.find(children, ['esds', 'alac', 'dfLa', 'dOps', 'wave', 'sinf']);
  if (ENCRYPTED.has(entry.type) || direct.sinf !== undefined) {
    throw new CuepointError(
      'drm_protected',
      `the MP4's audio is encrypted (${entry.type}), and only who sold it has the key; upload a file without copy protection`,
    );
  }
  const found =
    direct.wave === undefined ? direct : { ...(await reader.findIn(direct.wave, ['esds', 'alac'])), ...direct };
  const fields = { channels: view.getUint16(16), sampleRate: view.getUint32(24) / 2 ** 16 };
  const body = async (box: Box | undefined): Promise<Uint8Array> =>
    box === undefined ? new Uint8Array(0) : (await reader.body(box, MAX_CONFIG_BYTES)).bytes;
  switch (entry.type) {
    case 'mp4a':
      return streamCodec(await body(found.esds), fields);
    case 'alac':
      return alacCodec(await body(found.alac));
    case 'fLaC':
      return flacCodec(await body(found.dfLa));
    case 'Opus':
      return opusCodec(await body(found.dOps));
    default:
      throw unsupportedEntry(entry.type);
  }
}

function streamCodec(body: Uint8Array, fields: EntryFields): TrackCodec {
  const stream = parseElementaryStream(body);
  if (stream === null) {
    throw new CuepointError(
      'malformed_header',
      "the MP4's audio track has no readable esds box, so its codec is unknown; export the file again",
    );
  }
  if (!AAC_STREAMS.has(stream.objectTypeIndication)) throw unsupportedStream(stream.objectTypeIndication);
  return aacCodec(stream.decoderSpecificInfo, fields);
}

/** Joined files repeat one description under several numbers. */
async function equalEntries(reader: BoxReader, first: Box, endByte: number): Promise<ReadonlySet<number>> {
  const indices = new Set([1]);
  const byteLength = first.endByte - first.startByte;
  if (byteLength > MAX_COMPARED_BYTES) return indices;
  const expected = (await reader.peek(first.startByte, byteLength)).slice();
  let index = 2;
  for await (const entry of reader.boxes(first.endByte, endByte)) {
    if (index > MAX_COMPARED_ENTRIES) break;
    if (entry.endByte - entry.startByte === byteLength) {
      const bytes = await reader.peek(entry.startByte, byteLength);
      if (expected.every((byte, i) => bytes[i] === byte)) indices.add(index);
    }
    index++;
  }
  return indices;
}

function cutEntry(byteLength: number): CuepointError {
  return new CuepointError(
    'malformed_header',
    `the description of the MP4's audio is cut after ${byteLength} bytes, so its codec is unknown; upload the whole file`,
  );
}
