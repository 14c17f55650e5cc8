import type { ByteWindow } from '../byte-window.ts';
import type { Packets } from '../format.ts';
import { beginsLyrics, TAG_HEAD_BYTES, tagLengthAt } from '../surrounding-tags.ts';
import { CHAIN_FRAMES, type FrameChain, searchChain } from './frame-chain.ts';
import { FRAME_HEADER_BYTES, type FrameKind, headerAt, KIND_MASK, lengthSlot } from './frame-header.ts';
import { Reservoir } from './reservoir.ts';

/** About 100 s of audio, 57 KiB of columns. */
const BATCH_PACKETS = 4096;

/** Bytes that are neither frames nor tags: where they begin first, and how many there are in all. */
export type Junk = { readonly startByte: number; readonly byteLength: number };

/** What was learned by the way; complete once `batches` is exhausted. */
export type WalkFindings = {
  packets: number;
  /** Frames that are no packets, since decoders give nothing for them: those right behind something else. */
  lostFrames: number;
  /** The byte after the last packet. */
  audioEndByte: number;
  /** True if the last packet reaches beyond the end of the audio. */
  lastIsCut: boolean;
  bitratesDiffer: boolean;
  junk: Junk | null;
  /** Where frames of another version, layer or sample rate begin. */
  change: { readonly startByte: number; readonly kind: FrameKind } | null;
};

/**
 * Walks from frame to frame, front to back, over bytes that it sees through a window.
 *
 * A frame cut by the end of the audio is a packet as long as its header is whole: FFmpeg decodes it, concealing what
 * is missing, and puts out all of its samples.
 *
 * The first frame behind a tag or junk is none: FFmpeg's parser hands both over as one packet, in which the decoder finds no
 * frame (measured with tags of all kinds, noise of 1 to 5,000 bytes and files joined; zeros alone do no harm). LAME and
 * others keep it; Chromium, Firefox on Linux, mpv and VLC decode by FFmpeg.
 */
export class FrameWalk {
  readonly #window: ByteWindow;
  readonly #kind: FrameKind;
  readonly #endByte: number;
  readonly #reservoir: Reservoir;
  #at: number;
  /** Bytes other than zero stand between the last frame and `#at`. */
  #isBehindJunk = false;
  #firstBitrateSlot = -1;
  #count = 0;
  #startBytes = new Float64Array(BATCH_PACKETS);
  #prerolls = new Uint16Array(BATCH_PACKETS);

  readonly findings: WalkFindings;

  /** `window` begins at the first frame, which is of `kind`; the audio ends at `endByte`. */
  constructor(window: ByteWindow, kind: FrameKind, endByte: number, junkBefore: Junk | null) {
    this.#window = window;
    this.#kind = kind;
    this.#endByte = endByte;
    this.#reservoir = new Reservoir(kind);
    this.#at = window.startByte;
    this.findings = {
      packets: 0,
      lostFrames: 0,
      audioEndByte: window.startByte,
      lastIsCut: false,
      bitratesDiffer: false,
      junk: junkBefore,
      change: null,
    };
  }

  /** All packets, in batches that belong to the consumer. */
  async *batches(): AsyncGenerator<Packets, void, undefined> {
    for (;;) {
      const stop = this.#walk();
      if (stop === 'full') yield this.#takeBatch();
      else if (stop === 'starved') await this.#window.advance(this.#at);
      else if (stop === 'ended' || !(await this.#resync())) break;
    }
    if (this.#count > 0) yield this.#takeBatch();
  }

  /** One past the last byte of the audio that the window holds, as an index into its bytes. */
  get #limit(): number {
    return Math.min(this.#window.endByte, this.#endByte) - this.#window.startByte;
  }

  /** True when no `advance` brings more audio. */
  get #final(): boolean {
    return this.#window.endByte >= this.#endByte;
  }

  /** The inner loop: frame after frame as long as each begins where the last one ends. */
  #walk(): 'full' | 'starved' | 'lost' | 'ended' {
    const { bytes, startByte: windowStartByte } = this.#window;
    const { bits, byteLengths } = this.#kind;
    const limit = this.#limit;
    const final = this.#final;
    const lastOffset = limit - FRAME_HEADER_BYTES - (final ? 0 : Reservoir.lookBytes);
    const startBytes = this.#startBytes;
    const prerolls = this.#prerolls;
    let offset = this.#at - windowStartByte;
    let count = this.#count;
    let length = 1;
    while (offset <= lastOffset && count < BATCH_PACKETS) {
      const header = headerAt(bytes, offset);
      const slot = lengthSlot(header);
      length = (header & KIND_MASK) === bits ? (byteLengths[slot] ?? 0) : 0;
      if (length === 0) break;
      if (this.#isBehindJunk) {
        this.#isBehindJunk = false;
        this.findings.lostFrames++;
        offset += length;
        continue;
      }
      if (slot >> 1 !== this.#firstBitrateSlot) this.#noteBitrate(slot >> 1);
      startBytes[count] = windowStartByte + offset;
      prerolls[count] = this.#reservoir.preroll(bytes, offset, header, length, limit - offset);
      count++;
      offset += length;
    }
    this.#settle(windowStartByte + offset, count);
    if (count === BATCH_PACKETS) return 'full';
    if (length === 0) return 'lost';
    if (this.#at >= this.#endByte) return 'ended';
    return final ? 'lost' : 'starved';
  }

  #settle(at: number, count: number): void {
    const added = count - this.#count;
    this.#at = at;
    this.#count = count;
    if (added === 0) return;
    this.findings.packets += added;
    this.findings.audioEndByte = Math.min(at, this.#endByte);
    this.findings.lastIsCut = at > this.#endByte;
  }

  #noteBitrate(bitrateSlot: number): void {
    if (this.#firstBitrateSlot < 0) this.#firstBitrateSlot = bitrateSlot;
    else this.findings.bitratesDiffer = true;
  }

  #takeBatch(): Packets {
    const count = this.#count;
    const batch: Packets = {
      kind: 'packets',
      count,
      startByte: this.#startBytes.subarray(0, count),
      samples: new Uint32Array(count).fill(this.#kind.samples),
      prerollPackets: this.#prerolls.subarray(0, count),
    };
    this.#startBytes = new Float64Array(BATCH_PACKETS);
    this.#prerolls = new Uint16Array(BATCH_PACKETS);
    this.#count = 0;
    return batch;
  }

  /** Steps over a tag, or over junk to the next frame. False: no more frames, or none of this kind. */
  async #resync(): Promise<boolean> {
    while (!this.#final && this.#window.endByte - this.#at < TAG_HEAD_BYTES) await this.#window.advance(this.#at);
    const { bytes, startByte } = this.#window;
    const tagBytes = tagLengthAt(bytes, this.#at - startByte);
    if (tagBytes > 0 && this.#at + tagBytes <= this.#endByte) {
      this.#at += tagBytes;
      this.#isBehindJunk = true;
      return this.#at < this.#endByte;
    }
    const isTag = beginsLyrics(bytes, this.#at - startByte);
    const junkStartByte = this.#at;
    const chain = await this.#search();
    if (!isTag) this.#noteJunk(junkStartByte, this.#at - junkStartByte);
    if (chain !== null && chain.kind !== this.#kind) {
      this.findings.change = { startByte: this.#at, kind: chain.kind };
    }
    return chain?.kind === this.#kind;
  }

  /** Moves to the next frame to be believed, of whatever kind, or to the end of the audio. */
  async #search(): Promise<FrameChain | null> {
    for (;;) {
      const { bytes, startByte } = this.#window;
      const final = this.#final;
      const from = this.#at - startByte;
      const { offset, chain } = searchChain(bytes, from, this.#limit, final, this.#accepts);
      for (let i = from; i < offset && !this.#isBehindJunk; i++) this.#isBehindJunk = bytes[i] !== 0;
      this.#at = startByte + offset;
      if (chain !== null || final) return chain;
      await this.#window.advance(this.#at);
    }
  }

  /** A stream goes on with two frames in a row; that it became another one takes as many as to recognise it at first. */
  readonly #accepts = ({ kind, frames, ending }: FrameChain): boolean => {
    if (kind === this.#kind) return frames >= 2 || ending === 'exact';
    return frames >= CHAIN_FRAMES || (frames >= 2 && ending === 'exact');
  };

  #noteJunk(startByte: number, byteLength: number): void {
    if (byteLength === 0) return;
    const { junk } = this.findings;
    this.findings.junk = {
      startByte: junk?.startByte ?? startByte,
      byteLength: (junk?.byteLength ?? 0) + byteLength,
    };
  }
}
