/** Movie fragments: ISO/IEC 14496-12, section 8.8. */
import { CuepointError } from '../../errors.ts';
import type { ByteSource } from '../../ports.ts';
import type { Packets } from '../format.ts';
import { type Box, MAX_HEADER_BYTES } from './box.ts';
import { FieldCursor, TABLE_BLOCK_BYTES } from './field-cursor.ts';
import { readRunLayout } from './fragment-run.ts';
import type { FragmentDefaults } from './movie.ts';
import type { PacketColumns } from './packet-columns.ts';
import type { Track } from './track.ts';

/** Where time is missing between fragments. */
export type Gap = { readonly count: number; readonly byte: number; readonly sample: number; readonly ticks: number };

const TRACK_HAS = { baseByte: 0x1, descriptionIndex: 0x2, ticks: 0x8, byteLength: 0x10 } as const;
const BASE_IS_FRAGMENT = 0x20000;
const MAX_TRACK_HEADER_BYTES = 32;

/** Clocks of fragments differ by a packet or two where their writer began anew; more than this is heard. */
const MAX_DRIFT_SECONDS = 0.1;

/** The part of a fragment that is one track's. */
type TrackFragment = {
  mine: boolean;
  descriptionIndex: number;
  ticks: number;
  byteLength: number;
  /** What data offsets are counted from. */
  baseByte: number;
  /** Where the samples of the next run begin, when it does not say. */
  nextByte: number;
};

/** Where the walk is: boxes are entered two deep. */
type Inside = {
  moof: Box | undefined;
  traf: Box | undefined;
  /**
   * Where neither says otherwise, the first track's data are counted from the fragment's beginning, and those of each
   * other track follow what the one before it has.
   */
  implicitBaseByte: number;
  fragment: TrackFragment;
};

/** Walks a file's boxes from behind its header; reads those of fragments, and of the audio nothing. */
export class FragmentWalk {
  readonly #source: ByteSource;
  readonly #track: Track;
  readonly #defaults: FragmentDefaults;
  readonly #packets: PacketColumns;
  readonly #blockBytes: number;
  /** The time at which the track's next sample should begin; `undefined`: before the first. */
  #nextTicks: number | undefined;

  /** The time at which the fragments begin. */
  firstTicks = 0;
  gap: Gap | undefined;
  /** The boxes end where the file does, but the last one would go on. */
  cut = false;
  /** From here on to the end are no boxes. */
  astrayByte: number | undefined;

  constructor(
    source: ByteSource,
    track: Track,
    defaults: FragmentDefaults,
    packets: PacketColumns,
    blockBytes?: number,
  ) {
    this.#source = source;
    this.#track = track;
    this.#defaults = defaults;
    this.#packets = packets;
    this.#blockBytes = Math.min(blockBytes ?? TABLE_BLOCK_BYTES, TABLE_BLOCK_BYTES);
    if (packets.packetCount > 0) this.#nextTicks = packets.ticks + packets.emptyTicks;
  }

  /** Adds the samples of all fragments to the columns, and yields these when they are full. */
  async *batches(startByte: number): AsyncGenerator<Packets, void, undefined> {
    const { byteLength } = this.#source;
    const cursor = await FieldCursor.open(this.#source, startByte, byteLength, this.#blockBytes);
    const inside: Inside = { moof: undefined, traf: undefined, implicitBaseByte: 0, fragment: emptyFragment(0) };
    let at = startByte;
    for (;;) {
      const parent = inside.traf ?? inside.moof;
      const endByte = parent?.endByte ?? byteLength;
      if (!cursor.holds(at, MAX_HEADER_BYTES)) await cursor.hold(at, MAX_HEADER_BYTES);
      const box = cursor.boxAt(at, endByte);
      if (box !== null) {
        if (parent === undefined) this.cut = box.cut;
        if (enters(inside, box)) {
          at = box.bodyByte;
          continue;
        }
        if (inside.traf !== undefined) yield* this.#readField(cursor, box, inside);
        if (this.#packets.stop !== undefined) return;
        at = box.endByte;
      } else if (parent !== undefined) {
        leave(inside);
        at = endByte;
      } else {
        // Less than a header is what is left of one, unless the file ends just there.
        if (byteLength - at >= 8) this.astrayByte = at;
        else if (byteLength > at) this.cut = true;
        return;
      }
    }
  }

  /** A box inside of a track's part of a fragment. */
  async *#readField(
    cursor: FieldCursor,
    box: Box,
    { moof, fragment }: Inside,
  ): AsyncGenerator<Packets, void, undefined> {
    switch (box.type) {
      case 'tfhd':
        await this.#readHeader(cursor, box, moof?.startByte ?? 0, fragment);
        break;
      case 'tfdt':
        if (fragment.mine) await this.#readTime(cursor, box);
        break;
      case 'trun':
        yield* this.#readRun(cursor, box, fragment);
        break;
    }
  }

  async #readHeader(cursor: FieldCursor, box: Box, moofByte: number, fragment: TrackFragment): Promise<void> {
    const byteLength = Math.min(MAX_TRACK_HEADER_BYTES, box.endByte - box.bodyByte);
    if (byteLength < 8 || !(await cursor.hold(box.bodyByte, byteLength))) return;
    const flags = cursor.uint32(box.bodyByte) & 0xffffff;
    fragment.mine = cursor.uint32(box.bodyByte + 4) === this.#track.id;
    let at = box.bodyByte + 8;
    const field = (present: number, fallback: number): number => {
      if ((flags & present) === 0 || at + 4 > box.endByte) return fallback;
      at += 4;
      return cursor.uint32(at - 4);
    };
    if ((flags & BASE_IS_FRAGMENT) !== 0) fragment.baseByte = moofByte;
    if ((flags & TRACK_HAS.baseByte) !== 0 && at + 8 <= box.endByte) {
      fragment.baseByte = cursor.uint64(at);
      at += 8;
    }
    fragment.descriptionIndex = field(TRACK_HAS.descriptionIndex, this.#defaults.descriptionIndex);
    fragment.ticks = field(TRACK_HAS.ticks, this.#defaults.ticks);
    fragment.byteLength = field(TRACK_HAS.byteLength, this.#defaults.byteLength);
    fragment.nextByte = fragment.baseByte;
  }

  /** `tfdt`: when the fragment's samples begin. Silence is not counted for what is missing before them. */
  async #readTime(cursor: FieldCursor, box: Box): Promise<void> {
    const byteLength = Math.min(12, box.endByte - box.bodyByte);
    if (byteLength < 8 || !(await cursor.hold(box.bodyByte, byteLength))) return;
    const wide = cursor.uint8(box.bodyByte) === 1;
    if (wide && byteLength < 12) return;
    const ticks = wide ? cursor.uint64(box.bodyByte + 4) : cursor.uint32(box.bodyByte + 4);
    if (this.#nextTicks === undefined) {
      this.firstTicks = ticks;
    } else {
      const drift = ticks - this.#nextTicks;
      if (drift < -MAX_DRIFT_SECONDS * this.#track.timescale) throw backwards(box.startByte);
      if (drift > MAX_DRIFT_SECONDS * this.#track.timescale) this.#noteGap(box.startByte, drift);
    }
    this.#nextTicks = ticks;
  }

  #noteGap(byte: number, ticks: number): void {
    const first = this.gap ?? { count: 0, byte, sample: this.#packets.decodedSamples, ticks: 0 };
    this.gap = { ...first, count: first.count + 1, ticks: first.ticks + ticks };
  }

  async *#readRun(cursor: FieldCursor, box: Box, fragment: TrackFragment): AsyncGenerator<Packets, void, undefined> {
    const run = await readRunLayout(cursor, box);
    if (run === null) return;
    const { count, entryBytes, ticksOffset, lengthOffset, dataOffset } = run;
    const { mine } = fragment;
    if (dataOffset !== undefined) fragment.nextByte = fragment.baseByte + dataOffset;
    if (mine && !this.#track.description.indices.has(fragment.descriptionIndex)) {
      this.#packets.stop = { kind: 'description', startByte: fragment.nextByte };
      return;
    }
    // Without sizes of their own there is nothing to go through one by one, whatever their number, unless they are served.
    if (lengthOffset === undefined && (!mine || fragment.byteLength === 0)) {
      if (mine) this.#passEmpty(count, fragment.ticks);
      fragment.nextByte += count * fragment.byteLength;
      return;
    }
    let entryByte = run.firstEntryByte;
    for (let index = 0; index < count; index++, entryByte += entryBytes) {
      if (!cursor.holds(entryByte, entryBytes) && !(await cursor.hold(entryByte, entryBytes))) return;
      const ticks = ticksOffset === undefined ? fragment.ticks : cursor.uint32(entryByte + ticksOffset);
      const byteLength = lengthOffset === undefined ? fragment.byteLength : cursor.uint32(entryByte + lengthOffset);
      const startByte = fragment.nextByte;
      fragment.nextByte += byteLength;
      if (!mine) continue;
      if (this.#packets.full) {
        const batch = this.#packets.take();
        if (batch !== null) yield batch;
      }
      if (!this.#packets.add(startByte, byteLength, ticks)) await this.#packets.addLooked(startByte, byteLength, ticks);
      if (this.#packets.stop !== undefined) return;
      this.#nextTicks = (this.#nextTicks ?? 0) + ticks;
    }
  }

  #passEmpty(count: number, ticks: number): void {
    this.#packets.addEmpty(count, ticks);
    this.#nextTicks = (this.#nextTicks ?? 0) + count * ticks;
  }
}

/** Steps into the box when it is one whose boxes matter. */
function enters(inside: Inside, box: Box): boolean {
  if (inside.moof === undefined) {
    if (box.type !== 'moof') return false;
    inside.moof = box;
    inside.implicitBaseByte = box.startByte;
    return true;
  }
  if (inside.traf !== undefined || box.type !== 'traf') return false;
  inside.traf = box;
  inside.fragment = emptyFragment(inside.implicitBaseByte);
  return true;
}

function leave(inside: Inside): void {
  if (inside.traf === undefined) {
    inside.moof = undefined;
  } else {
    inside.traf = undefined;
    inside.implicitBaseByte = inside.fragment.nextByte;
  }
}

/** `mine` is false until a header says so: runs before it are nobody's. */
function emptyFragment(baseByte: number): TrackFragment {
  return { mine: false, descriptionIndex: 0, ticks: 0, byteLength: 0, baseByte, nextByte: baseByte };
}

function backwards(byte: number): CuepointError {
  return new CuepointError(
    'packets_out_of_order',
    `the MP4's fragments do not lie in the order of their time: the one at byte ${byte} begins before the one in front of it ends; export the file again, or copy its audio into a new file`,
  );
}
