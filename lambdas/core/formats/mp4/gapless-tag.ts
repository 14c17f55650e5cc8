/** `iTunSMPB`, in which Apple's encoders keep what an edit list would: a free-form tag of hexadecimal numbers. */
import type { Box, BoxReader } from './box.ts';

/** Samples per channel, at the rate of the decoder's output or (HE AAC) of its core. */
export type GaplessTag = {
  readonly delaySamples: number;
  readonly paddingSamples: number;
  readonly totalSamples: number;
};

/** Version and flags; of a data box, also its type and locale. */
const TEXT_OFFSET = 4;
const DATA_OFFSET = 8;
const MAX_TEXT_BYTES = 512;

/** `userData`: the movie's `udta`. `undefined`: no such tag, or one that says nothing. */
export async function readGaplessTag(reader: BoxReader, userData: Box): Promise<GaplessTag | undefined> {
  const { meta } = await reader.findIn(userData, ['meta']);
  if (meta === undefined) return undefined;
  const { ilst } = await reader.find({ startByte: await childrenOf(reader, meta), endByte: meta.endByte }, ['ilst']);
  if (ilst === undefined) return undefined;
  for await (const item of reader.boxes(ilst.bodyByte, ilst.endByte)) {
    if (item.type !== '----') continue;
    const { name, data } = await reader.findIn(item, ['name', 'data']);
    if (name === undefined || data === undefined) continue;
    if ((await text(reader, name, TEXT_OFFSET)) === 'iTunSMPB')
      return parseGaplessTag(await text(reader, data, DATA_OFFSET));
  }
  return undefined;
}

/** A zero, delay, padding, total; the numbers behind them are of no use here. */
export function parseGaplessTag(value: string): GaplessTag | undefined {
  const numbers = value.trim().split(/\s+/);
  const [delaySamples, paddingSamples, totalSamples] = numbers
    .slice(1, 4)
    .map((digits) => (/^[0-9a-f]{1,16}$/i.test(digits) ? Number.parseInt(digits, 16) : Number.NaN));
  if (delaySamples === undefined || paddingSamples === undefined || totalSamples === undefined) return undefined;
  const legible = !Number.isNaN(delaySamples + paddingSamples + totalSamples);
  return legible && totalSamples > 0 ? { delaySamples, paddingSamples, totalSamples } : undefined;
}

/** In MP4 `meta` has a version and flags before its boxes, in QuickTime it has none. */
async function childrenOf(reader: BoxReader, meta: Box): Promise<number> {
  const start = await reader.peek(meta.bodyByte, 8);
  const plain = String.fromCharCode(...start.subarray(4, 8)) === 'hdlr';
  return plain ? meta.bodyByte : Math.min(meta.endByte, meta.bodyByte + 4);
}

async function text(reader: BoxReader, box: Box, offset: number): Promise<string> {
  const { bytes } = await reader.body(box, offset + MAX_TEXT_BYTES);
  return String.fromCharCode(...bytes.subarray(offset));
}
