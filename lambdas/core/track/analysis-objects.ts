/**
 * The objects of an analysis: under `d/{track}/{revision}/analysis/{generation}/` the record (encodeAnalysis) and the pieces
 * of its series; what is saved of one under way lies beside the manifest, for us alone.
 */
import type { StoredSeries } from '../dsp/analysis.ts';
import { PIECE_RECORDS, type SeriesName, type SeriesPiece } from '../dsp/series.ts';
import { CuepointError } from '../errors.ts';
import type { ObjectStore } from '../ports.ts';
import { DERIVED_CACHE_CONTROL } from './derived-objects.ts';
import { revisionPrefix, savedAnalysisKey } from './object-keys.ts';

export type AnalysisName = { readonly trackId: string; readonly revision: string; readonly generation: number };

const LISTED_KEYS = 1000;
const CONTENT_TYPE = 'application/octet-stream';

function analysisPrefix({ trackId, revision, generation }: AnalysisName): string {
  return `${revisionPrefix(trackId, revision)}analysis/${generation}/`;
}

export function analysisRecordKey(name: AnalysisName): string {
  return `${analysisPrefix(name)}record.bin`;
}

function pieceKey(name: AnalysisName, series: SeriesName, number: number): string {
  return `${analysisPrefix(name)}${series}/${String(number).padStart(8, '0')}.bin`;
}

/** Stored again they are the same, to the byte. */
export async function storePiece(media: ObjectStore, name: AnalysisName, piece: SeriesPiece): Promise<void> {
  await storeBytes(media, pieceKey(name, piece.series, piece.number), piece.bytes);
}

/** To be stored last: whoever finds it finds all pieces. */
export async function storeAnalysisRecord(media: ObjectStore, name: AnalysisName, record: Uint8Array): Promise<void> {
  await storeBytes(media, analysisRecordKey(name), record);
}

export function readAnalysisRecord(media: ObjectStore, name: AnalysisName): Promise<Uint8Array | undefined> {
  return readObject(media, analysisRecordKey(name));
}

export async function saveAnalysis(media: ObjectStore, name: AnalysisName, state: Uint8Array): Promise<void> {
  await media.put(
    savedAnalysisKey(name.trackId, name.revision),
    { byteLength: state.length, parts: [state] },
    { contentType: CONTENT_TYPE, cacheControl: 'no-store' },
  );
}

export function readSavedAnalysis(media: ObjectStore, name: AnalysisName): Promise<Uint8Array | undefined> {
  return readObject(media, savedAnalysisKey(name.trackId, name.revision));
}

export async function forgetSavedAnalysis(media: ObjectStore, name: AnalysisName): Promise<void> {
  await media.delete(savedAnalysisKey(name.trackId, name.revision));
}

/**
 * Records [startRecord, endRecord) of a series, which lie inside of it, one behind the other. Throws `chunk_lost` when a
 * piece is missing or was cut.
 */
export async function readRecords(
  media: ObjectStore,
  name: AnalysisName,
  { name: series, recordBytes }: Pick<StoredSeries, 'name' | 'recordBytes'>,
  startRecord: number,
  endRecord: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array((endRecord - startRecord) * recordBytes);
  for (let record = startRecord; record < endRecord; ) {
    const number = Math.floor(record / PIECE_RECORDS);
    const first = number * PIECE_RECORDS;
    const end = Math.min(endRecord, first + PIECE_RECORDS);
    const target = bytes.subarray((record - startRecord) * recordBytes, (end - startRecord) * recordBytes);
    const key = pieceKey(name, series, number);
    await media.read(key, (record - first) * recordBytes, target).catch((cause: unknown) => {
      const isGone =
        cause instanceof CuepointError && (cause.code === 'source_missing' || cause.code === 'range_not_satisfiable');
      throw isGone
        ? new CuepointError('chunk_lost', 'a part of the analysis is missing; the next reconcile has it made anew', {
            cause,
          })
        : cause;
    });
    record = end;
  }
  return bytes;
}

/** False: of what the record of an analysis tells of, something is not there. One listing, as a rule. */
export async function hasAllPieces(
  media: ObjectStore,
  name: AnalysisName,
  series: readonly StoredSeries[],
): Promise<boolean> {
  const expected = series.reduce((sum, { records }) => sum + Math.ceil(records / PIECE_RECORDS), 1);
  let found = 0;
  let after: string | undefined;
  do {
    const prefix = analysisPrefix(name);
    const page = await media.list({ prefix, limit: LISTED_KEYS, ...(after === undefined ? {} : { after }) });
    found += page.objects.length;
    after = page.next;
  } while (after !== undefined);
  return found >= expected;
}

/** Copies all that an analysis is made of to another revision of the same audio, its record last. */
export async function copyAnalysis(
  media: ObjectStore,
  from: AnalysisName,
  to: AnalysisName,
  record: Uint8Array,
  series: readonly StoredSeries[],
): Promise<void> {
  for (const { name, records, recordBytes } of series) {
    for (let number = 0; number * PIECE_RECORDS < records; number++) {
      const startRecord = number * PIECE_RECORDS;
      const endRecord = Math.min(records, startRecord + PIECE_RECORDS);
      const bytes = await readRecords(media, from, { name, recordBytes }, startRecord, endRecord);
      await storePiece(media, to, { series: name, number, records: endRecord - startRecord, bytes });
    }
  }
  await storeAnalysisRecord(media, to, record);
}

async function storeBytes(media: ObjectStore, key: string, bytes: Uint8Array): Promise<void> {
  await media.put(
    key,
    { byteLength: bytes.length, parts: [bytes] },
    { contentType: CONTENT_TYPE, cacheControl: DERIVED_CACHE_CONTROL },
  );
}

async function readObject(media: ObjectStore, key: string): Promise<Uint8Array | undefined> {
  const object = await media.get(key);
  if (object === undefined) return undefined;
  const bytes = new Uint8Array(object.info.byteLength);
  let at = 0;
  for await (const part of object.body) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
