/** What precedes the clusters: EBML header, Segment, Info, Tracks (RFC 9559, section 4.5 and 5.1). */
import { CuepointError } from '../../errors.ts';
import type { ByteSource } from '../../ports.ts';
import { textOf, unsignedOf } from './ebml.ts';
import { ID, SEGMENT_CHILDREN } from './element-ids.ts';
import { ElementReader, type PlacedElement } from './element-reader.ts';
import { readTrackEntry, readUnsigned, type TrackEntry } from './track-entry.ts';

export type DocType = 'webm' | 'matroska';

export type SegmentHeader = {
  readonly docType: DocType;
  readonly timestampScaleNs: number;
  readonly tracks: readonly TrackEntry[];
  /** Where the first cluster is, or what precedes it goes astray, or the file ends. */
  readonly clustersStartByte: number;
  /** Where the Segment ends by its own account; `Infinity` when it was written without knowing (live). */
  readonly segmentEndByte: number;
};

const MAX_DOC_TYPE_BYTES = 16;

const DEFAULT_TIMESTAMP_SCALE_NS = 1_000_000;

/** No file is known to have half as many. */
const MAX_TRACKS = 256;

/** The limits that every other Matroska file keeps to, and the only ones whose elements can be told apart here. */
const MAX_ID_LENGTH = 4;
const MAX_SIZE_LENGTH = 8;

/** `null`: neither Matroska nor WebM. Throws `malformed_header` where no Tracks precede the first cluster. */
export async function readSegmentHeader(source: ByteSource): Promise<SegmentHeader | null> {
  const reader = new ElementReader(source);
  const ebml = await reader.element(0, source.byteLength);
  if (ebml === null || ebml.id !== ID.EBML) return null;
  const docType = await readDocType(reader, ebml);
  if (docType === null) return null;
  const segment = await findSegment(reader, ebml.endByte, source.byteLength);
  const found = await readSegment(reader, segment);
  if (found.tracks === undefined) {
    throw new CuepointError(
      'malformed_header',
      `the ${docType} file describes no tracks before byte ${found.clustersStartByte}, where its audio would begin or its header goes astray; upload the whole file, or write it again with mkvmerge`,
    );
  }
  return { docType, ...found, tracks: found.tracks, segmentEndByte: segment.endByte };
}

async function readDocType(reader: ElementReader, ebml: PlacedElement): Promise<DocType | null> {
  let docType: DocType | null = null;
  let readable = true;
  for await (const child of reader.children(ebml)) {
    if (child.id === ID.DOC_TYPE) {
      const name = textOf(await reader.body(child, MAX_DOC_TYPE_BYTES));
      docType = name === 'webm' || name === 'matroska' ? name : null;
    } else if (child.id === ID.EBML_MAX_ID_LENGTH) {
      readable &&= (await readUnsigned(reader, child)) <= MAX_ID_LENGTH;
    } else if (child.id === ID.EBML_MAX_SIZE_LENGTH) {
      readable &&= (await readUnsigned(reader, child)) <= MAX_SIZE_LENGTH;
    }
  }
  if (docType === null || readable) return docType;
  throw new CuepointError(
    'malformed_header',
    `the ${docType} file says that its element IDs are longer than ${MAX_ID_LENGTH} bytes or its sizes longer than ${MAX_SIZE_LENGTH}, which no Matroska file has; write it again with mkvmerge`,
  );
}

/** The Segment may reach beyond the file, which is then cut, and Void elements may stand before it. */
async function findSegment(reader: ElementReader, fromByte: number, byteLength: number): Promise<PlacedElement> {
  for (let at = fromByte; ; ) {
    const element = await reader.header(at);
    if (element?.id === ID.SEGMENT) return element;
    if (element === null || element.id !== ID.VOID || element.endByte > byteLength) break;
    at = element.endByte;
  }
  const header = Number.isFinite(fromByte) ? `that ends at byte ${fromByte} of ${byteLength}` : 'of unknown length';
  throw new CuepointError('malformed_header', `no Segment follows the EBML header ${header}; upload the whole file`);
}

type SegmentFindings = {
  readonly timestampScaleNs: number;
  readonly tracks: readonly TrackEntry[] | undefined;
  readonly clustersStartByte: number;
};

async function readSegment(reader: ElementReader, segment: PlacedElement): Promise<SegmentFindings> {
  let timestampScaleNs = DEFAULT_TIMESTAMP_SCALE_NS;
  let tracks: readonly TrackEntry[] | undefined;
  let at = segment.bodyByte;
  for (;;) {
    const element = await reader.element(at, Number.POSITIVE_INFINITY);
    if (element === null || element.id === ID.CLUSTER || element.endByte === Number.POSITIVE_INFINITY) break;
    const known = SEGMENT_CHILDREN.has(element.id) || element.id === ID.VOID || element.id === ID.CRC_32;
    // Once the tracks are known, what looks like no element of a Segment is left to those who search for a cluster.
    if (!known && tracks !== undefined) break;
    if (element.id === ID.INFO) timestampScaleNs = await readTimestampScale(reader, element);
    if (element.id === ID.TRACKS) tracks ??= await readTracks(reader, element);
    at = element.endByte;
  }
  return { timestampScaleNs, tracks, clustersStartByte: at };
}

async function readTimestampScale(reader: ElementReader, info: PlacedElement): Promise<number> {
  for await (const child of reader.children(info)) {
    if (child.id !== ID.TIMESTAMP_SCALE) continue;
    const scaleNs = unsignedOf(await reader.body(child, 8));
    if (scaleNs > 0 && Number.isSafeInteger(scaleNs)) return scaleNs;
  }
  return DEFAULT_TIMESTAMP_SCALE_NS;
}

async function readTracks(reader: ElementReader, element: PlacedElement): Promise<readonly TrackEntry[]> {
  const tracks: TrackEntry[] = [];
  for await (const child of reader.children(element)) {
    const track = child.id === ID.TRACK_ENTRY ? await readTrackEntry(reader, child) : undefined;
    // Without a number there is no way to tell which blocks are the track's.
    if (track !== undefined && track.number > 0 && Number.isSafeInteger(track.number)) tracks.push(track);
    if (tracks.length === MAX_TRACKS) break;
  }
  return tracks;
}
