import { FRAME_HEADER_BYTES, type FrameKind, frameByteLength, frameKindAt, MAX_FRAME_BYTES } from './frame-header.ts';

/** Frames in a row that are believed at the beginning of a stream. */
export const CHAIN_FRAMES = 3;

/** Bytes that a verdict on one position may look at. */
export const CHAIN_BYTES = CHAIN_FRAMES * MAX_FRAME_BYTES + FRAME_HEADER_BYTES;

/**
 * Consecutive frames of one kind, counted until they are enough. `ending`: why the count stopped. `exact`: the last frame
 * ends where the audio ends; `cut`: the last frame reaches beyond it; `broken`: something else follows; `counted`:
 * enough were seen.
 */
export type FrameChain = {
  readonly kind: FrameKind;
  readonly frames: number;
  readonly ending: 'exact' | 'cut' | 'broken' | 'counted';
};

/** The chain that begins at `bytes[offset]`, among bytes that end at `limit`; null if no frame begins there. */
export function chainAt(bytes: Uint8Array, offset: number, limit: number, enough: number): FrameChain | null {
  const kind = frameKindAt(bytes, offset);
  if (kind === null) return null;
  let at = offset;
  for (let frames = 0; frames < enough; frames++) {
    if (at === limit) return { kind, frames, ending: 'exact' };
    if (at > limit) return { kind, frames, ending: 'cut' };
    const length = at + FRAME_HEADER_BYTES > limit ? 0 : frameByteLength(kind.bits, bytes, at);
    if (length === 0) return frames === 0 ? null : { kind, frames, ending: 'broken' };
    at += length;
  }
  return { kind, frames: enough, ending: 'counted' };
}

/** A position that was accepted, or the one to go on from with more bytes (`chain` is null). */
type ChainSearch = { readonly offset: number; readonly chain: FrameChain | null };

/**
 * The first position in [from, limit) whose chain `accepts` takes. `final`: the audio ends at `limit`; else positions
 * too near to it to be judged are left for a later search, so that the answer does not depend on how bytes are cut up.
 */
export function searchChain(
  bytes: Uint8Array,
  from: number,
  limit: number,
  final: boolean,
  accepts: (chain: FrameChain) => boolean,
): ChainSearch {
  const judgedTo = final ? limit : limit - CHAIN_BYTES;
  for (let offset = from; ; offset++) {
    offset = bytes.indexOf(0xff, offset);
    if (offset < 0 || offset >= limit) return { offset: Math.max(from, limit), chain: null };
    if (offset > judgedTo) return { offset, chain: null };
    const chain = chainAt(bytes, offset, limit, CHAIN_FRAMES);
    if (chain !== null && accepts(chain)) return { offset, chain };
  }
}
