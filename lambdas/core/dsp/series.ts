/**
 * What grows with a track: records of one size, appended one by one, given away in pieces of a fixed number of records.
 * Record r of a series is in piece floor(r / PIECE_RECORDS), so that a reader finds it without a directory.
 */
import type { FieldReader, FieldWriter } from './byte-fields.ts';

/** 27 minutes of steps, a minute and a half of the finest waveform at 44.1 kHz. */
export const PIECE_RECORDS = 16_384;

export type SeriesName = 'steps' | 'silences' | 'waveform-0' | 'waveform-1' | 'waveform-2';

/** Bytes that will not change any more. */
export type SeriesPiece = {
  readonly series: SeriesName;
  readonly number: number;
  readonly records: number;
  readonly bytes: Uint8Array;
};

/** Bytes [startByte, endByte) of the piece `number`. */
export type PieceWindow = { readonly number: number; readonly startByte: number; readonly endByte: number };

/** Where records [startRecord, endRecord) of a series are, piece by piece. */
export function pieceWindows(startRecord: number, endRecord: number, recordBytes: number): PieceWindow[] {
  const windows: PieceWindow[] = [];
  for (let record = startRecord; record < endRecord; ) {
    const number = Math.floor(record / PIECE_RECORDS);
    const first = number * PIECE_RECORDS;
    const end = Math.min(endRecord, first + PIECE_RECORDS);
    windows.push({ number, startByte: (record - first) * recordBytes, endByte: (end - first) * recordBytes });
    record = end;
  }
  return windows;
}

export class SeriesWriter {
  readonly name: SeriesName;
  readonly recordBytes: number;
  #piece: Uint8Array;
  #view: DataView;
  #recordsInPiece = 0;
  #pieces = 0;

  constructor(name: SeriesName, recordBytes: number) {
    this.name = name;
    this.recordBytes = recordBytes;
    this.#piece = new Uint8Array(PIECE_RECORDS * recordBytes);
    this.#view = new DataView(this.#piece.buffer);
  }

  get records(): number {
    return this.#pieces * PIECE_RECORDS + this.#recordsInPiece;
  }

  /** Has `write` fill the next record, at `offset` of `view`; answers the piece that it completed. */
  append(write: (view: DataView, offset: number) => void): SeriesPiece | undefined {
    write(this.#view, this.#recordsInPiece * this.recordBytes);
    this.#recordsInPiece++;
    return this.#recordsInPiece === PIECE_RECORDS ? this.#takePiece() : undefined;
  }

  /** The last piece, `undefined` where the one before was the last. */
  finish(): SeriesPiece | undefined {
    return this.#recordsInPiece === 0 ? undefined : this.#takePiece();
  }

  save(state: FieldWriter): void {
    state.f64(this.#pieces).f64(this.#recordsInPiece);
    state.array(this.#piece.subarray(0, this.#recordsInPiece * this.recordBytes));
  }

  restore(state: FieldReader): void {
    this.#pieces = state.f64();
    this.#recordsInPiece = state.count(PIECE_RECORDS - 1);
    state.array(this.#piece.subarray(0, this.#recordsInPiece * this.recordBytes));
  }

  #takePiece(): SeriesPiece {
    const bytes = this.#piece.slice(0, this.#recordsInPiece * this.recordBytes);
    const piece = { series: this.name, number: this.#pieces, records: this.#recordsInPiece, bytes };
    this.#pieces++;
    this.#recordsInPiece = 0;
    return piece;
  }
}
