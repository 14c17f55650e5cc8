/** A BlockGroup: one Block and what is said of it (RFC 9559, section 5.1.3.5). */
import { elementAt, signedOf } from './ebml.ts';
import { ID } from './element-ids.ts';

export type BlockGroup = {
  /** The Block's body: bytes [blockFrom, blockTo). */
  readonly blockFrom: number;
  readonly blockTo: number;
  /** What to throw away of what the Block decodes to: at its end, or at its beginning when negative. */
  readonly discardPaddingNs: number;
};

const MAX_NUMBER_BYTES = 8;

/** The group with the body `bytes[from, to)`; `null` when that is not elements from end to end, or has no Block. */
export function parseBlockGroup(bytes: Uint8Array, from: number, to: number): BlockGroup | null {
  let block: { blockFrom: number; blockTo: number } | undefined;
  let discardPaddingNs = 0;
  for (let at = from; at < to; ) {
    const child = elementAt(bytes, at);
    if (child === 'cut' || child === null) return null;
    const bodyFrom = at + child.headerByteLength;
    const end = bodyFrom + child.bodyByteLength;
    if (end > to) return null;
    if (child.id === ID.BLOCK) block ??= { blockFrom: bodyFrom, blockTo: end };
    if (child.id === ID.DISCARD_PADDING && child.bodyByteLength <= MAX_NUMBER_BYTES) {
      discardPaddingNs = signedOf(bytes.subarray(bodyFrom, end));
    }
    at = end;
  }
  return block === undefined ? null : { ...block, discardPaddingNs };
}
