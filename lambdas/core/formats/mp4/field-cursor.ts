import type { ByteSource } from '../../ports.ts';
import { ByteWindow } from '../byte-window.ts';
import { type Box, parseBox } from './box.ts';

/** Large enough for thousands of table entries, small enough that four tables at once are nothing. */
export const TABLE_BLOCK_BYTES = 1 << 16;

/**
 * Reads big-endian numbers front to back in [startByte, endByte) of a source, in constant memory. Positions are the
 * source's. `holds` tells without awaiting whether bytes can be read at once; `hold` slides there, and gives up what
 * lies before.
 */
export class FieldCursor {
  readonly #window: ByteWindow;
  #view: DataView;
  #endByte: number;

  private constructor(window: ByteWindow) {
    this.#window = window;
    this.#view = viewOf(window.bytes);
    this.#endByte = window.endByte;
  }

  static async open(source: ByteSource, startByte: number, endByte: number, blockBytes: number): Promise<FieldCursor> {
    const wanted = Math.max(1, Math.min(blockBytes, endByte - startByte));
    return new FieldCursor(await ByteWindow.open(endingAt(source, endByte), startByte, wanted));
  }

  holds(startByte: number, byteLength: number): boolean {
    return startByte + byteLength <= this.#endByte;
  }

  /** Makes bytes readable; `false`: they reach beyond the end. Bytes before `startByte` can be gone afterwards. */
  async hold(startByte: number, byteLength: number): Promise<boolean> {
    while (!this.holds(startByte, byteLength)) {
      if (this.#window.atEnd) return false;
      await this.#window.advance(startByte);
      this.#view = viewOf(this.#window.bytes);
      this.#endByte = this.#window.endByte;
    }
    return true;
  }

  uint8(byte: number): number {
    return this.#view.getUint8(byte - this.#window.startByte);
  }

  uint16(byte: number): number {
    return this.#view.getUint16(byte - this.#window.startByte);
  }

  uint32(byte: number): number {
    return this.#view.getUint32(byte - this.#window.startByte);
  }

  int32(byte: number): number {
    return this.#view.getInt32(byte - this.#window.startByte);
  }

  /** Exact up to 2^53; what lies beyond is larger than any file and is only compared. */
  uint64(byte: number): number {
    return this.uint32(byte) * 2 ** 32 + this.uint32(byte + 4);
  }

  /** As `parseBox`; the header must be held, as far as the source goes. */
  boxAt(startByte: number, endByte: number): Box | null {
    return parseBox(this.#view, startByte - this.#window.startByte, { startByte, endByte });
  }

  /** At most `byteLength` of the bytes held, from `byte` on; the view dies at the next `hold`. */
  bytes(byte: number, byteLength: number): Uint8Array {
    const offset = byte - this.#window.startByte;
    return this.#window.bytes.subarray(offset, offset + byteLength);
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** So that a window does not read on behind a table. */
function endingAt(source: ByteSource, endByte: number): ByteSource {
  return {
    byteLength: Math.min(source.byteLength, endByte),
    read: (startByte, target) => source.read(startByte, target),
  };
}
