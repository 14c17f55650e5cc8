/** Track fragment runs: ISO/IEC 14496-12, section 8.8.8. */
import type { Box } from './box.ts';
import type { FieldCursor } from './field-cursor.ts';

/** What each sample of a run says of itself, and where; `undefined`: nothing, its fragment's default holds. */
export type RunLayout = {
  /** From the fragment's base to the first sample; `undefined`: it follows the run before. */
  readonly dataOffset: number | undefined;
  readonly firstEntryByte: number;
  readonly entryBytes: number;
  /** As many as are stated, or as lie inside the box if entries have bytes. */
  readonly count: number;
  readonly ticksOffset: number | undefined;
  readonly lengthOffset: number | undefined;
};

const HAS = { dataOffset: 0x1, firstFlags: 0x4, ticks: 0x100, byteLength: 0x200, flags: 0x400, offset: 0x800 } as const;

/** Version, flags, number of samples; then the data offset, if there is one. */
const MIN_HEADER_BYTES = 8;
const MAX_HEADER_BYTES = 12;

/** `null`: the box is cut. */
export async function readRunLayout(cursor: FieldCursor, box: Box): Promise<RunLayout | null> {
  const headerBytes = Math.min(MAX_HEADER_BYTES, box.endByte - box.bodyByte);
  if (headerBytes < MIN_HEADER_BYTES || !(await cursor.hold(box.bodyByte, headerBytes))) return null;
  const flags = cursor.uint32(box.bodyByte) & 0xffffff;
  const bytesOf = (field: number): number => ((flags & field) === 0 ? 0 : 4);
  const dataOffsetBytes = bytesOf(HAS.dataOffset);
  if (headerBytes < MIN_HEADER_BYTES + dataOffsetBytes) return null;
  const firstEntryByte = box.bodyByte + MIN_HEADER_BYTES + dataOffsetBytes + bytesOf(HAS.firstFlags);
  const ticksBytes = bytesOf(HAS.ticks);
  const lengthBytes = bytesOf(HAS.byteLength);
  const entryBytes = ticksBytes + lengthBytes + bytesOf(HAS.flags) + bytesOf(HAS.offset);
  const stated = cursor.uint32(box.bodyByte + 4);
  const fitting = entryBytes === 0 ? stated : Math.floor((box.endByte - firstEntryByte) / entryBytes);
  return {
    dataOffset: dataOffsetBytes === 0 ? undefined : cursor.int32(box.bodyByte + MIN_HEADER_BYTES),
    firstEntryByte,
    entryBytes,
    count: Math.max(0, Math.min(stated, fitting)),
    ticksOffset: ticksBytes === 0 ? undefined : 0,
    lengthOffset: lengthBytes === 0 ? undefined : ticksBytes,
  };
}
