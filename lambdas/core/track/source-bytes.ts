import { RecentBlocks } from '../formats/recent-blocks.ts';
import type { ByteSource, ObjectBody, ObjectInfo, ObjectStore } from '../ports.ts';

/** Takes a chunk of ten seconds in one piece, as most are; small enough that several copies run side by side. */
const COPY_BUFFER_BYTES = 2 << 20;

/** A buffer for `sourceBody`, for callers that copy again and again. */
export function copyBuffer(): Uint8Array {
  return new Uint8Array(COPY_BUFFER_BYTES);
}

/** Takes the chunk that was just scanned, and what windows have read beyond it, unless it is of a wide format. */
const RECENT_BYTES = 8 << 20;

/** The source, read once for the scanner and for the copies that follow close behind it. */
export function readOnce(source: ByteSource): ByteSource {
  return { ...source, recent: new RecentBlocks(source, RECENT_BYTES) };
}

/** The bytes of one version of an object; a read fails with `source_changed` once the object is another. */
export function objectSource(store: ObjectStore, info: ObjectInfo): ByteSource {
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
