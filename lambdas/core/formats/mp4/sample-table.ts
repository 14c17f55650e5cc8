/** Where a track's samples lie: ISO/IEC 14496-12, sections 8.6.1 (stts), 8.7.3 (stsz, stz2), 8.7.4 (stsc), 8.7.5 (stco). */
import { CuepointError } from '../../errors.ts';
import type { ByteSource } from '../../ports.ts';
import type { Box, BoxReader } from './box.ts';
import { FieldCursor } from './field-cursor.ts';

/** Entries of one width, as many as lie inside the box whatever it says. */
type Table = { readonly startByte: number; readonly count: number };

export type SampleTable = {
  readonly durations: Table;
  readonly chunkRuns: Table;
  /** Where each chunk begins; entries of 4 or 8 bytes. */
  readonly chunks: Table & { readonly entryBytes: 4 | 8 };
  /** `constantBytes` 0: entries of `entryBits`. */
  readonly sizes: Table & { readonly constantBytes: number; readonly entryBits: number };
};

const RUN_ENTRY_BYTES = 8;
const CHUNK_RUN_ENTRY_BYTES = 12;

/**
 * The tables in a track's `stbl`; nothing of their entries is read. Throws `malformed_header` when one is missing.
 */
export async function readSampleTable(reader: BoxReader, sampleTable: Box): Promise<SampleTable> {
  const boxes = await reader.findIn(sampleTable, ['stts', 'stsc', 'stsz', 'stz2', 'stco', 'co64']);
  const sizes = boxes.stsz ?? boxes.stz2;
  const chunks = boxes.stco ?? boxes.co64;
  if (boxes.stts === undefined) throw missing('stts', sampleTable);
  if (boxes.stsc === undefined) throw missing('stsc', sampleTable);
  if (sizes === undefined) throw missing('stsz', sampleTable);
  if (chunks === undefined) throw missing('stco', sampleTable);
  const entryBytes = chunks.type === 'co64' ? 8 : 4;
  return {
    durations: await readTable(reader, boxes.stts, 4, RUN_ENTRY_BYTES),
    chunkRuns: await readTable(reader, boxes.stsc, 4, CHUNK_RUN_ENTRY_BYTES),
    chunks: { ...(await readTable(reader, chunks, 4, entryBytes)), entryBytes },
    sizes: await readSizes(reader, sizes),
  };
}

async function readSizes(reader: BoxReader, box: Box): Promise<SampleTable['sizes']> {
  const { view } = await reader.body(box, 8);
  if (view.byteLength < 8) throw missing(box.type, box);
  const compact = box.type === 'stz2';
  const entryBits = compact ? view.getUint8(7) : 32;
  if (entryBits !== 4 && entryBits !== 8 && entryBits !== 16 && entryBits !== 32) {
    throw new CuepointError(
      'malformed_header',
      `the MP4 states the sizes of its samples in ${entryBits} bits, where 4, 8 or 16 were expected; export the file again`,
    );
  }
  const constantBytes = compact ? 0 : view.getUint32(4);
  const table = await readTable(reader, box, 8, constantBytes > 0 ? 0 : entryBits / 8);
  return { ...table, constantBytes, entryBits };
}

/** `countOffset`: where in the body, in front of the entries, their number stands. */
async function readTable(reader: BoxReader, box: Box, countOffset: number, entryBytes: number): Promise<Table> {
  const { view } = await reader.body(box, countOffset + 4);
  if (view.byteLength < countOffset + 4) throw missing(box.type, box);
  const startByte = box.bodyByte + countOffset + 4;
  const stated = view.getUint32(countOffset);
  const fitting = entryBytes === 0 ? stated : Math.floor((box.endByte - startByte) / entryBytes);
  return { startByte, count: Math.min(stated, fitting) };
}

function missing(type: string, { startByte, cut }: Box): CuepointError {
  const why = cut ? 'the file is cut there' : 'it is not there';
  return new CuepointError(
    'malformed_header',
    `the MP4 has no readable ${type} table behind byte ${startByte} (${why}), so its audio cannot be found; upload the whole file`,
  );
}

/** The byte length of each sample, in order. */
export class SampleSizes {
  readonly #cursor: FieldCursor | null;
  readonly #table: SampleTable['sizes'];
  readonly #entryBytes: number;
  #index = 0;

  private constructor(cursor: FieldCursor | null, table: SampleTable['sizes']) {
    this.#cursor = cursor;
    this.#table = table;
    this.#entryBytes = Math.ceil(table.entryBits / 8);
  }

  static async open(source: ByteSource, table: SampleTable['sizes'], blockBytes: number): Promise<SampleSizes> {
    if (table.constantBytes > 0) return new SampleSizes(null, table);
    const endByte = table.startByte + Math.ceil((table.count * table.entryBits) / 8);
    return new SampleSizes(await FieldCursor.open(source, table.startByte, endByte, blockBytes), table);
  }

  get left(): number {
    return this.#table.count - this.#index;
  }

  /** Whether `take` can be called without `prepare`. */
  get ready(): boolean {
    return this.#cursor === null || this.#cursor.holds(this.#entryByte(), this.#entryBytes);
  }

  async prepare(): Promise<void> {
    await this.#cursor?.hold(this.#entryByte(), this.#entryBytes);
  }

  take(): number {
    const { constantBytes, entryBits } = this.#table;
    const cursor = this.#cursor;
    const byte = this.#entryByte();
    const index = this.#index++;
    if (cursor === null) return constantBytes;
    if (entryBits === 32) return cursor.uint32(byte);
    if (entryBits === 16) return cursor.uint16(byte);
    if (entryBits === 8) return cursor.uint8(byte);
    return index % 2 === 0 ? cursor.uint8(byte) >> 4 : cursor.uint8(byte) & 15;
  }

  #entryByte(): number {
    return this.#table.startByte + Math.floor((this.#index * this.#table.entryBits) / 8);
  }
}

/** How long each sample lasts, in runs of equal ones. The last run goes on where the table ends too early. */
export class SampleDurations {
  readonly #cursor: FieldCursor;
  readonly #endByte: number;
  #byte: number;
  /** Samples of this run still to come. */
  left = 0;
  ticks = 0;

  private constructor(cursor: FieldCursor, { startByte, count }: Table) {
    this.#cursor = cursor;
    this.#byte = startByte;
    this.#endByte = startByte + count * RUN_ENTRY_BYTES;
  }

  static async open(source: ByteSource, table: Table, blockBytes: number): Promise<SampleDurations> {
    const endByte = table.startByte + table.count * RUN_ENTRY_BYTES;
    return new SampleDurations(await FieldCursor.open(source, table.startByte, endByte, blockBytes), table);
  }

  /** To be called when none are left: the next run that is not empty. */
  async nextRun(): Promise<void> {
    while (this.left === 0) {
      if (this.#byte >= this.#endByte) {
        this.left = Number.POSITIVE_INFINITY;
        return;
      }
      if (!this.#cursor.holds(this.#byte, RUN_ENTRY_BYTES)) await this.#cursor.hold(this.#byte, RUN_ENTRY_BYTES);
      this.left = this.#cursor.uint32(this.#byte);
      this.ticks = this.#cursor.uint32(this.#byte + 4);
      this.#byte += RUN_ENTRY_BYTES;
    }
  }
}

/** The chunks, which are runs of samples that lie one behind the other, in order. */
export class SampleChunks {
  readonly #offsets: FieldCursor;
  readonly #runs: FieldCursor;
  readonly #table: SampleTable;
  #chunk = 0;
  #run = 0;
  startByte = 0;
  samples = 0;
  descriptionIndex = 0;

  private constructor(offsets: FieldCursor, runs: FieldCursor, table: SampleTable) {
    this.#offsets = offsets;
    this.#runs = runs;
    this.#table = table;
  }

  static async open(source: ByteSource, table: SampleTable, blockBytes: number): Promise<SampleChunks> {
    const { chunks, chunkRuns } = table;
    const chunksEndByte = chunks.startByte + chunks.count * chunks.entryBytes;
    const runsEndByte = chunkRuns.startByte + chunkRuns.count * CHUNK_RUN_ENTRY_BYTES;
    const offsets = await FieldCursor.open(source, chunks.startByte, chunksEndByte, blockBytes);
    return new SampleChunks(
      offsets,
      await FieldCursor.open(source, chunkRuns.startByte, runsEndByte, blockBytes),
      table,
    );
  }

  /** `false`: there is no further chunk. */
  async next(): Promise<boolean> {
    const { chunks, chunkRuns } = this.#table;
    if (this.#chunk >= chunks.count || chunkRuns.count === 0) return false;
    // The first run holds from the first chunk on, whatever number it carries.
    while (this.#run < chunkRuns.count && (this.#run === 0 || (await this.#begins()))) {
      const byte = this.#runByte();
      await this.#runs.hold(byte, CHUNK_RUN_ENTRY_BYTES);
      this.samples = this.#runs.uint32(byte + 4);
      this.descriptionIndex = this.#runs.uint32(byte + 8);
      this.#run++;
    }
    const byte = chunks.startByte + this.#chunk * chunks.entryBytes;
    if (!this.#offsets.holds(byte, chunks.entryBytes)) await this.#offsets.hold(byte, chunks.entryBytes);
    this.startByte = chunks.entryBytes === 8 ? this.#offsets.uint64(byte) : this.#offsets.uint32(byte);
    this.#chunk++;
    return true;
  }

  /** Whether the next run holds from this chunk on. */
  async #begins(): Promise<boolean> {
    const byte = this.#runByte();
    if (!this.#runs.holds(byte, CHUNK_RUN_ENTRY_BYTES)) await this.#runs.hold(byte, CHUNK_RUN_ENTRY_BYTES);
    return this.#runs.uint32(byte) <= this.#chunk + 1;
  }

  #runByte(): number {
    return this.#table.chunkRuns.startByte + this.#run * CHUNK_RUN_ENTRY_BYTES;
  }
}
