/** Boxes of ISO base media files: ISO/IEC 14496-12, section 4.2. */
import { ascii, asciiBytes, bigBytes, joined, uintBig } from './bytes.ts';
import { type ExcerptReader, MAX_FIELDS } from './excerpt-reader.ts';

export type Box = {
  readonly type: string;
  readonly startByte: number;
  readonly bodyStart: number;
  readonly endByte: number;
};

/** The boxes in [startByte, endByte), up to the first that does not fit. */
export async function* boxesIn(
  reader: ExcerptReader,
  startByte: number,
  endByte: number,
): AsyncGenerator<Box, void, undefined> {
  let at = startByte;
  for (let count = 0; count < MAX_FIELDS && at + 8 <= endByte; count++) {
    const header = (await reader.look(at, 16)).slice();
    const short = uintBig(header, 0, 4);
    const size = short === 1 ? uintBig(header, 8, 8) : short === 0 ? endByte - at : short;
    const bodyStart = at + (short === 1 ? 16 : 8);
    if (at + size < bodyStart || at + size > endByte) return;
    yield { type: ascii(header, 4, 4), startByte: at, bodyStart, endByte: at + size };
    at += size;
  }
}

/** The first box inside `parent` that the path leads to. */
export async function boxAt(
  reader: ExcerptReader,
  parent: Pick<Box, 'bodyStart' | 'endByte'>,
  ...path: readonly string[]
): Promise<Box | undefined> {
  const [type, ...rest] = path;
  for await (const box of boxesIn(reader, parent.bodyStart, parent.endByte)) {
    if (box.type === type) return rest.length === 0 ? box : boxAt(reader, box, ...rest);
  }
  return undefined;
}

export function writtenBox(type: string, ...body: readonly Uint8Array[]): Uint8Array {
  const bytes = joined(...body);
  return joined(bigBytes(bytes.length + 8, 4), asciiBytes(type), bytes);
}
