import type { ByteWindow } from '../byte-window.ts';
import type { Frames, Packets } from '../format.ts';
import { beginsLyrics, TAG_HEAD_BYTES, tagLengthAt } from '../surrounding-tags.ts';
import { CHAIN_FRAMES, type FrameChain, searchChain } from './frame-chain.ts';
import { FRAME_HEADER_BYTES, type FrameKind, frameByteLength, payloadOffset, rawBlocks } from './frame-header.ts';
import type { Finding, Stream } from './stream.ts';

/** About 100 s of audio, 57 KiB of columns. */
const BATCH_PACKETS = 4096;

/** Of a frame that may become a packet: decoded samples, and the offset of what stands behind its header. */
type PendingFrame = { readonly samples: number; readonly payload: number };

/** What was learned by the way; complete once `batches` is exhausted. */
export type WalkFindings = {
  packets: number;
  decodedSamples: number;
  /** The byte after the last packet. */
  audioEndByte: number;
  /** Bytes that are neither frames nor tags. */
  junk: Finding | null;
  /** Frames inside of which the next one begins: bytes of them are missing. */
  damaged: Finding | null;
  /** The end of the audio falls into a frame. */
  isCut: boolean;
  /** Where frames of another profile, rate or channel configuration begin. */
  change: { readonly startByte: number; readonly kind: FrameKind } | null;
};

/**
 * Walks from frame to frame, front to back, over bytes that it sees through a window.
 *
 * A frame is a packet once it is known what follows it: the next frame, the end, a tag, or bytes up to the next frame
 * that are none. Where the next frame begins inside it, or the audio ends, bytes of it are missing: decoders give
 * nothing for it, so it is no packet.
 */
export class FrameWalk {
  readonly #window: ByteWindow;
  readonly #stream: Stream;
  readonly #endByte: number;
  #at: number;
  /** Bytes of the frame that begins at `#at`; 0 while it is not known whether one does. */
  #length = 0;
  #count = 0;
  #startBytes = new Float64Array(BATCH_PACKETS);
  #samples = new Uint32Array(BATCH_PACKETS);
  #byteLengths = new Uint32Array(BATCH_PACKETS);
  #payloadOffsets = new Uint32Array(BATCH_PACKETS);

  readonly findings: WalkFindings;

  /** `window` begins at the first frame. */
  constructor(window: ByteWindow, stream: Stream) {
    this.#window = window;
    this.#stream = stream;
    this.#endByte = stream.limitByte;
    this.#at = window.startByte;
    this.findings = {
      packets: 0,
      decodedSamples: 0,
      audioEndByte: window.startByte,
      junk: stream.junk,
      damaged: null,
      isCut: false,
      change: null,
    };
  }

  /** All packets, in batches that belong to the consumer. */
  async *batches(): AsyncGenerator<Packets, void, undefined> {
    for (;;) {
      const stop = this.#walk();
      if (stop === 'full') yield this.#takeBatch();
      else if (stop === 'starved') await this.#window.advance(this.#at);
      else if (!(await this.#resync())) break;
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

  /** The inner loop: frame after frame as long as each is followed by the next. */
  #walk(): 'full' | 'starved' | 'lost' {
    const { bytes, startByte: windowStartByte } = this.#window;
    const { kind, blockSamples } = this.#stream;
    const lastHeader = this.#limit - FRAME_HEADER_BYTES;
    let offset = this.#at - windowStartByte;
    let length = this.#length;
    let count = this.#count;
    let isLost = false;
    while (count < BATCH_PACKETS && offset + length <= lastHeader) {
      const nextLength = frameByteLength(kind.bits, bytes, offset + length);
      isLost = nextLength === 0;
      if (isLost) break;
      if (length > 0) {
        this.#startBytes[count] = windowStartByte + offset;
        this.#samples[count] = rawBlocks(bytes, offset) * blockSamples;
        this.#byteLengths[count] = length;
        this.#payloadOffsets[count] = payloadOffset(bytes, offset);
        count++;
      }
      offset += length;
      length = nextLength;
    }
    this.#settle(windowStartByte + offset, length, count);
    if (count === BATCH_PACKETS) return 'full';
    return isLost || this.#final ? 'lost' : 'starved';
  }

  /** `length`: of the frame at `at`, which is not among the packets yet; 0 if there is none. */
  #settle(at: number, length: number, count: number): void {
    for (let index = this.#count; index < count; index++) this.findings.decodedSamples += this.#samples[index] ?? 0;
    if (count > this.#count) this.findings.audioEndByte = at;
    this.findings.packets += count - this.#count;
    this.#at = at;
    this.#length = length;
    this.#count = count;
  }

  /** Makes the frame at `#at` a packet and goes to its end. Only where the batch has room. */
  #takeFrame({ samples, payload }: PendingFrame): void {
    this.#startBytes[this.#count] = this.#at;
    this.#samples[this.#count] = samples;
    this.#byteLengths[this.#count] = this.#length;
    this.#payloadOffsets[this.#count] = payload;
    this.#settle(this.#at + this.#length, 0, this.#count + 1);
  }

  #takeBatch(): Packets {
    const count = this.#count;
    const { prerollPackets: wanted } = this.#stream;
    const prerollPackets = new Uint16Array(count).fill(wanted);
    const before = this.findings.packets - count;
    for (let index = 0; index < count && before + index < wanted; index++) prerollPackets[index] = before + index;
    const batch: Packets = {
      kind: 'packets',
      count,
      startByte: this.#startBytes.subarray(0, count),
      samples: this.#samples.subarray(0, count),
      prerollPackets,
      ...(this.#stream.listsFrames ? { frames: this.#frames(count) } : {}),
    };
    this.#startBytes = new Float64Array(BATCH_PACKETS);
    this.#samples = new Uint32Array(BATCH_PACKETS);
    this.#count = 0;
    return batch;
  }

  #frames(count: number): Frames {
    const payloadOffsets = this.#payloadOffsets.subarray(0, count);
    return {
      count,
      startByte: this.#startBytes.slice(0, count).map((startByte, index) => startByte + (payloadOffsets[index] ?? 0)),
      byteLength: this.#byteLengths
        .slice(0, count)
        .map((byteLength, index) => byteLength - (payloadOffsets[index] ?? 0)),
      samples: this.#samples.subarray(0, count),
    };
  }

  /**
   * Decides about the frame at `#at`, if there is one, and goes to the next: over a tag, or over junk. False: no more
   * frames, or none of this kind.
   */
  async #resync(): Promise<boolean> {
    const endByte = this.#at + this.#length;
    while (!this.#final && this.#window.endByte < endByte + TAG_HEAD_BYTES) await this.#window.advance(this.#at);
    const { bytes, startByte } = this.#window;
    const frame = {
      samples: rawBlocks(bytes, this.#at - startByte) * this.#stream.blockSamples,
      payload: payloadOffset(bytes, this.#at - startByte),
    };
    const tagBytes = tagLengthAt(bytes, endByte - startByte);
    if (tagBytes > 0 && endByte + tagBytes <= this.#endByte) {
      if (this.#length > 0) this.#takeFrame(frame);
      this.#at = endByte + tagBytes;
      return this.#at < this.#endByte;
    }
    const isTag = beginsLyrics(bytes, endByte - startByte);
    const endsInHeader = this.#isCutHeader(endByte - startByte);
    const chain = await this.#search(this.#length > 0 ? this.#at + 1 : this.#at);
    const foundByte = chain === null ? this.#endByte : chain.startByte;
    const isWhole = this.#length === 0 || this.#judge(foundByte, frame, chain !== null);
    this.findings.isCut ||= chain === null && endsInHeader;
    if (isWhole && !isTag && !this.findings.isCut) this.#noteJunk(foundByte);
    this.#at = foundByte;
    this.#length = 0;
    if (chain === null || chain.kind.bits === this.#stream.kind.bits) return chain !== null;
    this.findings.change = chain;
    return false;
  }

  /**
   * True if the frame at `#at` is whole, which makes it a packet: if what was found next, a frame or the end of the
   * audio, does not begin inside it.
   */
  #judge(foundByte: number, frame: PendingFrame, isFrame: boolean): boolean {
    const isWhole = this.#at + this.#length <= foundByte;
    if (isWhole) this.#takeFrame(frame);
    else if (isFrame) this.findings.damaged = grown(this.findings.damaged, this.#at, 1);
    else this.findings.isCut = true;
    return isWhole;
  }

  /** True if the audio ends at most a few bytes behind `offset`, in what looks like a frame's header. */
  #isCutHeader(offset: number): boolean {
    const { bytes } = this.#window;
    const rest = this.#limit - offset;
    if (!this.#final || rest <= 0 || rest >= FRAME_HEADER_BYTES || bytes[offset] !== 0xff) return false;
    return rest === 1 || ((bytes[offset + 1] ?? 0) & 0xf6) === 0xf0;
  }

  /** The next frame to be believed from byte `fromByte` on, of whatever kind; null if there is none. */
  async #search(fromByte: number): Promise<{ startByte: number; kind: FrameKind } | null> {
    let at = fromByte;
    for (;;) {
      const { bytes, startByte } = this.#window;
      const final = this.#final;
      const { offset, chain } = searchChain(bytes, at - startByte, this.#limit, final, this.#accepts);
      at = startByte + offset;
      if (chain !== null) return { startByte: at, kind: chain.kind };
      if (final) return null;
      await this.#window.advance(at);
    }
  }

  /** A stream goes on with two frames in a row; that it became another one takes as many as to recognise it at first. */
  readonly #accepts = ({ kind, frames, ending }: FrameChain): boolean => {
    if (kind.bits === this.#stream.kind.bits) return frames >= 2 || ending === 'exact';
    return frames >= CHAIN_FRAMES || (frames >= 2 && ending === 'exact');
  };

  #noteJunk(endByte: number): void {
    if (endByte > this.#at) this.findings.junk = grown(this.findings.junk, this.#at, endByte - this.#at);
  }
}

function grown(finding: Finding | null, startByte: number, amount: number): Finding {
  return { startByte: finding?.startByte ?? startByte, amount: (finding?.amount ?? 0) + amount };
}
