import type { ByteSource, ObjectBody, ObjectInfo, ObjectStore } from '../ports.ts';

/** Takes a chunk of ten seconds in one piece, as most are; small enough that several copies run side by side. */
const COPY_BUFFER_BYTES = 2 << 20;

/** A buffer for `sourceBody`, for callers that copy again and again. */
export function copyBuffer(): Uint8Array {
  return new Uint8Array(COPY_BUFFER_BYTES);
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
    const room = buffer ?? new Uint8Array(Math.min(COPY_BUFFER_BYTES, endByte - startByte));
    for (let byte = startByte; byte < endByte; byte += room.length) {
      const part = room.subarray(0, Math.min(room.length, endByte - byte));
      await source.read(byte, part);
      yield part;
      await onProgress?.(byte + part.length - startByte);
    }
  }
  return { byteLength: endByte - startByte, parts: parts() };
}
