/** Boxes, which QuickTime calls atoms: ISO/IEC 14496-12, section 4.2. */
import type { ByteSource } from '../../ports.ts';
import { readBytes } from '../byte-window.ts';

/** Bytes [startByte, endByte) of the source; its content begins at `bodyByte`. */
export type Box = {
  /** Four characters, one a byte. */
  readonly type: string;
  readonly startByte: number;
  readonly bodyByte: number;
  /** At most the end of what the box lies in. */
  readonly endByte: number;
  /** The box says that it is longer than what it lies in. */
  readonly cut: boolean;
};

/** The first box of each type asked for. */
export type BoxesByType<Type extends string> = { readonly [T in Type]?: Box };

const HEADER_BYTES = 8;
/** With a 64-bit size behind the type. */
export const MAX_HEADER_BYTES = 16;

/** More than any header has; ends the walk over a file made of empty boxes. */
const MAX_BOXES = 1 << 18;

/** One read serves small neighbouring boxes, and costs no more than a read of eight bytes. */
const READ_BYTES = 4096;

/** Looks at boxes without reading what is in them, but for what is asked for. */
export class BoxReader {
  readonly #source: ByteSource;
  readonly #readBytes: number;
  #held: Uint8Array = new Uint8Array(0);
  #heldStartByte = 0;
  #boxCount = 0;

  constructor(source: ByteSource, blockBytes = READ_BYTES) {
    this.#source = source;
    this.#readBytes = Math.min(blockBytes, READ_BYTES);
  }

  /** The boxes that lie one behind the other in [startByte, endByte); ends where a size cannot be one. */
  async *boxes(startByte: number, endByte: number): AsyncGenerator<Box, void, undefined> {
    let at = startByte;
    while (at + HEADER_BYTES <= endByte && this.#boxCount++ < MAX_BOXES) {
      const box = await this.boxAt(at, endByte);
      if (box === null) return;
      yield box;
      at = box.endByte;
    }
  }

  /** The box that begins at `startByte` inside of something that ends at `endByte`; `null` where none can. */
  async boxAt(startByte: number, endByte: number): Promise<Box | null> {
    const header = await this.peek(startByte, MAX_HEADER_BYTES);
    return parseBox(new DataView(header.buffer, header.byteOffset, header.length), 0, { startByte, endByte });
  }

  /** Of the boxes inside of `[startByte, endByte)`, the first of each of these types. */
  async find<Type extends string>(
    { startByte, endByte }: { startByte: number; endByte: number },
    types: readonly Type[],
  ): Promise<BoxesByType<Type>> {
    const found: { [T in Type]?: Box } = {};
    for await (const box of this.boxes(startByte, endByte)) {
      const type = types.find((candidate) => candidate === box.type);
      if (type !== undefined) found[type] ??= box;
    }
    return found;
  }

  /** As `find`, in what the box contains. */
  async findIn<Type extends string>(box: Box, types: readonly Type[]): Promise<BoxesByType<Type>> {
    return this.find({ startByte: box.bodyByte, endByte: box.endByte }, types);
  }

  /** A copy of at most `maxBytes` bytes of the box's body, with a view to read numbers from it. */
  async body(box: Box, maxBytes: number): Promise<{ bytes: Uint8Array; view: DataView }> {
    const bytes = (await this.peek(box.bodyByte, Math.min(maxBytes, box.endByte - box.bodyByte))).slice();
    return { bytes, view: new DataView(bytes.buffer) };
  }

  /** Bytes [startByte, startByte + byteLength), fewer at the end of the source; the view dies at the next call. */
  async peek(startByte: number, byteLength: number): Promise<Uint8Array> {
    const heldEndByte = this.#heldStartByte + this.#held.length;
    const wantedEndByte = Math.min(startByte + byteLength, this.#source.byteLength);
    if (startByte < this.#heldStartByte || wantedEndByte > heldEndByte) {
      this.#held = await readBytes(this.#source, startByte, Math.max(byteLength, this.#readBytes));
      this.#heldStartByte = startByte;
    }
    const offset = startByte - this.#heldStartByte;
    return this.#held.subarray(offset, offset + byteLength);
  }
}

/**
 * The box whose header is at `view[offset]`: the source's byte `startByte`, inside of something that ends at `endByte`.
 * `null` when there is no whole header, or its size is less than the header's own.
 */
export function parseBox(
  view: DataView,
  offset: number,
  { startByte, endByte }: { startByte: number; endByte: number },
): Box | null {
  const available = Math.min(view.byteLength - offset, endByte - startByte);
  if (available < HEADER_BYTES) return null;
  const size = view.getUint32(offset);
  const type = String.fromCharCode(
    view.getUint8(offset + 4),
    view.getUint8(offset + 5),
    view.getUint8(offset + 6),
    view.getUint8(offset + 7),
  );
  // In QuickTime zeros end a list of boxes; that they stand for the rest of the file is said of named ones only.
  if (size === 0 && type === '\0\0\0\0') return null;
  if (size === 0) return { type, startByte, bodyByte: startByte + HEADER_BYTES, endByte, cut: false };
  const wide = size === 1;
  if (wide && available < MAX_HEADER_BYTES) return null;
  const headerBytes = wide ? MAX_HEADER_BYTES : HEADER_BYTES;
  const statedBytes = wide ? uint64(view, offset + HEADER_BYTES) : size;
  if (statedBytes < headerBytes) return null;
  const statedEndByte = startByte + statedBytes;
  return {
    type,
    startByte,
    bodyByte: startByte + headerBytes,
    endByte: Math.min(statedEndByte, endByte),
    cut: statedEndByte > endByte,
  };
}

/** Exact up to 2^53; what lies beyond is larger than any file and is only compared. */
export function uint64(view: DataView, offset: number): number {
  return view.getUint32(offset) * 2 ** 32 + view.getUint32(offset + 4);
}
