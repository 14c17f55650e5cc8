import { RecentBlocks } from '../formats/recent-blocks.ts';
import type { ByteSource, ListedObject, ObjectBody, ObjectStore } from '../ports.ts';

/** Takes a chunk of ten seconds in one piece, as most are; small enough that several copies run side by side. */
const COPY_BUFFER_BYTES = 2 << 20;

/** A buffer for `sourceBody`, for callers that copy again and again. */
export function copyBuffer(): Uint8Array {
  return new Uint8Array(COPY_BUFFER_BYTES);
}

/** Takes the chunk that was just scanned, and what windows have read beyond it, unless it is of a wide format. */
const RECENT_BYTES = 8 << 20;

/** Small reads, of headers and of tags at the end, bring what lies around them: the next one is near, as a rule. */
const SMALL_BLOCK_BYTES = 128 << 10;
const SMALL_BLOCKS = 16;

/** As many blocks as a chunk of the longest kind and what windows have read beyond it lie in. */
const RECENT_BLOCKS = 4;

/**
 * The source, read once for the scanner and for the copies that follow close behind it. With `blockBytes`, for sources of
 * which each read is a request: windows read so much at once, and small reads are put together.
 */
export function readOnce(source: ByteSource, blockBytes?: number): ByteSource {
  const { byteLength } = source;
  if (blockBytes === undefined) {
    const recent = new RecentBlocks(source, RECENT_BYTES);
    return { byteLength, recent, read: (startByte, target) => source.read(startByte, target) };
  }
  const recent = new RecentBlocks(source, Math.max(RECENT_BYTES, RECENT_BLOCKS * blockBytes));
  const small = new RecentBlocks(source, SMALL_BLOCKS * SMALL_BLOCK_BYTES);
  const read = async (startByte: number, target: Uint8Array): Promise<void> => {
    if (recent.copyTo(target, startByte) || small.copyTo(target, startByte)) return;
    const firstByte = startByte - (startByte % SMALL_BLOCK_BYTES);
    const endByte = Math.min(firstByte + SMALL_BLOCK_BYTES, byteLength);
    if (target.length === 0 || startByte + target.length > endByte) return source.read(startByte, target);
    const block = await small.borrow(firstByte, endByte, 0);
    target.set(block.buffer.subarray(startByte - firstByte, startByte - firstByte + target.length));
    small.giveBack(block);
  };
  return { byteLength, blockBytes, recent, read };
}

/** The bytes of one version of an object; a read fails with `source_changed` once the object is another. */
export function objectSource(store: ObjectStore, info: ListedObject): ByteSource {
  return {
    byteLength: info.byteLength,
    read: (startByte, target) => store.read(info.key, startByte, target, { version: info.version }),
  };
}

export type CopyOptions = {
  /** Used for all parts, one after the other; must not be in use elsewhere meanwhile. */
  readonly buffer?: Uint8Array;
  /** Hears how many of the bytes have been taken. */
  readonly onProgress?: (bytesDone: number) => Promise<void>;
};

/** Bytes [startByte, endByte) as a body to store, in constant memory. */
export function sourceBody(
  source: ByteSource,
  startByte: number,
  endByte: number,
  { buffer, onProgress }: CopyOptions = {},
): ObjectBody {
  async function* parts(): AsyncGenerator<Uint8Array, void, undefined> {
    let room = buffer;
    for (let byte = startByte; byte < endByte; ) {
      const block = source.recent?.find(byte);
      if (block) {
        const partEndByte = Math.min(endByte, block.endByte);
        const offset = block.room - block.startByte;
        try {
          yield block.buffer.subarray(offset + byte, offset + partEndByte);
        } finally {
          source.recent?.giveBack(block);
        }
        byte = partEndByte;
      } else {
        room ??= new Uint8Array(Math.min(COPY_BUFFER_BYTES, endByte - startByte));
        const part = room.subarray(0, Math.min(room.length, endByte - byte));
        await source.read(byte, part);
        yield part;
        byte += part.length;
      }
      await onProgress?.(byte - startByte);
    }
  }
  return { byteLength: endByte - startByte, parts: parts() };
}
