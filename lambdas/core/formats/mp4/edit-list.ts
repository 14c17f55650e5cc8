/** Edit lists: ISO/IEC 14496-12, section 8.6.6. */
import { type Box, type BoxReader, uint64 } from './box.ts';

/** From where on, and how long, a track is to be heard. */
export type Edit = {
  /** On the track's clock. */
  readonly startTicks: number;
  /** On the movie's clock; `undefined`: to the end of the track. */
  readonly movieTicks: number | undefined;
  /** How many stretches the list strings together; only the first is described here. */
  readonly stretches: number;
};

/** Version, flags, number of entries. */
const HEADER_BYTES = 8;

/**
 * The first edit that shows something of the track. Empty edits (media time −1) and dwells (rate 0) before it only delay
 * the track against others, and alone there is nothing to wait for: they are passed over. `undefined`: no such edit.
 */
export async function readEditList(reader: BoxReader, box: Box): Promise<Edit | undefined> {
  const header = (await reader.body(box, HEADER_BYTES)).view;
  if (header.byteLength < HEADER_BYTES) return undefined;
  const wide = header.getUint8(0) === 1;
  const entryBytes = wide ? 20 : 12;
  const count = header.getUint32(4);
  let first: Pick<Edit, 'startTicks' | 'movieTicks'> | undefined;
  let stretches = 0;
  let at = box.bodyByte + HEADER_BYTES;
  for (let index = 0; index < count && at + entryBytes <= box.endByte; index++, at += entryBytes) {
    const bytes = await reader.peek(at, entryBytes);
    if (bytes.length < entryBytes) break;
    const entry = new DataView(bytes.buffer, bytes.byteOffset, entryBytes);
    const startTicks = wide ? entry.getInt32(8) * 2 ** 32 + entry.getUint32(12) : entry.getInt32(4);
    const rate = entry.getInt32(entryBytes - 4);
    if (startTicks < 0 || rate === 0) continue;
    const duration = wide ? uint64(entry, 0) : entry.getUint32(0);
    // Files written in fragments do not know their length: 0 then means all there is.
    first ??= { startTicks, movieTicks: duration === 0 ? undefined : duration };
    stretches++;
  }
  return first === undefined ? undefined : { ...first, stretches };
}
